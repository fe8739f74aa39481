"""Encodings with one spelling only, envelopes, and the four suites of keys (docs/protocol.md section 6)."""
import base64
import hashlib
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

KIND, HEX = re.compile(r"application/vnd\.clarion\.([a-z][a-z0-9-]{0,31})\.v1\+json"), re.compile(r"[0-9a-f]{64}")

ENVELOPE = {"payloadType": str, "payload": str, "signatures": [{"keyid": str, "sig": str}]}


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text):
    """One spelling only: two spellings of one thing are two things."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


def strict(data):
    """JSON in UTF-8, without names written twice, of whole numbers within 2^53; None where it is none."""
    def once(pairs):
        if len(dict(pairs)) != len(pairs):
            raise ValueError
        return dict(pairs)

    def whole(text):
        if text == "-0" or len(text) > 17 or abs(int(text)) >= 2**53:
            raise ValueError
        return int(text)

    def refused(_text):
        raise ValueError
    try:
        return json.loads(data.decode(), object_pairs_hook=once, parse_int=whole, parse_float=refused, parse_constant=refused)
    except (ValueError, RecursionError):
        return None


def canonical(value, depth=1):
    """RFC 8785 over strings, whole numbers, lists and objects."""
    if value is None or isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int) and abs(value) < 2**53:
        return str(value)
    if depth > 16 or not isinstance(value, (list, dict)) or {"__proto__", "constructor", "prototype"} & set(value if isinstance(value, dict) else ()):
        raise ValueError
    if isinstance(value, list):
        return "[" + ",".join(canonical(one, depth + 1) for one in value) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(canonical(name) + ":" + canonical(value[name], depth + 1) for name in names) + "}"


def read(text):
    """The one value that is written exactly so; None for every other text."""
    try:
        value = json.loads(text)
        text.encode()
        return value if canonical(value) == text else None
    except (ValueError, TypeError, RecursionError):
        return None


def fits(value, kind):
    """Just these fields, of these types; whole numbers from 0 on."""
    if isinstance(kind, dict):
        return type(value) is dict and value.keys() == kind.keys() and all(fits(value[name], one) for name, one in kind.items())
    if isinstance(kind, list):
        return type(value) is list and all(fits(one, kind[0]) for one in value)
    return type(value) is kind and (kind is not int or 0 <= value < 2**53)


class Envelope:
    """An envelope whose outer shape is right; `value` is the object inside, {} where it is none."""

    def __init__(self, shape):
        kind, self.payload = KIND.fullmatch(shape["payloadType"]), unbase64(shape["payload"])
        self.signatures = {one["keyid"]: unbase64(one["sig"]) for one in shape["signatures"]}
        sound = all(HEX.fullmatch(key) and sig and len(sig) <= 1536 for key, sig in self.signatures.items())
        if not (kind and self.payload is not None and len(self.payload) <= 65_536 and sound and 1 <= len(self.signatures) == len(shape["signatures"]) <= 16):
            raise ValueError
        self.word, self.digest = kind[1], sha256(self.payload).hex()
        self.bytes = b"DSSEv1 %d %s %d %s" % (len(kind[0]), kind[0].encode(), len(self.payload), self.payload)
        value = strict(self.payload)
        self.value = value if isinstance(value, dict) else {}

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
    ref = {name: env.value.get(name) for name in ("platform", "treeSize", "rootHash")} if env.word == "head" else env.value.get("head")
    return ref if fits(ref, {"platform": str, "treeSize": int, "rootHash": str}) and HEX.fullmatch(ref["rootHash"]) else None


def lines_of(path):
    """A line ends with a line feed and with nothing else."""
    with open(path, "rb") as file:
        for line in file:
            yield (line[:-1] if line.endswith(b"\n") else line).decode("utf-8", "replace")


# ---- Keys

P256, ED = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200"), bytes.fromhex("302a300506032b6570032100")
SM2 = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
PREFIX = {"ed25519": ED, "es256": P256, "webauthn-es256": P256, "sm2-sm3": SM2}


def sound_key(key):
    """Whether a record is a usable key of its suite, written in the one way, under its own name."""
    spki, prefix = unbase64(key["spki"]) or b"", PREFIX.get(key["alg"], b"-")
    if not spki.startswith(prefix) or sha256(key["alg"].encode(), spki).hex() != key["keyId"] or ("rp" in key) != (key["alg"] == "webauthn-es256"):
        return False
    if key["alg"] == "sm2-sm3":
        return len(spki) == 91 and on_curve(*halves(spki[27:]))
    try:
        return bool(serialization.load_der_public_key(spki))
    except ValueError:
        return False


def verifies(key, data, signature):
    if not sound_key(key):
        return False
    spki = unbase64(key["spki"])
    try:
        if key["alg"] == "ed25519":
            ed25519.Ed25519PublicKey.from_public_bytes(spki[12:]).verify(signature, data)
            return True
        if key["alg"] == "es256":
            return p256(spki, data, signature)
        return webauthn(spki, key["rp"], data, signature) if key["alg"] == "webauthn-es256" else sm2(spki[27:], data, signature)
    except (InvalidSignature, ValueError):
        return False


def halves(data):
    return int.from_bytes(data[:32], "big"), int.from_bytes(data[32:64], "big")


def p256(spki, data, signature):
    if len(signature) == 64:
        serialization.load_der_public_key(spki).verify(utils.encode_dss_signature(*halves(signature)), data, ec.ECDSA(hashes.SHA256()))
    return len(signature) == 64


def webauthn(spki, rp, data, signature):
    """An assertion of a passkey: authenticatorData and clientDataJSON, each with its length, then r || s."""
    length = int.from_bytes(signature[39:41], "big")
    authenticator, client, raw = signature[2:39], signature[41:41 + length], signature[41 + length:]
    flags, said = authenticator[32] if len(authenticator) == 37 else 0, strict(client) if 1 <= length <= 1024 else None
    challenge = base64.urlsafe_b64encode(sha256(data)).rstrip(b"=").decode()
    present = flags & 0x05 == 0x05 and not flags & 0xC0 and (flags & 0x08 or not flags & 0x10)
    site = isinstance(said, dict) and (said.get("type"), said.get("challenge")) == ("webauthn.get", challenge) and said.get("origin") in rp["origins"]
    framed = site and (said.get("crossOrigin", False) is not False or "topOrigin" in said)
    right = int.from_bytes(signature[:2], "big") == 37 and authenticator[:32] == sha256(rp["id"].encode())
    return bool(present and site and not framed and right) and p256(spki, authenticator + sha256(client), raw)


# ---- SM2 with SM3 (GB/T 32918.2, curve of GB/T 32918.5); the package cryptography has no SM2

P = 2**256 - 2**224 - 2**96 + 2**64 - 1
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7, 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)


def sm3(*parts):
    return hashlib.new("sm3", b"".join(parts)).digest()


def on_curve(x, y):
    return x < P and y < P and (y * y - x * x * x + 3 * x - B) % P == 0


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(factor, point):
    total = None
    while factor:
        total, point, factor = add(total, point) if factor & 1 else total, add(point, point), factor >> 1
    return total


def sm2(public, data, signature):
    """User id 1234567812345678; signature r || s."""
    r, s = halves(signature)
    whole = [number.to_bytes(32, "big") for number in (P - 3, B, *G)]
    e = int.from_bytes(sm3(sm3(b"\0\x80", b"1234567812345678", *whole, public), data), "big")
    t = (r + s) % N
    if len(signature) != 64 or not 0 < r < N or not 0 < s < N or t == 0:
        return False
    point = add(times(s, G), times(t, halves(public)))
    return point is not None and (e + point[0]) % N == r
