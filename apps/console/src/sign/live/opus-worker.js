/* global self, WebAssembly */
/*
 * libopus (the WebAssembly build of @evan/opus) in a worker of its own: only here may WebAssembly be compiled, and from here
 * nothing can be reached (docs/adr/0025). Told {wasm, bitrate} it answers 'ready' or {failed}; told 20 ms of mono sound at
 * 48 kHz (Float32Array of 960) it answers their packet; told 'drain' it answers 'drained' behind all of them.
 */
const FRAME = 960;
const MOST_BYTES = 1275;
/* opus_defines.h */
const VOIP = 2048;
const SET_BITRATE = 4002;
const SET_COMPLEXITY = 4010;
/* Of 10. What phones can, before their compiler has warmed up as well. */
const COMPLEXITY = 5;

let opus;
let encoder;
let pcm;
let packet;

function known(code) {
  if (code < 0) throw new Error(`opus ${code}`);
  return code;
}

async function open({ wasm, bitrate }) {
  const nothing = () => 0;
  const { instance } = await WebAssembly.instantiate(wasm, {
    wasi_snapshot_preview1: { fd_seek: nothing, fd_write: nothing, fd_close: nothing, proc_exit: nothing }, env: { emscripten_notify_memory_growth: nothing },
  });
  opus = instance.exports;
  encoder = opus.malloc(opus.opus_encoder_get_size(1));
  known(opus.opus_encoder_init(encoder, 48_000, 1, VOIP));
  known(opus.opus_encoder_ctl_set(encoder, SET_BITRATE, bitrate));
  known(opus.opus_encoder_ctl_set(encoder, SET_COMPLEXITY, COMPLEXITY));
  pcm = opus.malloc(2 * FRAME);
  packet = opus.malloc(MOST_BYTES);
}

function encode(samples) {
  // Made anew each time: memory that has grown is another buffer.
  const frame = new Int16Array(opus.memory.buffer, pcm, FRAME);
  for (let at = 0; at < FRAME; at += 1) frame[at] = Math.max(-32_768, Math.min(32_767, Math.round(samples[at] * 32_767)));
  const bytes = known(opus.opus_encode(encoder, pcm, FRAME, packet, MOST_BYTES));
  return new Uint8Array(opus.memory.buffer, packet, bytes).slice();
}

self.onmessage = ({ data }) => {
  if (data === 'drain') self.postMessage('drained');
  else if (!(data instanceof Float32Array)) open(data).then(() => self.postMessage('ready'), ({ message }) => self.postMessage({ failed: message }));
  else {
    try {
      const made = encode(data);
      self.postMessage(made, [made.buffer]);
    } catch ({ message }) {
      self.postMessage({ failed: message });
    }
  }
};
