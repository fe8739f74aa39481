"""From an order that was taken to sound, here a WAV file, and to its receipts (docs/protocol.md section 11)."""
import array
import asyncio
import hashlib
import math
import pathlib
import subprocess
import tempfile
import wave

from judge import body_ms
from signed import CLASSES, SEVERITIES, TIERS, sha256


class Item:
    """An order that was taken: where it stands in its repetitions."""

    def __init__(self, order):
        message = order.message
        self.order, self.next, self.due, self.heard_whole, self.turn_ended, self.over = order, order.repetition, order.start, 0, 0, None
        self.rank = (message["mode"] == "actual", CLASSES[message["class"]][0], TIERS[order.charter["tier"]], SEVERITIES[message["severity"]])


class Player:
    """Needs of the terminal: `judge`, `state`, `options`, `items`, now(), media(), save(), about()."""

    def render(self, order, gain_db):
        """The repetition as samples, what it was before gain, and its level; without opusdec the files as they came."""
        samples = array.array("h")
        for segment in order.message["body"]["segments"]:
            data = self.media(segment["sha256"]).read_bytes()
            if sha256(data) != segment["sha256"]:
                raise ValueError("the file changed on disk")
            with tempfile.TemporaryDirectory() as folder:
                pathlib.Path(folder, "in.opus").write_bytes(data)
                subprocess.run(["opusdec", "--quiet", "--no-dither", "--rate", "48000", folder + "/in.opus", folder + "/out.wav"], check=True, timeout=60)
                with wave.open(folder + "/out.wav") as sound:
                    samples.frombytes(sound.readframes(sound.getnframes()))
        digest = hashlib.sha256(samples.tobytes()).hexdigest()
        gain = 10 ** (gain_db / 20)
        loud = array.array("h", [int(sample * gain) for sample in samples])
        mean = sum(sample * sample for sample in loud) / max(1, len(loud))
        return loud, digest, min(0, round(1000 * math.log10(mean / 2**30))) if mean else -12_000

    async def player(self):
        """Section 11: highest rank first, turns among equals, nothing lower in a gap. What is cut off does not go on."""
        while True:
            await asyncio.sleep(0.02)
            now = self.now()
            if now is None:
                continue
            under_way = [item for item in self.items if item.order.start <= now]
            top = max((item.rank for item in under_way), default=None)
            ready = [item for item in under_way if item.rank == top and item.due <= now]
            if ready:
                await self.sound(min(ready, key=lambda item: (item.turn_ended, item.order.dispatch["issuedAt"], item.order.dispatch["dispatchId"])))

    async def sound(self, item):
        order, number, journal = item.order, item.next, self.state["memory"]["journal"]
        if self.judge.quiet(order.message, self.now()):
            return self.close(item, "QUIET_HOURS")
        gain = self.judge.gain_db(order.message, self.now())
        journal[order.digest].update(state="playing", repetition=number)
        self.save()  # a repetition once begun is never begun again
        self.sounding, began = order.digest, self.now()
        self.about(order, "audible", number, startedAt=began)
        try:
            work = asyncio.get_running_loop().run_in_executor(None, self.render, order, gain)
            while item.over is None and self.now() < began + body_ms(order.message):
                await asyncio.sleep(0.02)
                if any(other.rank > item.rank and other.order.start <= self.now() for other in self.items):
                    self.close(item, "PREEMPTED")
            samples, digest, level = await work
        except (OSError, ValueError, EOFError, wave.Error, subprocess.SubprocessError) as fault:
            print("sound: %s" % fault, flush=True)
            return self.close(item, "SILENT")
        finally:
            self.sounding = None
        ended = self.now()
        with wave.open(str(pathlib.Path(self.options.out) / ("%s-%d.wav" % (order.dispatch["dispatchId"], number))), "wb") as file:
            file.setparams((1, 2, 48_000, 0, "NONE", ""))
            file.writeframes(samples[:(ended - began) * 48].tobytes())  # as much of it as would have been heard
        if item.over is not None:
            return None
        self.about(order, "done", number, startedAt=began, endedAt=ended, playedDigest=digest, levelCentiDbfs=level)
        item.heard_whole, item.next, item.turn_ended = number, number + 1, ended
        period = body_ms(order.message) + order.message["gapMs"]
        item.due = max(order.dispatch["startAt"] + number * period, ended + order.message["gapMs"] if order.dispatch["startAt"] + number * period < ended else 0)
        if number >= order.dispatch["repeats"] or item.due >= order.dispatch["notAfter"]:
            self.close(item, None)
        return None

    def end(self, reached, reason):
        for item in [item for item in self.items if reached(item)]:
            self.close(item, reason)

    def close(self, item, reason):
        order, entry = item.order, self.state["memory"]["journal"][item.order.digest]
        item.over, self.items = reason or "done", [other for other in self.items if other is not item]
        entry["state"] = "stopped" if reason in ("STOPPED", "WITHDRAWN", "SIG_REJECT") else "completed"
        if reason is not None:
            self.about(order, "failed", 0, reason)
        elif item.heard_whole < order.dispatch["repeats"]:
            self.about(order, "done", 0)
        else:
            self.save()
