import { FRAME_SAMPLES } from './ogg-opus-write';
import { writeOggPage } from './ogg-pages';
import { writeOpusHead, writeOpusTags } from './opus-head';
import { opusPacketSamples } from './opus-packet';

/** A voice as Ogg Opus while it is spoken (RFC 7845): the head first, then a page for each block, then the end. */
export interface VoiceStream {
  head(): Uint8Array;
  /** The packets of one block, as they were signed; one that is no Opus packet of 20 ms is left out. Nothing for none. */
  page(packets: readonly Uint8Array[]): Uint8Array;
  end(): Uint8Array;
}

export function createVoiceStream(serial: number): VoiceStream {
  let sequence = 2;
  let samples = 0;
  const next = (packets: readonly Uint8Array[], last: boolean): Uint8Array => {
    samples += packets.length * FRAME_SAMPLES;
    const page = writeOggPage({ serial, sequence, granule: BigInt(samples), last, packets });
    sequence += 1;
    return page;
  };
  return {
    head: () => {
      const [head, tags] = [
        writeOggPage({ serial, sequence: 0, granule: 0n, first: true, packets: [writeOpusHead(0)] }),
        writeOggPage({ serial, sequence: 1, granule: 0n, packets: [writeOpusTags()] }),
      ];
      const bytes = new Uint8Array(head.length + tags.length);
      bytes.set(head);
      bytes.set(tags, head.length);
      return bytes;
    },
    page: (packets) => {
      const sound = packets.filter((packet) => opusPacketSamples(packet) === FRAME_SAMPLES);
      return sound.length === 0 ? new Uint8Array() : next(sound, false);
    },
    end: () => next([], true),
  };
}
