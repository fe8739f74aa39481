#!/usr/bin/env python3
"""A second verifier of Clarion's exported audit, written from docs/audit.md: same file, same verdict.

    python3 verify.py EXPORT [--root ROOT_FILE or its digest] [--witness FILE]... [--disregard TERMINAL]...

Prints one JSON object, {"ok":true,...} or the first fault with its place, and exits 0 or 4. Needs Python 3.9 and the
package cryptography; talks to no server and believes nothing that is not signed, counted or named by what was signed.
"""
import argparse
import json
import re
import sys
from types import SimpleNamespace

from documents import Documents, persons, revocations_in
from shapes import fits
from signatures import Envelope, opened, ref_in, sound_key
from texts import canonical, lines_of, read, sha256, strict, unbase64

MINUTE = 60_000
COUNTED = "documents devices logs leaves heads messages approvals dispatches consents stops isolates restrictions permits assignments records details witnesses".split()

class Fault(Exception):
    def __init__(self, code, seq=None, through=None, line=None, log=None):
        super().__init__(code)
        self.code, self.seq, self.through, self.line, self.log = code, seq, seq if through is None else through, line, log

def need(holds, *fault, **place):
    if not holds:
        raise Fault(*fault, **place)

# ---- Lines (section 1 of docs/audit.md)

NEXT = ["leaf", "log", "end"]
FOLLOWS = {
    None: ["export"], "export": ["document"], "document": ["document", "device", "log", "end"], "device": ["device", "log", "end"], "log": NEXT, "head": NEXT,
    "leaf": ["signed", "detail", "head"] + NEXT, "signed": ["signed", "detail", "head"] + NEXT, "detail": ["detail", "head"] + NEXT, "end": [],
}

# ---- Who could sign (section 5)

def above(documents, platform):
    """The platforms above this one, its parent first, as their newest charters say."""
    found, at = [], platform
    while at is not None and at not in found:
        found += [at] if at != platform else []
        charter = next((one["value"] for one in reversed(list(documents.known.values())) if (one["word"], one["platform"]) == ("charter", at)), {})
        at = charter.get("parent")
    return found

class Standing:
    """Who may sign for a platform at a place of its own log (section 5)."""

    def __init__(self, documents, platform, accepted):
        self.documents, self.revoked_at = documents, {}
        for upper in above(documents, platform):  # revoked by a platform above, whose log was read before
            for digest, one in documents.known.items():
                if one["platform"] == upper and digest in accepted:
                    self.revoke(one, accepted[digest])
        own = sorted((one for one in documents.known.values() if one["platform"] == platform), key=lambda one: one["version"])
        self.all = {word: [one for one in own if one["word"] == word] for word in ("charter", "roster")}
        self.state = {word: (None, None, 0) for word in self.all}  # in force, the one before, since when

    def accept(self, digest, at):
        document = self.documents.known.get(digest)
        if document and document["word"] in self.state:
            self.state[document["word"]] = (document, self.state[document["word"]][0], at)
        if document:
            self.revoke(document, at)
        return document is not None

    def revoke(self, document, at):
        for entry in revocations_in(document["value"]):
            self.revoked_at[entry["keyId"]] = min(at, self.revoked_at.get(entry["keyId"], at))

    def at(self, word, at):
        current, before, since = self.state[word]
        later = next((one for one in self.all[word] if one["version"] > (current["version"] if current else 0)), None)
        some = [current, before if at <= since + MINUTE else None, later if later and later["value"]["issuedAt"] <= at else None]
        return [one["value"] for one in some if one]

    def good(self, keys, at):
        return [key for key in keys if at <= self.revoked_at.get(key["keyId"], at) + MINUTE]

    def server(self, name, at):
        return self.good([roster[name] for roster in self.at("roster", at)], at)

    def person(self, name, role, at):
        people = [one for roster in self.at("roster", at) for one in roster["persons"] if name in (None, one["id"]) and (role is None or role in one["roles"])]
        return self.good([key for one in people for key in one["keys"]], at)

    def lists(self, permit, at):
        return any(permit in roster.get("permits", []) for roster in self.at("roster", at))

    def by_officers(self, env, at, least=None):
        return any(len(persons(charter, env.by(self.good([one["key"] for one in charter["officers"]], at)))) >= (least or charter["threshold"])
                   for charter in self.at("charter", at))

# ---- One log: leaves, heads, and what was signed behind each leaf (sections 4 to 6)

WORDS = {"approval.signed": "approval", "approval.returned": "approval", "dispatch.placed": "dispatch", "consent.correct": "consent",
         "consent.resume": "consent", "stop.placed": "stop", "stop.imported": "stop", "isolate.placed": "isolate", "restriction.placed": "restriction", "permit.used": "permit",
         "approval.late": "approval"}

def string(fact):
    """A fact that should be a string; '' names nothing."""
    return fact if type(fact) is str else ""

def record_name(terminal, counter):
    """A receipt or event of a terminal by its own counter; '' of none."""
    return f"{terminal} {counter}" if type(terminal) is str and type(counter) is int else ""

def named(body):
    """(word, name, digest) of the signed bytes that follow a leaf, in their order."""
    facts, kind = body["facts"], body["kind"]
    if kind == "message.submitted":
        some = facts.get("corrections") if type(facts.get("corrections")) is list else []
        return [("message", one, one) for one in [string(facts.get("digest"))] + [one for one in some if type(one) is str]]
    if kind == "receipts.taken":
        groups = [one for one in facts["records"] if type(one) is list and one] if type(facts.get("records")) is list else []
        return [("record", record_name(group[0], counter), None) for group in groups for counter in group[1:]]
    if kind == "assignment.accepted":
        return [("assignment", "", body["subject"])]
    return [(WORDS[kind], "", string(facts.get(WORDS[kind])))] if kind in WORDS else []

class Log:
    def __init__(self, platform, size, documents, devices, outside, accepted):
        self.platform, self.declared, self.devices, self.outside, self.standing = platform, size, devices, outside, Standing(documents, platform, accepted)
        self.size, self.peaks, self.ids, self.roots, self.agreed, self.head_size, self.head_at = 0, [], set(), {}, {0}, 0, -MINUTE
        self.body, self.line, self.due, self.taken = None, 0, [], []
        self.authors, self.corrections, self.unsounded, self.approvals, self.consents, self.placed = {}, set(), set(), {}, set(), []
        self.clerks, self.under = {}, {}

    def root(self):
        """RFC 6962 2.1: the whole subtrees, folded from the right."""
        root = self.peaks[-1][1] if self.peaks else sha256()
        for _height, peak in self.peaks[-2::-1]:
            root = sha256(b"\1", peak, root)
        return root.hex()

    def leaf(self, line, number):
        seq, at, made, body = line["seq"], self.size, sha256(b"\0", line["body"].encode()), read(line["body"])
        need(seq <= at, "LEAF_MISSING", at, seq - 1)
        need(seq == at, "LEAF_REPEATED", seq)
        need(made.hex() == line["hash"], "LEAF_CHANGED", at)
        need(fits("leaf-body", body), "LINE_MALFORMED", at)
        need(body["platform"] == self.platform, "LEAF_FOREIGN", at)
        need(body["id"] not in self.ids, "LEAF_REPEATED", at)
        self.ids.add(body["id"])
        need(self.outside.leaves.get((self.platform, at), line["hash"]) == line["hash"], "WITNESS_DIFFERS", at)
        height, self.size = 0, at + 1
        while self.peaks and self.peaks[-1][0] == height:
            height, made = height + 1, sha256(b"\1", self.peaks.pop()[1], made)
        self.peaks.append((height, made))
        if (self.platform, self.size) in self.outside.heads:
            self.agree(self.size, self.outside.heads[self.platform, self.size] == self.root())
        self.body, self.line, self.due, self.taken = body, number, named(body), []

    def head(self, shape):
        env, since, last = opened(shape), self.head_size, max(self.size - 1, self.head_size)
        head = env.value if env and env.word == "head" and fits("head", env.value) else {}
        need(head.get("platform") == self.platform and len(env.signatures) == 1 and env.by(self.standing.server("logKey", head["at"])), "HEAD_REFUSED", since, last)
        need((head["treeSize"], head["rootHash"]) == (self.size, self.root()), "HEAD_DIFFERS", since, max(last, head["treeSize"] - 1))
        need(head["at"] >= self.head_at + MINUTE, "HEAD_TIME", since, last)
        self.head_size, self.head_at, self.roots[self.size] = self.size, head["at"], head["rootHash"]

    def witness(self, ref):
        need(ref["treeSize"] <= self.size, "LOG_CUT", self.size, ref["treeSize"] - 1)
        self.agree(ref["treeSize"], ref["treeSize"] == 0 or self.roots.get(ref["treeSize"]) == ref["rootHash"])

    def agree(self, size, holds):
        """Somewhere between the last root that a witness confirms and this one."""
        need(holds, "WITNESS_DIFFERS", max([one for one in self.agreed if one < size] or [0]), size - 1)
        self.agreed.add(size)

    def complete(self):
        """The last leaf has everything that it names."""
        need(len(self.taken) >= len(self.due), "SIGNED_MISSING", self.size - 1, line=self.line)
        whole = sha256("\n".join(self.taken).encode()).hex()
        need(not self.due or self.body["kind"] != "receipts.taken" or whole == self.body["facts"].get("digest"), "SIGNED_DIFFERS", self.size - 1, line=self.line)

    def end(self):
        need(self.size == self.declared, "LEAF_MISSING", self.size, max(self.size, self.declared - 1))
        need(self.head_size == self.size, "LEAF_UNSIGNED", self.head_size, self.size - 1)
        need(self.outside.size(self.platform) <= self.size, "LOG_CUT", self.size, self.outside.size(self.platform) - 1)
        for line, seq, dispatch in self.placed:
            need(self.founded(dispatch["messageDigest"], dispatch), "DISPATCH_UNFOUNDED", seq, line=line)

    def founded(self, message, dispatch):
        """A dispatch stands on a message and on approvals, a consent or its author's permit of this log."""
        approvals, consent, permit, correction = dispatch["approvals"], dispatch["consent"], dispatch.get("permit"), message in self.corrections
        permitted = permit == self.under.get(message) and (permit is None or (not approvals and self.clerks.get(permit) == self.authors.get(message)))
        enough = correction or message in self.unsounded or approvals or permit is not None
        consented = consent in self.consents if consent is not None else not correction and dispatch["resumes"] is None
        return bool((correction or message in self.authors) and enough and permitted and consented and all(self.approvals.get(one) == (message, "approve") for one in approvals))

    def signed(self, shape):
        """The next signed bytes that the leaf names, and how they are counted."""
        at = self.size - 1
        need(len(self.taken) < len(self.due), "LINE_MALFORMED", at)
        (word, name, digest), env = self.due[len(self.taken)], opened(shape)
        need(env, "SIGNED_REFUSED", at)
        need(digest == env.digest if digest is not None else record_name(env.says("terminal"), env.says("counter")) == name, "SIGNED_DIFFERS", at)
        need(self.genuine(word, env, env.value, self.body["at"], self.body["facts"]), "SIGNED_REFUSED", at)
        self.taken.append(env.digest)
        return env, "dispatches" if word == "dispatch" else word + "s"

    def genuine(self, word, env, value, at, facts):
        """Signed by somebody who could at this place of the log, and as the leaf says (section 5)."""
        person, server = self.standing.person, self.standing.server
        if word == "record":
            return env.word in ("receipt", "event") and fits(env.word, value) and len(env.signatures) == 1 and env.by(self.devices.keys.get(value["terminal"], []))
        if env.word != word or not fits(word, value) or value["platform"] != self.platform:
            return False
        if word == "message":
            own = facts.get("digest") == env.digest
            self.authors.update({env.digest: value["author"]} if own else {})
            self.corrections.update([] if own else [env.digest])
            self.unsounded.update([env.digest] if value["mode"] == "test" else [])
            self.under.update({env.digest: value["permit"]} if "permit" in value else {})
            return env.by(person(value["author"], "author", at)) and (not own or facts.get("author") == value["author"])
        if word == "approval":
            who, digest = value["person"], value["messageDigest"]
            self.approvals[env.digest] = (digest, value["decision"])
            named_so = self.authors.get(digest, who) != who and value["displayedDigest"] == digest and (facts.get("messageDigest"), facts.get("person")) == (digest, who)
            return named_so and env.by(person(who, None, at))
        if word == "dispatch":
            self.placed.append((self.line, self.size - 1, value))
            return facts.get("messageDigest") == value["messageDigest"] and env.by(server("dispatcher", at))
        if word == "consent":
            self.consents.add(env.digest)
            return env.by(person(value["person"], "stopper", at))
        if word == "stop" or (word == "restriction" and value["kind"] == "posture"):
            return env.by(server("dispatcher", at) + (person(None, "stopper", at) if word == "stop" else []))
        if word == "permit":
            self.clerks[env.digest] = value["clerk"]
            return facts.get("clerk") == value["clerk"] and self.standing.lists(env.digest, at)  # the officers' list names these very bytes
        if word == "assignment":
            self.devices.named.update((one["terminal"], one["deviceKeyId"]) for one in value["terminals"])
        return self.standing.by_officers(env, at, 1 if word == "assignment" else None)

# ---- Witnesses, and the file as a whole (sections 1, 6 and 7)

class Witnesses:
    def __init__(self):
        self.heads, self.leaves = {}, {}

    def take(self, text):
        """A line of an earlier export or an envelope; what is neither says nothing."""
        value = strict(text.encode())
        line = value if fits("export-line", value) else {}
        body = read(line["body"]) if line.get("line") == "leaf" else None
        if fits("leaf-body", body):
            self.leaves[body["platform"], line["seq"]] = sha256(b"\0", line["body"].encode()).hex()
        ref = ref_in(opened(line.get("envelope", value)))
        if ref:
            self.heads[ref["platform"], ref["treeSize"]] = ref["rootHash"]

    def size(self, platform):
        return max([size for one, size in self.heads if one == platform] + [seq + 1 for one, seq in self.leaves if one == platform] + [0])

class Verifier:
    def __init__(self, root=None, outside=None, disregard=()):
        self.root, self.disregard, self.outside, self.documents, self.devices, self.counts = root, disregard, outside or Witnesses(), Documents(), SimpleNamespace(keys={}, brought=[], named=set()), dict.fromkeys(COUNTED, 0)
        self.platforms, self.finished, self.waiting, self.accepted, self.log, self.before, self.number = [], {}, {}, {}, None, None, 0

    def verdict(self, lines):
        try:
            for text in lines:
                self.number += 1
                self.take(read(text))
            need(self.before == "end", "FILE_CUT", line=max(self.number, 1))
        except Fault as fault:
            log = fault.log if fault.log is not None else self.log.platform if self.log and fault.seq is not None else None
            return {"ok": False, "code": fault.code, "line": fault.line or self.number, "platform": log, "seq": fault.seq, "through": fault.through}
        return {"ok": True, "root": self.documents.first, "demo": self.documents.root["demo"], "counts": self.counts}

    def take(self, line):
        need(fits("export-line", line) and line["line"] in FOLLOWS[self.before], "LINE_MALFORMED")
        word = line["line"]
        if self.before == "document" and word != "document":
            need(self.root is None or self.documents.known.get(self.root, {}).get("word") == "root", "ROOT_FOREIGN", line=2)
        if self.log and word not in ("signed", "detail"):
            if self.before != "head":
                self.log.complete()
            if word in ("log", "end"):
                self.log.end()
                for ref, number in self.waiting.get(self.log.platform, []):
                    self.witnessed(self.log, ref, number)
                self.finished[self.log.platform], self.log = self.log, None
        if word + "s" in ("documents", "devices", "logs", "heads"):
            self.counts[word + "s"] += 1
        self.judge(word, line)
        self.before = word

    def judge(self, word, line):
        if word == "export":
            self.platforms = line["platforms"]
        elif word == "document":
            need(self.documents.take(line["envelope"], self.number), "DOCUMENT_REFUSED")
        elif word == "device":
            need(sound_key(line["key"]), "DEVICE_REFUSED")
            self.devices.keys.setdefault(line["terminal"], []).append(line["key"])
            self.devices.brought.append((self.number, (line["terminal"], line["key"]["keyId"])))
        elif word == "log":
            need(self.platforms[len(self.finished):][:1] == [line["platform"]], "LINE_MALFORMED")
            waits = [one for one in above(self.documents, line["platform"]) if one in self.platforms and one not in self.finished]
            need(not waits, "LINE_MALFORMED")
            self.log = Log(line["platform"], line["size"], self.documents, self.devices, self.outside, self.accepted)
        elif word == "leaf":
            self.leaf(line)
        elif word == "signed":
            self.signed(line["envelope"])
        elif word == "detail":
            stated, salt = self.log.body.get("details", {}).get(line["field"]), unbase64(line["salt"])
            need(stated is not None and salt is not None, "LINE_MALFORMED", self.log.size - 1)
            self.counts["details"] += 1
            need(sha256(salt, line["value"].encode()).hex() == stated, "DETAIL_DIFFERS", self.log.size - 1)
        elif word == "head":
            self.log.head(line["envelope"])
        else:
            need(line["lines"] == self.number - 1 and len(self.finished) == len(self.platforms), "FILE_CUT")
            for digest, document in self.documents.known.items():
                need(document["platform"] not in self.finished or digest in self.accepted, "DOCUMENT_UNNAMED", line=document["line"])
            for number, name in self.devices.brought:
                need(name in self.devices.named, "DEVICE_UNNAMED", line=number)

    def witnessed(self, log, ref, number):
        self.counts["witnesses"] += 1
        try:
            log.witness(ref)
        except Fault as fault:
            fault.line, fault.log = number, log.platform
            raise

    def leaf(self, line):
        self.log.leaf(line, self.number)
        self.counts["leaves"] += 1
        body, digest = self.log.body, self.log.body["facts"].get("digest")
        if body["kind"] == "terminal.enrolled":
            self.devices.named.add((body["subject"], string(body["facts"].get("keyId"))))
        if re.fullmatch(r"(root|charter|roster|revocation)\.accepted", body["kind"]):
            self.accepted.setdefault(string(digest), body["at"])
            need(self.log.standing.accept(string(digest), body["at"]), "SIGNED_MISSING", self.log.size - 1)

    def signed(self, shape):
        env, counted = self.log.signed(shape)
        self.counts[counted] += 1
        ref = None if string(env.says("terminal")) in self.disregard else ref_in(env)
        log = ref and (self.log if ref["platform"] == self.log.platform else self.finished.get(ref["platform"]))
        if log:
            self.witnessed(log, ref, self.number)
        elif ref:
            self.waiting.setdefault(ref["platform"], []).append((ref, self.number))

def main():
    words = argparse.ArgumentParser(description="Verifies an exported audit of Clarion.")
    words.add_argument("export")
    words.add_argument("--root", help="digest of the root document, or a file with its envelope")
    for name in ("--witness", "--disregard"):
        words.add_argument(name, action="append", default=[], help="docs/audit.md section 6")
    given, outside = words.parse_args(), Witnesses()
    try:
        root = given.root if not given.root or re.fullmatch("[0-9a-f]{64}", given.root) else Envelope(json.loads("".join(lines_of(given.root)))).digest
    except (OSError, ValueError):
        words.error(f"{given.root} is no root document")
    try:
        for path in given.witness:
            for text in lines_of(path):
                outside.take(text)
        verdict = Verifier(root, outside, given.disregard).verdict(lines_of(given.export))
    except OSError as unread:
        words.error(str(unread))
    print(canonical(verdict))
    return 0 if verdict["ok"] else 4

if __name__ == "__main__":
    sys.exit(main())
