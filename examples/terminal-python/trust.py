"""Whom to believe and what may sound (docs/protocol.md, sections 6, 7, 9, 11 and 12). No network, no clock, no disk.
Simpler than the page, never milder: in doubt it refuses. Where rules share a line the nearest code is said. See README.md."""
import base64, hashlib, json, math, pathlib, re
from collections import Counter, namedtuple
from contextlib import suppress
from types import SimpleNamespace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

DAY = 86_400_000
TIERS, SEVERITIES = {"village": 1, "township": 2, "district": 3}, ["none", "blue", "yellow", "orange", "red"]
CLASSES = {"emergency": (5, TIERS, ["siren"], 1), "advisory": (4, TIERS, ["chime"], 1), "notice": (3, TIERS, ["chime"], 3),
           "governance": (2, ("village", "township"), [], 3), "daily": (1, TIERS, [], 9)}  # rank, tiers, first segment, longest window in days
VOLUME_DB = {"low": -18, "normal": -10, "high": -4, "full": 0}
KIND = "application/vnd.clarion.%s.v1+json"
P256 = "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
PREFIX = {"ed25519": "302a300506032b6570032100", "es256": P256, "webauthn-es256": P256}  # no sm2-sm3: the package cryptography has no SM2
P, EIGHTH = 2**255 - 19, int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
WEAK = {0, 1, P - 1, EIGHTH, P - EIGHTH}  # y of the points of small order: whoever holds such a key, everybody can sign for it
SCHEMAS = json.loads((pathlib.Path(__file__).resolve().parents[2] / "docs/api/payloads.json").read_text("utf-8"))
JSON_TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
WORDS = {  # those of JSON Schema that payloads.json uses; another one is a KeyError, not a yes
    "type": lambda value, name: type(value) is JSON_TYPES[name],
    "enum": lambda value, some: value in some,
    "const": lambda value, one: value == one,
    "pattern": lambda value, pattern: re.fullmatch(pattern, value) is not None,
    "items": lambda value, schema: all(fits(one, schema) for one in value),
    "required": lambda value, names: value.keys() >= set(names),
    "properties": lambda value, fields: all(name in fields and fits(one, fields[name]) for name, one in value.items()),
    "propertyNames": lambda value, schema: all(fits(name, schema) for name in value),
    "additionalProperties": lambda value, schema: schema is False or all(fits(one, schema) for one in value.values()),
    **dict.fromkeys(("minimum", "minLength", "minItems"), lambda value, low: size(value) >= low),
    **dict.fromkeys(("maximum", "maxLength", "maxItems"), lambda value, high: size(value) <= high),
    **dict.fromkeys(("anyOf", "oneOf"), lambda value, schemas: any(fits(value, schema) for schema in schemas))}
USES = {"charter": ("root", "officer"), "dispatch": ("dispatcher",), "beacon": ("dispatcher",), "stop": ("dispatcher", "person"),
        "message": ("person",), "approval": ("person",), "consent": ("person",), "restriction": ("officer", "dispatcher")}  # who signs what; all else officers
ROLES = {"message": {"author"}, "consent": {"stopper"}, "stop": {"stopper"}}
Envelope = namedtuple("Envelope", "kind payload digest signatures")
Holder = namedtuple("Holder", "use platform name key person")


class Refused(Exception):
    """(code, order): a code of section 13; or a receipt's reason and the genuine order that will not sound."""


def need(holds, code, order=None):
    if not holds:
        raise Refused(code, order)


def size(value):
    return value if type(value) is int else len(value)  # of a text: code points, as JSON Schema counts


def fits(value, schema):
    return all(WORDS[word](value, schema[word]) for word in sorted(schema, key=lambda word: word != "type"))  # the type first


def payload(env, word):
    """The fields of an envelope, exactly those of its type. Only JSON as RFC 8785 writes it is read: nothing then has two readings."""
    try:
        value = json.loads(env.payload)
        is_canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == env.payload
    except (ValueError, RecursionError):
        raise Refused("REJ_JSON", None)
    need(is_canonical and not re.search(rb'"(constructor|prototype)":', env.payload), "REJ_JSON")
    need(fits(value, SCHEMAS[word]), "REJ_SCHEMA")
    return value


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def pae(kind, data):
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(data), data)


def opened(value, word=None):
    """An envelope, of this type if one is named. Its base64 has one spelling only: two spellings of one thing are two things."""
    need(fits(value, SCHEMAS["envelope"]), "REJ_SHAPE")
    texts = [value["payload"], *(one["sig"] for one in value["signatures"])]
    data, *proofs = [base64.b64decode(text) for text in texts]
    signatures = dict(zip([one["keyid"] for one in value["signatures"]], proofs))
    need(len(signatures) == len(proofs) and texts == [base64.b64encode(one).decode() for one in (data, *proofs)], "REJ_SHAPE")
    need(len(data) <= {"charter": 4096, "roster": 32_768}.get(word, 65_536), "REJ_SIZE")
    need(word is None or value["payloadType"] == KIND % word, "REJ_TYPE")
    return Envelope(value["payloadType"], data, sha256(data), signatures)


def verifies(key, env):
    """Whether this key, a sound one, signed the envelope."""
    signature, data = env.signatures.get(key["keyId"], b""), pae(env.kind, env.payload)
    return holds(key, *(asserted(key["rp"], signature, data) if key["alg"] == "webauthn-es256" else (signature, data)))


def holds(key, signature, data):
    """Whether this key, a sound one, signed these bytes. OpenSSL itself refuses points off the curve, and numbers that are too large."""
    spki = base64.b64decode(key["spki"])
    y, r, s = (int.from_bytes(*part) for part in ((spki[12:], "little"), (signature[:32], "big"), (signature[32:], "big")))
    is_weak = key["alg"] == "ed25519" and (y % 2**255 >= P or y % 2**255 in WEAK)
    is_odd = key["alg"] not in PREFIX or not spki.startswith(bytes.fromhex(PREFIX[key["alg"]])) or sha256(key["alg"].encode() + spki) != key["keyId"]
    if is_weak or is_odd or len(signature) != 64:
        return False
    proof = (signature, data) if key["alg"] == "ed25519" else (utils.encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
    try:
        serialization.load_der_public_key(spki).verify(*proof)
        return True
    except (InvalidSignature, ValueError):
        return False


def asserted(rp, signature, data):
    """Of a passkey r and s and the bytes they are over, where the browser says what it must; else nothing."""
    head, client, proof, names = signature[2:39], signature[41:-64], signature[-64:], []
    challenge = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    try:
        said = json.loads(client.decode(), parse_float=int, parse_constant=int, object_pairs_hook=lambda pairs: names.extend(name for name, _ in pairs) or dict(pairs))
        holds = signature == b"\0\x25" + head + len(client).to_bytes(2, "big") + client + proof and len(client) <= 1024 and len(names) == len(set(names))
        holds = holds and head[:32] == hashlib.sha256(rp["id"].encode()).digest() and head[32] & 0xC5 == 0x05 and head[32] & 0x18 != 0x10
        holds = holds and (said["type"], said["challenge"]) == ("webauthn.get", challenge) and said.get("crossOrigin", False) is False
        return (proof, head + hashlib.sha256(client).digest()) if holds and said["origin"] in rp["origins"] and "topOrigin" not in said else (b"", b"")
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        return b"", b""


def chain_of(*some):
    """Of charters or of the own entry each area and the one above it."""
    return {area["id"]: area["parent"] for one in some for area in one["areas"]}


def within(places, area, charter):
    """Whether an area is one of the charter's or lies below one."""
    others = {one: above for one, above in places.items() if one != area}
    return area in places and (area in chain_of(charter) or within(others, places[area], charter))


class Judge:
    """The root that it was given, the documents that stand on it, and `memory`, which its owner keeps on disk."""

    def __init__(self, root, demo, terminal=None, device_key=None):
        env = opened(root, "root")
        self.root, self.digest, self.terminal, self.device_key = payload(env, "root"), env.digest, terminal, device_key
        signers = {key["keyId"] for key in self.root["keys"] if verifies(key, env)}
        need(self.root["profile"] == "open" and self.root["demo"] == demo and 2 <= self.root["threshold"] <= len(signers), "REJ_THRESHOLD")
        self.last, self.held, self.revoked = {}, {}, {}  # (type, platform) -> the last document taken; its fields while it stands
        self.mine, self.lineage, self.places = {"platform": None, "areas": []}, [], {}  # the own entry, platforms above, areas known
        self.memory = {"floors": {}, "seen": {}, "journal": {}, "acts": {}, "since": 0, "beaconAt": 0}

    # ---- Documents (section 7)
    def charters(self, platform):
        """The platform's and those above it. A tier is below its parent's, so this ends."""
        charter = self.held.get(("charter", platform))
        return [charter] + self.charters(charter["parent"]) if charter else []

    def versions(self):
        versions = {"root": self.root["version"], "charters": {}, "rosters": {}, "revocations": {}}
        for (word, platform), value in self.held.items():
            if platform:
                versions[word + "s"][platform] = value["version"]
        return versions

    def holders(self):
        """Whom each key belongs to, and in which use."""
        found = [Holder("root", None, key["keyId"], key, None) for key in self.root["keys"]]
        for (_word, platform), value in self.held.items():
            found += [Holder("officer", platform, one["person"], one["key"], None) for one in value.get("officers", [])]
            found += [Holder("dispatcher", platform, None, key, None) for key in [value.get("dispatcher")] if key]
            found += [Holder("person", platform, one["id"], key, one) for one in value.get("persons", []) for key in one["keys"]]
        return found

    def stands(self, platform, key, at=math.inf):
        """Whether neither the platform nor one above it revoked the key; who left still counts for what was issued before."""
        revoked = [entry for one in self.charters(platform) for entry in self.revoked.get(one["platform"], []) if entry["keyId"] == key["keyId"]]
        return all(entry["reason"] == "left" and at < entry["since"] for entry in revoked)

    def signed(self, value, word):
        """Verified first, parsed after: the envelope, its fields, and a signer who may sign this, in his own name where it names one."""
        env = opened(value, word)
        uses, known = USES.get(word, ("officer",)), [holder for holder in self.holders() if holder.key["keyId"] in env.signatures]
        need(known, "REJ_KEY_UNKNOWN")
        good = [holder for holder in known if holder.use in uses and verifies(holder.key, env)]
        need(good and (len(env.signatures) == 1 or "officer" in uses), "REJ_SIGNATURE")
        value = payload(env, word)
        platform, name, roles = value["parent" if word == "charter" else "platform"], value.get("author", value.get("person")), ROLES.get(word, set())
        issued = value["issuedAt"] if word in ("charter", "roster", "revocation", "stop", "isolate", "restriction") else math.inf
        own = [one for one in good if one.platform == platform and name in (None, one.name) and self.stands(platform, one.key, issued)]
        own = [one for one in own if one.use != "person" or roles <= set(one.person["roles"])]
        own = [one for one in own if word != "restriction" or (one.use == "officer") == (value["kind"] == "period")]
        need(own, "REJ_KEY_USAGE")
        asked = self.held.get(("charter", platform), self.root)["threshold"] if word in ("charter", "roster", "isolate") or value.get("kind") == "period" else 1
        need(len({one.name for one in own}) >= asked, "REJ_THRESHOLD")  # distinct persons
        need("officer" in uses and word not in ("isolate", "restriction") or platform in self.lineage or self.mine["platform"] is None, "REJ_LINEAGE")
        return env, value, own[0]

    def take(self, document, now=None):
        """Judges one more document. The answer is whether something changed; Refused leaves everything as it was."""
        env = opened(document)
        if env.digest in [self.digest, *(digest for digest, _document, _value in self.last.values())]:
            return False
        word = env.kind.split(".")[2]
        need(word in ("charter", "roster", "revocation", "assignment"), "REJ_VERSIONS")  # another root is given by hand
        value = self.believe(word, document)
        place = (word, None if word == "assignment" else value["platform"])
        floor = self.last.get(place, (None, None, {"version": 0, "issuedAt": 0}))[2]
        need(value["version"] > floor["version"] and value["issuedAt"] >= floor["issuedAt"], "REJ_VERSION_ROLLBACK")
        need(word in ("charter", "roster") or value["version"] <= floor["version"] + 1_000_000, "REJ_VERSIONS")  # one officer alone spends no last number
        need(now is None or value["issuedAt"] <= now + 5000, "REJ_NOT_YET")
        self.last[place], self.held = (env.digest, document, value), {}
        self.revoked.setdefault(value["platform"], []).extend(value.get("revocations", value.get("entries", [])))  # never taken back
        for place, (_digest, document, value) in sorted(self.last.items(), key=lambda one: -TIERS.get(one[1][2].get("tier"), 0)):
            with suppress(Refused):  # charters from the top down, then the rest: what no longer holds falls, what holds again comes back
                self.held[place] = self.believe(place[0], document) if place[0] in ("charter", "roster") else value
        self.mine, self.lineage = self.held.get(("assignment", None), self.mine), []
        self.places, platform = {**chain_of(*self.charters(self.mine["platform"])), **chain_of(self.mine)}, self.mine["platform"]
        while ("charter", platform) in self.last:  # also where a charter fell: those above still speak, stop and tell why
            self.lineage.append(platform)
            platform = self.last["charter", platform][2]["parent"]
        return True

    def believe(self, word, document):
        """Its fields, if those signed it who may. That nobody says more than the charters above allow is asked of each order."""
        value = self.signed(document, word)[1]
        need(word not in ("charter", "roster") or 0 < value["expiresAt"] - value["issuedAt"] <= 400 * DAY, "REJ_WIDENS")
        need(word != "charter" or value["threshold"] >= 2, "REJ_THRESHOLD")
        if word == "charter":
            above, former = self.charters(value["parent"]), self.last.get((word, value["platform"]), (None, None, value))[2]
            need(value["parent"] == former["parent"], "REJ_LINEAGE")
            need(above or (value["platform"], value["tier"]) == (self.root["district"], "district"), "REJ_LINEAGE")
            need(all(TIERS[value["tier"]] < TIERS[one["tier"]] and not chain_of(value).keys() & chain_of(one).keys() for one in above), "REJ_WIDENS")
        if word == "assignment":
            entries = [one for one in value["terminals"] if (one["terminal"], one["deviceKeyId"]) == (self.terminal, self.device_key)]
            need(entries and self.mine["platform"] in (None, value["platform"]), "REJ_TERMINAL")  # who moves begins anew
            charters, places = self.charters(value["platform"]), chain_of(entries[0])
            declared = {**{area: places[area] for area in places if within(places, area, charters[0])}, **chain_of(*charters)}
            need(set(places.values()) - {None} <= places.keys() and places.items() <= declared.items() and places.keys() & chain_of(charters[0]).keys(), "REJ_AREA")
            value = {**entries[0], "platform": value["platform"], "issuedAt": value["issuedAt"]}
        return value

    # ---- Orders (section 9)
    def admit(self, value, now):
        """The order as it may sound."""
        need(fits(value, SCHEMAS["order"]), "REJ_SHAPE")
        env, dispatch, signer = self.signed(value["dispatch"], "dispatch")
        need(self.charters(signer.platform), "REJ_LINEAGE")  # from the speaker up to the root, also where the own charter fell
        memory, heard, charters, areas = self.memory, dispatch["targets"]["heard"], self.charters(signer.platform), chain_of(self.mine).keys()
        epoch, used = memory["floors"].get(signer.key["keyId"], (0, [0]))
        need(dispatch["epoch"] >= epoch and dispatch["seq"] not in used and -1024 < dispatch["seq"] - max(used) <= 1_000_000, "REJ_SEQ_REPLAY")
        need(dispatch["dispatchId"] not in memory["seen"], "REJ_ID_SEEN")
        have, asked = self.versions(), dispatch["minVersions"]
        is_here = all(have[word].get(one, 0) >= version for word in ("charters", "rosters", "revocations") for one, version in asked[word].items())
        need(is_here and have["root"] >= asked["root"], "REJ_VERSIONS")
        need(now is not None, "REJ_TIME_UNKNOWN")
        need(now >= dispatch["notBefore"] - 5000 and dispatch["issuedAt"] <= now + 5000, "REJ_NOT_YET")
        need(dispatch["resumes"] is None, "REJ_RESUME")
        said, message, issued, keys = (self.corrected if heard else self.approved)(value, dispatch, charters, now)
        body, drill, targets, journal = body_ms(message), message["drill"], (dispatch["targets"], message["targets"]), memory["journal"]
        is_live = "live" in message["body"]
        need(said.digest == dispatch["messageDigest"] and message["platform"] == signer.platform, "REJ_MESSAGE_DIGEST")
        need((message["mode"] == "drill") == (drill is not None) and not (message["corrects"] and message["corrections"]), "REJ_SCHEMA")
        rank, tiers, opens, days = CLASSES[message["class"]]
        papers = [charters[0], self.held["roster", signer.platform]] + [self.root] * (charters[0]["parent"] is None)
        grace = self.root["graceDays"] * DAY if message["class"] == "emergency" else 0
        need(now < min(one["expiresAt"] for one in papers) + grace, "REJ_CHARTER_EXPIRED")
        limits = (("classes", message["class"]), ("severities", message["severity"]), ("modes", message["mode"]))
        need(charters[0]["tier"] in tiers and all(word in one["ceilings"][what] for one in charters for what, word in limits), "REJ_CEILING")
        opens = ["speech"] * (drill is not None) + (["chime"] if message["corrects"] else opens)
        roles = [segment["role"] for segment in files_of(message)]
        need(opens == roles[:len(opens)] and (message["class"] == "emergency" and not message["corrects"] or "siren" not in roles), "REJ_CEILING")
        need("held" not in message["body"].get("live", {}) or message["class"] == "daily" and message["volume"] in ("low", "normal"), "REJ_CEILING")
        need(message["mode"] != "test" and (drill is None or drill["kind"] == "terminal"), "REJ_MODE_TEST")
        need(0 < message["notAfter"] - message["notBefore"] <= (DAY // 6 if is_live else days * DAY), "REJ_WINDOW")
        need(not is_live or (message["repeats"], message["gapMs"]) == (1, 0), "REJ_REPEATS")
        need(message["notAfter"] - 9 * DAY <= message["issuedAt"] <= now + 5000, "REJ_WINDOW")
        need(message["notBefore"] <= dispatch["notBefore"] <= dispatch["startAt"] < dispatch["notAfter"] <= message["notAfter"], "REJ_WINDOW")
        longest = message["repeats"] * (body + message["gapMs"]) - message["gapMs"] + 2000
        need(dispatch["repeats"] <= message["repeats"] and dispatch["repeats"] * body <= dispatch["maxDurationMs"] <= longest, "REJ_DURATION")
        need(not self.is_stale(message, now), "REJ_TIME_STALE")
        start, number = joining(message, dispatch, now)
        rank = (message["mode"] == "actual", rank, TIERS[charters[0]["tier"]], SEVERITIES.index(message["severity"]))
        order = SimpleNamespace(env=env, dispatch=dispatch, message=message, digest=said.digest, issued=issued, keys=[signer.key, *keys], rank=rank,
                                start=start, due=start, number=number, ends=[one for one in (heard, message["replaces"]) if one])
        acts = [act for act in memory["acts"].values() if reaches(act, order, now)]
        need(not any("stopId" in act for act in acts), "REJ_STOPPED")
        need(dispatch["issuedAt"] > memory["since"] and not {said.digest, name_of(message, said.digest)} & journal.keys(), "REJ_COMPLETED")
        need(journal.get(message["replaces"], message)["mode"] == message["mode"], "REJ_CEILING")  # a drill never ends what is meant
        need(narrower(*targets), "REJ_TARGETS_EXCEED")
        need(all(self.terminal in some["terminals"] or areas & set(some["areas"]) for some in targets), "REJ_NOT_TARGETED")
        need(areas & chain_of(charters[0]).keys(), "REJ_AREA")
        need(all(within(self.places, area, above) for area in message["targets"]["areas"] if area in self.places for above in charters), "REJ_AREA")
        need(not heard or journal.get(heard, {}).get("sounded"), "NOT_HEARD", order)
        need(not any("isolateId" in act for act in acts), "ISOLATED", order)
        need(now < dispatch["notAfter"] and not (is_live and now >= dispatch["startAt"] + body), "EXPIRED", order)
        need(not self.is_quiet(message, start), "QUIET_HOURS", order)
        need(not acts, "RESTRICTED", order)
        return order

    def approved(self, value, dispatch, charters, now):
        """A message, signed by its author and approved: every step of the rule filled, by persons who differ, and the last one by more if they like."""
        said, message, author = self.signed(value["message"], "message")
        policy, kind, tier, given = self.held["roster", author.platform]["policy"], message["class"], charters[0]["tier"], []
        need(not message["corrects"] and not dispatch["consent"] and not {"original", "consent"} & value.keys(), "REJ_CORRECTION")
        need("permit" not in {**dispatch, **message, **value}, "REJ_PERMIT")  # it knows no live permits, so nobody speaks alone here
        units = {unit["id"]: unit["classes"] or CLASSES for unit in self.held["roster", author.platform]["units"]}
        need(message["unit"] == author.person["unit"] and kind in units.get(message["unit"], []), "REJ_UNIT")
        rule = next((rule for rule in policy["rules"] if kind in rule["classes"] and message["mode"] in rule["modes"]
                     and message["severity"] in (rule["severities"] or SEVERITIES) and tier in (rule["tiers"] or TIERS)
                     and len(message["targets"]["areas"] + message["targets"]["terminals"]) >= rule["minAreas"]), {"steps": []})
        for one in value["approvals"]:
            env, approval, signer = self.signed(one, "approval")
            given.append((approval["step"], env.digest, signer.name, signer.key))
            step = next((step for step in rule["steps"] if step["name"] == approval["step"]), None)
            need(step and signer.platform == author.platform, "REJ_APPROVAL_STEP")
            need(step["role"] in signer.person["roles"] and step["unit"] in (None, signer.person["unit"]), "REJ_APPROVER_ROLE")
            need(approval["messageDigest"] == approval["displayedDigest"] == said.digest, "REJ_APPROVAL_DIGEST")
            need(approval["policyVersion"] == policy["version"] and approval["decision"] == "approve", "REJ_APPROVAL_DECISION")
            need(message["issuedAt"] - 300_000 <= approval["signedAt"] <= now + 300_000, "REJ_WINDOW")
        steps, digests, names, keys = [list(column) for column in zip(*given)] or ([], [], [], [])
        least = [row["approvals"] for one in charters for row in one["minimumApprovals"] if (row["class"], row["tier"]) == (kind, tier)]
        need(len({author.name, *names}) == 1 + len(names), "REJ_APPROVER_REPEATED")
        need(dispatch["approvals"] == sorted(set(digests)), "REJ_APPROVAL_DIGEST")
        wanted = Counter({step["name"]: step["count"] for step in rule["steps"]})
        last = max((step["order"], index, step["name"]) for index, step in enumerate(rule["steps"]))[2] if wanted else None
        need(not wanted - Counter(steps) and (Counter(steps) - wanted).keys() <= {last}, "REJ_APPROVAL_MISSING")
        need(len(steps) >= max([1, *least]), "REJ_APPROVAL_MISSING")
        safe = [key["alg"] != "es256" for key in [author.key, *keys]]
        need({"none": kind != "emergency" or any(safe[1:]), "one": any(safe[1:]), "all": all(safe)}[rule["verification"]], "REJ_VERIFICATION")
        return said, message, message["issuedAt"], [author.key, *keys]

    def corrected(self, value, dispatch, _charters, now):
        """What takes back a message that was heard: that one lists it, so nobody's signature is asked again but a stopper's consent."""
        need({"original", "consent"} <= value.keys() and not dispatch["approvals"] and not value["approvals"], "REJ_CORRECTION")
        said, heard = opened(value["message"], "message"), opened(value["original"], "message")
        message, original = payload(said, "message"), payload(heard, "message")
        listed = {"kind": message["corrects"], "digest": said.digest} in original["corrections"]
        need(listed and heard.digest == dispatch["targets"]["heard"], "REJ_CORRECTION")
        need(all(message[name] == original[name] for name in ("platform", "class", "severity", "mode", "drill")), "REJ_CORRECTION")
        need(narrower(message["targets"], original["targets"]) and message["notAfter"] <= original["notAfter"] + DAY, "REJ_CORRECTION")
        env, consent, signer = self.signed(value["consent"], "consent")
        act = {"kind": "correct", "correction": said.digest, "ofMessage": heard.digest}
        need(env.digest == dispatch["consent"] and consent["act"] == act and consent["signedAt"] <= now + 300_000, "REJ_CONSENT")
        need(signer.platform == dispatch["platform"], "REJ_CONSENT")
        return said, message, min(consent["signedAt"], dispatch["issuedAt"]), [signer.key]

    def note(self, order, sounds=True):
        """Step 14, before anything sounds. What will not sound was seen all the same."""
        dispatch, key, until = order.dispatch, order.keys[0]["keyId"], order.message["notAfter"] + DAY
        self.memory["seen"][dispatch["dispatchId"]] = {"digest": order.env.digest, "notAfter": dispatch["notAfter"], "until": until}
        if sounds:
            used = [*self.memory["floors"].get(key, (0, []))[1], dispatch["seq"]]
            self.memory["floors"][key] = (dispatch["epoch"], [seq for seq in used if seq > max(used) - 1024])
            entry = {"dispatchId": dispatch["dispatchId"], "mode": order.message["mode"], "open": True, "sounded": False, "until": until}
            self.memory["journal"][order.digest] = entry

    def still_stands(self, order):
        platform, issued = order.dispatch["platform"], order.dispatch["issuedAt"]
        return ("roster", platform) in self.held and all(self.stands(platform, key, issued) for key in order.keys)

    # ---- Hours and volume (sections 9 and 11), stops and isolation (section 12)
    def bands(self, word, at):
        minute = (at // 60_000 + 480) % 1440  # China Standard Time
        rows = [row for platform in self.lineage for row in self.held.get(("roster", platform), {word: []})[word]]
        return [row for row in rows if (minute - row["fromMinute"]) % 1440 <= (row["toMinute"] - row["fromMinute"] - 1) % 1440]

    def is_stale(self, message, at):
        return at - self.memory["beaconAt"] >= (30 * DAY if CLASSES[message["class"]][0] > 3 else DAY)

    def is_quiet(self, message, at):
        return CLASSES[message["class"]][0] < 4 and bool(self.bands("quietHours", at))

    def gain_db(self, message, at):
        rows = [row["volume"] for row in self.bands("volumeHours", at) if message["class"] in row["classes"] and message["class"] != "emergency"]
        return min(VOLUME_DB[volume] for volume in [message["volume"], self.mine["maxVolume"], *rows])

    def act(self, word, value, now):
        """Keeps a stop, an isolate or a restriction that concerns this place, and gives it back when it is new."""
        env, act, _signer = self.signed(value, word)
        name, charter = env.digest, self.held["charter", act["platform"]]  # by its bytes: another may carry the same id
        if word == "isolate":
            need(now is not None, "REJ_TIME_UNKNOWN")
            need(0 < act["notAfter"] - act["issuedAt"] <= DAY // 24 and now < charter["expiresAt"], "REJ_WINDOW")
            need(act["issuedAt"] - 300_000 <= now < act["notAfter"], "REJ_EXPIRED")
        if word == "restriction":
            begins, longest = act["notBefore"] if act["kind"] == "period" else min(act["issuedAt"], act["notBefore"]), 60 * DAY if act["kind"] == "period" else DAY // 24
            need(len(set(act["classes"])) == len(act["classes"]) and (act["kind"] == "posture" or "advisory" not in act["classes"]), "REJ_SCHEMA")
            need(now is not None, "REJ_TIME_UNKNOWN")
            need(begins < act["notAfter"] <= begins + longest and act["notBefore"] >= act["issuedAt"] - 300_000 and now < charter["expiresAt"], "REJ_WINDOW")
            need(act["issuedAt"] - 300_000 <= now < act["notAfter"], "REJ_EXPIRED")
        if act["area"] not in chain_of(self.mine) or name in self.memory["acts"]:
            return None
        need(within(self.places, act["area"], charter), "REJ_AREA")
        until = max(act["notAfter"], act["issuedAt"] + 10 * DAY)
        self.memory["acts"][name] = {**act, "tier": TIERS[charter["tier"]], "spared": self.root["alwaysSounds"], "until": until}
        return self.memory["acts"][name]


def reaches(act, order, now):
    """Whether a stop, an isolate or a restriction that is kept silences an order."""
    if "stopId" in act:
        is_meant = order.digest in act["scope"].get("messages", []) or act["scope"]["kind"] == "all" and order.issued <= act["issuedAt"]
        return is_meant and order.rank[2] <= act["tier"]
    if "restrictionId" in act:
        is_short = act["approvals"] is None or len(order.dispatch["approvals"]) < act["approvals"]
        is_meant = order.message["class"] in act["classes"] and order.rank[2] <= act["tier"] and not order.dispatch["targets"]["heard"]
        return is_short and is_meant and act["notBefore"] <= max(now, order.start) < act["notAfter"]
    is_spared = order.message["mode"] == "actual" and order.message["class"] in act["spared"]
    return now < act["notAfter"] and order.rank[2] > act["tier"] and not is_spared


def name_of(message, digest):
    """How the journal names what a message takes back or replaces: only of its own platform and mode."""
    return "%s %s %s" % (message["platform"], message["mode"], digest)


def narrower(inner, outer):
    return set(inner["areas"]) <= set(outer["areas"]) and (outer["areas"] or set(inner["terminals"]) <= set(outer["terminals"]))


def files_of(message):
    """What must lie ready: the segments, or what opens a living voice."""
    body = message["body"]
    return body["segments"] if "segments" in body else [body["live"]["chime"]] if body["live"]["chime"] else []


def body_ms(message):
    return sum(segment["durationMs"] for segment in files_of(message)) + message["body"].get("live", {}).get("maxDurationMs", 0)


def joining(message, dispatch, now):
    """Start and number of the first repetition that can still be kept, at most 400 ms late; after the last one, once alone."""
    length = body_ms(message) + message["gapMs"]
    number = max(1, 1 - (dispatch["startAt"] - now + 400) // length)
    start = dispatch["startAt"] + (number - 1) * length
    return (start, number) if number <= dispatch["repeats"] and start < dispatch["notAfter"] else (now, dispatch["repeats"])
