"""Whom to believe: the documents that stand on the root, and the keys that they name (docs/protocol.md section 7)."""
from collections import namedtuple

from signed import DAY, TIERS, Refused, is_sound, need, opened, payload, verifies

Holder = namedtuple("Holder", "use platform person key")  # person: of an officer the name, of a listed person the entry
Held = namedtuple("Held", "value digest envelope")


class Documents:
    """Everything believed so far. `take` reads one more document, or refuses it and stays as it was."""

    def __init__(self, root, demo):
        env = opened(root, "root")
        value = payload(env, "root")
        self.root, self.parts, self.revoked, self.floors = Held(value, env.digest, root), {"charter": {}, "roster": {}, "revocation": {}}, {}, {}
        self.root_fault(env, value)
        need(value["demo"] == demo, "REJ_LINEAGE")
        self.terminal = self.device_key = self.assignment = None

    # ---- Keys

    def holders(self, key_id):
        found = [Holder("root", None, None, key) for key in self.root.value["keys"]]
        for platform, held in self.parts["charter"].items():
            found += [Holder("officer", platform, officer["person"], officer["key"]) for officer in held.value["officers"]]
        for platform, held in self.parts["roster"].items():
            found += [Holder("dispatcher", platform, None, held.value["dispatcher"]), Holder("log", platform, None, held.value["logKey"])]
            found += [Holder("person", platform, person, key) for person in held.value["persons"] for key in person["keys"]]
        return [holder for holder in found if holder.key["keyId"] == key_id]

    def attest(self, env, *uses, one=True):
        need(not one or len(env.signatures) == 1, "REJ_SHAPE")
        known = [(holder, sig) for key_id, sig in env.signatures for holder in self.holders(key_id)]
        need(known, "REJ_KEY_UNKNOWN")
        usable = [(holder, sig) for holder, sig in known if holder.use in uses]
        need(usable, "REJ_KEY_USAGE")
        good = [holder for holder, sig in usable if verifies(holder.key, env, sig)]
        need(good, "REJ_SIGNATURE")
        return good

    def revocations(self, platform, key_id):
        return [entry for above in self.lineage(platform) for entry in [self.revoked.get(above, {}).get(key_id)] if entry]

    def at(self, holders, platform):
        own = [holder for holder in holders if holder.platform == platform]
        need(own, "REJ_KEY_USAGE")
        standing = [holder for holder in own if not self.revocations(platform, holder.key["keyId"])]
        need(standing, "REJ_KEY_REVOKED")
        return standing[0]

    def officers_fault(self, holders, platform, issued_at):
        threshold = self.value("charter", platform)["threshold"]
        own = [holder for holder in holders if holder.platform == platform and holder.use == "officer"]
        need(own, "REJ_KEY_USAGE")
        standing = [holder for holder in own if all(entry["reason"] == "left" and issued_at < entry["since"] for entry in self.revocations(platform, holder.key["keyId"]))]
        need(len({holder.person for holder in own}) >= threshold, "REJ_THRESHOLD")
        need(len({holder.person for holder in standing}) >= threshold, "REJ_KEY_REVOKED")

    # ---- Documents (section 7)

    def value(self, word, platform):
        held = self.parts[word].get(platform)
        return held and held.value

    def lineage(self, platform):
        found = []
        while platform is not None:
            charter = self.value("charter", platform)
            if charter is None or platform in found:
                return []
            found, platform = found + [platform], charter["parent"]
        return found

    def areas(self, platforms=None):
        return {area["id"]: area["parent"] for platform in (self.parts["charter"] if platforms is None else platforms) for area in self.value("charter", platform)["areas"]}

    def take(self, document, now):
        """True when something changed; Refused leaves everything as it was."""
        word = word_of(document)
        if word == "assignment":
            return self.take_assignment(document)
        env = opened(document, word)
        if env.digest in [self.root.digest] + [held.digest for held in self.parts[word if word != "root" else "charter"].values()]:
            return False
        value = self.judge(word, env)
        if word != "root":
            floor = self.floors.get((word, value["platform"]), (0, ""))
            need(value["version"] > floor[0] or (value["version"], env.digest) == floor, "REJ_VERSION_ROLLBACK")
        need(now is None or value["issuedAt"] <= now + 5000, "REJ_NOT_YET")
        if word == "root":
            self.root = Held(value, env.digest, document)
        else:
            self.parts[word][value["platform"]] = Held(value, env.digest, document)
            self.floors[word, value["platform"]] = (value["version"], env.digest)
            for entry in value.get("revocations", value.get("entries", [])):
                mine = self.revoked.setdefault(value["platform"], {})
                old = mine.get(entry["keyId"], entry)
                mine[entry["keyId"]] = {"reason": "compromised" if "compromised" in (old["reason"], entry["reason"]) else "left", "since": min(old["since"], entry["since"])}
        for platform in sorted(self.parts["charter"], key=lambda one: len(self.lineage(one))):  # what no longer holds falls
            for part in ("charter", "roster"):
                held = self.parts[part].get(platform)
                try:
                    held and self.judge(part, opened(held.envelope, part))
                except Refused:
                    del self.parts[part][platform]
        return True

    def judge(self, word, env):
        if word == "root":
            signers = self.attest(env, "root", one=False)
            need(len(signers) >= self.root.value["threshold"], "REJ_THRESHOLD")
            value, old = payload(env, "root"), self.root.value
            need(value["version"] > old["version"], "REJ_VERSION_ROLLBACK")
            need(value["version"] == old["version"] + 1, "REJ_VERSIONS")
            need((value["demo"], value["district"]) == (old["demo"], old["district"]), "REJ_LINEAGE")
            self.root_fault(env, value)
            return value
        need(len(env.payload) <= {"charter": 4096, "roster": 32_768}.get(word, 65_536), "REJ_SIZE")
        signers = self.attest(env, *(("root", "officer") if word == "charter" else ("officer",)), one=False)
        value = payload(env, word)
        getattr(self, word + "_fault")(value, signers)
        return value

    def root_fault(self, env, value):
        keys, signed = value["keys"], dict(env.signatures)
        need(len({key["keyId"] for key in keys}) == len(keys), "REJ_KEY_USAGE")
        need(all(map(is_sound, keys)), "REJ_KEY_WEAK")
        good = [key for key in keys if key["keyId"] in signed and verifies(key, env, signed[key["keyId"]])]
        need(2 <= value["threshold"] <= len(keys) and len(good) >= value["threshold"], "REJ_THRESHOLD")
        need(value["expiresAt"] > value["issuedAt"], "REJ_WINDOW")

    def charter_fault(self, charter, signers):
        platform, parent = charter["platform"], charter["parent"]
        held, above, ids = self.value("charter", platform), self.value("charter", parent), [area["id"] for area in charter["areas"]]
        need(held is None or held["parent"] == parent, "REJ_LINEAGE")
        need(len(set(ids)) == len(ids), "REJ_WIDENS")
        if parent is None:
            need(platform == self.root.value["district"] and charter["tier"] == "district", "REJ_LINEAGE")
            need(len([holder for holder in signers if holder.use == "root"]) >= self.root.value["threshold"], "REJ_THRESHOLD")
            need(all(area["parent"] is None or area["parent"] in ids for area in charter["areas"]), "REJ_WIDENS")
        else:
            need(above is not None and platform not in self.lineage(parent), "REJ_LINEAGE")
            self.officers_fault(signers, parent, charter["issuedAt"])
            need(TIERS[charter["tier"]] < TIERS[above["tier"]], "REJ_WIDENS")
            need(not set(ids) & set(self.areas([one for one in self.parts["charter"] if platform not in self.lineage(one)])), "REJ_WIDENS")
            chain = {**self.areas(self.lineage(parent)), **{area["id"]: area["parent"] for area in charter["areas"]}}
            need(all(area["parent"] is not None and any(within(chain, area["id"], top["id"]) for top in above["areas"]) for area in charter["areas"]), "REJ_WIDENS")
            need(all(set(charter["ceilings"][what]) <= set(above["ceilings"][what]) for what in ("classes", "severities", "modes")), "REJ_WIDENS")
            need(all(least(charter, kind, tier) >= least(above, kind, tier) for kind in charter["ceilings"]["classes"] for tier in TIERS if TIERS[tier] <= TIERS[charter["tier"]]), "REJ_WIDENS")
        rows = [(row["class"], row["tier"]) for row in charter["minimumApprovals"]]
        need(len(set(rows)) == len(rows), "REJ_SCHEMA")
        keys = [officer["key"] for officer in charter["officers"]]
        self.keys_fault(keys, parent)
        need(charter["threshold"] <= len({officer["person"] for officer in charter["officers"]}), "REJ_THRESHOLD")
        need(charter["issuedAt"] < charter["expiresAt"] <= charter["issuedAt"] + 400 * DAY, "REJ_WIDENS")

    def keys_fault(self, keys, parent):
        ids = [key["keyId"] for key in keys]
        need(all(map(is_sound, keys)), "REJ_KEY_WEAK")
        need(len(set(ids)) == len(ids), "REJ_KEY_USAGE")
        above = self.lineage(parent)
        need(not any(holder.use == "root" or (holder.use in ("dispatcher", "log") and holder.platform in above) for key_id in ids for holder in self.holders(key_id)), "REJ_KEY_USAGE")

    def roster_fault(self, roster, signers):
        charter = self.value("charter", roster["platform"])
        need(charter, "REJ_LINEAGE")
        self.officers_fault(signers, roster["platform"], roster["issuedAt"])
        units, persons = [unit["id"] for unit in roster["units"]], [person["id"] for person in roster["persons"]]
        need(len(set(units)) == len(units) and len(set(persons)) == len(persons), "REJ_SCHEMA")
        need(all(person["unit"] in units for person in roster["persons"]), "REJ_UNIT")
        self.keys_fault([roster["dispatcher"], roster["logKey"]] + [key for person in roster["persons"] for key in person["keys"]], charter["parent"])
        officers = {officer["key"]["keyId"]: officer["person"] for officer in charter["officers"]}
        need(not officers.keys() & {roster["dispatcher"]["keyId"], roster["logKey"]["keyId"]}, "REJ_KEY_USAGE")
        need(all(officers.get(key["keyId"], person["id"]) == person["id"] for person in roster["persons"] for key in person["keys"]), "REJ_KEY_USAGE")
        for rule in roster["policy"]["rules"]:
            need(len({step["name"] for step in rule["steps"]}) == len(rule["steps"]), "REJ_SCHEMA")
            before_air = sum(step["count"] for step in rule["steps"] if not step["mayFollowAir"])
            decides = (not rule["tiers"] or charter["tier"] in rule["tiers"]) and set(rule["modes"]) - {"test"}
            need(not decides or all(before_air >= least(charter, kind) for kind in rule["classes"] if kind in charter["ceilings"]["classes"]), "REJ_POLICY")
        ids = [entry["keyId"] for entry in roster["revocations"]]
        kept = {entry["keyId"] for entry in (self.value("revocation", roster["platform"]) or {"entries": []})["entries"]} | set(ids)
        need(len(set(ids)) == len(ids), "REJ_SCHEMA")
        need(all(entry["keyId"] in kept for entry in (self.value("roster", roster["platform"]) or roster)["revocations"]), "REJ_VERSION_ROLLBACK")
        need(all(band["fromMinute"] != band["toMinute"] for band in roster["quietHours"] + roster["volumeHours"]), "REJ_SCHEMA")
        need(roster["issuedAt"] < roster["expiresAt"] <= roster["issuedAt"] + 400 * DAY, "REJ_WIDENS")

    def revocation_fault(self, revocation, signers):
        self.at(signers, revocation["platform"])
        now = {entry["keyId"]: entry["reason"] for entry in revocation["entries"]}
        need(len(now) == len(revocation["entries"]), "REJ_SCHEMA")
        before = (self.value("revocation", revocation["platform"]) or {"entries": []})["entries"]
        need(all(now.get(entry["keyId"]) in (entry["reason"], "compromised") for entry in before), "REJ_VERSION_ROLLBACK")

    def take_assignment(self, document):
        env = opened(document, "assignment")
        signers = self.attest(env, "officer", one=False)
        value = payload(env, "assignment")
        platform = value["platform"]
        self.at(signers, platform)
        entry = next((one for one in value["terminals"] if (one["terminal"], one["deviceKeyId"]) == (self.terminal, self.device_key)), None)
        need(entry, "REJ_TERMINAL")
        tops, chain = [area["id"] for area in self.value("charter", platform)["areas"]], {area["id"]: area["parent"] for area in entry["areas"]}
        declared = self.areas(self.lineage(platform))
        need(len(chain) == len(entry["areas"]) and set(chain) & set(tops), "REJ_AREA")
        need(all(declared[area] == parent if area in declared else any(within(chain, area, top) for top in tops) for area, parent in chain.items()), "REJ_AREA")
        mine = self.assignment
        if mine == {**entry, "platform": platform}:
            return False
        need(mine is None or entry["version"] > mine["version"], "REJ_VERSION_ROLLBACK")
        need(mine is None or platform == mine["platform"] or any(holder.platform in self.lineage(mine["platform"]) and not self.revocations(holder.platform, holder.key["keyId"]) for holder in signers), "REJ_LINEAGE")
        self.assignment = {**entry, "platform": platform}
        return True

    def versions(self):
        return {"root": self.root.value["version"], **{word + "s": {platform: held.value["version"] for platform, held in self.parts[word].items()} for word in self.parts}}

    def beacon(self, value):
        env = opened(value, "beacon")
        signers = self.attest(env, "dispatcher")
        beacon = payload(env, "beacon")
        self.at(signers, beacon["platform"])
        need(beacon["platform"] in (self.lineage(self.assignment["platform"]) if self.assignment else self.parts["charter"]), "REJ_LINEAGE")
        return beacon


def word_of(document):
    """What a document says it is; whether it is, `opened` finds out."""
    kind = document.get("payloadType") if isinstance(document, dict) else None
    return next((word for word in ("charter", "roster", "revocation", "assignment") if kind == "application/vnd.clarion.%s.v1+json" % word), "root")


def within(chain, area, top):
    for _ in range(len(chain) + 1):
        if area not in chain:
            return False
        if area == top:
            return True
        area = chain[area]
    return False


def least(charter, kind, tier=None):
    return next((row["approvals"] for row in charter["minimumApprovals"] if (row["class"], row["tier"]) == (kind, tier or charter["tier"])), 1)
