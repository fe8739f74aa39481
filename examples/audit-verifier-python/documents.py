"""Whom to believe: root, charters, rosters and revocations, each on those before it (docs/protocol.md section 7).

Every refusal has the code that a terminal gives. Time is not asked, because an export is read later.
"""
from collections import namedtuple

from keys import sound_key
from shapes import differ, fits
from signatures import opened

DAY, LONGEST_DAYS, CHARTER_BYTES, ROSTER_BYTES, VERSION_JUMP = 86_400_000, 400, 4_096, 32_768, 1_000_000
TIERS = {"village": 1, "township": 2, "district": 3}
Held = namedtuple("Held", "env value")


class Refused(Exception):
    pass


def need(holds, code):
    if not holds:
        raise Refused(code)


class Documents:
    def __init__(self):
        self.known = {}  # by digest, in the order of the file
        self.root, self.first, self.why = None, None, None
        self.charters, self.rosters, self.revocations = {}, {}, {}  # in force, by platform
        self.revoked, self.floors, self.parents = {}, {}, {}  # what is never taken back

    def take(self, shape, line):
        """False when it does not hold, is no trust document or stands here for the second time."""
        env = opened(shape)
        accept = {"root": self.next_root, "charter": self.next_charter, "roster": self.next_roster, "revocation": self.next_revocation}.get(env and env.word)
        try:
            need(accept is not None and env.digest not in self.known, "REJ_TYPE")
            need(fits(env.word, env.value), "REJ_SCHEMA")
            need(self.root is not None or env.word == "root", "REJ_LINEAGE")
            accept(env, env.value)
        except Refused as refused:
            self.why = str(refused)
            return False
        platform = env.value["district" if env.word == "root" else "platform"]
        self.known[env.digest] = {"word": env.word, "platform": platform, "line": line, "value": env.value, "version": env.value["version"]}
        return True

    # ---- Root: version after version, each by the keys before and by its own

    def next_root(self, env, root):
        last = self.root
        if last is not None:
            need(len(env.by(last["keys"])) >= last["threshold"], "REJ_THRESHOLD")
            need(root["version"] == last["version"] + 1, "REJ_VERSIONS")
            need(all(root[name] == last[name] for name in ("demo", "profile", "district")), "REJ_LINEAGE")
        need(differ(key["spki"] for key in root["keys"]), "REJ_KEY_USAGE")
        need(all(map(sound_key, root["keys"])), "REJ_KEY_WEAK")
        need(allows(root, root["keys"]), "REJ_KEY_USAGE")
        need(2 <= root["threshold"] <= len(root["keys"]) and len(env.by(root["keys"])) >= root["threshold"], "REJ_THRESHOLD")
        need(root["expiresAt"] > root["issuedAt"], "REJ_WINDOW")
        self.root, self.first = root, self.first or env.digest
        if last is not None:
            self.settle(root["district"])

    # ---- Charter: by the root or the officers above, and only narrowing

    def next_charter(self, env, charter):
        platform = charter["platform"]
        self.judge_charter(env, charter)
        self.not_back("charter", charter)
        stood = platform in self.charters or platform in self.revocations
        self.charters[platform], self.parents[platform] = Held(env, charter), charter["parent"]
        if stood:
            self.settle(platform)

    def judge_charter(self, env, charter):
        need(len(env.payload) <= CHARTER_BYTES, "REJ_SIZE")
        need(self.parents.get(charter["platform"], charter["parent"]) == charter["parent"], "REJ_LINEAGE")
        above = charter["parent"]
        if above is None:
            need((charter["platform"], charter["tier"]) == (self.root["district"], "district"), "REJ_LINEAGE")
            need(len(env.by(self.root["keys"])) >= self.root["threshold"], "REJ_THRESHOLD")
        else:
            need(above in self.charters and charter["platform"] not in self.lineage(above), "REJ_LINEAGE")
            self.enough_officers(env, above, charter["issuedAt"])
        need(self.narrows(charter), "REJ_WIDENS")
        keys = [one["key"] for one in charter["officers"]]
        need(differ(key["spki"] for key in keys), "REJ_KEY_USAGE")
        need(all(map(sound_key, keys)), "REJ_KEY_WEAK")
        need(allows(self.root, keys) and not self.taken(keys, [] if above is None else self.lineage(above)), "REJ_KEY_USAGE")
        need(2 <= charter["threshold"] <= len({one["person"] for one in charter["officers"]}), "REJ_THRESHOLD")
        lasts(charter)

    def narrows(self, charter):
        """A child has a place below its parent's, areas inside it that nobody else declares, and no more of anything."""
        areas = {one["id"]: one["parent"] for one in charter["areas"]}
        if len(areas) < len(charter["areas"]):
            return False
        if charter["parent"] is None:
            return all(above is None or above in areas for above in areas.values())
        parent = self.charters[charter["parent"]].value
        declared = {other: {one["id"]: one["parent"] for one in held.value["areas"]} for other, held in self.charters.items()}
        elsewhere = {area for other, own in declared.items() for area in own if charter["platform"] not in self.lineage(other)}
        chain, tops = dict(areas), {one["id"] for one in parent["areas"]}
        for one in self.lineage(charter["parent"]):
            chain.update(declared[one])
        inside = all(above is not None and within(chain, area, tops) for area, above in areas.items())
        own, given = charter["ceilings"], parent["ceilings"]
        return (TIERS[charter["tier"]] < TIERS[parent["tier"]] and inside and not areas.keys() & elsewhere
                and all(set(own[word]) <= set(given[word]) for word in ("classes", "severities", "modes"))
                and all(least(charter, name, tier) >= least(parent, name, tier) for name in own["classes"] for tier in TIERS if TIERS[tier] <= TIERS[charter["tier"]]))

    # ---- Roster: by the platform's own officers

    def next_roster(self, env, roster):
        platform = roster["platform"]
        self.judge_roster(env, roster)
        self.not_back("roster", roster)
        stood, self.rosters[platform] = platform in self.rosters, Held(env, roster)
        if stood or roster["revocations"]:
            self.grow(platform, roster["revocations"])
            self.settle(platform)

    def judge_roster(self, env, roster):
        platform = roster["platform"]
        need(len(env.payload) <= ROSTER_BYTES, "REJ_SIZE")
        need(platform in self.charters, "REJ_LINEAGE")
        self.enough_officers(env, platform, roster["issuedAt"])
        charter, units = self.charters[platform].value, [unit["id"] for unit in roster["units"]]
        need(differ(units) and differ(person["id"] for person in roster["persons"]), "REJ_SCHEMA")
        need(all(person["unit"] in units for person in roster["persons"]), "REJ_UNIT")
        self.keys_once(charter, roster)
        need(all(asks_enough(charter, rule) for rule in roster["policy"]["rules"]), "REJ_POLICY")
        kept, held = [entry["keyId"] for entry in roster["revocations"]], self.revocations.get(platform)
        need(differ(kept), "REJ_SCHEMA")
        standing = {entry["keyId"] for entry in held.value["entries"]} if held else set()
        before = self.rosters[platform].value["revocations"] if platform in self.rosters else []
        need(all(entry["keyId"] in standing.union(kept) for entry in before), "REJ_VERSION_ROLLBACK")
        need(all(band["fromMinute"] != band["toMinute"] for band in roster["quietHours"] + roster["volumeHours"]), "REJ_SCHEMA")
        lasts(roster)

    def keys_once(self, charter, roster):
        """Every key is sound and registered once; an officer who is also a listed person may use one key for both."""
        servers = [roster["dispatcher"], roster["logKey"]]
        keys = servers + [key for person in roster["persons"] for key in person["keys"]]
        need(all(map(sound_key, keys)), "REJ_KEY_WEAK")
        need(allows(self.root, keys) and differ(key["spki"] for key in keys), "REJ_KEY_USAGE")
        officers = {one["key"]["spki"]: one["person"] for one in charter["officers"]}
        need(all(key["spki"] not in officers for key in servers), "REJ_KEY_USAGE")
        need(all(officers.get(key["spki"], person["id"]) == person["id"] for person in roster["persons"] for key in person["keys"]), "REJ_KEY_USAGE")
        need(not self.taken(keys, self.lineage(roster["platform"])[1:]), "REJ_KEY_USAGE")

    # ---- Revocation: by one officer of the platform, cumulative

    def next_revocation(self, env, revocation):
        platform = revocation["platform"]
        self.judge_revocation(env, revocation)
        self.not_back("revocation", revocation)
        self.revocations[platform] = Held(env, revocation)
        self.grow(platform, revocation["entries"])
        self.settle(platform)

    def judge_revocation(self, env, revocation):
        platform, held = revocation["platform"], self.revocations.get(revocation["platform"])
        need(platform in self.charters, "REJ_KEY_USAGE")
        signed = env.by([one["key"] for one in self.charters[platform].value["officers"]])
        need(any(self.counts(platform, key, revocation["issuedAt"]) for key in signed), "REJ_KEY_REVOKED")
        now = {entry["keyId"]: entry["reason"] for entry in revocation["entries"]}
        need(len(now) == len(revocation["entries"]), "REJ_SCHEMA")
        before = held.value["entries"] if held else []
        need(all(now.get(entry["keyId"]) in (entry["reason"], "compromised") for entry in before), "REJ_VERSION_ROLLBACK")
        prints = [one["fingerprint"] for one in revocation.get("certificates", [])]
        need(not prints or platform == self.root["district"], "REJ_KEY_USAGE")
        need(differ(prints), "REJ_SCHEMA")
        need(all(one["fingerprint"] in prints for one in (held.value.get("certificates", []) if held else [])), "REJ_VERSION_ROLLBACK")

    # ---- What all of them ask

    def not_back(self, word, value):
        """Versions and dates only rise; where a revocation fell with its signer, its number holds nobody back."""
        floor = self.floors.get((word, value["platform"]))
        if word == "revocation":
            floor = floor if value["platform"] in self.revocations else None
            need(value["version"] <= (floor[0] if floor else 0) + VERSION_JUMP, "REJ_VERSIONS")
        need(floor is None or (value["version"] > floor[0] and value["issuedAt"] >= floor[1]), "REJ_VERSION_ROLLBACK")
        self.floors[word, value["platform"]] = (value["version"], value["issuedAt"])

    def lineage(self, platform):
        """The platform, its parent and so on up to the district; none where one of them has no charter in force."""
        found = []
        while platform is not None:
            if platform in found or platform not in self.charters:
                return []
            found.append(platform)
            platform = self.charters[platform].value["parent"]
        return found

    def counts(self, platform, key, issued_at):
        """Whether an officer's key counts for what was issued then: never revoked there or above, or left only afterwards."""
        entries = [self.revoked.get(one, {}).get(key) for one in self.lineage(platform)]
        return all(entry is None or (entry[0] == "left" and issued_at < entry[1]) for entry in entries)

    def enough_officers(self, env, platform, issued_at):
        charter = self.charters[platform].value
        signed = {key for key in env.by([one["key"] for one in charter["officers"]]) if self.counts(platform, key, issued_at)}
        need(len(persons(charter, signed)) >= charter["threshold"], "REJ_THRESHOLD")

    def taken(self, keys, above):
        """Whether one of these is a key of the root or of a server above."""
        servers = [self.rosters[one].value[name]["keyId"] for one in above if one in self.rosters for name in ("dispatcher", "logKey")]
        return not {key["keyId"] for key in keys}.isdisjoint(servers + [key["keyId"] for key in self.root["keys"]])

    def grow(self, platform, entries):
        """`compromised` outweighs `left`, the earlier time stands."""
        own = self.revoked.setdefault(platform, {})
        for entry in entries:
            reason, since = own.get(entry["keyId"], (entry["reason"], entry["since"]))
            own[entry["keyId"]] = ("compromised" if "compromised" in (reason, entry["reason"]) else "left", min(since, entry["since"]))

    def settle(self, changed):
        """Judges again what stands on it, from the top down; what no longer holds is dropped."""
        lineages = {platform: self.lineage(platform) for platform in self.charters}
        for platform in sorted((one for one in lineages if changed in lineages[one]), key=lambda one: len(lineages[one])):
            if not again(self.judge_charter, self.charters[platform]):
                del self.charters[platform]
            if platform in self.charters and platform in self.revocations and not self.readable(platform):
                del self.revocations[platform]
            if platform in self.rosters and not again(self.judge_roster, self.rosters[platform]):
                del self.rosters[platform]

    def readable(self, platform):
        """Whether somebody who begins afresh takes the revocation in force: nothing of that platform but the charter comes before it."""
        held, entries = self.revocations.pop(platform), self.revoked.pop(platform, {})
        holds = again(self.judge_revocation, held)
        self.revocations[platform], self.revoked[platform] = held, entries
        return holds


def again(judge, held):
    try:
        judge(held.env, held.value)
    except Refused:
        return False
    return True


def lasts(document):
    need(0 < document["expiresAt"] - document["issuedAt"] <= LONGEST_DAYS * DAY, "REJ_WIDENS")


def allows(root, keys):
    return root["profile"] == "open" or all(key["alg"] == "sm2-sm3" for key in keys)


def within(chain, area, tops):
    """Whether an area is one of these or below one, by the signed parents."""
    seen = set()
    while area in chain and area not in seen:
        if area in tops:
            return True
        seen.add(area)
        area = chain[area]
    return False


def least(charter, name, tier):
    """The charter's least number of approvals for a class."""
    return next((row["approvals"] for row in charter["minimumApprovals"] if (row["class"], row["tier"]) == (name, tier)), 1)


def asks_enough(charter, rule):
    """A rule that can decide here asks at least the charter's approvals before air; mode test never sounds."""
    if (rule["tiers"] and charter["tier"] not in rule["tiers"]) or all(mode == "test" for mode in rule["modes"]):
        return True
    asked = sum(step["count"] for step in rule["steps"] if not step["mayFollowAir"])
    return all(asked >= least(charter, name, charter["tier"]) for name in rule["classes"] if name in charter["ceilings"]["classes"])


def revocations_in(document):
    return document.get("revocations", []) + document.get("entries", [])


def persons(charter, key_ids):
    return {one["person"] for one in charter["officers"] if one["key"]["keyId"] in key_ids}
