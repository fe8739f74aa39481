"""Whom to believe: root, charters, rosters and revocations, each on those before it (docs/protocol.md section 7)."""
from signatures import opened, sound_key

DAY = 86_400_000
RANK = {"village": 1, "township": 2, "district": 3}


class Documents:
    def __init__(self):
        self.known, self.held, self.root, self.first, self.revoked = {}, {}, None, None, {}

    def take(self, shape, line):
        env = opened(shape)
        if env is None or env.word not in ("root", "charter", "roster", "revocation") or env.digest in self.known:
            return False
        try:
            if not (self.believe_root(env, env.value) if env.word == "root" else self.root and self.believe(env, env.value)
                    and (env.word != "charter" or self.narrows(env.value))):
                return False
            platform = env.value["district" if env.word == "root" else "platform"]
            self.known[env.digest] = {"word": env.word, "platform": platform, "line": line, "value": env.value, "version": env.value["version"]}
        except (KeyError, TypeError, AttributeError):
            return False
        self.held[env.word, platform] = env.value
        for entry in revocations_in(env.value):
            self.revoked.setdefault((platform, entry["keyId"]), []).append(entry)
        return True

    def believe_root(self, env, root):
        last, self.root, self.first = self.root, root, self.first or env.digest
        follows = last is None or (
            (root["version"], root["district"], root["demo"]) == (last["version"] + 1, last["district"], last["demo"]) and len(env.by(last["keys"])) >= last["threshold"])
        return follows and 2 <= root["threshold"] <= len(env.by(root["keys"]))

    def lineage(self, platform):
        found = []
        while platform not in found and ("charter", platform) in self.held:
            found, platform = found + [platform], self.held["charter", platform]["parent"]
        return found

    def believe(self, env, value):
        """By the root or the officers above, newer than what is held, in the place that it always had."""
        platform, before = value["platform"], self.held.get((env.word, value["platform"]))
        above = value["parent"] if env.word == "charter" else platform
        if before and (value["version"] <= before["version"] or value["issuedAt"] < before["issuedAt"] or before.get("parent") != value.get("parent")):
            return False
        if above is None:
            return (platform, value["tier"]) == (self.root["district"], "district") and len(env.by(self.root["keys"])) >= self.root["threshold"]
        charter = self.held.get(("charter", above))
        if charter is None or (env.word == "charter" and platform in self.lineage(above)):
            return False
        if env.word != "revocation" and not 0 < value["expiresAt"] - value["issuedAt"] <= 400 * DAY:
            return False
        entries = {one["key"]["keyId"]: [entry for up in self.lineage(above) for entry in self.revoked.get((up, one["key"]["keyId"]), [])] for one in charter["officers"]}
        good = [one["key"] for one in charter["officers"] if all(
            entry["reason"] == "left" and value["issuedAt"] < entry["since"] and env.word != "revocation" for entry in entries[one["key"]["keyId"]])]
        return len(persons(charter, env.by(good))) >= (1 if env.word == "revocation" else charter["threshold"])

    def narrows(self, charter):
        """A child has a place below its parent's, areas inside it, and no more of anything; its officers, two at least, can reach its threshold."""
        areas, keys = {one["id"]: one["parent"] for one in charter["areas"]}, [one["key"] for one in charter["officers"]]
        if len(areas) < len(charter["areas"]) or len({key["keyId"] for key in keys}) < len(keys) or not 2 <= charter["threshold"] <= len(persons(charter, {key["keyId"] for key in keys})):
            return False
        if not all(sound_key(key) and (self.root["profile"] == "open" or key["alg"] == "sm2-sm3") for key in keys):
            return False
        if charter["parent"] is None:
            return all(above in areas for above in areas.values() if above is not None)
        parent, lineage = self.held["charter", charter["parent"]], self.lineage(charter["parent"])
        granted = {word: {one["id"]: one["parent"] for platform in platforms for one in self.held["charter", platform]["areas"]} for word, platforms in (
            ("above", lineage), ("elsewhere", [name for word, name in self.held if word == "charter" and charter["platform"] not in self.lineage(name)]))}
        chain, tops = {**areas, **granted["above"]}, {one["id"] for one in parent["areas"]}
        if RANK[charter["tier"]] >= RANK[parent["tier"]] or areas.keys() & granted["elsewhere"].keys() or not all(within(chain, area, tops) for area in areas):
            return False
        own, least = charter["ceilings"], [least_of(one) for one in (charter, parent)]
        return all(set(own[word]) <= set(parent["ceilings"][word]) for word in ("classes", "severities", "modes")) and not any(
            least[0].get((name, tier), 1) < least[1].get((name, tier), 1) for name in own["classes"] for tier in RANK if RANK[tier] <= RANK[charter["tier"]])


def within(chain, area, tops):
    """Whether an area has a parent and is one of these or below one."""
    seen, at = set(), area
    while at in chain and at not in tops and at not in seen:
        seen, at = seen | {at}, chain[at]
    return chain.get(area) is not None and at in chain and at in tops


def least_of(charter):
    return {(row["class"], row["tier"]): row["approvals"] for row in reversed(charter["minimumApprovals"])}


def revocations_in(document):
    return document.get("revocations", []) + document.get("entries", [])


def persons(charter, key_ids):
    return {one["person"] for one in charter["officers"] if one["key"]["keyId"] in key_ids}
