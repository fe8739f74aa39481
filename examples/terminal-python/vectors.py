#!/usr/bin/env python3
"""What this terminal would do with each frame of tests/vectors/protocol/district.json, as JSON.

    python3 vectors.py ../../tests/vectors/protocol/district.json
"""
import json
import pathlib
import sys

from orders import Judge
from trust import Refused

SAID = {"ISOLATED": "REJ_ISOLATED", "EXPIRED": "REJ_EXPIRED", "QUIET_HOURS": "quiet", "NOT_HEARD": "not-heard", "REJ_VERSIONS": "hold"}


def verdict(judge, step):
    """In the words of tests/vectors/protocol/README.md."""
    if "sounded" in step:
        judge.memory["journal"][step["sounded"]]["sounded"] = True
        return "noted"
    frame, now = step["frame"], step["now"]
    try:
        if frame["kind"] == "document":
            return "taken" if judge.take(frame["document"], now) else "ignored"
        if frame["kind"] != "order":
            return {"stop": "stopped", "isolate": "isolated"}[frame["kind"]] if getattr(judge, frame["kind"])(frame[frame["kind"]], now) else "ignored"
        order = judge.admit(frame["order"], now)
        judge.note(order)
        return "play" if order.aloud else "play-silent"
    except Refused as refused:
        said = {"order": SAID, "document": {}}.get(frame["kind"], {"REJ_KEY_UNKNOWN": "ignored"})
        return said.get(refused.code, refused.code)


def main():
    vectors, answers = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8")), []
    for case in vectors["cases"]:
        judge = Judge(vectors["root"], vectors["demo"], vectors["terminal"], vectors["deviceKey"]["keyId"])
        for document in vectors["documents"]:
            judge.take(document, None)
        judge.memory["beaconAt"] = judge.beacon(vectors["beacon"])["at"]
        answers.append({"case": case["name"], "verdicts": [verdict(judge, step) for step in case["steps"]]})
    print(json.dumps(answers, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
