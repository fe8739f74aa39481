"""Envelopes, and who signed them (docs/protocol.md section 6)."""
import re

from keys import sound_key, verifies
from shapes import fits
from texts import sha256, strict, unbase64

__all__ = ["Envelope", "opened", "ref_in", "sound_key", "verifies"]
KIND = re.compile(r"application/vnd\.clarion\.([a-z][a-z0-9-]{0,31})\.v1\+json")


class Envelope:
    """An envelope whose outer shape is right; `value` is what its payload says, None where that is no JSON of one meaning."""

    def __init__(self, shape):
        if not fits("envelope", shape):
            raise ValueError
        kind, self.payload = KIND.fullmatch(shape["payloadType"]), unbase64(shape["payload"])
        self.signatures = {one["keyid"]: unbase64(one["sig"]) for one in shape["signatures"]}
        if not (kind and self.payload is not None and len(self.payload) <= 65_536 and all(self.signatures.values()) and len(self.signatures) == len(shape["signatures"])):
            raise ValueError
        self.word, self.digest, self.value = kind[1], sha256(self.payload).hex(), strict(self.payload)
        self.bytes = b"DSSEv1 %d %s %d %s" % (len(kind[0]), kind[0].encode(), len(self.payload), self.payload)

    def says(self, name):
        """A field of a payload that nobody has checked; None where it has none."""
        return self.value.get(name) if isinstance(self.value, dict) else None

    def by(self, keys):
        """Ids of those of these keys that signed it."""
        return {key["keyId"] for key in keys if key["keyId"] in self.signatures and verifies(key, self.bytes, self.signatures[key["keyId"]])}


def opened(shape):
    try:
        return Envelope(shape)
    except ValueError:
        return None


def ref_in(env):
    """The head that a head, receipt or event tells of."""
    if env is None or env.word not in ("head", "receipt", "event"):
        return None
    ref = {name: env.says(name) for name in ("platform", "treeSize", "rootHash")} if env.word == "head" else env.says("head")
    return ref if fits("head-ref", ref) else None
