#!/usr/bin/env python3
"""What this terminal does with each frame of the vectors, and with each block of a living voice, as JSON; on stderr, where it differs from the page.

    python3 vectors.py ../../tests/vectors/protocol/district.json
    python3 vectors.py ../../tests/vectors/live-blocks.json

Of orders it fails where something sounds, or is believed, that the page forbids, where a stop or an isolate is not kept, and
where a frame is refused that the page allows and whose case README.md does not name; another code for the same refusal is only
told. Of a living voice every verdict, time and digest must be the page's.
"""
import base64
import hashlib
import json
import pathlib
import sys

from live import Voice, read
from trust import Judge, Refused

SAID = {"ISOLATED": "REJ_ISOLATED", "EXPIRED": "REJ_EXPIRED", "QUIET_HOURS": "quiet", "RESTRICTED": "REJ_RESTRICTED", "NOT_HEARD": "not-heard", "REJ_VERSIONS": "hold"}
DONE = {"play", "play-silent", "taken", "stopped", "isolated", "restricted", "noted"}


def verdict(judge, step):
    """In the words of tests/vectors/protocol/README.md."""
    if "sounded" in step:
        judge.memory["journal"].setdefault(step["sounded"], {"mode": "actual"})["sounded"] = True
        return "noted"
    frame, now = step["frame"], step["now"]
    try:
        if frame["kind"] == "document":
            return "taken" if judge.take(frame["document"], now) else "ignored"
        if frame["kind"] != "order":
            return {"stop": "stopped", "isolate": "isolated", "restriction": "restricted"}[frame["kind"]] if judge.act(frame["kind"], frame[frame["kind"]], now) else "ignored"
        judge.note(judge.admit(frame["order"], now))
        return "play"
    except Refused as refused:
        code, _order = refused.args
        said = {"order": SAID, "document": {}}.get(frame["kind"], {"REJ_KEY_UNKNOWN": "ignored", "REJ_LINEAGE": "ignored"})
        return said.get(code, code)


def orders(vectors):
    answers, wrong = [], 0
    known = (pathlib.Path(__file__).parent / "README.md").read_text("utf-8")
    for case in vectors["cases"]:
        given = {**vectors, **case}
        judge = Judge(given["root"], given["demo"], given["terminal"], given["deviceKey"]["keyId"])
        for document in given["documents"]:
            judge.take(document)
        judge.memory["beaconAt"] = judge.signed(given["beacon"], "beacon")[1]["at"]
        verdicts = [verdict(judge, step) for step in case["steps"]]
        answers.append({"case": case["name"], "verdicts": verdicts})
        for said, wanted in zip(verdicts, [step.get("expect", said) for step, said in zip(case["steps"], verdicts)]):
            if said == wanted:
                continue
            fault = None
            if (said in DONE) != (wanted in DONE) or said in DONE:
                is_listed = "`%s`" % case["name"] in known and wanted in ("play", "play-silent") and said not in DONE
                fault = "refused, as README.md says" if is_listed else "WRONG"
            wrong += fault == "WRONG"
            print("%s: %s instead of %s: %s" % (case["name"], said, wanted, fault or "another code"), file=sys.stderr)
    return answers, wrong


def voices(vectors):
    """Every verdict, time and digest must be the page's."""
    answers, wrong = [], 0
    for case in vectors["cases"]:
        grant, said, wanted = vectors["grants"][case["grant"]], [], [{name: step[name] for name in ("expect", "heardAt") if name in step} for step in case["steps"]]
        voice, played = Voice(grant["messageDigest"], grant["live"], grant["startAt"]), hashlib.sha256()
        for step in case["steps"]:
            data = base64.b64decode(step["block"])
            try:
                said.append({"expect": "taken", "heardAt": voice.take(data, step["now"])})
                for opus in read(data).packets:
                    played.update(hashlib.sha256(opus).digest())
            except Refused as refused:
                said.append({"expect": refused.args[0]})
        proof = {**voice.proof(), "packetsDigest": played.hexdigest()}
        is_right = said == wanted and all(proof[name] == value for name, value in case["evidence"].items())
        wrong += not is_right
        if not is_right:
            print("%s: %s and %s: WRONG" % (case["name"], said, proof), file=sys.stderr)
        answers.append({"case": case["name"], "verdicts": [one["expect"] for one in said]})
    return answers, wrong


def main():
    vectors = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8"))
    answers, wrong = (voices if "grants" in vectors else orders)(vectors)
    print(json.dumps(answers, ensure_ascii=False, indent=1))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
