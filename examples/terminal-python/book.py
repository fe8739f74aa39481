"""What must survive a power cut, and the signed receipts and events that go out in its order (docs/protocol.md sections 2 and 13)."""
import base64
import json
import os
import tempfile
import time

from signed import Refused, opened, pae


class Book:
    """Needs of the terminal: `state`, `file`, `folder`, `private`, `key`, `out`, `told`, now()."""

    def save(self):
        now, memory = self.now(), self.state["memory"]
        for part, end in (("seen", "until"), ("journal", "until"), ("stops", "until"), ("isolations", "notAfter")):
            for name in [name for name, entry in memory[part].items() if now is not None and entry[end] <= now]:
                del memory[part][name]
        handle, name = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(self.state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, self.file)
        folder = os.open(self.folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    # ---- Receipts and events (section 13)

    def sign(self, word, fields):
        self.state["counter"] += 1
        value = {"terminal": self.state["terminal"], "counter": self.state["counter"], "at": self.now() or 0, "head": self.state["head"], **fields}
        kind, data = "application/vnd.clarion.%s.v1+json" % word, json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
        signature = base64.b64encode(self.private.sign(pae(kind, data))).decode()
        envelope = {"payloadType": kind, "payload": base64.b64encode(data).decode(), "signatures": [{"keyid": self.key["keyId"], "sig": signature}]}
        self.state["spool"].append([self.state["counter"], envelope])
        self.save()
        self.send_spool(self.state["spool"][-1:])

    def send_spool(self, entries):
        for first in range(0, len(entries), 50):
            self.out.put_nowait({"kind": "receipts", "envelopes": [envelope for _counter, envelope in entries[first:first + 50]]})

    def receipt(self, dispatch_id, digest, state, repetition, reason=None, **heard):
        fields = {"fromMs": 0, "startedAt": None, "endedAt": None, "playedDigest": None, "levelCentiDbfs": None, **heard}
        self.sign("receipt", {"dispatchId": dispatch_id, "messageDigest": digest, "repetition": repetition, "state": state, "reason": reason, **fields})
        print("receipt: %s %d %s" % (state, repetition, reason or ""), flush=True)

    def about(self, order, *rest, **heard):
        self.receipt(order.dispatch["dispatchId"], order.digest, *rest, **heard)

    def refused(self, code, value, word):
        print("refused: %s" % code, flush=True)
        try:
            env = opened(value, word)
            subject, kind, keys = env.digest, env.kind, [key_id for key_id, _sig in env.signatures]
        except Refused:
            subject, kind, keys = None, None, []
        recent = {about: at for about, at in self.told.items() if at > time.monotonic() - 600}
        if self.state["terminal"] and (code, subject) not in recent and len(recent) < 120:
            recent[code, subject] = time.monotonic()
            self.sign("event", {"kind": "refused", "code": code, "subject": subject, "payloadType": kind, "keyIds": keys})
        self.told = recent
