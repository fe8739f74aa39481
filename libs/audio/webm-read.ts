import { MAX_EBML_ELEMENTS, MAX_OPUS_PACKET_BYTES } from './limits';
import { readOpusHead, type OpusHead } from './opus-head';
import { opusPacketSamples } from './opus-packet';
import type { OpusStream } from './opus-stream';
import { refuseAudio, type AudioRefusal } from './refusal';
import { elementsIn, readAscii, readElement, readUnsigned, type EbmlElement, type EbmlFault } from './webm-ebml';

/** Element ids (RFC 9559 5, RFC 8794 11.2). */
const ID = {
  ebml: 0x1a45dfa3, docType: 0x4282, segment: 0x18538067,
  seekHead: 0x114d9b74, info: 0x1549a966, tracks: 0x1654ae6b, cluster: 0x1f43b675, cues: 0x1c53bb6b, chapters: 0x1043a770, attachments: 0x1941a469, tags: 0x1254c367,
  trackEntry: 0xae, trackNumber: 0xd7, trackType: 0x83, codecId: 0x86, codecPrivate: 0x63a2, encodings: 0x6d80,
  timestamp: 0xe7, simpleBlock: 0xa3, blockGroup: 0xa0, block: 0xa1,
} as const;
const TOP: ReadonlySet<number> = new Set([ID.seekHead, ID.info, ID.tracks, ID.cluster, ID.cues, ID.chapters, ID.attachments, ID.tags]);
const AUDIO_TRACK = 2;

export function looksLikeWebm(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1a && bytes[1] === 0x45 && bytes[2] === 0xdf && bytes[3] === 0xa3;
}

/**
 * Takes a browser's recording apart: WebM with one track of Opus (RFC 9559, live as MediaRecorder writes it: segment and
 * clusters may leave their length open). Refuses: any other codec or a second track, encrypted or laced content, times
 * that go back, packets over 120 ms, elements that leave their parent, a file cut inside an element, and more elements
 * than ten minutes can have. A live file that ends between two blocks cannot be told from a complete one.
 */
export function readWebmOpus(bytes: Uint8Array): ({ readonly ok: true } & OpusStream) | AudioRefusal {
  const budget = { left: MAX_EBML_ELEMENTS };
  const segment = openSegment(bytes, budget);
  if ('code' in segment) return segment;
  const parts = elementsIn(bytes, segment.start, segment.end, budget);
  // A cluster of open length swallows the next one here; `clustersOf` takes it apart again.
  if (typeof parts === 'string') return unreadable(FAULT_WORDS[parts]);
  const tracks = parts.filter(({ id }) => id === ID.tracks);
  const [entry] = tracks;
  if (entry === undefined || tracks.length !== 1) return unreadable('does not name its track');
  const track = readTrack(bytes, entry, budget);
  if ('code' in track) return track;
  const packets: Uint8Array[] = [];
  let last = 0;
  for (const part of parts) {
    if (part.id !== ID.cluster) continue;
    const fault = readClusters(bytes, part, budget, (block, timestamp) => {
      const at = timestamp + block.timecode;
      if (block.track !== track.number || at < last) return block.track === track.number ? 'goes back in time' : 'holds another track';
      last = at;
      packets.push(block.packet);
      return undefined;
    });
    if (fault !== undefined) return unreadable(fault);
  }
  return measure(track.head, packets);
}

function openSegment(bytes: Uint8Array, budget: { left: number }): EbmlElement | AudioRefusal {
  const header = readElement(bytes, 0, bytes.length);
  if (typeof header === 'string' || header.id !== ID.ebml || header.open) return unreadable('has no readable header');
  const fields = elementsIn(bytes, header.start, header.end, budget);
  if (typeof fields === 'string') return unreadable(FAULT_WORDS[fields]);
  const docType = fields.find(({ id }) => id === ID.docType);
  if (docType === undefined || readAscii(bytes, docType) !== 'webm') return refuseAudio('AUDIO_UNLISTED_FORMAT', 'This is Matroska but not WebM. Send WAV (PCM), Ogg Opus or a browser\'s WebM recording.');
  const segment = readElement(bytes, header.end, bytes.length);
  if (typeof segment === 'string') return unreadable(FAULT_WORDS[segment]);
  if (segment.id !== ID.segment) return unreadable('holds no segment');
  return segment.end === bytes.length ? segment : unreadable('goes on after its end');
}

interface Track {
  readonly number: number;
  readonly head: OpusHead;
}

function readTrack(bytes: Uint8Array, tracks: EbmlElement, budget: { left: number }): Track | AudioRefusal {
  const entries = elementsIn(bytes, tracks.start, tracks.end, budget);
  if (typeof entries === 'string') return unreadable(FAULT_WORDS[entries]);
  const [entry, ...others] = entries.filter(({ id }) => id === ID.trackEntry);
  if (entry === undefined || others.length > 0) return refuseAudio('AUDIO_UNLISTED_FORMAT', 'The WebM file holds more than one track; record sound alone.');
  const fields = elementsIn(bytes, entry.start, entry.end, budget);
  if (typeof fields === 'string') return unreadable(FAULT_WORDS[fields]);
  const field = (wanted: number): EbmlElement | undefined => fields.find(({ id }) => id === wanted);
  const [number, type, codec, codecPrivate] = [field(ID.trackNumber), field(ID.trackType), field(ID.codecId), field(ID.codecPrivate)];
  if (type === undefined || readUnsigned(bytes, type) !== AUDIO_TRACK || codec === undefined || readAscii(bytes, codec) !== 'A_OPUS' || field(ID.encodings) !== undefined) {
    return refuseAudio('AUDIO_UNLISTED_FORMAT', 'The WebM file does not hold plain Opus sound. Send WAV (PCM), Ogg Opus or a browser\'s sound recording.');
  }
  const head = codecPrivate === undefined ? undefined : readOpusHead(bytes.subarray(codecPrivate.start, codecPrivate.end));
  const trackNumber = number === undefined ? undefined : readUnsigned(bytes, number);
  if (head === undefined || trackNumber === undefined || trackNumber === 0 || trackNumber > 126) return unreadable('does not say how its Opus sound is to be read');
  return { number: trackNumber, head };
}

interface Block {
  readonly track: number;
  readonly timecode: number;
  readonly packet: Uint8Array;
}

/** The blocks of a cluster, and of those that follow inside one of open length; a sentence when something is wrong. */
function readClusters(bytes: Uint8Array, cluster: EbmlElement, budget: { left: number }, take: (block: Block, timestamp: number) => string | undefined): string | undefined {
  for (let next: EbmlElement | undefined = cluster; next !== undefined;) {
    const current: EbmlElement = next;
    const inside = elementsIn(bytes, current.start, current.end, budget, (id) => current.open && TOP.has(id));
    if (typeof inside === 'string') return FAULT_WORDS[inside];
    const fault = readBlocks(bytes, inside, budget, take);
    if (fault !== undefined) return fault;
    const end = inside.at(-1)?.end ?? current.start;
    if (end >= current.end) return undefined;
    const following = readElement(bytes, end, current.end);
    if (typeof following === 'string') return FAULT_WORDS[following];
    if (following.id === ID.cluster) next = following;
    // What comes behind the sound: cues and tags. A track declared there comes too late.
    else return following.id === ID.tracks ? 'names a track behind its sound' : undefined;
  }
  return undefined;
}

function readBlocks(bytes: Uint8Array, elements: readonly EbmlElement[], budget: { left: number }, take: (block: Block, timestamp: number) => string | undefined): string | undefined {
  const timestampAt = elements.find(({ id }) => id === ID.timestamp);
  const timestamp = timestampAt === undefined ? undefined : readUnsigned(bytes, timestampAt);
  if (timestamp === undefined) return 'has a cluster without its time';
  for (const element of elements) {
    const block = element.id === ID.simpleBlock ? element : element.id === ID.blockGroup ? blockInside(bytes, element, budget) : undefined;
    if (element.id === ID.blockGroup && block === undefined) return 'has a group without its block';
    if (block === undefined) continue;
    const read = readBlock(bytes, block);
    const fault = typeof read === 'string' ? read : take(read, timestamp);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function blockInside(bytes: Uint8Array, group: EbmlElement, budget: { left: number }): EbmlElement | undefined {
  const inside = elementsIn(bytes, group.start, group.end, budget);
  return typeof inside === 'string' ? undefined : inside.find(({ id }) => id === ID.block);
}

/** Track number of one byte, time of two (signed), flags; without lacing the rest is one packet (RFC 9559 10.2). */
function readBlock(bytes: Uint8Array, { start, end, open }: EbmlElement): Block | string {
  if (open || end - start < 5) return 'has a block that is too short';
  if (end - start - 4 > MAX_OPUS_PACKET_BYTES) return 'has a block that is too long';
  const [track = 0, high = 0, low = 0, flags = 0] = bytes.subarray(start, start + 4);
  if ((track & 0x80) === 0) return 'holds another track';
  if ((flags & 0x06) !== 0) return 'holds laced blocks';
  return { track: track & 0x7f, timecode: ((high << 24) >> 16) | low, packet: bytes.subarray(start + 4, end) };
}

function measure(head: OpusHead, packets: readonly Uint8Array[]): ({ readonly ok: true } & OpusStream) | AudioRefusal {
  let total = 0;
  for (const packet of packets) {
    const samples = opusPacketSamples(packet);
    if (samples === undefined) return unreadable('holds a packet that is no Opus');
    total += samples;
  }
  const samples = total - head.preSkip;
  if (samples <= 0) return refuseAudio('AUDIO_EMPTY', 'The WebM file holds no sound.');
  return { ok: true, channels: head.channels, preSkip: head.preSkip, outputGain: head.outputGain, packets, samples, durationMs: Math.round(samples / 48) };
}

const FAULT_WORDS: Readonly<Record<EbmlFault, string>> = {
  cut: 'is cut in the middle', id: 'holds bytes that are no element', size: 'has an element of impossible size',
  nested: 'has an element that leaves its parent', many: 'is cut into too many pieces',
};

function unreadable(what: string): AudioRefusal {
  return refuseAudio('AUDIO_UNREADABLE', `The WebM file ${what}.`);
}
