import wasmUrl from '@evan/opus/wasm/opus.wasm?url';
import { LiveFault } from './live-fault';
import { BITRATE, type MakeEncoder, type VoiceEncoder } from './voice';

declare global {
  /** Trusted Types 3.2; absent in older browsers. What a policy gives stands for the text it was given. */
  interface Window {
    readonly trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(): string }): { createScriptURL(text: string): string } };
  }
}

/** The only worker of these pages. The pages' policy knows this name, and the policy gives this one address. */
const WORKER_POLICY = 'clarion-encoder';
const OPENS_MS = 10_000;

let address: string | undefined;

function workerAddress(): string {
  const own = new URL('./opus-worker.js', import.meta.url).href;
  address ??= window.trustedTypes?.createPolicy(WORKER_POLICY, { createScriptURL: () => own }).createScriptURL('') ?? own;
  return address;
}

let wasm: Promise<ArrayBuffer> | undefined;

/** Loads the codec, 155 kB over the wire, once. Refuses live-no-encoder. */
export function loadWasm(): Promise<ArrayBuffer> {
  wasm ??= fetch(wasmUrl).then((response) => {
    if (!response.ok) throw new Error(`${response.status}`);
    return response.arrayBuffer();
  }).catch((cause: unknown) => {
    wasm = undefined;
    throw new LiveFault('live-no-encoder', '', cause);
  });
  return wasm;
}

/** libopus in a worker, for browsers without an encoder of their own. Refuses live-no-encoder. */
export const makeWasmEncoder: MakeEncoder = async (onPacket, onFault) => {
  const bytes = await loadWasm();
  const worker = new Worker(workerAddress());
  let drained: () => void = () => undefined;
  let opened: { readonly ready: () => void; readonly failed: (cause: unknown) => void } | undefined;
  const failed = (cause: unknown): void => {
    drained();
    if (opened === undefined) onFault(new LiveFault('live-encoder', '', cause));
    else opened.failed(new LiveFault('live-no-encoder', '', cause));
  };
  worker.onerror = ({ message }) => failed(message);
  worker.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data instanceof Uint8Array) onPacket(data);
    else if (data === 'drained') drained();
    else if (data === 'ready') opened?.ready();
    else failed(data);
  };
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new LiveFault('live-no-encoder')), OPENS_MS);
    opened = { ready: () => { clearTimeout(late); resolve(); }, failed: (cause) => { clearTimeout(late); reject(cause); } };
    worker.postMessage({ wasm: bytes, bitrate: BITRATE });
  }).catch((cause: unknown) => {
    worker.terminate();
    throw cause;
  });
  opened = undefined;
  const encoder: VoiceEncoder = {
    encode: (samples) => {
      const frame = new Float32Array(samples);
      worker.postMessage(frame, [frame.buffer]);
    },
    drained: () => new Promise((resolve) => {
      drained = resolve;
      worker.postMessage('drain');
    }),
    close: () => {
      drained();
      worker.terminate();
    },
  };
  return encoder;
};
