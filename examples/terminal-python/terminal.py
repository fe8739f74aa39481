#!/usr/bin/env python3
"""A small terminal, written from docs/protocol.md: claims its place, believes nobody but the root it was given, judges
every order, "sounds" into a folder of WAV files and signs receipts. What it leaves out stands in README.md.

    python3 terminal.py --gateway wss://HOST:8444 --ca ca.pem --root bootstrap.json --state FOLDER --out FOLDER \\
        --code CLAIM_CODE --physical-code CODE [--demo]

Needs Python 3.9 and the packages `cryptography` and `websockets`; `opusdec` (opus-tools) turns Ogg Opus into samples.
"""
import argparse
import array
import asyncio
import base64
import itertools
import json
import math
import os
import pathlib
import random
import secrets
import shutil
import ssl
import subprocess
import sys
import time
import types
import urllib.request
import wave

import websockets
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from orders import Judge, Unheard, body_ms, shuts_out, silences
from trust import DAY, KIND, Refused, opened, pae, sha256, unbase64

MAY_STILL_COME = ("REJ_VERSIONS", "REJ_TIME_UNKNOWN", "REJ_TIME_STALE", "REJ_KEY_UNKNOWN", "REJ_LINEAGE", "REJ_NOT_TARGETED")


class Terminal:
    def __init__(self, options):
        self.options, self.folder, self.tls = options, pathlib.Path(options.state), ssl.create_default_context(cafile=options.ca)
        for folder in (self.folder / "media", pathlib.Path(options.out)):
            folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.file, self.state = self.folder / "state.json", {
            "key": secrets.token_hex(32), "terminal": None, "counter": 0, "spool": [], "documents": [], "head": None, "memory": None}
        if self.file.exists():
            self.state = json.loads(self.file.read_text("utf-8"))
        self.private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.state["key"]))
        spki = self.private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.key = {"keyId": sha256(b"ed25519" + spki), "alg": "ed25519", "spki": base64.b64encode(spki).decode()}
        root = json.loads(pathlib.Path(options.root).read_text("utf-8"))
        self.judge = Judge(root.get("root", root), options.demo, self.state["terminal"], self.key["keyId"])
        for document in self.state["documents"]:  # every one that was ever taken, so that the floors come back as well
            self.judge.take(document, None)
        self.judge.memory = self.memory = self.state["memory"] = self.state["memory"] or self.judge.memory
        self.offset = self.nonce = self.asked = self.token = self.sounding = None  # offset: the district's time minus our clock, ms
        self.out, self.items, self.fetching, self.first, self.told, self.failures, self.is_lacking, self.is_ready = asyncio.Queue(), [], set(), {}, {}, 0, True, False
        for digest, entry in self.memory["journal"].items():  # a power cut: nothing is begun again
            if entry["state"] in ("accepted", "playing"):
                entry["state"] = "interrupted"
                self.receipt(entry["dispatchId"], digest, "failed", 0, "INTERRUPTED")
        self.save()

    def now(self):
        return None if self.offset is None else int(time.monotonic() * 1000 + self.offset)

    # ---- What must survive a power cut, and the receipts and events that go out in its order (sections 2 and 13)

    def save(self):
        for part in ("seen", "journal", "stops", "isolations"):
            self.memory[part] = {name: entry for name, entry in self.memory[part].items() if entry["until"] > (self.now() or 0)}
        with open(self.folder / "state.new", "w", encoding="utf-8") as file:
            json.dump(self.state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(file.name, self.file)
        folder = os.open(self.folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def sign(self, word, **fields):
        self.state["counter"] += 1
        value = {"terminal": self.state["terminal"], "counter": self.state["counter"], "at": self.now() or 0, "head": self.state["head"], **fields}
        data = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
        signature = {"keyid": self.key["keyId"], "sig": self.signed(pae(KIND % word, data))}
        self.state["spool"].append([value["counter"], {"payloadType": KIND % word, "payload": base64.b64encode(data).decode(), "signatures": [signature]}])
        self.save()
        self.send_spool(self.state["spool"][-1:])

    def signed(self, data):
        return base64.b64encode(self.private.sign(data)).decode()

    def send_spool(self, entries):
        for first in range(0, len(entries), 50):
            self.send("receipts", envelopes=[envelope for _counter, envelope in entries[first:first + 50]])

    def receipt(self, dispatch_id, digest, state, repetition, reason=None, **heard):
        nothing = {"fromMs": 0, "startedAt": None, "endedAt": None, "playedDigest": None, "levelCentiDbfs": None}
        self.sign("receipt", dispatchId=dispatch_id, messageDigest=digest, repetition=repetition, state=state, reason=reason, **{**nothing, **heard})
        print("receipt: %s %d %s" % (state, repetition, reason or ""), flush=True)

    def about(self, order, *rest, **heard):
        self.receipt(order.dispatch["dispatchId"], order.digest, *rest, **heard)

    def event(self, kind, code, value, word):
        """About an envelope, or what came in its place: the same once in ten minutes, and few in all."""
        try:
            env = opened(value, word)
            subject, payload_type, key_ids = env.digest, env.kind, list(env.signatures)
        except Refused:
            subject, payload_type, key_ids = sha256(json.dumps(value).encode()), None, []
        self.told = {told: at for told, at in self.told.items() if at > time.monotonic() - 600}
        if (code, subject) not in self.told and len(self.told) < 120:
            self.told[code, subject] = time.monotonic()
            self.sign("event", kind=kind, code=code, subject=subject, payloadType=payload_type, keyIds=key_ids)
            print("%s: %s" % (kind, code), flush=True)

    # ---- The link (sections 3 to 5 and 14)

    async def run(self):
        await asyncio.gather(self.play(), self.stay_connected())  # whichever fails ends the other: no silent terminal

    async def stay_connected(self):
        while True:
            try:
                await self.connection()
            except (OSError, LookupError, TypeError, ValueError, RecursionError, asyncio.TimeoutError, websockets.WebSocketException) as fault:
                print("link: %s" % (str(fault) or type(fault).__name__), flush=True)
            await asyncio.sleep(random.random() * 0.25 * 2 ** self.failures)
            self.failures = min(5, self.failures + 1)

    async def connection(self):
        settings = dict(ssl=self.tls, subprotocols=["clarion.device.v1"], compression=None, max_size=262_144, ping_interval=None, open_timeout=10)
        async with websockets.connect(self.options.gateway + "/device", **settings) as link:
            async def answer(seconds=10):
                frame = json.loads(await asyncio.wait_for(link.recv(), seconds))
                if isinstance(frame, dict) and frame.get("kind") == "refused":
                    self.failures = 5
                    raise ValueError("the gateway refuses: %s" % frame.get("code"))
                return frame

            async def introduce(kind, what, **fields):
                proof = self.signed(b"\0".join(part.encode() for part in ("clarion-device-%s.v1" % kind, nonce, what)))
                await link.send(json.dumps({"kind": kind, **fields, "sig": proof}))
                return await answer()
            nonce = (await answer())["nonce"]
            if self.state["terminal"] is None:
                claimed = await introduce("claim", self.options.code, code=self.options.code, physicalCode=self.options.physical_code, key=self.key)
                self.state["terminal"] = self.judge.terminal = claimed["terminal"]
                self.save()
            name = self.state["terminal"]
            welcome = await introduce("hello", name, terminal=name, keyId=self.key["keyId"], agent="example-terminal 2.0")
            print("connected as %s" % name, flush=True)
            self.token, self.out, self.is_lacking, self.failures = welcome["mediaToken"], asyncio.Queue(), True, 0
            tasks = [asyncio.ensure_future(one) for one in (self.talk(link), self.heartbeat())]
            try:
                while True:
                    self.hear(await answer(45))
            finally:
                for task in tasks:
                    task.cancel()

    def send(self, kind, **frame):
        self.out.put_nowait(json.dumps({"kind": kind, **frame}))

    async def talk(self, link):
        while True:
            await link.send(await self.out.get())

    async def heartbeat(self):
        """Exchange at once, every 30 s, and within a second when something is missing; a probe between keeps the link awake."""
        for second in itertools.count():
            if second % 15 == 0:
                self.send("time", t1=time.monotonic() * 1000)
                self.send_spool(self.state["spool"])
            if second % 30 == 0 or self.is_lacking:
                self.is_lacking = False
                self.exchange()
            await asyncio.sleep(random.uniform(1, 1.05))

    def exchange(self):
        now, clock, memory, assignment = self.now(), time.monotonic() * 1000, self.memory, self.judge.value("assignment")
        if self.nonce or now is None:
            self.nonce, self.asked = secrets.token_hex(16), clock
        ages = ((600_000, "ready"), (DAY, "degraded"), (30 * DAY, "emergency-only"), (math.inf, "silent"))
        state = "time-unknown" if now is None else next(word for limit, word in ages if now - memory["beaconAt"] < limit)
        kept = {one: entry["notAfter"] for part in ("seen", "stops", "isolations") for one, entry in memory[part].items() if entry["notAfter"] > (now or 0)}
        self.send("exchange", counter=self.state["counter"], versions=self.judge.versions() if self.judge.all("charter") else None, nonce=self.nonce,
                  assignmentVersion=assignment["version"] if assignment else 0, held=sha256("\n".join(sorted(kept)).encode()),
                  health={"state": state if assignment else "unassigned", "playing": self.sounding, "volumePermille": 1000, "muted": False, "amplifier": "unknown",
                          "isolatedUntil": max((kept[one] for one in memory["isolations"] if one in kept), default=None), "supply": "mains",
                          "clockOffsetMs": now and int(time.time() * 1000) - now, "spooledReceipts": len(self.state["spool"]),
                          "freeDiskMiB": shutil.disk_usage(self.folder).free >> 20})

    def hear(self, frame):
        try:
            self.frame(frame)
        except (Refused, AttributeError, LookupError, TypeError, ValueError):  # no frame of section 5: it must not end us
            self.event("refused", "REJ_SHAPE", frame, "frame")

    def frame(self, frame):
        kind = frame["kind"]
        if kind == "exchange":
            for document in frame["documents"]:
                self.document(document)
            if frame["beacon"] is not None:
                self.beacon(frame["beacon"])
            for word, act in [("stop", one) for one in frame["stops"]] + [("isolate", one) for one in frame["isolates"]]:
                self.act(word, act)
            for order in frame["orders"]:
                self.order(order, False)
        elif kind in ("stop", "isolate"):
            self.act(kind, frame[kind])
        elif kind == "order":
            self.order(frame["order"], True)
        elif kind == "document":
            self.document(frame["document"])
        elif kind == "prefetch":
            asyncio.ensure_future(self.fetch(frame["media"]))
        elif kind == "ack" and frame["counter"] <= self.state["counter"]:
            self.state["spool"] = [one for one in self.state["spool"] if one[0] > frame["counter"]]
            self.save()

    # ---- Documents and time (sections 7 and 8)

    def document(self, document):
        try:
            if not self.judge.take(document, self.now()):
                return
        except Refused as refused:  # an exchange brings them again, and in reading order
            self.is_lacking |= refused.code in MAY_STILL_COME
            return self.event("refused", refused.code, document, document["payloadType"].split(".")[2])
        self.state["documents"].append(document)
        self.save()
        self.end("SIG_REJECT", lambda order: any(one["reason"] == "compromised" for key in order.keys for one in self.judge.revocations(order.dispatch["platform"], key)))
        self.is_lacking = True

    def beacon(self, value):
        try:
            beacon = self.judge.beacon(value)
        except Refused as refused:
            return self.event("refused", refused.code, value, "beacon")
        clock, head, mine = time.monotonic() * 1000, beacon["head"], self.state["head"]
        if self.nonce:
            if (beacon["nonce"], beacon["terminal"]) != (self.nonce, self.state["terminal"]) or clock > self.asked + 10_000:
                return None
            self.offset, self.nonce = beacon["at"] - clock, None
            self.state["counter"] = max(self.state["counter"], beacon["counter"] or 0)
        elif beacon["nonce"] is not None or beacon["at"] <= self.memory["beaconAt"]:
            return None
        self.offset, self.memory["beaconAt"] = max(self.offset, beacon["at"] - clock), beacon["at"]  # a beacon is never early
        if clock + self.offset - beacon["at"] > 2000:  # our clock runs fast, or somebody holds beacons back: ask with a nonce
            self.nonce = self.nonce or secrets.token_hex(16)
        if head and (mine is None or head["platform"] != mine["platform"] or head["treeSize"] > mine["treeSize"]):
            self.state["head"] = head
        if self.judge.value("assignment") and not self.is_ready:
            self.is_ready = True
            print("ready: this terminal stands in %s" % self.judge.value("assignment")["areas"][0]["id"], flush=True)
        return self.save()

    # ---- Stops, isolates, orders (sections 9 and 12)

    def act(self, word, value):
        """Silence first, then the disk, then the receipts."""
        known = len(self.memory["stops"]) + len(self.memory["isolations"])
        try:
            act = getattr(self.judge, word)(value, self.now())
        except Refused as refused:  # of an unknown signer it is somebody else's, or the next exchange brings it again
            self.is_lacking |= refused.code == "REJ_TIME_UNKNOWN"
            return None if refused.code in MAY_STILL_COME else self.event("refused", refused.code, value, word)
        if act is None or len(self.memory["stops"]) + len(self.memory["isolations"]) == known:
            return None
        if word == "stop":
            return self.end("STOPPED", lambda order: silences(act, order)) or self.save()
        self.end("ISOLATED", lambda order: shuts_out(act, order, self.now()))
        return self.event("isolated", None, value, word)

    def order(self, value, pushed, too_late="EXPIRED"):
        """It is taken, waits for its audio, or is refused and told so. What lacks documents or time the next exchange brings again."""
        digest = sha256(unbase64(value["dispatch"]["payload"]))
        is_known = any(entry["digest"] == digest for entry in self.memory["seen"].values())
        if digest in self.fetching or is_known and (not pushed or any(item.order.env.digest == digest and not item.began for item in self.items)):
            return
        try:
            order = self.judge.admit(value, self.now())
            self.withdraw(order)
            if all(self.media(segment).exists() for segment in order.message["body"]["segments"]):
                self.take(order)
            else:
                asyncio.ensure_future(self.fetch_for(digest, value, order))
        except Unheard as unheard:
            self.withdraw(unheard.order)
            self.judge.see(unheard.order)
            self.about(unheard.order, "failed", 0, too_late if unheard.code == "EXPIRED" else unheard.code)
            if unheard.code == "EXPIRED" and pushed:
                self.event("refused", "REJ_EXPIRED", value["dispatch"], "dispatch")
        except Refused as refused:
            self.first = {one: at for one, at in self.first.items() if at > time.monotonic() - 60}
            settled = self.judge.value("assignment") is not None and self.offset is not None
            if refused.code in MAY_STILL_COME[:3 if settled else 6] and self.first.setdefault(digest, time.monotonic()) > time.monotonic() - 10:
                self.is_lacking = True
            else:
                self.event("refused", refused.code, value["dispatch"], "dispatch")

    def take(self, order):
        replaced = self.memory["journal"].get(order.message["replaces"])
        self.judge.note(order)
        self.about(order, "acked", 0)  # floors, journal and receipt: one durable write, and nothing sounds before it
        if replaced and replaced["platform"] == order.dispatch["platform"]:
            self.end("WITHDRAWN", lambda other: other.digest == order.message["replaces"])
            replaced["state"] = "stopped"
        self.items.append(types.SimpleNamespace(order=order, next=order.repetition, due=order.start, turn_ended=0, heard=0, began=False, over=False))
        if not order.aloud:
            self.close(self.items[-1], None)

    def withdraw(self, order):
        """From a genuine correction on its original is silent here, whether or not it was ever heard."""
        digest, original = order.subject
        if digest != order.digest:
            self.end("WITHDRAWN", lambda other: other.digest == digest)
            never = {"platform": original["platform"], "mode": original["mode"], "until": original["notAfter"] + DAY, "dispatches": 0, "sounded": False}
            self.memory["journal"].setdefault(digest, never)["state"] = "stopped"

    # ---- Media (section 10)

    def media(self, segment):
        return self.folder / "media" / segment["sha256"]

    async def fetch_for(self, digest, value, order):
        self.fetching.add(digest)
        is_here = await self.fetch(order.message["body"]["segments"])
        await asyncio.sleep(0 if is_here else 1)
        self.fetching.discard(digest)
        self.order(value, False, "FETCH_FAIL")

    async def fetch(self, segments):
        def get(segment):
            request = urllib.request.Request(self.options.gateway.replace("wss:", "https:", 1) + "/media/" + segment["sha256"], headers={"Authorization": "Bearer %s" % self.token})
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.tls))
            with opener.open(request, timeout=30) as answer:
                data = answer.read(min(segment["bytes"], 33_554_432) + 1)
            if sha256(data) != segment["sha256"]:
                raise ValueError("wrong bytes under the name %s" % segment["sha256"])
            part = self.folder / secrets.token_hex(8)
            part.write_bytes(data)
            os.replace(part, self.media(segment))
        try:
            for segment in segments:
                if not self.media(segment).exists():
                    await asyncio.get_running_loop().run_in_executor(None, get, segment)
            return True
        except (OSError, LookupError, TypeError, ValueError) as fault:
            print("media: %s" % fault, flush=True)
            return False

    # ---- Playing (section 11): highest rank first, turns among equals, nothing lower in a gap. What is cut off does not go on.

    async def play(self):
        while True:
            await asyncio.sleep(0.02)
            under_way = [item for item in self.items if item.order.start <= self.now()]
            top = max((item.order.rank for item in under_way), default=None)
            ready = [item for item in under_way if item.order.rank == top and item.due <= self.now()]
            if ready:
                await self.sound(min(ready, key=lambda item: (item.turn_ended, item.order.dispatch["issuedAt"], item.order.dispatch["dispatchId"])))

    async def sound(self, item):
        order, number, began, body = item.order, item.next, self.now(), body_ms(item.order.message)
        if self.judge.is_quiet(order.message, began):
            return self.close(item, "QUIET_HOURS")
        self.memory["journal"][order.digest].update(state="playing", sounded=True)
        self.about(order, "audible", number, startedAt=began)  # written down first: a repetition once begun is never begun again
        self.sounding, item.began = order.digest, True
        try:
            work = asyncio.get_running_loop().run_in_executor(None, self.render, order, self.judge.gain_db(order.message, began))
            while not item.over and self.now() < began + body:
                await asyncio.sleep(0.02)
                if any(other.order.rank > order.rank and other.order.start <= self.now() for other in self.items):
                    self.close(item, "PREEMPTED")
            ended, (samples, digest, level) = self.now(), await work
            with wave.open(str(pathlib.Path(self.options.out) / ("%s-%d.wav" % (order.dispatch["dispatchId"], number))), "wb") as file:
                file.setparams((1, 2, 48_000, 0, "NONE", ""))
                file.writeframes(samples[:(ended - began) * 48].tobytes())  # as much of it as would have been heard
        except (OSError, ValueError, subprocess.SubprocessError) as fault:
            print("sound: %s" % fault, flush=True)
            return None if item.over else self.close(item, "SILENT")
        finally:
            self.sounding = None
        if item.over:
            return None
        self.about(order, "done", number, startedAt=began, endedAt=ended, playedDigest=digest, levelCentiDbfs=level)
        planned, gap = order.dispatch["startAt"] + number * (body + order.message["gapMs"]), order.message["gapMs"]
        item.heard, item.next, item.turn_ended, item.due = number, number + 1, ended, planned if planned >= ended else ended + gap
        return self.close(item, None) if number >= order.dispatch["repeats"] or item.due >= order.dispatch["notAfter"] else None

    def render(self, order, gain_db):
        """The repetition as samples, the digest of what it was before gain, and its level."""
        decoded = b""
        for segment in order.message["body"]["segments"]:
            data = self.media(segment).read_bytes()
            if sha256(data) != segment["sha256"]:
                raise ValueError("the file changed on disk")
            decoded += subprocess.run(["opusdec", "--quiet", "--no-dither", "--rate", "48000", "-", "-"], input=data, stdout=subprocess.PIPE, check=True, timeout=60).stdout
        samples = array.array("h", [int(sample * 10 ** (gain_db / 20)) for sample in array.array("h", decoded)])
        mean = sum(sample * sample for sample in samples) / max(1, len(samples))
        return samples, sha256(decoded), min(0, round(1000 * math.log10(mean / 2**30))) if mean else -12_000

    def end(self, reason, reached):
        for item in [item for item in self.items if reached(item.order)]:
            self.close(item, reason)

    def close(self, item, reason):
        item.over, self.items = True, [other for other in self.items if other is not item]
        self.memory["journal"][item.order.digest]["state"] = "stopped" if reason in ("STOPPED", "WITHDRAWN", "SIG_REJECT") else "completed"
        if reason is not None:
            self.about(item.order, "failed", 0, reason)
        elif item.heard < item.order.dispatch["repeats"]:
            self.about(item.order, "done", 0)
        else:
            self.save()


async def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("gateway", "ca", "root", "state", "out"):
        options.add_argument("--" + name, required=True)
    for name in ("code", "physical-code"):
        options.add_argument("--" + name, default="")
    options.add_argument("--demo", action="store_true")
    asked = options.parse_args()
    if shutil.which("opusdec") is None:
        sys.exit("opusdec is not here (package opus-tools): this terminal could not sound")
    await Terminal(asked).run()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
