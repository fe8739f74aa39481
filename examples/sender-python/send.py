#!/usr/bin/env python3
"""A source that writes messages by itself, for example a rain gauge: signs in, asks the platform to put a message
together, checks that the bytes say what was asked and nothing else, the corrections among them, shows what the platform
chose by itself (sounds, readings, window), signs with its own key and submits. People approve it.

    ./clarion key pem KEY_FILE --out author.pem
    python3 send.py --account ACCOUNT --password-file FILE --key author.pem --area AREA --title TITLE --text TEXT

Needs Python 3.9 and the package `cryptography`. Exit: 0 submitted, 4 refused, 5 not reachable.
"""
import argparse
import base64
import hashlib
import json
import pathlib
import sys
import urllib.error
import urllib.request
import uuid

from cryptography.hazmat.primitives import serialization


def pae(kind: str, payload: bytes) -> bytes:
    """DSSE 1.0 pre-authentication encoding: what is really signed."""
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


class Key:
    def __init__(self, pem: bytes):
        self.private = serialization.load_pem_private_key(pem, password=None)
        spki = self.private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.key_id = hashlib.sha256(b"ed25519" + spki).hexdigest()

    def sign(self, payload: bytes) -> dict:
        kind = "application/vnd.clarion.message.v1+json"
        signature = self.private.sign(pae(kind, payload))
        return {
            "payloadType": kind,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [{"keyid": self.key_id, "sig": base64.b64encode(signature).decode()}],
        }


class Platform:
    def __init__(self, url: str):
        self.url, self.token = url, None

    def post(self, path: str, body: dict) -> dict:
        # The same Idempotency-Key sent twice gives one message, so a sender may repeat what it got no answer to.
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


def strictly(payload: bytes):
    """JSON in which no name stands twice: two readers must not read two things in the same signed bytes."""
    def once(pairs):
        read = dict(pairs)
        if len(read) < len(pairs):
            raise ValueError("a name stands twice in the bytes to be signed")
        return read
    return json.loads(payload.decode("utf-8"), object_pairs_hook=once)


def written(value) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


# What the platform may choose, for it was not asked for. It is shown before it is signed. In a correction also:
CHOSEN = ("id", "unit", "readings", "body", "notBefore", "notAfter", "volume", "whenPreempted", "issuedAt", "corrections")
CHOSEN_IN_CORRECTIONS = ("id", "readings", "body", "notAfter")
OPENINGS = {"emergency": ["siren", "speech"]}  # a siren and the standing words after it; a chime for every other class
TAKEN_BACK = {  # how the platform takes a warning back: title, and text with the title in it or, where no voice can read that, without
    "correction": ("更正：", ("刚才播出的%s是误发，请不要恐慌。", "广播")),
    "all-clear": ("解除：", ("%s已经解除。", "刚才的警报")),
}
TITLE_LENGTH = 60


def faults(what: str, expected: dict, said: dict, chosen: tuple, opening: list) -> list:
    """In which fields of `said` something else stands than expected; what nobody knows is as bad as what is missing."""
    wrong = ["%s: %s" % (what, name) for name in sorted(expected.keys() | said.keys())
             if name not in chosen and written(expected.get(name, "missing")) != written(said.get(name, "missing"))]
    wrong += ["%s: %s is missing" % (what, name) for name in chosen if name not in said]
    if not wrong and [segment["role"] for segment in said["body"]["segments"]] != opening + ["speech"]:
        wrong.append("%s: sounds other than the opening and the spoken text" % what)
    return wrong


def read_draft(asked: dict, session: dict, draft: dict) -> tuple:
    """Everything that will be signed, read from its very bytes, and what in it is not what was asked for. What is said in
    the recording nobody can read here: its digest is shown, and the people who approve it listen to it."""
    parts = [draft] + draft["corrections"]
    payloads = [base64.b64decode(part["payload"], validate=True) for part in parts]
    message, *corrections = said = [strictly(payload) for payload in payloads]
    title = asked["title"]
    text = {"language": "zh-CN", "title": title, "text": asked["text"]}
    expected = {
        **{name: asked[name] for name in ("class", "severity", "mode", "eventType", "repeats", "gapMs")},
        "platform": session["platform"], "author": session["person"], "texts": [text], "targets": {**asked["targets"], "terminals": []},
        "drill": None, "sourceUnit": None, "sourceRef": None, "replaces": None, "corrects": None,
    }
    wrong = faults("message", expected, message, CHOSEN, OPENINGS.get(asked["class"], ["chime"]))
    if any(written(one) != written(part["message"]) for one, part in zip(said, parts)):
        wrong.append("the bytes say something else than the answer that came with them")
    named = [(one.get("corrects"), hashlib.sha256(payload).hexdigest()) for one, payload in zip(corrections, payloads[1:])]
    if [(one["kind"], one["digest"]) for one in message.get("corrections", [])] != named:
        wrong.append("message: corrections other than those that came with it")
    if [kind for kind, _ in named] != (list(TAKEN_BACK) if asked["class"] in ("emergency", "advisory") else []):
        return said, payloads, wrong + ["not the corrections that this class has"]
    for (kind, _), one in zip(named, corrections):
        mark, (sentence, without) = TAKEN_BACK[kind]
        texts = [[{"language": "zh-CN", "title": (mark + title)[:TITLE_LENGTH], "text": sentence % what}] for what in (title, without)]
        expected = {**message, "texts": one.get("texts") if one.get("texts") in texts else texts[0], "repeats": 2, "gapMs": 1000,
                    "whenPreempted": "resume", "corrects": kind, "corrections": []}
        wrong += faults(kind, expected, one, CHOSEN_IN_CORRECTIONS, ["chime"])
    return said, payloads, wrong


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--url", default="http://localhost:8080")
    for name in ("account", "password-file", "key", "area", "title", "text"):
        options.add_argument("--" + name, required=True)
    options.add_argument("--class", dest="kind", default="notice")
    options.add_argument("--severity", default="none")
    options.add_argument("--event-type", default="notice")
    asked_for = options.parse_args()
    if not asked_for.url.startswith(("http://", "https://")):
        options.error("--url is no address such as http://localhost:8080")

    key = Key(pathlib.Path(asked_for.key).read_bytes())
    platform = Platform(asked_for.url)
    password = pathlib.Path(asked_for.password_file).read_text().strip()
    asked = {
        "class": asked_for.kind, "severity": asked_for.severity, "mode": "actual", "eventType": asked_for.event_type,
        "title": asked_for.title.strip(), "text": asked_for.text.strip(), "repeats": 2, "gapMs": 1000,
        "targets": {"areas": [asked_for.area]},  # its id: what a code stands for would be the platform's word
        "speech": {},  # the platform speaks the text; the audio's digest stands in the bytes that are signed
    }
    try:
        session = platform.post("/api/session", {"account": asked_for.account, "password": password})
        platform.token = session["token"]
        draft = platform.post("/api/messages/draft", asked)
        said, payloads, wrong = read_draft(asked, session, draft)
        if wrong:
            print("the platform's bytes do not say what was asked for; nothing was signed:", *wrong, sep="\n  ", file=sys.stderr)
            return 4
        for one in said:
            print(json.dumps({"signing": one["corrects"] or "message", "texts": one["texts"], "readings": one["readings"],
                              "sounds": one["body"]["segments"], "unit": one["unit"], "volume": one["volume"],
                              "notBefore": one["notBefore"], "notAfter": one["notAfter"]}, ensure_ascii=False), file=sys.stderr)
        signed = [key.sign(payload) for payload in payloads]
        message = platform.post("/api/messages", {"message": signed[0], "corrections": signed[1:]})
        answer = {"id": message["id"], "state": message["state"], **{name: draft["consequence"][name] for name in ("terminals", "online")}}
    except urllib.error.HTTPError as refused:
        print(refused.read().decode(), file=sys.stderr)
        return 4
    except OSError as unreachable:
        print("not reachable: %s" % unreachable, file=sys.stderr)
        return 5
    except (ValueError, KeyError, TypeError, AttributeError) as unreadable:
        print("the platform's answer cannot be read: %r" % unreadable, file=sys.stderr)
        return 4
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
