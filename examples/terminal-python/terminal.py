#!/usr/bin/env python3
"""A small terminal, written from docs/protocol.md: believes nobody but the root it was given, "sounds" into a folder of WAV files.

    python3 terminal.py --gateway wss://HOST:8444 --ca ca.pem --root bootstrap.json --state FOLDER --out FOLDER \\
        --code CLAIM_CODE --physical-code CODE [--demo]
"""
import argparse, array, asyncio, base64, http.client, itertools, json, math, os, pathlib, random, secrets, shutil, ssl, subprocess, sys, time, wave
from types import SimpleNamespace

import websockets
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from live import Voice, ogg
from trust import DAY, KIND, Judge, Refused, body_ms, files_of, name_of, opened, pae, reaches, sha256

FAULTS = (OSError, LookupError, TypeError, AttributeError, ValueError, RecursionError, asyncio.TimeoutError,
          websockets.WebSocketException, http.client.HTTPException, subprocess.SubprocessError)
MAY_STILL_COME = ("REJ_VERSIONS", "REJ_TIME_UNKNOWN", "REJ_TIME_STALE", "REJ_KEY_UNKNOWN", "REJ_LINEAGE", "REJ_NOT_TARGETED", "REJ_NOT_YET")

ACTS = {"stop": "STOPPED", "isolate": "ISOLATED", "restriction": "RESTRICTED"}  # what silences, and what the receipt then says


class Terminal:
    def __init__(self, options):
        self.options, self.folder, self.tls = options, pathlib.Path(options.state), ssl.create_default_context(cafile=options.ca)
        for folder in (self.folder / "media", pathlib.Path(options.out)):
            folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.file, self.disk = self.folder / "state.json", os.open(self.folder, os.O_RDONLY)
        self.state = {"key": secrets.token_hex(32), "terminal": None, "counter": 0, "spool": [], "documents": [], "head": None, "memory": None}
        if self.file.exists():
            self.state = json.loads(self.file.read_text("utf-8"))
        self.private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.state["key"]))
        spki = self.private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.key = {"keyId": sha256(b"ed25519" + spki), "alg": "ed25519", "spki": base64.b64encode(spki).decode()}
        root = json.loads(pathlib.Path(options.root).read_text("utf-8"))
        self.judge = Judge(root.get("root", root), options.demo, self.state["terminal"], self.key["keyId"])
        for document in self.state["documents"]:  # every one that was ever taken: the floors come back as well
            self.judge.take(document)
        self.judge.memory = self.memory = self.state["memory"] = self.state["memory"] or self.judge.memory
        self.offset = self.nonce = self.token = self.playing = None  # offset: the district's time minus our clock, ms
        self.asked, self.orders, self.told, self.is_lacking = 0, [], {}, True
        for digest, entry in self.memory["journal"].items():  # a power cut: nothing is begun again
            if entry.pop("open", False):
                self.receipt(SimpleNamespace(dispatch=entry, digest=digest), "failed", 0, "INTERRUPTED")

    def now(self):
        return None if self.offset is None else int(time.monotonic() * 1000 + self.offset)

    # ---- What must survive a power cut; receipts and events (sections 2 and 13)
    def save(self):
        for part in ("seen", "journal", "acts"):
            self.memory[part] = {name: entry for name, entry in self.memory[part].items() if entry["until"] > (self.now() or 0)}
        with open(self.folder / "state.new", "w", encoding="utf-8") as file:
            json.dump(self.state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(file.name, self.file)
        os.fsync(self.disk)

    def sign(self, data):
        return base64.b64encode(self.private.sign(data)).decode()

    def record(self, word, fields):
        """A receipt or an event: on disk with all else that changed, then on its way until it is acknowledged."""
        self.state["counter"] += 1
        fields.update(terminal=self.state["terminal"], counter=self.state["counter"], at=self.now() or 0, head=self.state["head"])
        data = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
        signatures = [{"keyid": self.key["keyId"], "sig": self.sign(pae(KIND % word, data))}]
        envelope = {"payloadType": KIND % word, "payload": base64.b64encode(data).decode(), "signatures": signatures}
        self.state["spool"].append([fields["counter"], envelope])
        self.save()

    def receipt(self, order, state, repetition, reason=None, **heard):
        fields = {"dispatchId": order.dispatch["dispatchId"], "messageDigest": order.digest, "state": state, "repetition": repetition,
                  "reason": reason, "fromMs": 0, "startedAt": None, "endedAt": None, "playedDigest": None, "levelCentiDbfs": None, **heard}
        self.record("receipt", fields)
        print("receipt: %s %d %s" % (state, repetition, reason or ""), flush=True)

    def event(self, kind, code, value):
        """About an envelope, or what came in its place: the same once in ten minutes, and few in all."""
        try:
            env = opened(value)
        except Refused:
            raw = value if type(value) is bytes else (value if type(value) is str else json.dumps(value)).encode()
            env = SimpleNamespace(digest=sha256(raw), kind=None, signatures=[])
        self.told = {told: at for told, at in self.told.items() if at > time.monotonic() - 600}
        if (code, env.digest) not in self.told and len(self.told) < 120:
            self.told[code, env.digest] = time.monotonic()
            self.record("event", {"kind": kind, "code": code, "subject": env.digest, "payloadType": env.kind, "keyIds": list(env.signatures)})
            print("%s: %s" % (kind, code), flush=True)

    # ---- The link (sections 3 to 5 and 14)
    async def stay_connected(self):
        while True:
            try:
                await self.connection()
            except FAULTS as fault:
                print("link: %r" % fault, flush=True)
            await asyncio.sleep(random.uniform(0, 8))

    async def connection(self):
        settings = dict(ssl=self.tls, subprotocols=["clarion.device.v1"], compression=None, max_size=262_144, ping_interval=15, open_timeout=10)
        async with websockets.connect(self.options.gateway + "/device", **settings) as link:
            async def ask(field, **frame):
                if frame:
                    proof = b"\0".join(part.encode() for part in ("clarion-device-%s.v1" % frame["kind"], nonce, frame.get("code", name)))
                    await link.send(json.dumps({**frame, "sig": self.sign(proof)}))
                answer = json.loads(await asyncio.wait_for(link.recv(), 10))
                if field not in answer:
                    raise ValueError(answer)
                return answer[field]
            nonce, name = await ask("nonce"), self.state["terminal"]
            if name is None:
                claim = {"kind": "claim", "code": self.options.code, "physicalCode": self.options.physical_code, "key": self.key}
                self.state["terminal"] = self.judge.terminal = name = await ask("terminal", **claim)
                self.save()
            self.token = await ask("mediaToken", kind="hello", terminal=name, keyId=self.key["keyId"], agent="example-terminal 3.0")
            print("connected as %s" % name, flush=True)
            talk = asyncio.ensure_future(self.talk(link))
            talk.add_done_callback(lambda _talk: asyncio.ensure_future(link.close()))  # whichever ends ends the other
            try:
                async for frame in link:
                    (self.hear if type(frame) is str else self.hear_block)(frame)
            finally:
                talk.cancel()

    async def talk(self, link):
        """Each second what is new; every 15 s all that is not acknowledged; every 30 s, or when something is missing, the exchange."""
        sent, heard = 0, set()
        for second in itertools.count():
            if second % 30 == 0 or self.is_lacking:
                await link.send(json.dumps({"kind": "exchange", **self.exchange()}))
            fresh = [envelope for counter, envelope in self.state["spool"] if counter > sent or second % 15 == 0]
            sent = self.state["counter"]
            for first in range(0, len(fresh), 50):
                await link.send(json.dumps({"kind": "receipts", "envelopes": fresh[first:first + 50]}))
            voices = {order.voice.name: order.voice for order in self.orders if order.voice}
            for name, voice in voices.items():
                progress = {"late": voice.late, "refused": voice.refused, "bufferMs": 20 * len(voice.waiting)} if name in heard else {}
                await link.send(json.dumps({"kind": "progress" if progress else "listen", "stream": name, "lastSeq": voice.seq, **progress}))
            for name in heard - voices.keys():
                await link.send(json.dumps({"kind": "unlisten", "stream": name}))
            heard = set(voices)
            await asyncio.sleep(random.uniform(1, 1.05))

    def exchange(self):
        now, clock, memory, mine = self.now(), time.monotonic() * 1000, self.memory, self.judge.mine
        if self.nonce is None or clock > self.asked + 10_000:  # each question has its own nonce: time comes from no other answer
            self.nonce, self.asked = secrets.token_hex(16), clock
        self.is_lacking, ages = False, ((600_000, "ready"), (DAY, "degraded"), (30 * DAY, "emergency-only"), (math.inf, "silent"))
        state = "time-unknown" if now is None else next(word for limit, word in ages if now - memory["beaconAt"] < limit)
        kept = {one: entry for one, entry in {**memory["seen"], **memory["acts"]}.items() if entry["notAfter"] > (now or 0)}
        closed = [one["notAfter"] for one in kept.values() if "isolateId" in one]
        health = {"state": state if mine["platform"] else "unassigned", "playing": self.playing, "volumePermille": 1000, "muted": False,
                  "amplifier": "unknown", "supply": "mains", "isolatedUntil": max(closed, default=None),
                  "clockOffsetMs": now and int(time.time() * 1000) - now, "spooledReceipts": len(self.state["spool"]),
                  "freeDiskMiB": shutil.disk_usage(self.folder).free >> 20}
        return {"health": health, "counter": self.state["counter"], "versions": self.judge.versions() if self.judge.held else None,
                "assignmentVersion": mine.get("version", 0), "held": sha256("\n".join(sorted({entry.get("stopId", one) for one, entry in kept.items()})).encode()), "nonce": self.nonce}

    def hear(self, text):
        try:
            frame = json.loads(text)
            kind = frame["kind"]
            given = {kind + "s": [frame.get(kind)]}
            if kind == "exchange":
                given = {**frame, "beacons": [frame["beacon"]] if frame["beacon"] else []}
            for one in ("document", "beacon", "stop", "isolate", "restriction", "order"):
                for value in given.get(one + "s", []):
                    self.take(one, value, was_pushed=kind != "exchange")
            if kind == "lease":
                self.take("beacon", frame["beacon"], was_pushed=True)
            if kind == "prefetch":
                asyncio.ensure_future(self.fetch(frame["media"]))
            if kind == "ack" and frame["counter"] <= self.state["counter"]:
                self.state["spool"] = [one for one in self.state["spool"] if one[0] > frame["counter"]]
                self.save()
        except FAULTS:  # no frame of section 5: it must not end us
            self.event("refused", "REJ_SHAPE", text)

    def hear_block(self, data):
        """A block of living voice: judged before anything of it is kept. One for nobody here is let go by."""
        for voice in [order.voice for order in self.orders if order.voice and order.voice.name == data[6:22].hex()]:
            try:
                voice.take(data, self.now())
            except Refused as refused:
                code, now = refused.args[0], self.now()
                voice.refused += 1
                if code != "REJ_STREAM" and voice.told.get(code, 0) <= now - 1000:  # behind the end blocks are still on their way
                    voice.told[code] = now
                    self.event("refused", code, data)

    def take(self, kind, value, was_pushed):
        """Does what was signed, or refuses and says so. What may still come the next exchange brings again."""
        try:
            getattr(self, "act" if kind in ACTS else kind)(value, kind)
        except Refused as refused:
            code, order = refused.args
            self.is_lacking |= was_pushed and code in MAY_STILL_COME
            if order:
                self.withdraw(order)
                self.judge.note(order, sounds=False)
                self.receipt(order, "failed", 0, code)
            elif kind not in ACTS or code not in ("REJ_KEY_UNKNOWN", "REJ_LINEAGE"):  # somebody else's
                self.event("refused", code, value["dispatch"] if kind == "order" else value)

    # ---- Documents, time, stops, isolates, restrictions, orders (sections 7 to 9 and 12)
    def document(self, value, _kind):
        if self.judge.take(value, self.now()):
            self.state["documents"].append(value)
            self.save()
            self.is_lacking = True
            self.end("SIG_REJECT", lambda order: not self.judge.still_stands(order))

    def beacon(self, value, _kind):
        beacon, clock, mine = self.judge.signed(value, "beacon")[1], time.monotonic() * 1000, self.judge.mine
        for order in self.orders:  # from when it was signed, not from when it came
            if order.voice and order.digest in beacon.get("leases", []):
                order.voice.leased = max(order.voice.leased, min(beacon["at"], self.now()))
        if (beacon["nonce"], beacon["terminal"]) != (self.nonce, self.state["terminal"]) or clock > self.asked + 10_000:
            return
        self.offset, self.nonce, self.memory["beaconAt"], self.state["head"] = beacon["at"] - clock, None, beacon["at"], beacon["head"]
        if (beacon["counter"] or 0) > self.state["counter"]:  # the platform saw more of us than we know: this disk is an older copy
            self.state["counter"], self.memory["since"] = beacon["counter"], beacon["at"]
            self.end("INTERRUPTED", lambda order: True)
        for act in self.memory["acts"].values():
            act["issuedAt"] = min(act["issuedAt"], beacon["at"] + 5000)
        self.save()
        print("ready: this terminal stands in %s" % mine["areas"][0]["id"] if mine["areas"] else "not assigned yet", flush=True)

    def act(self, value, word):
        """Silence first, then the disk, then the receipts."""
        act = self.judge.act(word, value, self.now())
        if act:
            has_begun = lambda order: word == "restriction" and self.memory["journal"][order.digest]["sounded"]  # it is asked at each repetition
            self.end(ACTS[word], lambda order: reaches(act, order, self.now()) and not has_begun(order))
            self.save()
            if word == "isolate":
                self.event("isolated", None, value)

    def order(self, value, _kind):
        if opened(value["dispatch"]).digest in [entry["digest"] for entry in self.memory["seen"].values()]:
            return
        order = self.judge.admit(value, self.now())
        self.withdraw(order)
        absent = [segment for segment in files_of(order.message) if not self.media(segment).exists()]
        if absent:  # if they cannot be had, an exchange brings it again
            asyncio.ensure_future(self.fetch(absent, value))
        else:
            live = order.message["body"].get("live")
            order.voice = Voice(order.digest, live, order.dispatch["startAt"], self.now()) if live else None
            self.judge.note(order)
            self.receipt(order, "acked", 0)  # floors, journal and receipt: one durable write, and nothing sounds before it
            self.orders.append(order)

    def withdraw(self, order):
        """What it takes back or replaces is silent from now on, also where that comes only afterwards."""
        for name in [name_of(order.message, digest) for digest in order.ends]:
            self.end("WITHDRAWN", lambda other: name_of(other.message, other.digest) == name)
            self.memory["journal"][name] = {"mode": order.message["mode"], "until": order.message["notAfter"] + 10 * DAY}

    # ---- Media (section 10)
    def media(self, segment):
        return self.folder / "media" / segment["sha256"]

    def get(self, segment):
        if self.media(segment).exists():
            return
        link, part = http.client.HTTPSConnection(self.options.gateway.split("/")[2], context=self.tls, timeout=30), self.folder / secrets.token_hex(8)
        link.request("GET", "/media/" + segment["sha256"], headers={"Authorization": "Bearer %s" % self.token})
        data = link.getresponse().read(min(segment["bytes"], 33_554_432) + 1)
        link.close()
        if sha256(data) != segment["sha256"]:
            raise ValueError("not the bytes of %s" % segment["sha256"])
        part.write_bytes(data)
        os.replace(part, self.media(segment))

    async def fetch(self, segments, order=None):
        """Files, kept under their digest; then once more the order that lacked them."""
        try:
            for segment in segments:
                await asyncio.get_running_loop().run_in_executor(None, self.get, segment)
            if order:
                self.take("order", order, was_pushed=True)
        except FAULTS as fault:
            print("media: %r" % fault, flush=True)

    # ---- Playing (section 11): the highest rank first, one item at a time, nothing lower in a gap. What is cut off does not go on.
    async def play(self):
        while True:
            await asyncio.sleep(0.02)
            top = max((order for order in self.orders if order.start <= self.now()), key=lambda order: order.rank, default=None)
            if top and top.due <= self.now():
                await self.sound(top)

    async def sound(self, order):
        number, began, message, body, loop = order.number, self.now(), order.message, body_ms(order.message), asyncio.get_running_loop()
        is_restricted = any("restrictionId" in act and reaches(act, order, began) for act in self.memory["acts"].values())
        for is_so, reason in ((is_restricted, "RESTRICTED"), (began >= order.dispatch["notAfter"], "EXPIRED"), (self.judge.is_stale(message, began), "OFFLINE_NET"), (self.judge.is_quiet(message, began), "QUIET_HOURS")):
            if is_so:
                return self.close(order, reason)
        self.memory["journal"][order.digest]["sounded"], self.playing = True, order.digest
        voice, gain_db = order.voice, self.judge.gain_db(message, began)
        heard = None if voice and not is_opened(order, began) else began  # silence before a voice is no sound
        self.save() if heard is None else self.receipt(order, "audible", number, startedAt=began)  # written down first: a repetition once begun is never begun again
        try:
            work = None if voice else loop.run_in_executor(None, self.render, message, gain_db)
            while order in self.orders and not (voice.is_over(self.now()) if voice else self.now() >= began + body):
                await asyncio.sleep(0.02)
                if voice:
                    voice.sound(self.now())
                    if heard is None and voice.sounded:
                        heard = round(voice.sounded[0][0])
                        self.receipt(order, "audible", number, startedAt=heard)
                    if voice.is_given_up(self.now()):
                        self.end("INTERRUPTED", lambda one: one is order)
                if order in self.orders and any(other.rank > order.rank and other.start <= self.now() for other in self.orders):
                    self.close(order, "PREEMPTED")
            ended = self.now()
            samples, level, digest = await (work or loop.run_in_executor(None, self.render_voice, order, began, gain_db))
            with wave.open(str(pathlib.Path(self.options.out) / ("%s-%d.wav" % (order.dispatch["dispatchId"], number))), "wb") as file:
                file.setparams((1, 2, 48_000, 0, "NONE", ""))
                file.writeframes(samples[:min(ended - began, body) * 48].tobytes())  # as much of it as would have been heard
        except FAULTS as fault:
            print("sound: %s" % fault, flush=True)
            self.end("SILENT", lambda one: one is order)
        self.playing = None
        if order in self.orders and voice and not voice.sounded:  # of a voice nothing was heard: never done
            self.close(order, "INTERRUPTED")
        elif order in self.orders:
            self.receipt(order, "done", number, startedAt=heard, endedAt=ended, playedDigest=digest, levelCentiDbfs=level, **({"live": voice.proof()} if voice else {}))
            planned, order.number = order.dispatch["startAt"] + number * (body + message["gapMs"]), number + 1
            order.due = planned if planned >= ended else ended + message["gapMs"]
            if number >= order.dispatch["repeats"] or order.due >= order.dispatch["notAfter"]:
                self.close(order)

    def decoded(self, message):
        decoded = b""
        for segment in files_of(message):
            data = self.media(segment).read_bytes()
            if sha256(data) != segment["sha256"]:
                raise ValueError("the file changed on disk")
            decoded += decode(data)
        return decoded

    def render(self, message, gain_db):
        """The repetition as samples, the digest of what it was before gain, and its level."""
        decoded = self.decoded(message)
        return (*gained(decoded, gain_db), sha256(decoded))

    def render_voice(self, order, began, gain_db):
        """The opening, if it was in time for it, then each packet at its time; the digest is the packets'."""
        voice, opening = order.voice, self.decoded(order.message) if is_opened(order, began) else b""
        last = voice.sounded[-1][0] + 20 if voice.sounded else began
        pcm, said = bytearray(2 * 48 * max(0, math.ceil(last - began)) + 2), decode(ogg([opus for _at, opus in voice.sounded])) if voice.sounded else b""
        pcm[:len(opening)] = opening
        for number, (at, _opus) in enumerate(voice.sounded):
            place = 2 * round(48 * (at - began))
            pcm[place:place + 1920] = said[number * 1920:(number + 1) * 1920]
        return (*gained(bytes(pcm), gain_db), voice.played())

    def end(self, reason, is_reached):
        for order in [order for order in self.orders if is_reached(order)]:
            self.close(order, reason)

    def close(self, order, reason=None):
        self.orders.remove(order)
        self.memory["journal"].get(order.digest, {}).pop("open", None)
        if reason or order.number <= order.dispatch["repeats"]:
            has_begun = order.voice and self.memory["journal"].get(order.digest, {}).get("sounded")
            self.receipt(order, "failed" if reason else "done", 0, reason, **({"live": order.voice.proof(), "playedDigest": order.voice.played()} if has_begun else {}))
        else:
            self.save()


def is_opened(order, began):
    """The voice begins with its chime."""
    return bool(order.voice.live["chime"]) and began < order.dispatch["startAt"] + 400


def decode(data):
    """An Ogg Opus file as samples of 16 bits, 48,000 a second."""
    return subprocess.run(["opusdec", "--quiet", "--no-dither", "--rate", "48000", "-", "-"], input=data, stdout=subprocess.PIPE, check=True, timeout=60).stdout


def gained(pcm, gain_db):
    """Samples after gain, and their level."""
    samples = array.array("h", [int(sample * 10 ** (gain_db / 20)) for sample in array.array("h", pcm)])
    mean = sum(sample * sample for sample in samples) / max(1, len(samples))
    return samples, min(0, round(1000 * math.log10(mean / 2**30))) if mean else -12_000


async def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("gateway", "ca", "root", "state", "out", "code", "physical-code"):
        options.add_argument("--" + name, required="code" not in name, default="")
    options.add_argument("--demo", action="store_true")
    if shutil.which("opusdec") is None:
        sys.exit("opusdec is not here (package opus-tools): this terminal could not sound")
    terminal = Terminal(options.parse_args())
    await asyncio.gather(terminal.play(), terminal.stay_connected())  # whichever fails ends the other: no silent terminal


if __name__ == "__main__":
    asyncio.run(main())
