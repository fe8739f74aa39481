import { concatBytes } from './bytes';
import { toInt16 } from './int16';
import { crcOf, writeOggPage } from './ogg-pages';
import { evanOpus, type OpusCodec } from './opus-codec';
import { writeOpusHead, writeOpusTags } from './opus-head';
import { durationMsOf, type Pcm } from './pcm';

export type EncodeOptions = {
  /** Bits per second. 24000 carries everything a horn can play; 32000 for voice over siren or music; 48000 is the ceiling. */
  readonly bitrate: 24000 | 32000 | 48000;
  /** 0 to 10, default 9. At 5 one clear voice sounds the same and is ready in a quarter of the time. */
  readonly complexity?: number;
  /** Ogg stream serial; by default derived from the content, so that the same sound gives the same bytes. */
  readonly serial?: number;
};

/** 20 ms at 48 kHz, the packet of everything we make. */
export const FRAME_SAMPLES = 960;
/** One second of packets per page (RFC 7845 6). */
const PACKETS_PER_PAGE = 50;

/**
 * Encodes to Ogg Opus: 48 kHz mono, 20 ms packets, pre-skip from the encoder, the last granule position cutting the
 * padding (RFC 7845 4). The same input gives the same bytes on the same codec build. Refuses an empty recording by throwing:
 * what comes from outside has passed readAudioFile before.
 */
export function encodeOggOpus(pcm: Pcm, options: EncodeOptions, codec: OpusCodec = evanOpus): { readonly bytes: Uint8Array; readonly durationMs: number } {
  const { length } = pcm.samples;
  if (length === 0) throw new RangeError('an empty recording cannot be encoded');
  const { packets, preSkip } = encodePackets(pcm, options, codec);
  const bytes = writeOggOpus(packets, { preSkip, samples: length, ...(options.serial === undefined ? {} : { serial: options.serial }) });
  return { bytes, durationMs: durationMsOf(pcm) };
}

/**
 * Packets of 20 ms as an Ogg Opus stream that holds `samples` after `preSkip`. The same packets give the same bytes. Throws
 * RangeError without a packet.
 */
export function writeOggOpus(packets: readonly Uint8Array[], { preSkip, samples, serial = crcOf(packets) }: { readonly preSkip: number; readonly samples: number; readonly serial?: number }): Uint8Array {
  if (packets.length === 0) throw new RangeError('a stream without a packet cannot be written');
  const pages = [
    writeOggPage({ serial, sequence: 0, granule: 0n, first: true, packets: [writeOpusHead(preSkip)] }),
    writeOggPage({ serial, sequence: 1, granule: 0n, packets: [writeOpusTags()] }),
  ];
  for (let from = 0; from < packets.length; ) {
    const onPage = packets.slice(from, from + fitting(packets, from));
    from += onPage.length;
    const last = from >= packets.length;
    const granule = last ? preSkip + samples : from * FRAME_SAMPLES;
    pages.push(writeOggPage({ serial, sequence: pages.length, granule: BigInt(granule), last, packets: onPage }));
  }
  return concatBytes(pages);
}

/** How many packets from this one on make the next page: a second of them, fewer where they are so long that a page cannot hold them. */
function fitting(packets: readonly Uint8Array[], from: number): number {
  let pieces = 0;
  const next = packets.slice(from, from + PACKETS_PER_PAGE);
  const tooMany = next.findIndex(({ length }) => (pieces += Math.floor(length / 255) + 1) > 255);
  return tooMany === -1 ? next.length : tooMany;
}

function encodePackets(pcm: Pcm, { bitrate, complexity }: EncodeOptions, codec: OpusCodec): { readonly packets: readonly Uint8Array[]; readonly preSkip: number } {
  const encoder = codec.createEncoder({ bitrate, ...(complexity === undefined ? {} : { complexity }) });
  const preSkip = encoder.lookaheadSamples;
  const frames = Math.ceil((pcm.samples.length + preSkip) / FRAME_SAMPLES);
  const padded = new Int16Array(frames * FRAME_SAMPLES);
  padded.set(toInt16(pcm.samples));
  const packets: Uint8Array[] = [];
  for (let frame = 0; frame < frames; frame += 1) {
    packets.push(encoder.encode(padded.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES)));
  }
  return { packets, preSkip };
}
