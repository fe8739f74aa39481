"""What may sound: orders, stops and isolates (docs/protocol.md sections 9 and 12). No network, no clock, no disk."""
from collections import namedtuple

from documents import Documents, least, within
from signed import CLASSES, DAY, SEVERITIES, TIERS, VOLUME_DB, need, opened, payload

Order = namedtuple("Order", "dispatch message digest dispatch_digest charter keys aloud start repetition value")


class Judge(Documents):
    """Decides; its owner keeps `memory` on disk, knows the time and holds the media."""

    def __init__(self, root, demo):
        super().__init__(root, demo)
        self.memory = {"seqs": {}, "seen": {}, "journal": {}, "stops": {}, "isolations": {}, "beaconAt": None}

    # ---- Orders (section 9); the steps are those of its table

    def admit(self, value, size, now):
        """The Order that may sound, or Refused. Codes without REJ_ are told by a receipt `failed`."""
        memory, mine = self.memory, self.assignment
        need(size <= 262_144, "REJ_SIZE")
        need(isinstance(value, dict) and {"dispatch", "message", "approvals"} <= set(value) <= {"dispatch", "message", "approvals", "original", "consent"}, "REJ_SHAPE")
        need(isinstance(value["approvals"], list) and len(value["approvals"]) <= 8, "REJ_SHAPE")
        env = opened(value["dispatch"], "dispatch")
        signers = self.attest(env, "dispatcher")
        dispatch = payload(env, "dispatch")
        platform = dispatch["platform"]
        signer = next((holder for holder in signers if holder.platform == platform), None)
        need(signer, "REJ_KEY_USAGE")
        need(mine, "REJ_NOT_TARGETED")
        need(platform in self.lineage(mine["platform"]), "REJ_LINEAGE")
        floor = memory["seqs"].get(signer.key["keyId"], {"epoch": 0, "highest": 0, "used": []})
        need(dispatch["epoch"] >= floor["epoch"], "REJ_EPOCH")
        need(dispatch["seq"] <= floor["highest"] + 1_000_000, "REJ_SEQ_JUMP")
        need(dispatch["seq"] > floor["highest"] - 1024, "REJ_SEQ_OLD")
        need(dispatch["seq"] not in floor["used"], "REJ_SEQ_REPLAY")
        need(dispatch["dispatchId"] not in memory["seen"], "REJ_ID_SEEN")
        have = self.versions()
        need(all(have[word].get(one, 0) >= version for word in ("charters", "rosters", "revocations") for one, version in dispatch["minVersions"][word].items())
             and have["root"] >= dispatch["minVersions"]["root"], "REJ_VERSIONS")
        need(not self.revocations(platform, signer.key["keyId"]), "REJ_KEY_REVOKED")
        need(now is not None, "REJ_TIME_UNKNOWN")
        need(now >= dispatch["notBefore"] - 5000 and dispatch["issuedAt"] <= now + 5000, "REJ_NOT_YET")

        message, digest, author = self.message(value["message"], now)
        need(digest == dispatch["messageDigest"], "REJ_MESSAGE_DIGEST")
        need(message["platform"] == platform, "REJ_LINEAGE")
        # This terminal sounds ordinary orders only; section 9 says what it would have to check for the other two.
        need(dispatch["resumes"] is None, "REJ_RESUME")
        need(dispatch["targets"]["heard"] is None and message["corrects"] is None and "original" not in value, "REJ_CORRECTION")
        need(dispatch["consent"] is None and "consent" not in value, "REJ_CONSENT")
        charter = self.value("charter", platform)
        approvers = self.approved(value["approvals"], dispatch, message, digest, author, charter, now)
        self.bounds(dispatch, message)
        age = None if memory["beaconAt"] is None else now - memory["beaconAt"]
        need(age is not None and age < 30 * DAY and (age < DAY or message["class"] in ("emergency", "advisory")), "REJ_TIME_STALE")
        need(message["mode"] != "test", "REJ_MODE_TEST")
        need((message["drill"] or {}).get("kind") != "platform", "REJ_CEILING")
        past = memory["journal"].get(digest)
        need(past is None or past["state"] != "stopped", "REJ_STOPPED")
        need(past is None or (past["state"] == "interrupted" and past["dispatches"] < 2), "REJ_COMPLETED")
        need(not any(self.reaches(stop, digest, message, charter) for stop in memory["stops"].values()), "REJ_STOPPED")

        chain = {area["id"]: area["parent"] for area in mine["areas"]}
        tops = [area["id"] for area in charter["areas"] if area["id"] in chain]
        for targets, code in ((dispatch["targets"], "REJ_NOT_TARGETED"), (message["targets"], "REJ_TARGETS_EXCEED")):
            need(mine["terminal"] in targets["terminals"] or set(targets["areas"]) & set(chain), code)
        for targets in (dispatch["targets"], message["targets"]):
            need(tops and all(any(within(chain, area, top) for top in tops) for area in targets["areas"] if area in chain), "REJ_AREA")
        keys = [signer.key["keyId"], author.key["keyId"]] + approvers
        aloud = message["drill"] is None or message["drill"]["kind"] == "terminal"
        start, repetition = joining(message, dispatch, now)
        order = Order(dispatch, message, digest, env.digest, charter, keys, aloud, start, repetition, value)
        need(not any(self.shut_out(one, order, now) for one in memory["isolations"].values()), Unheard("ISOLATED", order))
        need(now < dispatch["notAfter"], Unheard("EXPIRED", order))
        need(not (aloud and self.quiet(message, start)), Unheard("QUIET_HOURS", order))
        return order

    def message(self, value, now):
        env = opened(value, "message")
        signers = self.attest(env, "person")
        message = payload(env, "message")
        need((message["mode"] == "drill") == (message["drill"] is not None) and not (message["corrects"] and message["corrections"]), "REJ_SCHEMA")
        author, kind = self.at(signers, message["platform"]), message["class"]
        charter, roster = self.value("charter", message["platform"]), self.value("roster", message["platform"])
        grace, root = self.root.value["graceDays"] * DAY if kind == "emergency" else 0, self.root.value
        need(now < (min(charter["expiresAt"], root["expiresAt"]) if charter["parent"] is None else charter["expiresAt"]) + grace, "REJ_CHARTER_EXPIRED")
        need(now < roster["expiresAt"] + grace, "REJ_ROSTER_EXPIRED")
        need(author.person["id"] == message["author"] and "author" in author.person["roles"], "REJ_AUTHOR")
        unit = next((one for one in roster["units"] if one["id"] == message["unit"] == author.person["unit"]), None)
        need(unit and (not unit["classes"] or kind in unit["classes"]), "REJ_UNIT")
        _rank, tiers, first, hours, _quiet = CLASSES[kind]
        ceilings, first = charter["ceilings"], "chime" if message["corrects"] else first
        need(charter["tier"] in tiers and kind in ceilings["classes"] and message["severity"] in ceilings["severities"] and message["mode"] in ceilings["modes"], "REJ_CEILING")
        opens = (["speech"] if message["mode"] == "drill" else []) + ([first] if first else [])
        need(opens == [segment["role"] for segment in message["body"]["segments"][:len(opens)]], "REJ_CEILING")
        need(0 < message["notAfter"] - message["notBefore"] <= hours * 3_600_000 and message["notAfter"] <= message["issuedAt"] + 9 * DAY, "REJ_WINDOW")
        need(message["issuedAt"] <= now + 5000, "REJ_NOT_YET")
        need(message["targets"]["areas"] or message["targets"]["terminals"], "REJ_SCHEMA")
        known = self.areas()
        need(all(any(within(known, area, top["id"]) for top in charter["areas"]) for area in message["targets"]["areas"] if area in known), "REJ_AREA")
        return message, env.digest, author

    def approved(self, values, dispatch, message, digest, author, charter, now):
        roster = self.value("roster", message["platform"])
        size = len(message["targets"]["areas"]) + len(message["targets"]["terminals"])
        rule = next((rule for rule in roster["policy"]["rules"] if message["class"] in rule["classes"] and message["severity"] in (rule["severities"] or SEVERITIES)
                     and message["mode"] in rule["modes"] and charter["tier"] in (rule["tiers"] or TIERS) and size >= rule["minAreas"]), None)
        given = []
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
            given.append((step["order"], approval, env.digest, signer))
        need(dispatch["approvals"] == sorted({one[2] for one in given}) and len(given) == len(dispatch["approvals"]), "REJ_APPROVAL_DIGEST")
        need(all(one[1]["decision"] == "approve" for one in given), "REJ_APPROVAL_DECISION")
        need(rule, "REJ_POLICY")
        signed = {step["name"]: [] for step in rule["steps"]}
        filled = lambda step: len(signed[step["name"]]) >= step["count"]
        for order, approval, _digest, _signer in sorted(given, key=lambda one: one[0]):
            step = next(step for step in rule["steps"] if step["name"] == approval["step"])
            need(approval["person"] not in sum(signed.values(), []), "REJ_APPROVER_REPEATED")
            need(not filled(step) and all(filled(one) or one["mayFollowAir"] for one in rule["steps"] if one["order"] < order), "REJ_APPROVAL_STEP")
            signed[step["name"]].append(approval["person"])
        need(all(filled(step) or step["mayFollowAir"] for step in rule["steps"]), "REJ_APPROVAL_MISSING")
        need(len(given) >= (1 if message["mode"] == "test" else least(charter, message["class"])), "REJ_APPROVAL_MISSING")
        safe = [one[3].key["alg"] == "ed25519" for one in given]
        need({"none": True, "one": any(safe), "all": all(safe) and author.key["alg"] == "ed25519"}[rule["verification"]], "REJ_VERIFICATION")
        return [one[3].key["keyId"] for one in given]

    def bounds(self, dispatch, message):
        need(message["notBefore"] <= dispatch["notBefore"] < dispatch["notAfter"] <= message["notAfter"], "REJ_WINDOW")
        need(dispatch["notBefore"] <= dispatch["startAt"] < dispatch["notAfter"], "REJ_WINDOW")
        inner, outer = dispatch["targets"], message["targets"]
        need(set(inner["areas"]) <= set(outer["areas"]) and (outer["areas"] or set(inner["terminals"]) <= set(outer["terminals"])), "REJ_TARGETS_EXCEED")
        need(dispatch["maxDurationMs"] <= message["repeats"] * body_ms(message) + (message["repeats"] - 1) * message["gapMs"] + 2000, "REJ_DURATION")
        need(dispatch["repeats"] <= message["repeats"], "REJ_REPEATS")

    def note(self, order):
        """Step 14: the caller writes `memory` to disk before anything sounds."""
        dispatch, key = order.dispatch, order.keys[0]
        floor = self.memory["seqs"].get(key, {"epoch": 0, "highest": 0, "used": []})
        highest = max(floor["highest"], dispatch["seq"])
        self.memory["seqs"][key] = {"epoch": max(floor["epoch"], dispatch["epoch"]), "highest": highest, "used": [one for one in floor["used"] + [dispatch["seq"]] if one > highest - 1024]}
        self.see(order)
        past = self.memory["journal"].get(order.digest, {"dispatches": 0})
        self.memory["journal"][order.digest] = {"state": "accepted", "repetition": 0, "dispatches": past["dispatches"] + 1, "platform": dispatch["platform"],
                                                "dispatchId": dispatch["dispatchId"], "until": order.message["notAfter"] + DAY}

    def see(self, order):
        dispatch = order.dispatch
        self.memory["seen"][dispatch["dispatchId"]] = {"digest": order.dispatch_digest, "notAfter": dispatch["notAfter"], "until": order.message["notAfter"] + DAY}

    # ---- Hours and volume (sections 9 and 11)

    def bands(self, word, at):
        minute = (at // 60_000 + 480) % 1440
        rows = [row for above in self.lineage(self.assignment["platform"]) for row in self.value("roster", above)[word]]
        return [row for row in rows if (row["fromMinute"] <= minute < row["toMinute"] if row["fromMinute"] < row["toMinute"] else not row["toMinute"] <= minute < row["fromMinute"])]

    def quiet(self, message, at):
        return CLASSES[message["class"]][4] and bool(self.bands("quietHours", at))

    def gain_db(self, message, at):
        hours = [row["volume"] for row in self.bands("volumeHours", at) if message["class"] in row["classes"] and message["class"] != "emergency"]
        return min(VOLUME_DB[band] for band in [message["volume"], self.assignment["maxVolume"]] + hours)

    # ---- Stops and isolation (section 12): None when it means nothing here

    def stop(self, value, now):
        env = opened(value, "stop")
        signers = self.attest(env, "dispatcher", "person")
        stop = payload(env, "stop")
        own = [holder for holder in signers if holder.platform == stop["platform"]]
        holder = next((one for one in own if one.use == "dispatcher" or "stopper" in one.person["roles"]), None)
        need(holder, "REJ_KEY_USAGE")
        need(not self.revocations(stop["platform"], holder.key["keyId"]), "REJ_KEY_REVOKED")
        if not self.stands_in(stop):
            return None
        issued = stop["issuedAt"] if now is None else min(stop["issuedAt"], now + 5000)
        kept = {**stop, "issuedAt": issued, "tier": self.value("charter", stop["platform"])["tier"], "until": issued + 10 * DAY}
        return self.memory["stops"].setdefault(stop["stopId"], kept)

    def stands_in(self, act):
        chain = {area["id"]: area["parent"] for area in self.assignment["areas"]} if self.assignment else {}
        known = {**self.areas(), **chain}
        need(act["area"] not in known or any(within(known, act["area"], top["id"]) for top in self.value("charter", act["platform"])["areas"]), "REJ_AREA")
        return act["area"] in chain

    @staticmethod
    def reaches(stop, digest, message, charter):
        named = digest in stop["scope"]["messages"] if stop["scope"]["kind"] == "messages" else message["issuedAt"] <= stop["issuedAt"]
        return named and TIERS[charter["tier"]] <= TIERS[stop["tier"]]

    def isolate(self, value, now):
        env = opened(value, "isolate")
        signers = self.attest(env, "officer", one=False)
        act = payload(env, "isolate")
        charter = self.value("charter", act["platform"])
        need(charter, "REJ_LINEAGE")
        self.officers_fault(signers, act["platform"], act["issuedAt"])
        need(0 < act["notAfter"] - act["issuedAt"] <= 3_600_000, "REJ_WINDOW")
        need(now is not None, "REJ_TIME_UNKNOWN")
        need(act["issuedAt"] <= now + 300_000, "REJ_NOT_YET")
        need(now < act["notAfter"], "REJ_EXPIRED")
        need(now < charter["expiresAt"], "REJ_CHARTER_EXPIRED")
        if not self.stands_in(act):
            return None
        return self.memory["isolations"].setdefault(act["isolateId"], {"notAfter": act["notAfter"], "tier": charter["tier"], "except": self.root.value["alwaysSounds"]})

    @staticmethod
    def shut_out(isolation, order, now):
        return now < isolation["notAfter"] and TIERS[order.charter["tier"]] > TIERS[isolation["tier"]] and order.message["class"] not in isolation["except"]


class Unheard(str):
    """Genuine, but it will not sound: a reason of section 13, and the order that the receipt is about."""
    def __new__(cls, reason, order):
        made = super().__new__(cls, reason)
        made.order = order
        return made


def body_ms(message):
    return sum(segment["durationMs"] for segment in message["body"]["segments"])


def joining(message, dispatch, now):
    """Start and number of the first repetition that this terminal can still keep; after the last one, once alone."""
    for repetition in range(1, dispatch["repeats"] + 1):
        start = dispatch["startAt"] + (repetition - 1) * (body_ms(message) + message["gapMs"])
        if now - 400 <= start and max(now, start) < dispatch["notAfter"]:  # so little late it still begins at once
            return start, repetition
    return now, dispatch["repeats"]
