"""What is signed and how (docs/protocol.md section 6), and the exact fields of every signed payload (sections 7 to 12)."""
import base64
import binascii
import collections
import hashlib
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

DAY, MOST = 86_400_000, 2**53 - 1
TIERS = {"village": 1, "township": 2, "district": 3}
ALL, LOW = ("district", "township", "village"), ("township", "village")
# class: rank, tiers that may originate, first segment, longest window in hours, kept out of quiet hours
CLASSES = {"emergency": (5, ALL, "siren", 24, False), "advisory": (4, ALL, "chime", 24, False), "notice": (3, ALL, "chime", 72, True),
           "governance": (2, LOW, None, 72, True), "daily": (1, ALL, None, 216, True)}
SEVERITIES = {"red": 4, "orange": 3, "yellow": 2, "blue": 1, "none": 0}
VOLUME_DB = {"low": -18, "normal": -10, "high": -4, "full": 0}


class Refused(Exception):
    """`code` is one of the closed list of section 13."""
    code = property(lambda self: self.args[0])


def need(holds, code):
    if not holds:
        raise Refused(code)


# ---- Signed bytes (section 6)

def sha256(data):
    return hashlib.sha256(data).hexdigest()


def unbase64(text, code="REJ_SHAPE"):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise Refused(code)
    need(isinstance(text, str) and base64.b64encode(data).decode() == text, code)  # one spelling for one thing
    return data


def pae(kind, payload):
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


Opened = collections.namedtuple("Opened", "kind payload digest signatures")


def opened(value, word):
    need(isinstance(value, dict) and set(value) == {"payloadType", "payload", "signatures"}, "REJ_SHAPE")
    signatures = value["signatures"]
    need(isinstance(signatures, list) and 1 <= len(signatures) <= 16, "REJ_SHAPE")
    for one in signatures:
        need(isinstance(one, dict) and set(one) == {"keyid", "sig"} and HEX64(one["keyid"]) and isinstance(one["sig"], str) and 1 <= len(one["sig"]) <= 512, "REJ_SHAPE")
    need(len({one["keyid"] for one in signatures}) == len(signatures), "REJ_SHAPE")
    payload = unbase64(value["payload"])
    need(len(payload) <= 65_536, "REJ_SIZE")
    kind = "application/vnd.clarion.%s.v1+json" % word
    need(value["payloadType"] == kind, "REJ_TYPE")
    return Opened(kind, payload, sha256(payload), [(one["keyid"], unbase64(one["sig"])) for one in signatures])


P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
EIGHTH = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
SMALL = {0, 1, P - 1, EIGHTH, P - EIGHTH}  # y of the points of small order


def is_sound(key):
    try:
        spki = unbase64(key["spki"])
        if sha256(key["alg"].encode() + spki) != key["keyId"]:
            return False
        if key["alg"] == "ed25519":
            y = int.from_bytes(spki[12:], "little") % 2**255
            x2 = (y * y - 1) * pow(-121665 * pow(121666, -1, P) * y * y + 1, -1, P) % P
            return len(spki) == 44 and spki[:12].hex() == "302a300506032b6570032100" and y < P and y not in SMALL and pow(x2, (P - 1) // 2, P) == 1
        serialization.load_der_public_key(spki)  # refuses a point that is not on the curve
        return len(spki) == 91 and spki[:27].hex() == "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
    except (Refused, ValueError):
        return False


def verifies(key, env, signature):
    if len(signature) != 64:
        return False
    public, data = serialization.load_der_public_key(unbase64(key["spki"])), pae(env.kind, env.payload)
    try:
        if key["alg"] == "ed25519":
            public.verify(signature, data)
            return int.from_bytes(signature[32:], "little") < L
        public.verify(utils.encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")), data, ec.ECDSA(hashes.SHA256()))
        return True
    except InvalidSignature:
        return False


def strict_json(data):
    def pairs(items):
        names = [name for name, _ in items]
        need(len(set(names)) == len(names) and not {"__proto__", "constructor", "prototype"} & set(names), "REJ_JSON")
        return dict(items)

    def whole(text):
        need(text != "-0" and abs(int(text[:20])) <= MOST and len(text) < 20, "REJ_JSON")
        return int(text)

    def no(_text):
        raise Refused("REJ_JSON")

    def depth(value):
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=pairs, parse_int=whole, parse_float=no, parse_constant=no)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # no half characters
        need(depth(value) <= 16, "REJ_JSON")
        return value
    except (ValueError, RecursionError):
        raise Refused("REJ_JSON")


# ---- Exact fields (sections 7 to 12, bounds in 16): a check is a function that says whether a value is right

def pattern(text):
    return lambda value: isinstance(value, str) and re.fullmatch(text, value) is not None


def number(low=0, high=MOST):
    return lambda value: type(value) is int and low <= value <= high


def words(*allowed):
    return lambda value: isinstance(value, str) and value in allowed


def or_null(check):
    return lambda value: value is None or check(value)


def text(low, high, lines=False):
    bad = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff%s]" % ("" if lines else "\n"))
    return lambda value: isinstance(value, str) and low <= len(value.encode("utf-16-le", "surrogatepass")) // 2 <= high and not bad.search(value)


def many(check, low, high):
    return lambda value: isinstance(value, list) and low <= len(value) <= high and all(map(check, value))


def record(**fields):
    return lambda value: isinstance(value, dict) and set(value) == set(fields) and all(bool(check(value[name])) for name, check in fields.items())


SLUG, HEX64, T, V = pattern("[a-z0-9][a-z0-9-]{0,63}"), pattern("[0-9a-f]{64}"), number(), number(1)
UUID7 = pattern("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
CLASS, SEVERITY, MODE, TIER, BAND = words(*CLASSES), words(*SEVERITIES), words("actual", "drill", "test"), words(*TIERS), words(*VOLUME_DB)
ROLE, STEP = words("author", "approver", "stopper", "duty", "officer", "auditor", "administrator"), pattern("[a-z][a-z-]{0,23}")
KEY = record(keyId=HEX64, alg=words("ed25519", "es256"), spki=pattern("[A-Za-z0-9+/]+={0,2}"))
REVOKED = record(keyId=HEX64, reason=words("compromised", "left"), since=T)
HOURS = dict(fromMinute=number(0, 1439), toMinute=number(1, 1440))
PER_PLATFORM = lambda value: isinstance(value, dict) and all(SLUG(name) and V(version) for name, version in value.items())
VERSIONS = record(root=V, charters=PER_PLATFORM, rosters=PER_PLATFORM, revocations=PER_PLATFORM)
TARGETS = dict(areas=many(SLUG, 0, 100), terminals=many(SLUG, 0, 700))
RULE = record(classes=many(CLASS, 1, 99), severities=many(SEVERITY, 0, 99), modes=many(MODE, 1, 99), tiers=many(TIER, 0, 99), minAreas=number(0, 100),
              steps=many(record(name=STEP, role=ROLE, unit=or_null(SLUG), count=number(1, 8), order=number(1, 8), mayFollowAir=lambda v: type(v) is bool, dueHours=number(0, 720)), 1, 8),
              verification=words("none", "one", "all"))
HEAD = or_null(record(platform=SLUG, treeSize=T, rootHash=HEX64))
SHAPES = {
    "root": record(version=V, district=SLUG, demo=lambda v: type(v) is bool, keys=many(KEY, 1, 9), threshold=number(1, 9), graceDays=number(0, 366), alwaysSounds=many(CLASS, 0, 99), issuedAt=T, expiresAt=T),
    "charter": record(platform=SLUG, parent=or_null(SLUG), tier=TIER, name=text(1, 60), threshold=number(1, 8), version=V, issuedAt=T, expiresAt=T,
                      areas=many(record(id=SLUG, parent=or_null(SLUG), name=text(1, 60), codes=many(pattern("[0-9]{12}"), 1, 8)), 1, 16), officers=many(record(person=SLUG, key=KEY), 1, 8),
                      ceilings=record(classes=many(CLASS, 1, 99), severities=many(SEVERITY, 1, 99), modes=many(MODE, 1, 99)),
                      minimumApprovals=many(record(**{"class": CLASS, "tier": TIER, "approvals": number(1, 8)}), 0, 99)),
    "roster": record(platform=SLUG, units=many(record(id=SLUG, name=text(1, 60), classes=many(CLASS, 0, 99)), 1, 32), dispatcher=KEY, logKey=KEY, version=V, issuedAt=T, expiresAt=T,
                     persons=many(record(id=SLUG, unit=SLUG, roles=many(ROLE, 1, 99), keys=many(KEY, 0, 4)), 1, 64), policy=record(version=V, rules=many(RULE, 1, 32)),
                     quietHours=many(record(**HOURS), 0, 4), volumeHours=many(record(classes=many(CLASS, 1, 99), volume=BAND, **HOURS), 0, 8), revocations=many(REVOKED, 0, 64)),
    "revocation": record(platform=SLUG, version=V, entries=many(REVOKED, 1, 512), issuedAt=T),
    "assignment": record(platform=SLUG, issuedAt=T, terminals=many(record(terminal=SLUG, deviceKeyId=HEX64, areas=many(record(id=SLUG, parent=or_null(SLUG)), 1, 12),
                                                                          resourceCode=pattern("[1-6][0-9]{22}"), maxVolume=BAND, version=V), 1, 100)),
    "message": record(**{"class": CLASS}, id=UUID7, platform=SLUG, unit=SLUG, author=SLUG, severity=SEVERITY, mode=MODE, eventType=text(1, 40), targets=record(**TARGETS), notBefore=T, notAfter=T,
                      drill=or_null(record(plan=UUID7, kind=words("platform", "front-end", "terminal"))), repeats=number(1, 10), gapMs=number(0, 60_000), volume=BAND, issuedAt=T,
                      texts=many(record(language=lambda v: pattern("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")(v) and len(v) <= 35, title=text(1, 60), text=text(1, 1000, True)), 1, 8),
                      readings=many(record(written=text(1, 80), read=text(1, 160)), 0, 64), whenPreempted=words("resume", "drop"), sourceUnit=or_null(text(1, 60)), sourceRef=or_null(text(1, 80)),
                      body=record(segments=many(record(sha256=HEX64, bytes=number(1, 33_554_432), role=words("siren", "chime", "speech", "recording"), durationMs=number(1, 600_000)), 1, 8)),
                      replaces=or_null(HEX64), corrects=or_null(words("correction", "all-clear")), corrections=many(record(kind=words("correction", "all-clear"), digest=HEX64), 0, 4)),
    "approval": record(messageDigest=HEX64, platform=SLUG, person=SLUG, step=STEP, decision=words("approve", "return"), reason=text(0, 200), policyVersion=V, displayedDigest=HEX64,
                       listenedPermille=number(0, 1000), signedAt=T),
    "dispatch": record(dispatchId=UUID7, platform=SLUG, messageDigest=HEX64, approvals=many(HEX64, 0, 8), epoch=V, seq=V, targets=record(heard=or_null(HEX64), **TARGETS), notBefore=T, notAfter=T,
                       startAt=T, repeats=number(1, 10), maxDurationMs=number(0, 864_000_000), issuedAt=T, minVersions=VERSIONS, resumes=or_null(UUID7), consent=or_null(HEX64)),
    "stop": record(stopId=UUID7, platform=SLUG, issuedAt=T, notAfter=T, area=SLUG, scope=lambda v: record(kind=words("all"))(v) or record(kind=words("messages"), messages=many(HEX64, 1, 64))(v)),
    "isolate": record(isolateId=UUID7, platform=SLUG, area=SLUG, reason=text(1, 200), issuedAt=T, notAfter=T),
    "beacon": record(platform=SLUG, at=T, epoch=V, versions=VERSIONS, terminal=or_null(SLUG), nonce=or_null(pattern("[0-9a-f]{32}")), counter=or_null(T), head=HEAD),
}


def payload(env, word):
    value = strict_json(env.payload)
    need(SHAPES[word](value), "REJ_SCHEMA")
    return value
