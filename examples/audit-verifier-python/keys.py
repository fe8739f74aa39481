"""The four suites of keys (docs/protocol.md section 6): which record is a usable key, and whether a signature is its own."""
import base64
import functools
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

from texts import sha256, strict, unbase64

# What stands before the point of a key: the algorithm's name in DER, and for curves 04, the uncompressed form.
ED, P256, SM2 = (bytes.fromhex(text) for text in (
    "302a300506032b6570032100", "3059301306072a8648ce3d020106082a8648ce3d03010703420004", "3059301306072a8648ce3d020106082a811ccf5501822d03420004"))


@functools.lru_cache(8192)
def sound(key_id, alg, spki, pinned):
    """Whether a record is a usable key of its suite, written in the one way, under its own name."""
    data, known = unbase64(spki), {"ed25519": (ED, 44, on_edwards), "es256": (P256, 91, on_p256), "webauthn-es256": (P256, 91, on_p256), "sm2-sm3": (SM2, 91, on_sm2)}
    if data is None or alg not in known or pinned != (alg == "webauthn-es256"):
        return False
    prefix, size, on_curve = known[alg]
    return data.startswith(prefix) and len(data) == size and sha256(alg.encode(), data).hex() == key_id and on_curve(data[len(prefix):])


def sound_key(key):
    return sound(key["keyId"], key["alg"], key["spki"], "rp" in key)


def verifies(key, data, signature):
    if not sound_key(key):
        return False
    return holds(key["alg"], key["spki"], (key["rp"]["id"], *key["rp"]["origins"]) if "rp" in key else None, data, signature)


@functools.lru_cache(8192)
def holds(alg, spki, site, data, signature):
    spki = unbase64(spki)
    try:
        if alg == "ed25519":
            ed25519.Ed25519PublicKey.from_public_bytes(spki[12:]).verify(signature, data)
            return True
        if alg == "es256":
            return p256(spki, data, signature)
        return webauthn(spki, site, data, signature) if alg == "webauthn-es256" else sm2(spki[27:], data, signature)
    except (InvalidSignature, ValueError):
        return False


def halves(data):
    return int.from_bytes(data[:32], "big"), int.from_bytes(data[32:64], "big")


def p256(spki, data, signature):
    if len(signature) == 64:
        serialization.load_der_public_key(spki).verify(utils.encode_dss_signature(*halves(signature)), data, ec.ECDSA(hashes.SHA256()))
    return len(signature) == 64


def webauthn(spki, site, data, signature):
    """An assertion of a passkey: authenticatorData and clientDataJSON, each with its length, then r || s."""
    length = int.from_bytes(signature[39:41], "big")
    authenticator, client, raw = signature[2:39], signature[41:41 + length], signature[41 + length:]
    flags, said = authenticator[32] if len(authenticator) == 37 else 0, strict(client, 4) if 1 <= length <= 1024 else None
    challenge = base64.urlsafe_b64encode(sha256(data)).rstrip(b"=").decode()
    present = flags & 0x05 == 0x05 and not flags & 0xC0 and (flags & 0x08 or not flags & 0x10)
    asked = isinstance(said, dict) and (said.get("type"), said.get("challenge")) == ("webauthn.get", challenge) and said.get("origin") in site[1:]
    framed = asked and (said.get("crossOrigin", False) is not False or "topOrigin" in said)
    right = int.from_bytes(signature[:2], "big") == 37 and authenticator[:32] == sha256(site[0].encode())
    return bool(present and asked and not framed and right) and p256(spki, authenticator + sha256(client), raw)


# ---- Points: on the curve, in the one spelling, and none under which a signature holds for many messages


def on_edwards(point):
    prime = 2**255 - 19
    curve = -121665 * pow(121666, -1, prime) % prime
    y = int.from_bytes(point, "little") % 2**255
    order8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
    root = (y * y - 1) * (curve * y * y + 1) % prime
    return y < prime and y not in (0, 1, prime - 1, order8, prime - order8) and pow(root, (prime - 1) // 2, prime) in (0, 1)


def on_weierstrass(point, prime, b):
    x, y = halves(point)
    return x < prime and y < prime and (y * y - x * x * x + 3 * x - b) % prime == 0


def on_p256(point):
    return on_weierstrass(point, 2**256 - 2**224 + 2**192 + 2**96 - 1, 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B)


def on_sm2(point):
    return on_weierstrass(point, P, B)


# ---- SM2 with SM3 (GB/T 32918.2, curve of GB/T 32918.5); the package cryptography has no SM2

P = 2**256 - 2**224 - 2**96 + 2**64 - 1
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7, 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)


def sm3(*parts):
    return hashlib.new("sm3", b"".join(parts)).digest()


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
