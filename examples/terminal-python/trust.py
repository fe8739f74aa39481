"""Whom to believe: signed bytes, strict payloads, documents (docs/protocol.md sections 6 and 7). No network, no clock, no disk."""
import base64
import hashlib
import json
import pathlib
import re
from collections import namedtuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

DAY = 86_400_000
TIERS = {"village": 1, "township": 2, "district": 3}
SCHEMAS = json.loads((pathlib.Path(__file__).resolve().parents[2] / "docs/api/payloads.json").read_text("utf-8"))


class Refused(Exception):
    """`code` is one of the closed list of section 13."""
    code = property(lambda self: self.args[0])


def need(holds, code):
    if not holds:
        raise Refused(code)


# ---- Exact payloads: the words of JSON Schema that docs/api/payloads.json uses; another one is a KeyError, not a yes

JSON_TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
WORDS = {
    "type": lambda value, name: type(value) is JSON_TYPES[name],
    "enum": lambda value, some: value in some,
    "const": lambda value, one: value == one,
    "pattern": lambda value, pattern: re.fullmatch(pattern, value) is not None,
    "minimum": lambda value, low: value >= low,
    "maximum": lambda value, high: value <= high,
    "minItems": lambda value, low: len(value) >= low,
    "maxItems": lambda value, high: len(value) <= high,
    "minLength": lambda value, low: len(value.encode("utf-16-le")) >= 2 * low,
    "maxLength": lambda value, high: len(value.encode("utf-16-le")) <= 2 * high,
    "items": lambda value, schema: all(fits(one, schema) for one in value),
    "required": lambda value, names: value.keys() >= set(names),
    "properties": lambda value, fields: all(name in fields and fits(one, fields[name]) for name, one in value.items()),
    "propertyNames": lambda value, schema: all(fits(name, schema) for name in value),
    "additionalProperties": lambda value, schema: schema is False or all(fits(one, schema) for one in value.values()),  # False: as above
    "anyOf": lambda value, schemas: any(fits(value, schema) for schema in schemas),
    "oneOf": lambda value, schemas: any(fits(value, schema) for schema in schemas),
}


def fits(value, schema):
    return all(WORDS[word](value, schema[word]) for word in sorted(schema, key=list(WORDS).index))


def payload(env, word):
    """The fields of an envelope whose signature was checked (section 6, strict JSON). No depth is counted: no record is deep."""
    def pairs(items):
        need(len(dict(items)) == len(items) and not {"__proto__", "constructor", "prototype"} & dict(items).keys(), "REJ_JSON")
        return dict(items)

    def whole(text):
        need(text != "-0" and len(text) < 18 and abs(int(text)) < 2**53, "REJ_JSON")
        return int(text)

    def none(_text):
        raise Refused("REJ_JSON")
    try:
        value = json.loads(env.payload.decode(), object_pairs_hook=pairs, parse_int=whole, parse_float=none, parse_constant=none)
        json.dumps(value, ensure_ascii=False).encode()  # no half letters
    except (ValueError, RecursionError):
        raise Refused("REJ_JSON")
    need(fits(value, SCHEMAS[word]), "REJ_SCHEMA")
    return value


# ---- What is signed, and by what (section 6)

KIND = "application/vnd.clarion.%s.v1+json"
P = 2**255 - 19
EIGHTH = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
SMALL = {0, 1, P - 1, EIGHTH, P - EIGHTH}  # y of the points of small order: whoever holds such a key, everybody can sign for it
Envelope = namedtuple("Envelope", "kind payload digest signatures")



def sha256(data):
    return hashlib.sha256(data).hexdigest()


def pae(kind, data):
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(data), data)


def unbase64(text):
    """Of one spelling only: two spellings of one thing are two things."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused("REJ_SHAPE")
    need(base64.b64encode(data).decode() == text, "REJ_SHAPE")
    return data


def opened(value, word):
    need(fits(value, SCHEMAS["envelope"]), "REJ_SHAPE")
    signatures, data = {one["keyid"]: unbase64(one["sig"]) for one in value["signatures"]}, unbase64(value["payload"])
    need(len(signatures) == len(value["signatures"]), "REJ_SHAPE")
    need(len(data) <= {"charter": 4096, "roster": 32_768}.get(word, 65_536), "REJ_SIZE")
    need(value["payloadType"] == KIND % word, "REJ_TYPE")
    return Envelope(value["payloadType"], data, sha256(data), signatures)


def verifies(key, env):
    """Whether this key, a sound one, signed it. OpenSSL itself refuses points off the curve, and numbers that are too large."""
    spki, signature, data = base64.b64decode(key["spki"]), env.signatures.get(key["keyId"], b""), pae(env.kind, env.payload)
    y = int.from_bytes(spki[12:], "little") % 2**255
    try:
        if sha256(key["alg"].encode() + spki) != key["keyId"] or len(signature) != 64:
            return False
        if key["alg"] == "ed25519" and spki[:12].hex() == "302a300506032b6570032100" and y < P and y not in SMALL:
            ed25519.Ed25519PublicKey.from_public_bytes(spki[12:]).verify(signature, data)
            return True
        if key["alg"] == "es256" and spki[:27].hex() == "3059301306072a8648ce3d020106082a8648ce3d03010703420004":
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            serialization.load_der_public_key(spki).verify(utils.encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
            return True
        return False
    except (InvalidSignature, ValueError):
        return False


# ---- Documents (section 7)

Holder = namedtuple("Holder", "use platform person key")  # person: of an officer the name, of a listed person the entry


class Trust:
    """The root that it was given, and what stands on it. A document is believed for its signers, its version and its place;
    that nobody says more than every charter above allows is asked of each order, not of each charter."""

    def __init__(self, root, demo, terminal=None, device_key=None):
        env = opened(root, "root")
        self.root = payload(env, "root")
        need(self.root["demo"] == demo, "REJ_LINEAGE")
        need(2 <= self.root["threshold"] <= len({key["keyId"] for key in self.root["keys"] if verifies(key, env)}), "REJ_THRESHOLD")
        self.digest, self.terminal, self.device_key, self.held, self.floors, self.revoked = env.digest, terminal, device_key, {}, {}, {}

    def value(self, word, platform=None):
        return self.held.get((word, platform), (None, None))[0]

    def all(self, word):
        return [value for (one, _platform), (value, _env) in self.held.items() if one == word]

    def lineage(self, platform):
        """The platform and those above it, up to the district; nothing when one is not known."""
        found = []
        while platform is not None:
            charter = self.value("charter", platform)
            if charter is None or platform in found:
                return []
            found, platform = found + [platform], charter["parent"]
        return found

    def charters(self, platform):
        return [self.value("charter", one) for one in self.lineage(platform)]

    def versions(self):
        words = {word + "s": {one["platform"]: one["version"] for one in self.all(word)} for word in ("charter", "roster", "revocation")}
        return {"root": self.root["version"], **words}

    def take(self, document, now):
        """Reads one more document: true when something changed, and Refused leaves everything as it was."""
        kind = document.get("payloadType") if isinstance(document, dict) else None
        word = next((word for word in ("charter", "roster", "revocation", "assignment") if kind == KIND % word), "root")
        env = opened(document, word)
        if env.digest in [self.digest] + [held.digest for _value, held in self.held.values()]:
            return False
        need(word != "root", "REJ_VERSIONS")  # another root is given by hand, as the first was
        value = self.believe(word, env)
        place = (word, None if word == "assignment" else value["platform"])
        floor = self.floors.get(place, (0, None))
        need(value["version"] > floor[0] or (value["version"], env.digest) == floor, "REJ_VERSION_ROLLBACK")
        need(now is None or value["issuedAt"] <= now + 5000, "REJ_NOT_YET")
        self.held[place], self.floors[place] = (value, env), (value["version"], env.digest)
        mine = self.revoked.setdefault(place[1], {})
        for entry in value.get("revocations", []) + value.get("entries", []):  # a revocation never goes, and never softens
            both = [entry, mine.get(entry["keyId"], entry)]
            mine[entry["keyId"]] = {"reason": min(one["reason"] for one in both), "since": min(one["since"] for one in both)}
        for place in sorted(self.held, key=lambda place: len(self.lineage(place[1]))):  # what no longer holds falls, from the top down
            try:
                place[0] in ("charter", "roster") and self.believe(place[0], self.held[place][1])
            except Refused:
                del self.held[place]
        return True

    def believe(self, word, env):
        """Its fields, if those signed it who may."""
        signers = self.attest(env, "root", "officer", one=False)
        value = payload(env, word)
        platform, held = value["platform"], self.value(word, value["platform"])
        by = value["parent"] if word == "charter" else platform
        if word == "charter":
            need(held is None or held["parent"] == by, "REJ_LINEAGE")
            need(by is not None or (platform, value["tier"]) == (self.root["district"], "district"), "REJ_LINEAGE")
            need(by is None or (self.lineage(by) and platform not in self.lineage(by)), "REJ_LINEAGE")
            need(by is None or TIERS[value["tier"]] < TIERS[self.value("charter", by)["tier"]], "REJ_WIDENS")
        if by is None:
            need(len({holder.key["keyId"] for holder in signers if holder.use == "root"}) >= self.root["threshold"], "REJ_THRESHOLD")
        elif word in ("charter", "roster"):
            self.enough_officers(signers, by, value["issuedAt"])
        elif word == "assignment":
            self.at(signers, by)
        else:  # who has left counts for what was signed before
            own = [one for one in signers if (one.use, one.platform) == ("officer", by)]
            need(own, "REJ_KEY_USAGE")
            need(any(self.counts(by, one.key, value["issuedAt"]) for one in own), "REJ_KEY_REVOKED")
        need(word not in ("charter", "roster") or 0 < value["expiresAt"] - value["issuedAt"] <= 400 * DAY, "REJ_WIDENS")
        return self.own_entry(value, signers) if word == "assignment" else value

    def own_entry(self, batch, signers):
        """Of an assignment what is said of this terminal."""
        platform, mine = batch["platform"], self.value("assignment")
        entry = next((one for one in batch["terminals"] if (one["terminal"], one["deviceKeyId"]) == (self.terminal, self.device_key)), None)
        need(entry, "REJ_TERMINAL")
        charter, places = self.value("charter", platform), chain_of(entry)
        declared = {area: parent for above in self.charters(platform) for area, parent in chain_of(above).items()}
        need(len(places) == len(entry["areas"]) and places.keys() & chain_of(charter).keys(), "REJ_AREA")
        need(all(declared[area] == parent if area in declared else within(places, area, charter) for area, parent in places.items()), "REJ_AREA")
        left = [platform] if mine is None else self.lineage(mine["platform"])
        need(platform == (mine or batch)["platform"] or any(holder.platform in left and not self.revocations(holder.platform, holder.key) for holder in signers), "REJ_LINEAGE")
        return {**entry, "platform": platform, "issuedAt": batch["issuedAt"]}

    # ---- Who signed

    def holders(self, key_id):
        found = [Holder("root", None, None, key) for key in self.root["keys"]]
        found += [Holder("officer", charter["platform"], officer["person"], officer["key"]) for charter in self.all("charter") for officer in charter["officers"]]
        for roster in self.all("roster"):
            found += [Holder("dispatcher", roster["platform"], None, roster["dispatcher"]), Holder("log", roster["platform"], None, roster["logKey"])]
            found += [Holder("person", roster["platform"], person, key) for person in roster["persons"] for key in person["keys"]]
        return [holder for holder in found if holder.key["keyId"] == key_id]

    def attest(self, env, *uses, one=True):
        """Those who signed it in one of these uses; their platform is asked once the payload is read."""
        need(not one or len(env.signatures) == 1, "REJ_SHAPE")
        known = [holder for key_id in env.signatures for holder in self.holders(key_id)]
        need(known, "REJ_KEY_UNKNOWN")
        usable = [holder for holder in known if holder.use in uses]
        need(usable, "REJ_KEY_USAGE")
        good = [holder for holder in usable if verifies(holder.key, env)]
        need(good, "REJ_SIGNATURE")
        return good

    def revocations(self, platform, key):
        return [self.revoked[above][key["keyId"]] for above in self.lineage(platform) if key["keyId"] in self.revoked.get(above, {})]

    def at(self, holders, platform):
        """One of them who stands at this platform, and was not revoked."""
        own = [holder for holder in holders if holder.platform == platform]
        need(own, "REJ_KEY_USAGE")
        standing = [holder for holder in own if not self.revocations(platform, holder.key)]
        need(standing, "REJ_KEY_REVOKED")
        return standing[0]

    def counts(self, platform, key, issued_at):
        return all(entry["reason"] == "left" and issued_at < entry["since"] for entry in self.revocations(platform, key))

    def enough_officers(self, holders, platform, issued_at):
        own = [holder for holder in holders if (holder.use, holder.platform) == ("officer", platform)]
        need(own, "REJ_KEY_USAGE")
        standing = [one for one in own if self.counts(platform, one.key, issued_at)]
        for some, code in ((own, "REJ_THRESHOLD"), (standing, "REJ_KEY_REVOKED")):
            need(len({holder.person for holder in some}) >= self.value("charter", platform)["threshold"], code)


def chain_of(areas_of):
    return {area["id"]: area["parent"] for area in areas_of["areas"]}


def within(chain, area, charter):
    """Whether an area is one of the charter's or lies below one, by the parents in `chain`."""
    for _ in chain:
        if area not in chain or area in chain_of(charter):
            return area in chain
        area = chain[area]
    return False
