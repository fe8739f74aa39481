#!/usr/bin/env python3
"""A source that writes messages by itself, for example a rain gauge: signs in, asks the platform to put a message
together, checks that the bytes say what was asked, signs them with its own key and submits them. People approve it.

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


def same(asked: dict, payload: bytes) -> bool:
    """What will be signed is what was asked for: never sign what a server says without reading it."""
    said = json.loads(payload)
    text = said["texts"][0]
    return (
        len(said["texts"]) == 1
        and (text["title"], text["text"]) == (asked["title"], asked["text"])
        and all(said[name] == asked[name] for name in ("class", "severity", "mode", "eventType", "repeats"))
        and said["targets"] == {"areas": asked["targets"]["areas"], "terminals": []}
    )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--url", default="http://localhost:8080")
    for name in ("account", "password-file", "key", "area", "title", "text"):
        options.add_argument("--" + name, required=True)
    options.add_argument("--class", dest="kind", default="notice")
    options.add_argument("--severity", default="none")
    options.add_argument("--event-type", default="notice")
    asked_for = options.parse_args()

    key = Key(pathlib.Path(asked_for.key).read_bytes())
    platform = Platform(asked_for.url)
    password = pathlib.Path(asked_for.password_file).read_text().strip()
    asked = {
        "class": asked_for.kind, "severity": asked_for.severity, "mode": "actual", "eventType": asked_for.event_type,
        "title": asked_for.title, "text": asked_for.text, "repeats": 2,
        "targets": {"areas": [asked_for.area]},
        "speech": {},  # the platform speaks the text; the audio's digest stands in the bytes that are signed
    }
    try:
        platform.token = platform.post("/api/session", {"account": asked_for.account, "password": password})["token"]
        draft = platform.post("/api/messages/draft", asked)
        payload = base64.b64decode(draft["payload"])
        if not same(asked, payload):
            print("the platform's bytes do not say what was asked for; nothing was signed", file=sys.stderr)
            return 4
        corrections = [base64.b64decode(correction["payload"]) for correction in draft["corrections"]]
        message = platform.post("/api/messages", {"message": key.sign(payload), "corrections": [key.sign(one) for one in corrections]})
    except urllib.error.HTTPError as refused:
        print(refused.read().decode(), file=sys.stderr)
        return 4
    except urllib.error.URLError as unreachable:
        print(unreachable.reason, file=sys.stderr)
        return 5
    consequence = draft["consequence"]
    print(json.dumps({
        "id": message["id"], "state": message["state"], "terminals": consequence["terminals"], "online": consequence["online"],
        "readings": json.loads(payload)["readings"],
    }, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
