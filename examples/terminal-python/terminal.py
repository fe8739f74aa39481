#!/usr/bin/env python3
"""A small terminal, written from docs/protocol.md: claims its place, believes nobody but the root it was given, judges
every order, "sounds" into a folder of WAV files and signs receipts. What it leaves out stands in README.md.

    python3 terminal.py --gateway wss://HOST:8444 --ca ca.pem --root bootstrap.json --state FOLDER --out FOLDER \\
        --code CLAIM_CODE --physical-code CODE [--demo]
    python3 terminal.py --judge tests/vectors/protocol/district.json     what it would do with each frame of these vectors

Needs Python 3.9 and the packages `cryptography` and `websockets`; `opusdec` (opus-tools) turns Ogg Opus into WAV.
"""
import argparse
import asyncio
import base64
import json
import os
import pathlib
import random
import secrets
import shutil
import ssl
import sys
import time
import urllib.error
import urllib.request

import websockets
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from book import Book
from documents import word_of
from judge import Judge, Unheard
from player import Item, Player
from signed import DAY, Refused, opened, sha256
from vectors import judge_vectors

HOLD = ("REJ_VERSIONS", "REJ_TIME_UNKNOWN", "REJ_TIME_STALE", "REJ_KEY_UNKNOWN", "REJ_LINEAGE", "REJ_NOT_TARGETED")


class Terminal(Book, Player):
    def __init__(self, options):
        self.options, self.folder = options, pathlib.Path(options.state)
        (self.folder / "media").mkdir(parents=True, exist_ok=True)
        os.chmod(self.folder, 0o700)
        pathlib.Path(options.out).mkdir(parents=True, exist_ok=True)
        root = json.loads(pathlib.Path(options.root).read_text("utf-8"))
        self.judge = Judge(root.get("root", root), options.demo)
        self.file = self.folder / "state.json"
        if self.file.exists():
            self.state = json.loads(self.file.read_text("utf-8"))
        else:
            raw = ed25519.Ed25519PrivateKey.generate().private_bytes(serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
            self.state = {"key": raw.hex(), "terminal": None, "counter": 0, "spool": [], "documents": [], "head": None, "memory": self.judge.memory}
        self.private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.state["key"]))
        spki = self.private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.key = {"keyId": sha256(b"ed25519" + spki), "alg": "ed25519", "spki": base64.b64encode(spki).decode()}
        self.judge.memory, self.judge.terminal, self.judge.device_key = self.state["memory"], self.state["terminal"], self.key["keyId"]
        for document in self.state["documents"]:  # every one that was ever taken, so that the floors come back as well
            self.judge.take(document, None)
        self.offset, self.nonce, self.asked, self.token, self.out, self.soon = None, secrets.token_hex(16), 0.0, None, asyncio.Queue(), asyncio.Event()
        self.items, self.waiting, self.unread, self.fetching, self.told, self.sounding, self.is_ready = [], [], [], set(), {}, None, False
        self.tls = ssl.create_default_context(cafile=options.ca)  # trusts this authority alone
        for digest, entry in self.state["memory"]["journal"].items():  # a power cut: nothing is begun again
            if entry["state"] in ("accepted", "playing"):
                entry["state"] = "interrupted"
                self.receipt(entry["dispatchId"], digest, "failed", 0, "INTERRUPTED")
        self.save()

    def now(self):
        return None if self.offset is None else int(time.monotonic() * 1000 + self.offset)

    # ---- The link (sections 3 to 5 and 14)

    async def run(self):
        await asyncio.gather(self.player(), self.stay_connected())  # whichever fails ends the other: no silent terminal

    async def stay_connected(self):
        attempt = 0
        while True:
            try:
                attempt = await self.connection()
            except (OSError, ValueError, RecursionError, asyncio.TimeoutError, websockets.WebSocketException) as fault:
                print("link: %s" % (str(fault) or type(fault).__name__), flush=True)
            await asyncio.sleep(random.random() * min(8, 0.25 * 2 ** min(attempt, 6)))
            attempt += 1

    async def connection(self):
        settings = dict(ssl=self.tls, subprotocols=["clarion.device.v1"], compression=None, max_size=262_144, ping_interval=None, open_timeout=10)
        async with websockets.connect(self.options.gateway + "/device", **settings) as link:
            async def hear(seconds=10):
                return json.loads(await asyncio.wait_for(link.recv(), seconds))

            def proof(context, nonce, word):
                return base64.b64encode(self.private.sign(b"\0".join(part.encode() for part in (context, nonce, word)))).decode()
            nonce = (await hear())["nonce"]
            if self.state["terminal"] is None:
                code = self.options.code
                await link.send(json.dumps({"kind": "claim", "code": code, "physicalCode": self.options.physical_code, "key": self.key, "sig": proof("clarion-device-claim.v1", nonce, code)}))
                answer = await hear()
                if answer["kind"] != "claimed":
                    return self.turned_away(answer)
                self.state["terminal"] = self.judge.terminal = answer["terminal"]
                self.save()
            hello = {"kind": "hello", "terminal": self.state["terminal"], "keyId": self.key["keyId"], "agent": "example-terminal 1.0"}
            await link.send(json.dumps({**hello, "sig": proof("clarion-device-hello.v1", nonce, self.state["terminal"])}))
            answer = await hear()
            if answer["kind"] != "welcome":
                return self.turned_away(answer)
            print("connected as %s" % self.state["terminal"], flush=True)
            self.token, self.out = answer["mediaToken"], asyncio.Queue()
            self.send_spool(self.state["spool"])
            tasks = [asyncio.ensure_future(one) for one in (self.talk(link), self.ask())]
            try:
                while True:
                    frame = await hear(45)
                    try:
                        self.frame(frame)
                    except (AttributeError, KeyError, TypeError) as fault:  # no frame of section 5: it must not end us
                        print("ignored a frame: %r" % fault, flush=True)
            finally:
                for task in tasks:
                    task.cancel()

    def turned_away(self, answer):
        print("the gateway refuses: %s" % answer.get("code"), flush=True)
        return 6

    async def talk(self, link):
        while True:
            await link.send(json.dumps(await self.out.get()))

    async def ask(self):
        """Exchange at once, every 30 s, and soon when something is missing; a probe between keeps the link awake."""
        while True:
            self.soon.clear()
            self.exchange()
            self.out.put_nowait({"kind": "time", "t1": time.monotonic() * 1000})
            for wait in (1, 14, 15):
                if wait == 15:
                    self.out.put_nowait({"kind": "time", "t1": time.monotonic() * 1000})
                    self.send_spool(self.state["spool"])
                try:
                    await (asyncio.sleep(1) if wait == 1 else asyncio.wait_for(self.soon.wait(), wait * random.uniform(0.9, 1.1)))
                    if self.soon.is_set():
                        break
                except asyncio.TimeoutError:
                    pass

    def exchange(self):
        now, memory, judge = self.now(), self.state["memory"], self.judge
        age = None if now is None or memory["beaconAt"] is None else now - memory["beaconAt"]
        health = "unassigned" if judge.assignment is None else "time-unknown" if age is None else "ready" if age < 600_000 else "degraded" if age < DAY else "emergency-only" if age < 30 * DAY else "silent"
        held = [one for part in ("seen", "stops", "isolations") for one, entry in memory[part].items() if entry["notAfter"] > (now or 0)]
        self.asked = self.asked or time.monotonic() * 1000
        until = [one["notAfter"] for one in memory["isolations"].values() if one["notAfter"] > (now or 0)]
        self.out.put_nowait({
            "kind": "exchange", "counter": self.state["counter"], "versions": judge.versions() if judge.parts["charter"] else None,
            "assignmentVersion": judge.assignment["version"] if judge.assignment else 0, "held": sha256("\n".join(sorted(held)).encode()), "nonce": self.nonce,
            "health": {"state": health, "playing": self.sounding, "volumePermille": 1000, "muted": False, "amplifier": "unknown", "isolatedUntil": max(until, default=None), "supply": "mains",
                       "clockOffsetMs": None if now is None else int(time.time() * 1000) - now, "spooledReceipts": len(self.state["spool"]), "freeDiskMiB": shutil.disk_usage(self.folder).free >> 20},
        })

    def frame(self, frame):
        kind = frame.get("kind")
        if kind == "exchange":
            for document in frame["documents"]:
                self.document(document)
            if frame["beacon"] is not None:
                self.beacon(frame["beacon"])
            for one in frame["stops"]:
                self.act(one, "stop")
            for one in frame["isolates"]:
                self.act(one, "isolate")
            for one in frame["orders"]:
                self.order(one, False)
        elif kind == "document":
            self.document(frame["document"])
        elif kind in ("stop", "isolate"):
            self.act(frame[kind], kind)
        elif kind == "order":
            self.order(frame["order"], True)
        elif kind == "prefetch":
            for media in frame["media"]:
                self.fetch_soon(media)
        elif kind == "ack" and frame["counter"] <= self.state["counter"]:
            self.state["spool"] = [one for one in self.state["spool"] if one[0] > frame["counter"]]
            self.save()
        elif kind == "refused":
            self.turned_away(frame)

    def document(self, document):
        """Kept for a while when its signer is unknown: documents may come in any order."""
        self.unread.append((time.monotonic(), document))
        changed = True
        while changed:
            changed, entries, self.unread = False, self.unread, []
            for since, one in entries:
                try:
                    if self.judge.take(one, self.now()):
                        self.state["documents"].append(one)
                        changed = True
                except Refused as refused:
                    if refused.code in ("REJ_KEY_UNKNOWN", "REJ_LINEAGE", "REJ_VERSIONS") and since > time.monotonic() - 10 and len(self.unread) < 64:
                        self.unread.append((since, one))
                    else:
                        self.refused(refused.code, one, word_of(one))
            if changed:
                self.save()
                self.end(lambda item: any(entry["reason"] == "compromised" for key in item.order.keys for entry in self.judge.revocations(item.order.dispatch["platform"], key)), "SIG_REJECT")
                self.soon.set()
        self.review()

    def beacon(self, value):
        try:
            beacon = self.judge.beacon(value)
        except Refused as refused:
            return None if refused.code == "REJ_KEY_UNKNOWN" else self.refused(refused.code, value, "beacon")
        clock, memory = time.monotonic() * 1000, self.state["memory"]
        if self.nonce is not None:
            if (beacon["nonce"], beacon["terminal"]) != (self.nonce, self.state["terminal"]):
                return None
            self.offset, self.nonce = beacon["at"] - (self.asked + clock) / 2, None
            self.state["counter"] = max(self.state["counter"], beacon["counter"] or 0)
        elif beacon["nonce"] is not None or beacon["at"] <= memory["beaconAt"]:
            return None
        self.offset = max(self.offset, beacon["at"] - clock)
        memory["beaconAt"], head, mine = beacon["at"], beacon["head"], self.state["head"]
        if head and (mine is None or head["platform"] != mine["platform"] or head["treeSize"] > mine["treeSize"]):
            self.state["head"] = head
        self.save()
        if self.judge.assignment and not self.is_ready:
            self.is_ready = True
            print("ready: this terminal stands in %s" % self.judge.assignment["areas"][0]["id"], flush=True)
        return self.review()

    # ---- Stops, isolates, orders

    def act(self, value, word):
        """Silence first, then the disk, then the receipts."""
        memory = self.state["memory"]
        known = set(memory["stops"]) | set(memory["isolations"])
        try:
            act = getattr(self.judge, word)(value, self.now())
        except Refused as refused:
            if refused.code in ("REJ_KEY_UNKNOWN", "REJ_LINEAGE", "REJ_TIME_UNKNOWN"):
                return self.soon.set() if refused.code == "REJ_TIME_UNKNOWN" else None  # the next exchange brings it again
            return self.refused(refused.code, value, word)
        if act is None or set(memory["stops"]) | set(memory["isolations"]) == known:
            return None
        if word == "stop":
            self.end(lambda item: self.judge.reaches(act, item.order.digest, item.order.message, item.order.charter), "STOPPED")
        else:
            self.end(lambda item: self.judge.shut_out(act, item.order, self.now()), "ISOLATED")
            env = opened(value, word)
            self.sign("event", {"kind": "isolated", "code": None, "subject": env.digest, "payloadType": env.kind, "keyIds": [key_id for key_id, _sig in env.signatures]})
        return self.save()

    def order(self, value, pushed):
        digest = None
        try:
            digest = opened(value.get("dispatch"), "dispatch").digest
        except (Refused, AttributeError):
            pass
        if any(entry["value"] == value for entry in self.waiting) or any(seen["digest"] == digest for seen in self.state["memory"]["seen"].values()) and not pushed:
            return
        self.examine({"value": value, "since": time.monotonic(), "pushed": pushed, "order": None})

    def review(self):
        entries, self.waiting = self.waiting, []
        for entry in entries:
            self.examine(entry)

    def examine(self, entry):
        value, now = entry["value"], self.now()
        try:
            order = self.judge.admit(value, len(json.dumps(value)), now)
            missing = [segment for segment in order.message["body"]["segments"] if not self.media(segment["sha256"]).exists()]
            if missing:
                entry["order"] = order
                self.waiting.append(entry)
                for segment in missing:
                    self.fetch_soon(segment)
                return
            self.take(order)
        except Refused as refused:
            if isinstance(refused.code, Unheard):
                self.judge.see(refused.code.order)
                self.about(refused.code.order, "failed", 0, "FETCH_FAIL" if entry["order"] and refused.code == "EXPIRED" else str(refused.code))
                if refused.code == "EXPIRED" and entry["pushed"] and not entry["order"]:
                    self.refused("REJ_EXPIRED", value["dispatch"], "dispatch")
            elif refused.code in HOLD[:3 if self.judge.assignment and now is not None else 6] and entry["since"] > time.monotonic() - 10 and len(self.waiting) < 64:
                self.waiting.append(entry)
                self.soon.set()
            else:
                self.refused(refused.code, value.get("dispatch") if isinstance(value, dict) else None, "dispatch")

    def take(self, order):
        self.judge.note(order)
        replaced = self.state["memory"]["journal"].get(order.message["replaces"])
        self.about(order, "acked", 0)  # floors, journal and receipt: one durable write
        if replaced and replaced["platform"] == order.dispatch["platform"]:
            self.end(lambda item: item.order.digest == order.message["replaces"], "WITHDRAWN")
            replaced["state"] = "stopped"
        item = Item(order)
        if order.aloud:
            self.items.append(item)
        else:
            self.close(item, None)

    # ---- Media (section 10)

    def media(self, digest):
        return self.folder / "media" / digest

    def fetch_soon(self, media):
        if media["sha256"] not in self.fetching and not self.media(media["sha256"]).exists():
            self.fetching.add(media["sha256"])
            asyncio.ensure_future(self.fetch(media["sha256"], media["bytes"]))

    async def fetch(self, digest, size):
        def get():
            request = urllib.request.Request(self.options.gateway.replace("wss:", "https:", 1) + "/media/" + digest, headers={"Authorization": "Bearer %s" % self.token})
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.tls))
            with opener.open(request, timeout=30) as answer:
                data = answer.read(size + 1)
            if len(data) != size or sha256(data) != digest:
                raise ValueError("wrong bytes under the name %s" % digest)
            part = self.media(digest + ".part")
            part.write_bytes(data)
            os.replace(part, self.media(digest))
        try:
            await asyncio.get_running_loop().run_in_executor(None, get)
        except (OSError, ValueError) as fault:
            print("media: %s" % fault, flush=True)
            await asyncio.sleep(1)
        self.fetching.discard(digest)
        self.review()


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--judge")
    for name in ("gateway", "ca", "root", "state", "out", "code", "physical-code"):
        options.add_argument("--" + name)
    options.add_argument("--demo", action="store_true")
    asked = options.parse_args()
    if asked.judge:
        return judge_vectors(asked.judge)
    if shutil.which("opusdec") is None:
        sys.exit("opusdec is not here (package opus-tools): this terminal could not sound")
    missing = [name for name in ("gateway", "ca", "root", "state", "out") if getattr(asked, name) is None]
    if missing:
        options.error("missing: " + ", ".join("--" + name for name in missing))
    return asyncio.run(start(asked))


async def start(asked):
    await Terminal(asked).run()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
