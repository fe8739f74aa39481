import { Decoder, Encoder } from '@evan/opus/wasm/index.js';
import { MAX_OPUS_PACKET_BYTES } from './limits';

/** The codec as a port: another binding of libopus can stand here without a change elsewhere. */
export interface OpusCodec {
  readonly name: string;
  /** `complexity` 0 to 10, default 9. */
  createEncoder(options: { readonly bitrate: number; readonly complexity?: number }): OpusEncoder;
  createDecoder(): OpusDecoder;
}

export interface OpusEncoder {
  /** Samples at 48 kHz by which the decoder's output lags the input: the pre-skip. */
  readonly lookaheadSamples: number;
  /** Exactly 960 samples (20 ms), mono, 48 kHz. */
  encode(frame: Int16Array): Uint8Array;
}

export interface OpusDecoder {
  /** Mono samples at 48 kHz, full scale +-1; throws OpusPacketError for bytes that are no Opus packet. State is kept from packet to packet. */
  decode(packet: Uint8Array): Float32Array;
  /** What libopus makes up for a packet that is not there (RFC 6716 4.4), as long as a frame of the last one; 20 ms of silence before the first. Ask once for each: the state moves on by as much. */
  conceal(): Float32Array;
}

export class OpusPacketError extends Error {
  readonly code = 'AUDIO_PACKET_INVALID';
  constructor(cause: unknown) {
    super('These bytes are not an Opus packet.', { cause });
    this.name = 'OpusPacketError';
  }
}

/** Of what is made up where nothing is known yet. */
const SILENT_SAMPLES = 960;

/** Requests of libopus (opus_defines.h). */
const SET_BITRATE = 4002;
const SET_COMPLEXITY = 4010;
const GET_LOOKAHEAD = 4027;

/**
 * libopus as the WebAssembly build of @evan/opus. Not its native build, for three reasons: that one keeps its output buffer
 * per process and hands out empty packets when it is loaded twice (worker threads, test workers); WebAssembly gives the same
 * bytes on every processor, so the digest of the same sound is the same; a hostile packet stays inside its sandbox.
 * Price: 0.16 instead of 0.08 ms per 20 ms encoded, decoding about the same.
 */
export const evanOpus: OpusCodec = {
  name: '@evan/opus',
  createEncoder: ({ bitrate, complexity = 9 }) => {
    const encoder = new Encoder({ channels: 1, sample_rate: 48000, application: 'audio' });
    encoder.ctl(SET_BITRATE, bitrate);
    encoder.ctl(SET_COMPLEXITY, complexity);
    return { lookaheadSamples: encoder.ctl(GET_LOOKAHEAD), encode: (frame) => encoder.encode(frame) };
  },
  createDecoder: () => {
    const decoder = new Decoder({ channels: 1, sample_rate: 48000 });
    let lost: Uint8Array | undefined;
    return {
      decode: (packet) => {
        const samples = toFloat(decodeOrThrow(decoder, packet));
        lost = emptyFrameAfter(packet);
        return samples;
      },
      conceal: () => (lost === undefined ? new Float32Array(SILENT_SAMPLES) : toFloat(decodeOrThrow(decoder, lost))),
    };
  },
};

/** A decoder of the built-in codec, for one stream. */
export function createOpusDecoder(): OpusDecoder {
  return evanOpus.createDecoder();
}

function decodeOrThrow(decoder: Decoder, packet: Uint8Array): Uint8Array {
  if (packet.length === 0 || packet.length > MAX_OPUS_PACKET_BYTES) throw new OpusPacketError(`${packet.length} bytes`);
  try {
    return decoder.decode(packet);
  } catch (cause) {
    throw new OpusPacketError(cause);
  }
}

/**
 * One frame without bytes behind the same TOC is a lost frame of the same length (RFC 6716 3.2.1). No packet at all would
 * be 120 ms of loss to this binding, and what comes after a hole would not join what sounded in it.
 */
function emptyFrameAfter([toc = 0]: Uint8Array): Uint8Array {
  return Uint8Array.of(toc & 0xfc);
}

function toFloat(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Float32Array(bytes.length >> 1);
  for (let index = 0; index < samples.length; index += 1) samples[index] = view.getInt16(index * 2, true) / 32768;
  return samples;
}
