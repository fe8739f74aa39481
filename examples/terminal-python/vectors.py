"""What this terminal would do with each frame of tests/vectors/protocol/district.json."""
import json
import pathlib

from judge import Judge
from signed import Refused


def verdict(judge, step, held):
    """What this terminal does with one frame, in the words of tests/vectors/protocol/README.md."""
    if "sounded" in step:
        return "noted"
    frame, now = step["frame"], step["now"]
    try:
        if frame["kind"] == "stop":
            return "stopped" if judge.stop(frame["stop"], now) else "ignored"
        if frame["kind"] == "isolate":
            return "isolated" if judge.isolate(frame["isolate"], now) else "ignored"
        order = judge.admit(frame["order"], len(json.dumps(frame["order"])), now)
        if not all(segment["sha256"] in held for segment in order.message["body"]["segments"]):
            return "wait-media"
        judge.note(order)
        return "play" if order.aloud else "play-silent"
    except Refused as refused:
        words = {"ISOLATED": "REJ_ISOLATED", "EXPIRED": "REJ_EXPIRED", "QUIET_HOURS": "quiet", "REJ_VERSIONS": "hold"}
        return "ignored" if frame["kind"] == "stop" and refused.code == "REJ_KEY_UNKNOWN" else words.get(refused.code, refused.code)


def judge_vectors(file):
    vectors, answers = json.loads(pathlib.Path(file).read_text("utf-8")), []
    for case in vectors["cases"]:
        judge = Judge(vectors["root"], vectors["demo"])
        judge.terminal, judge.device_key = vectors["terminal"], vectors["deviceKey"]["keyId"]
        for document in vectors["documents"]:
            judge.take(document, None)
        judge.memory["beaconAt"] = judge.beacon(vectors["beacon"])["at"]
        answers.append({"case": case["name"], "verdicts": [verdict(judge, step, vectors["mediaHeld"]) for step in case["steps"]]})
    print(json.dumps(answers, ensure_ascii=False, indent=1))
