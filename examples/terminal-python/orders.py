"""What may sound: orders, stops and isolates (docs/protocol.md sections 9, 11 and 12). No network, no clock, no disk."""
from collections import namedtuple

from trust import DAY, SCHEMAS, TIERS, Refused, Trust, chain_of, fits, need, opened, payload, within

SEVERITIES = {"none": 0, "blue": 1, "yellow": 2, "orange": 3, "red": 4}
VOLUME_DB = {"low": -18, "normal": -10, "high": -4, "full": 0}
Class = namedtuple("Class", "rank tiers opens hours keeps_quiet_hours")
CLASSES = {"emergency": Class(5, TIERS, ["siren"], 24, False), "advisory": Class(4, TIERS, ["chime"], 24, False),
           "notice": Class(3, TIERS, ["chime"], 72, True), "governance": Class(2, ("township", "village"), [], 72, True),
           "daily": Class(1, TIERS, [], 216, True)}
# An order as admitted. `subject` is what was approved: of a correction its original; `issued` is what stops compare with.


class Order(namedtuple("Order", "env dispatch message digest subject charter keys issued aloud start repetition")):
    rank = property(lambda self: (self.message["mode"] == "actual", CLASSES[self.message["class"]].rank, TIERS[self.charter["tier"]],
                                  SEVERITIES[self.message["severity"]]))


class Unheard(Refused):
    """Genuine, but it will not sound: `code` is a reason of section 13, told by a receipt about `order`."""
    order = property(lambda self: self.args[1])


class Judge(Trust):
    """Decides; its owner keeps `memory` on disk, knows the time and holds the media."""

    def __init__(self, *given):
        super().__init__(*given)
        self.memory = {"seqs": {}, "seen": {}, "journal": {}, "stops": {}, "isolations": {}, "beaconAt": None}

    # ---- Orders (section 9); the steps are those of its table

    def admit(self, value, now):
        """The Order that may sound, or Refused, or Unheard."""
        memory, mine = self.memory, self.value("assignment")
        need(fits(value, SCHEMAS["order"]), "REJ_SHAPE")
        env = opened(value["dispatch"], "dispatch")
        signers = self.attest(env, "dispatcher")
        dispatch = payload(env, "dispatch")
        platform, heard = dispatch["platform"], dispatch["targets"]["heard"]
        signer = next((holder for holder in signers if holder.platform == platform), None)
        need(signer, "REJ_KEY_USAGE")
        need(mine, "REJ_NOT_TARGETED")
        need(platform in self.lineage(mine["platform"]), "REJ_LINEAGE")
        floor = self.floor(signer.key)
        need(dispatch["epoch"] >= floor["epoch"], "REJ_EPOCH")
        need(dispatch["seq"] <= floor["highest"] + 1_000_000, "REJ_SEQ_JUMP")
        need(dispatch["seq"] > floor["highest"] - 1024, "REJ_SEQ_OLD")
        need(dispatch["seq"] not in floor["used"], "REJ_SEQ_REPLAY")
        need(dispatch["dispatchId"] not in memory["seen"], "REJ_ID_SEEN")
        have, asked = self.versions(), dispatch["minVersions"]
        need(have["root"] >= asked["root"], "REJ_VERSIONS")
        need(all(have[word].get(one, 0) >= version for word in asked if word != "root" for one, version in asked[word].items()), "REJ_VERSIONS")
        need(not self.revocations(platform, signer.key), "REJ_KEY_REVOKED")
        need(now is not None, "REJ_TIME_UNKNOWN")
        need(now >= dispatch["notBefore"] - 5000 and dispatch["issuedAt"] <= now + 5000, "REJ_NOT_YET")

        message, digest, author = self.message(value["message"], now, signed=heard is None)
        need(digest == dispatch["messageDigest"], "REJ_MESSAGE_DIGEST")
        need(message["platform"] == platform, "REJ_LINEAGE")
        need(dispatch["resumes"] is None, "REJ_RESUME")  # this terminal never goes on after a stop
        subject, approved, issued = message, digest, message["issuedAt"]
        if heard is None:
            need(message["corrects"] is None and "original" not in value, "REJ_CORRECTION")
            need(dispatch["consent"] is None and "consent" not in value, "REJ_CONSENT")
            charter = self.value("charter", platform)
            behind = [author.key] + self.approvals(value["approvals"], dispatch, message, digest, author, charter, now)
        else:
            need("original" in value, "REJ_CORRECTION")
            original = opened(value["original"], "message")  # what sounded here was admitted: its bytes count, not who signed them
            subject, approved = payload(original, "message"), original.digest
            need(approved == heard and self.takes_back(message, digest, subject), "REJ_CORRECTION")
            need(not dispatch["approvals"] and not value["approvals"], "REJ_APPROVAL_DIGEST")
            signed_at, stopper = self.consent(value.get("consent"), dispatch, now)
            issued, behind, charter = min(signed_at, dispatch["issuedAt"]), [stopper], self.value("charter", platform)
        keys = [signer.key] + behind
        bounds(dispatch, message)
        age = now - memory["beaconAt"]
        need(age < 30 * DAY and (age < DAY or message["class"] in ("emergency", "advisory")), "REJ_TIME_STALE")
        need(message["mode"] != "test", "REJ_MODE_TEST")
        drill = message["drill"] and message["drill"]["kind"]
        need(drill != "platform", "REJ_CEILING")
        start, repetition = joining(message, dispatch, now)
        order = Order(env, dispatch, message, digest, (approved, subject), charter, keys, issued, drill != "front-end", start, repetition)
        past, replaced = memory["journal"].get(digest), memory["journal"].get(message["replaces"])
        need(past is None or past["state"] != "stopped", "REJ_STOPPED")
        need(past is None or (past["state"] == "interrupted" and past["dispatches"] < 2), "REJ_COMPLETED")
        need(not any(silences(stop, order) for stop in memory["stops"].values()), "REJ_STOPPED")
        need(replaced is None or replaced["mode"] == message["mode"], "REJ_CEILING")

        chain = chain_of(mine)
        for targets, code in ((dispatch["targets"], "REJ_NOT_TARGETED"), (message["targets"], "REJ_TARGETS_EXCEED")):
            need(mine["terminal"] in targets["terminals"] or chain.keys() & set(targets["areas"]), code)
        here = chain.keys() & set(dispatch["targets"]["areas"] + message["targets"]["areas"])
        need(chain.keys() & chain_of(charter).keys(), "REJ_AREA")
        need(all(within(chain, area, above) for area in here for above in self.charters(platform)), "REJ_AREA")
        sounded = memory["journal"].get(heard, {}).get("sounded")
        for code, unheard in (("NOT_HEARD", heard is not None and not sounded),
                              ("ISOLATED", any(shuts_out(isolation, order, now) for isolation in memory["isolations"].values())),
                              ("EXPIRED", now >= dispatch["notAfter"]),
                              ("QUIET_HOURS", order.aloud and self.is_quiet(message, start))):
            if unheard:
                raise Unheard(code, order)
        return order

    def message(self, value, now, signed):
        """Step 10a: fields, digest and author; of a correction nobody's signature is asked, and the author is None."""
        env = opened(value, "message")
        signers = self.attest(env, "person") if signed else []
        message = payload(env, "message")
        need((message["mode"] == "drill") == (message["drill"] is not None) and not (message["corrects"] and message["corrections"]), "REJ_SCHEMA")
        author, kind = self.at(signers, message["platform"]) if signed else None, CLASSES[message["class"]]
        charters, roster, root = self.charters(message["platform"]), self.value("roster", message["platform"]), self.root
        grace = root["graceDays"] * DAY if message["class"] == "emergency" else 0
        need(charters and roster, "REJ_LINEAGE")
        charter, ceilings = charters[0], [charter["ceilings"] for charter in charters]
        ends = min(one["expiresAt"] for one in ([charter] if charter["parent"] else [charter, root]))
        need(now < ends + grace, "REJ_CHARTER_EXPIRED")
        need(now < roster["expiresAt"] + grace, "REJ_ROSTER_EXPIRED")
        if signed:
            need(author.person["id"] == message["author"] and "author" in author.person["roles"], "REJ_AUTHOR")
            units = [unit for unit in roster["units"] if unit["id"] == message["unit"] == author.person["unit"]]
            need(units and message["class"] in (units[0]["classes"] or CLASSES), "REJ_UNIT")
        asked = {"classes": message["class"], "severities": message["severity"], "modes": message["mode"]}
        need(charter["tier"] in kind.tiers and all(word in some[what] for some in ceilings for what, word in asked.items()), "REJ_CEILING")
        opens = (["speech"] if message["mode"] == "drill" else []) + (["chime"] if message["corrects"] else kind.opens)
        need(opens == [segment["role"] for segment in message["body"]["segments"][:len(opens)]], "REJ_CEILING")
        need(0 < message["notAfter"] - message["notBefore"] <= kind.hours * 3_600_000 and message["notAfter"] <= message["issuedAt"] + 9 * DAY, "REJ_WINDOW")
        need(message["issuedAt"] <= now + 5000, "REJ_NOT_YET")
        need(message["targets"]["areas"] or message["targets"]["terminals"], "REJ_SCHEMA")
        areas = self.known_areas()
        need(all(within(areas, area, charter) for area in message["targets"]["areas"] if area in areas), "REJ_AREA")
        return message, env.digest, author

    @staticmethod
    def takes_back(message, digest, original):
        same = all(message[name] == original[name] for name in ("platform", "class", "severity", "mode", "drill"))
        listed = message["corrects"] and {"kind": message["corrects"], "digest": digest} in original["corrections"]
        return same and listed and narrower(message["targets"], original["targets"]) and message["notAfter"] <= original["notAfter"] + DAY

    def consent(self, value, dispatch, now):
        """When a stopper consented to this correction of this message, and his key; whatever is wrong is one code."""
        try:
            env = opened(value, "consent")
            signers = self.attest(env, "person")
            consent = payload(env, "consent")
            signer = self.at(signers, consent["platform"])
            person = signer.person
            act = {"kind": "correct", "correction": dispatch["messageDigest"], "ofMessage": dispatch["targets"]["heard"]}
            need((env.digest, consent["platform"], consent["act"]) == (dispatch["consent"], dispatch["platform"], act), "REJ_CONSENT")
            need(consent["person"] == person["id"] and "stopper" in person["roles"] and consent["signedAt"] <= now + 300_000, "REJ_CONSENT")
            return consent["signedAt"], signer.key
        except Refused:
            raise Refused("REJ_CONSENT")

    def approvals(self, values, dispatch, message, digest, author, charter, now):
        """Steps 10c and 10d: the keys of those who approved."""
        roster, given = self.value("roster", message["platform"]), []
        size = len(message["targets"]["areas"]) + len(message["targets"]["terminals"])
        rule = next((rule for rule in roster["policy"]["rules"] if message["class"] in rule["classes"] and message["severity"] in (rule["severities"] or SEVERITIES)
                     and message["mode"] in rule["modes"] and charter["tier"] in (rule["tiers"] or TIERS) and size >= rule["minAreas"]), None)
        for value in values:
            env = opened(value, "approval")
            signers = self.attest(env, "person")
            approval = payload(env, "approval")
            need(approval["platform"] == message["platform"], "REJ_LINEAGE")
            signer = self.at(signers, approval["platform"])
            need(signer.person["id"] == approval["person"], "REJ_APPROVER_ROLE")
            need(approval["messageDigest"] == digest, "REJ_APPROVAL_DIGEST")
            need(approval["displayedDigest"] == digest, "REJ_DISPLAYED")
            need(approval["signedAt"] >= message["issuedAt"] - 300_000, "REJ_WINDOW")
            need(approval["signedAt"] <= now + 300_000, "REJ_NOT_YET")
            need(approval["policyVersion"] == roster["policy"]["version"], "REJ_POLICY_VERSION")
            need(approval["person"] != message["author"], "REJ_APPROVER_IS_AUTHOR")
            need(rule, "REJ_POLICY")
            step = next((step for step in rule["steps"] if step["name"] == approval["step"]), None)
            need(step, "REJ_APPROVAL_STEP")
            need(step["role"] in signer.person["roles"] and step["unit"] in (None, signer.person["unit"]), "REJ_APPROVER_ROLE")
            given.append((step, approval, env.digest, signer.key))
        need(dispatch["approvals"] == sorted({one[2] for one in given}) and len(given) == len(dispatch["approvals"]), "REJ_APPROVAL_DIGEST")
        need(all(approval["decision"] == "approve" for _step, approval, _digest, _key in given), "REJ_APPROVAL_DECISION")
        need(rule, "REJ_POLICY")
        signed = {step["name"]: [] for step in rule["steps"]}

        def is_filled(step):
            return len(signed[step["name"]]) >= step["count"]
        for step, approval, _digest, _key in sorted(given, key=lambda one: one[0]["order"]):
            need(approval["person"] not in sum(signed.values(), []), "REJ_APPROVER_REPEATED")
            is_open = all(is_filled(one) or one["mayFollowAir"] for one in rule["steps"] if one["order"] < step["order"])
            need(is_open and not is_filled(step), "REJ_APPROVAL_STEP")
            signed[step["name"]].append(approval["person"])
        need(all(is_filled(step) or step["mayFollowAir"] for step in rule["steps"]), "REJ_APPROVAL_MISSING")
        need(len(given) >= (1 if message["mode"] == "test" else least(self.charters(message["platform"]), message["class"])), "REJ_APPROVAL_MISSING")
        keys = [key for _step, _approval, _digest, key in given]
        safe = [key["alg"] == "ed25519" for key in keys]
        need({"none": True, "one": any(safe), "all": all(safe) and author.key["alg"] == "ed25519"}[rule["verification"]], "REJ_VERIFICATION")
        return keys

    def floor(self, key):
        return self.memory["seqs"].get(key["keyId"], {"epoch": 0, "highest": 0, "used": []})

    def note(self, order):
        """Step 14: the caller writes `memory` to disk before anything sounds."""
        dispatch, floor = order.dispatch, self.floor(order.keys[0])
        highest = max(floor["highest"], dispatch["seq"])
        used = [seq for seq in floor["used"] + [dispatch["seq"]] if seq > highest - 1024]
        self.memory["seqs"][order.keys[0]["keyId"]] = {"epoch": dispatch["epoch"], "highest": highest, "used": used}
        self.see(order)
        past = self.memory["journal"].get(order.digest, {"dispatches": 0, "sounded": False})
        entry = {"dispatchId": dispatch["dispatchId"], "platform": dispatch["platform"], "mode": order.message["mode"], "until": order.message["notAfter"] + DAY}
        self.memory["journal"][order.digest] = {**entry, "state": "accepted", "repetition": 0, "dispatches": past["dispatches"] + 1, "sounded": past["sounded"]}

    def see(self, order):
        entry = {"digest": order.env.digest, "notAfter": order.dispatch["notAfter"], "until": order.message["notAfter"] + DAY}
        self.memory["seen"][order.dispatch["dispatchId"]] = entry

    # ---- Hours and volume (sections 9 and 11)

    def bands(self, word, at):
        minute = (at // 60_000 + 480) % 1440
        rows = [row for above in self.lineage(self.value("assignment")["platform"]) for row in self.value("roster", above)[word]]
        return [row for row in rows if (minute - row["fromMinute"]) % 1440 <= (row["toMinute"] - row["fromMinute"] - 1) % 1440]

    def is_quiet(self, message, at):
        return CLASSES[message["class"]].keeps_quiet_hours and bool(self.bands("quietHours", at))

    def gain_db(self, message, at):
        softer = [row["volume"] for row in self.bands("volumeHours", at) if message["class"] in row["classes"] and message["class"] != "emergency"]
        return min(VOLUME_DB[volume] for volume in [message["volume"], self.value("assignment")["maxVolume"]] + softer)

    # ---- Stops and isolation (section 12): what is to be kept, or None when it means nothing here

    def stop(self, value, now):
        env = opened(value, "stop")
        signers = self.attest(env, "dispatcher", "person")
        stop = payload(env, "stop")
        own = [holder for holder in signers if holder.platform == stop["platform"]]
        own = [holder for holder in own if holder.use == "dispatcher" or "stopper" in holder.person["roles"]]
        need(own, "REJ_KEY_USAGE")
        need(not self.revocations(stop["platform"], own[0].key), "REJ_KEY_REVOKED")
        issued = min(stop["issuedAt"], stop["issuedAt"] if now is None else now + 5000)
        return self.here("stops", stop["stopId"], {**stop, "issuedAt": issued, "until": issued + 10 * DAY})

    def isolate(self, value, now):
        env = opened(value, "isolate")
        signers = self.attest(env, "officer", one=False)
        act = payload(env, "isolate")
        charter = self.value("charter", act["platform"])
        need(charter, "REJ_LINEAGE")
        self.enough_officers(signers, act["platform"], act["issuedAt"])
        need(0 < act["notAfter"] - act["issuedAt"] <= 3_600_000, "REJ_WINDOW")
        need(now is not None, "REJ_TIME_UNKNOWN")
        need(act["issuedAt"] <= now + 300_000, "REJ_NOT_YET")
        need(now < act["notAfter"], "REJ_EXPIRED")
        need(now < charter["expiresAt"], "REJ_CHARTER_EXPIRED")
        return self.here("isolations", act["isolateId"], {**act, "until": act["notAfter"], "except": self.root["alwaysSounds"]})

    def beacon(self, value):
        env = opened(value, "beacon")
        signers = self.attest(env, "dispatcher")
        beacon, mine = payload(env, "beacon"), self.value("assignment")
        self.at(signers, beacon["platform"])
        need(mine is None or beacon["platform"] in self.lineage(mine["platform"]), "REJ_LINEAGE")
        return beacon

    def here(self, part, name, act):
        charter, chain = self.value("charter", act["platform"]), chain_of(self.value("assignment") or {"areas": []})
        known = {**self.known_areas(), **chain}
        need(act["area"] not in known or within(known, act["area"], charter), "REJ_AREA")
        is_ours = act["area"] in chain and act["platform"] in self.lineage(self.value("assignment")["platform"])
        return self.memory[part].setdefault(name, {**act, "tier": charter["tier"]}) if is_ours else None

    def known_areas(self):
        return {area: parent for charter in self.all("charter") for area, parent in chain_of(charter).items()}


def silences(stop, order):
    scope = stop["scope"]
    named = order.digest in scope["messages"] if scope["kind"] == "messages" else order.issued <= stop["issuedAt"]
    return named and TIERS[order.charter["tier"]] <= TIERS[stop["tier"]]


def shuts_out(isolation, order, now):
    let_through = order.message["mode"] == "actual" and order.message["class"] in isolation["except"]
    return now < isolation["notAfter"] and TIERS[order.charter["tier"]] > TIERS[isolation["tier"]] and not let_through


def bounds(dispatch, message):
    need(message["notBefore"] <= dispatch["notBefore"] < dispatch["notAfter"] <= message["notAfter"], "REJ_WINDOW")
    need(dispatch["notBefore"] <= dispatch["startAt"] < dispatch["notAfter"], "REJ_WINDOW")
    need(narrower(dispatch["targets"], message["targets"]), "REJ_TARGETS_EXCEED")
    need(dispatch["maxDurationMs"] <= message["repeats"] * (body_ms(message) + message["gapMs"]) - message["gapMs"] + 2000, "REJ_DURATION")
    need(dispatch["repeats"] <= message["repeats"], "REJ_REPEATS")


def narrower(inner, outer):
    return set(inner["areas"]) <= set(outer["areas"]) and (outer["areas"] or set(inner["terminals"]) <= set(outer["terminals"]))


def body_ms(message):
    return sum(segment["durationMs"] for segment in message["body"]["segments"])


def joining(message, dispatch, now):
    """Start and number of the first repetition that this terminal can still keep; after the last one, once alone."""
    for repetition in range(1, dispatch["repeats"] + 1):
        start = dispatch["startAt"] + (repetition - 1) * (body_ms(message) + message["gapMs"])
        if now - 400 <= start and max(now, start) < dispatch["notAfter"]:  # so little late it still begins at once
            return start, repetition
    return now, dispatch["repeats"]


def least(charters, kind):
    """How many must approve: what the strictest charter asks of this tier."""
    return max([1] + [row["approvals"] for charter in charters for row in charter["minimumApprovals"] if (row["class"], row["tier"]) == (kind, charters[0]["tier"])])
