/* global AudioWorkletProcessor, registerProcessor */
/* In the browser's audio thread: gathers 20 ms of the microphone's first channel and hands them to the page. It puts nothing out. */
const FRAME = 960;

class Capture extends AudioWorkletProcessor {
  frame = new Float32Array(FRAME);
  filled = 0;

  process([input]) {
    const channel = input[0];
    if (channel === undefined) return true;
    for (let at = 0; at < channel.length;) {
      const part = channel.subarray(at, at + FRAME - this.filled);
      this.frame.set(part, this.filled);
      this.filled += part.length;
      at += part.length;
      if (this.filled === FRAME) {
        this.port.postMessage(this.frame, [this.frame.buffer]);
        this.frame = new Float32Array(FRAME);
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor('capture', Capture);
