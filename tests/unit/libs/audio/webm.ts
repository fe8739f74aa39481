import { encodeOggOpus, readOggOpusPackets, type Pcm } from '#libs/audio';

/** Builds WebM files for tests, right and wrong ones. `open` leaves a length out as MediaRecorder does. */
export function element(id: number, content: Uint8Array, open = false): Uint8Array {
  const name = [id >>> 24, (id >>> 16) & 0xff, (id >>> 8) & 0xff, id & 0xff];
  while (name[0] === 0) name.shift();
  const size = open ? [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff] : [0x08 | (content.length / 2 ** 32), (content.length >>> 24) & 0xff, (content.length >>> 16) & 0xff, (content.length >>> 8) & 0xff, content.length & 0xff];
  return join(Uint8Array.from(name), Uint8Array.from(size), content);
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const number = (value: number): Uint8Array => Uint8Array.from([(value >>> 8) & 0xff, value & 0xff]);

export function opusHead(preSkip: number): Uint8Array {
  return join(ascii('OpusHead'), Uint8Array.from([1, 1, preSkip & 0xff, preSkip >> 8, 0x80, 0xbb, 0, 0, 0, 0, 0]));
}

export interface WebmShape {
  readonly docType?: string;
  readonly codec?: string;
  readonly trackType?: number;
  readonly open?: boolean;
  readonly flags?: number;
  readonly blockTrack?: number;
  readonly group?: boolean;
  readonly timestamps?: readonly number[];
  readonly twoTracks?: boolean;
  readonly behind?: Uint8Array;
  readonly head?: Uint8Array;
  readonly encrypted?: boolean;
}

/** The sound as a live recording: a cluster for every second. */
export function makeWebm(pcm: Pcm, shape: WebmShape = {}): Uint8Array {
  const stream = readOggOpusPackets(encodeOggOpus(pcm, { bitrate: 32_000 }).bytes);
  if (!stream.ok) throw new Error(stream.code);
  const track = element(0xae, join(
    element(0xd7, number(1)), element(0x83, number(shape.trackType ?? 2)), element(0x86, ascii(shape.codec ?? 'A_OPUS')),
    element(0x63a2, shape.head ?? opusHead(stream.preSkip)), element(0xe1, new Uint8Array(0)), ...(shape.encrypted === true ? [element(0x6d80, new Uint8Array(0))] : []),
  ));
  const clusters: Uint8Array[] = [];
  for (let first = 0; first < stream.packets.length; first += 50) {
    const blocks = stream.packets.slice(first, first + 50).map((packet, at) => {
      const block = join(Uint8Array.from([0x80 | (shape.blockTrack ?? 1), (at * 20) >> 8, (at * 20) & 0xff, shape.flags ?? 0x80]), packet);
      return shape.group === true ? element(0xa0, element(0xa1, block)) : element(0xa3, block);
    });
    clusters.push(element(0x1f43b675, join(element(0xe7, number(shape.timestamps?.[clusters.length] ?? clusters.length * 1_000)), ...blocks), shape.open ?? true));
  }
  const header = element(0x1a45dfa3, join(element(0x4282, ascii(shape.docType ?? 'webm')), element(0x4287, number(4))));
  const tracks = element(0x1654ae6b, shape.twoTracks === true ? join(track, track) : track);
  return join(header, element(0x18538067, join(element(0x1549a966, new Uint8Array(0)), tracks, ...clusters, shape.behind ?? new Uint8Array(0)), shape.open ?? true));
}
