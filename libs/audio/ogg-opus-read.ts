import { byteSum, concatBytes } from './bytes';
import { MAX_OGG_PARTS, MAX_OPUS_PACKET_BYTES } from './limits';
import { readOggPage, type OggPage, type OggReadFault } from './ogg-pages';
import { isOpusHead, isOpusTags, readOpusHead, type OpusHead } from './opus-head';
import { opusPacketSamples } from './opus-packet';
import type { OpusStream } from './opus-stream';
import { refuseAudio, type AudioRefusal } from './refusal';

export type OggOpusPackets = { readonly ok: true } & OpusStream;

/**
 * Takes one Ogg Opus stream apart (RFC 7845), packets as views into `bytes`. Refuses: a wrong checksum, a missing or
 * repeated page, two streams in one file, a stream without its end (a cut warning is worse than none), packets over
 * 120 ms, and lengths the packets cannot fill.
 */
export function readOggOpusPackets(bytes: Uint8Array): OggOpusPackets | AudioRefusal {
  const pages = readPages(bytes);
  if ('code' in pages) return pages;
  const packets = joinPackets(pages);
  if ('code' in packets) return packets;
  const [headPacket, tagsPacket, ...audio] = packets;
  if (headPacket === undefined || !isOpusHead(headPacket.bytes)) {
    return refuseAudio('AUDIO_UNLISTED_FORMAT', 'The Ogg file does not hold Opus. Send WAV (PCM) or Ogg Opus.');
  }
  const head = readOpusHead(headPacket.bytes);
  if (head === undefined) return refuseAudio('AUDIO_UNLISTED_FORMAT', 'Only mono and stereo Ogg Opus of version 1 is read here.');
  if (tagsPacket === undefined || !isOpusTags(tagsPacket.bytes)) return unreadable('lacks its comment header');
  if (tagsPacket.page === 0 || audio.some((packet) => packet.page <= tagsPacket.page)) return unreadable('mixes headers and sound on one page');
  return measure(pages, head, audio);
}

type PlacedPacket = { readonly bytes: Uint8Array; readonly page: number };

function readPages(bytes: Uint8Array): readonly OggPage[] | AudioRefusal {
  const pages: OggPage[] = [];
  for (let at = 0; at < bytes.length; ) {
    const read = readOggPage(bytes, at);
    if ('fault' in read) return unreadable(FAULT_WORDS[read.fault]);
    const { page } = read;
    const [first] = pages;
    if (first === undefined ? !page.first : page.first || page.serial !== first.serial) {
      return unreadable(first === undefined ? 'does not begin with its first page' : 'holds more than one stream');
    }
    if (page.sequence !== (first?.sequence ?? page.sequence) + pages.length) return unreadable('misses a page');
    if (pages[pages.length - 1]?.last === true) return unreadable('goes on after its end');
    if (pages.length >= MAX_OGG_PARTS) return unreadable('is cut into too many pieces');
    pages.push(page);
    at = read.next;
  }
  if (pages[pages.length - 1]?.last !== true) return unreadable('is cut: its last page is missing');
  return pages;
}

function joinPackets(pages: readonly OggPage[]): readonly PlacedPacket[] | AudioRefusal {
  const packets: PlacedPacket[] = [];
  let open: readonly Uint8Array[] = [];
  for (const [pageIndex, page] of pages.entries()) {
    if (page.continued !== open.length > 0) return unreadable('loses the rest of a packet between two pages');
    for (const [pieceIndex, piece] of page.pieces.entries()) {
      open = [...open, piece];
      const complete = pieceIndex < page.pieces.length - 1 || page.endsComplete;
      // A comment header may span pages and hold pictures; a sound packet may not be that long.
      if (packets.length >= 2 && byteSum(open) > MAX_OPUS_PACKET_BYTES) return unreadable('holds a packet that is too long');
      if (!complete) continue;
      if (packets.length >= MAX_OGG_PARTS) return unreadable('is cut into too many pieces');
      packets.push({ bytes: concatBytes(open), page: pageIndex });
      open = [];
    }
  }
  return open.length > 0 ? unreadable('ends inside a packet') : packets;
}

function measure(pages: readonly OggPage[], head: OpusHead, audio: readonly PlacedPacket[]): OggOpusPackets | AudioRefusal {
  const lengths: number[] = [];
  for (const packet of audio) {
    const samples = opusPacketSamples(packet.bytes);
    if (samples === undefined) return unreadable('holds a packet that is no Opus packet');
    lengths.push(samples);
  }
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const firstPageIndex = audio[0]?.page;
  const firstPage = firstPageIndex === undefined ? undefined : pages[firstPageIndex];
  const lastPage = pages[pages.length - 1];
  if (firstPageIndex === undefined || firstPage === undefined || lastPage === undefined) {
    return refuseAudio('AUDIO_EMPTY', 'The Ogg Opus file holds no sound.');
  }
  const onFirstPage = lengths.reduce((sum, length, index) => (audio[index]?.page === firstPageIndex ? sum + length : sum), 0);
  const start = firstPage.last ? 0 : Number(firstPage.granule) - onFirstPage;
  const end = Number(lastPage.granule);
  const lastAudioPage = audio[audio.length - 1]?.page;
  const onLastPage = lengths.reduce((sum, length, index) => (audio[index]?.page === lastAudioPage ? sum + length : sum), 0);
  if (start < 0 || end - start > total) return unreadable('claims more sound than it holds');
  if (end - start <= total - onLastPage) return unreadable('claims less sound than it holds');
  const samples = end - start - head.preSkip;
  if (samples <= 0) return refuseAudio('AUDIO_EMPTY', 'The Ogg Opus file holds no sound.');
  return {
    ok: true,
    channels: head.channels,
    preSkip: head.preSkip,
    outputGain: head.outputGain,
    packets: audio.map((packet) => packet.bytes),
    samples,
    durationMs: Math.round(samples / 48),
  };
}

const FAULT_WORDS: Readonly<Record<OggReadFault, string>> = {
  'not-ogg': 'holds bytes that are no Ogg page',
  cut: 'is cut in the middle of a page',
  crc: 'has a page with a wrong checksum',
  version: 'has an unknown Ogg version',
};

function unreadable(what: string): AudioRefusal {
  return refuseAudio('AUDIO_UNREADABLE', `The Ogg Opus file ${what}.`);
}
