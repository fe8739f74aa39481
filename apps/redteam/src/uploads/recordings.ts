import { spawnSync } from 'node:child_process';
import { encodeOggOpus, generateChime, writeWav } from '#libs/audio';
import type { SeededRandom } from '../../../../tests/support/seeded-random';
import { flacOfFrames, flacOfHours } from './flac-bomb';

/** A file that somebody brings instead of a recording, and the codes that may answer it. */
export interface HostileRecording {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly codes: readonly string[];
}

const NO_FORMAT = ['AUDIO_UNLISTED_FORMAT'];
const BROKEN = ['AUDIO_UNREADABLE', 'AUDIO_EMPTY'];
/** Where a file says that it is hours long, it may be called too long before it is called broken. */
const HOURS = ['AUDIO_TOO_LONG', 'AUDIO_UNREADABLE'];
const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const u32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
/** A box of an MP4 file: length, name, content. */
const box = (name: string, ...content: readonly Uint8Array[]): Uint8Array => { const inside = joined(...content); return joined(u32(inside.length + 8), text(name), inside); };

const sound = generateChime('opening');

/** The formats that are made by ffmpeg here are there only where it is. */
const ENCODERS: readonly (readonly [string, readonly string[]])[] = [
  ['MP3', ['-c:a', 'libmp3lame', '-f', 'mp3']], ['AAC', ['-c:a', 'aac', '-f', 'adts']], ['FLAC', ['-c:a', 'flac', '-f', 'flac']], ['Ogg Vorbis', ['-c:a', 'libvorbis', '-f', 'ogg']],
  ['M4A', ['-c:a', 'aac', '-movflags', 'frag_keyframe+empty_moov', '-f', 'mp4']],
];

export function goodRecordings(ffmpeg: string | undefined): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  return [{ name: 'WAV', bytes: writeWav(sound) }, { name: 'Ogg Opus', bytes: encodeOggOpus(sound, { bitrate: 32_000 }).bytes }, ...(ffmpeg === undefined ? [] : encoded(ffmpeg))];
}

function encoded(ffmpeg: string): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  const input = writeWav(sound);
  return ENCODERS.flatMap(([name, output]) => {
    const { status, stdout } = spawnSync(ffmpeg, ['-hide_banner', '-loglevel', 'error', '-f', 'wav', '-i', 'pipe:0', ...output, 'pipe:1'], { input, maxBuffer: 1 << 26 });
    return status === 0 ? [{ name, bytes: new Uint8Array(stdout) }] : [];
  });
}

/** Of the same texts in every wrapping one in so many, unless all are asked for: no multiple of how many wrappings there are. */
const INSIDE_SHARE = 5;

/** `url`: of a server that nobody may connect to. */
export function hostileRecordings(url: string, random: SeededRandom, ffmpeg: string | undefined, whole: boolean): readonly HostileRecording[] {
  const good = goodRecordings(ffmpeg);
  return [...pointers(url), ...pointersInside(url, good).filter((_, at) => whole || at % INSIDE_SHARE === 0), ...others(), ...cutOff(good), ...bombs(), ...lengths(good, random)];
}

/** Texts that a player would follow to another file. */
function texts(url: string): readonly (readonly [string, string])[] {
  return [
    ['an HLS playlist', `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${url}\n#EXT-X-ENDLIST\n`],
    ['an M3U of a local file', '#EXTM3U\nfile:///etc/passwd\n'],
    ['a PLS', `[playlist]\nNumberOfEntries=1\nFile1=${url}\n`],
    ['an ffconcat', `ffconcat version 1.0\nfile '${url}'\nfile /etc/passwd\n`],
    ['a session description', 'v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 20001 RTP/AVP 0\n'],
    ['an XSPF', `<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track><location>${url}</location></track></trackList></playlist>`],
    ['an XML entity', `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><smil>&y;</smil>`],
    ['a DASH manifest', `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet><Representation><BaseURL>${url}</BaseURL></Representation></AdaptationSet></Period></MPD>`],
    ['a cue sheet', `FILE "/etc/passwd" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n`],
    ['an address alone', url],
    ['a filter graph', `amovie=/etc/passwd,anull`],
    ['an RTSP redirect', `RTSP/1.0 302 Moved\r\nLocation: ${url}\r\n\r\n`],
  ];
}

function pointers(url: string): readonly HostileRecording[] {
  return texts(url).map(([name, words]) => ({ name, bytes: text(words), codes: NO_FORMAT }));
}

/** The same behind the first bytes of every format, so that they come to its decoder. */
function pointersInside(url: string, good: readonly { readonly name: string; readonly bytes: Uint8Array }[]): readonly HostileRecording[] {
  const tag = (inside: Uint8Array): Uint8Array => joined(text('ID3'), Uint8Array.of(4, 0, 0, 0, 0, 0, 10), new Uint8Array(10), inside);
  const heads = good.map(({ name, bytes }) => [name, bytes.subarray(0, name === 'Ogg Vorbis' || name === 'Ogg Opus' ? 60 : 12)] as const);
  return texts(url).flatMap(([name, words]) => [
    ...heads.map(([format, head]) => ({ name: `${name} behind the beginning of ${format}`, bytes: joined(head, text(words)), codes: [...BROKEN, ...NO_FORMAT] })),
    { name: `${name} behind a tag`, bytes: tag(text(words)), codes: NO_FORMAT },
    { name: `${name} behind a tag and an MP3 frame's beginning`, bytes: tag(joined(Uint8Array.of(0xff, 0xfb, 0x90, 0x64), text(words))), codes: BROKEN },
    { name: `${name} in an MP4`, bytes: joined(box('ftyp', text('M4A '), u32(0), text('M4A ')), box('mdat', text(words))), codes: BROKEN },
    { name: `an MP4 whose sound lies at ${name === 'an address alone' ? 'an address' : 'a path'} (${name})`, bytes: elsewhere(words), codes: BROKEN },
  ]);
}

/** An MP4 that says its samples lie in another file (ISO/IEC 14496-12 8.7.2). */
function elsewhere(location: string): Uint8Array {
  const reference = box('dref', u32(0), u32(1), box('url ', u32(0), text(location), Uint8Array.of(0)));
  const entry = box('mp4a', new Uint8Array(6), Uint8Array.of(0, 1), new Uint8Array(8), Uint8Array.of(0, 1, 0, 16, 0, 0, 0, 0), u32(48_000 * 65_536));
  const table = box('stbl', box('stsd', u32(0), u32(1), entry), box('stts', u32(0), u32(1), u32(1), u32(1_024)), box('stsc', u32(0), u32(1), u32(1), u32(1), u32(1)), box('stsz', u32(0), u32(64), u32(1)), box('stco', u32(0), u32(1), u32(0)));
  const media = box('mdia', box('mdhd', u32(0), u32(0), u32(0), u32(48_000), u32(1_024), u32(0)), box('hdlr', u32(0), u32(0), text('soun'), new Uint8Array(13)), box('minf', box('smhd', u32(0), u32(0)), box('dinf', reference), table));
  return joined(box('ftyp', text('M4A '), u32(0), text('M4A ')), box('moov', box('mvhd', new Uint8Array(100)), box('trak', box('tkhd', new Uint8Array(84)), media)));
}

/** Files of another kind, whatever their name said: nobody asks a name. */
function others(): readonly HostileRecording[] {
  const kinds: readonly (readonly [string, Uint8Array])[] = [
    ['a picture', joined(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), new Uint8Array(64))],
    ['an archive', joined(text('PK'), Uint8Array.of(3, 4), new Uint8Array(64))],
    ['a program', joined(Uint8Array.of(0x7f), text('ELF'), Uint8Array.of(2, 1, 1), new Uint8Array(64))],
    ['a page', text('<!doctype html><script>1</script>')],
    ['a document', text('%PDF-1.7\n1 0 obj<</OpenAction<</S/URI/URI(http://127.0.0.1)>>>>')],
    ['AVI', joined(text('RIFF'), u32(0), text('AVI LIST'), new Uint8Array(64))],
    ['a film in an MP4', joined(box('ftyp', text('isom'), u32(512), text('avc1')), box('mdat', new Uint8Array(256)))],
    ['a compressed stream', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0, 0, 0xff, 0xff)],
    ['nothing', new Uint8Array()], ['one byte', Uint8Array.of(0xff)], ['zeros', new Uint8Array(4_096)],
  ];
  return kinds.map(([name, bytes]) => ({ name, bytes, codes: [...NO_FORMAT, ...BROKEN] }));
}

/** An MP3 does not say where it ends, and neither does what is cut between two frames. */
function cutOff(good: readonly { readonly name: string; readonly bytes: Uint8Array }[]): readonly HostileRecording[] {
  return good.filter(({ name }) => name !== 'MP3' && name !== 'M4A').flatMap(({ name, bytes }) => [30, 60, 90].map((percent) => ({
    name: `${percent} % of a genuine ${name}`, bytes: bytes.slice(0, Math.floor((bytes.length * percent) / 100) + 5), codes: [...BROKEN, ...NO_FORMAT],
  })));
}

/** Few bytes that would become many: hours, channels, boxes, tables. */
function bombs(): readonly HostileRecording[] {
  const wav = writeWav(sound);
  const head = (set: (view: DataView) => void): Uint8Array => { const copy = wav.slice(); set(new DataView(copy.buffer)); return copy; };
  const nested = (depth: number): Uint8Array => Array.from({ length: depth }).reduce<Uint8Array>((inside) => box('moov', inside), new Uint8Array());
  const counted = (name: string): Uint8Array => joined(box('ftyp', text('M4A '), u32(0), text('M4A ')), box('moov', box('trak', box('mdia', box('minf', box('stbl', box(name, u32(0), u32(0xffff_fff0), u32(1))))))));
  return [
    { name: 'ten hours in 55 bytes of FLAC', bytes: flacOfHours(10), codes: HOURS },
    { name: 'eighteen hours in 55 bytes of FLAC that say an hour', bytes: flacOfHours(18, 1), codes: HOURS },
    { name: 'ten hours at 8 kHz in 66 kB of FLAC', bytes: flacOfFrames(10), codes: HOURS },
    { name: 'a FLAC that says 19 years', bytes: flacOfHours(10, 170_000), codes: HOURS },
    { name: 'a FLAC with a picture of 16 MiB that is not there', bytes: joined(text('fLaC'), Uint8Array.of(0x06, 0xff, 0xff, 0xff), new Uint8Array(64)), codes: BROKEN },
    { name: 'a tag of 256 MiB', bytes: joined(text('ID3'), Uint8Array.of(4, 0, 0, 0x7f, 0x7f, 0x7f, 0x7f), new Uint8Array(64)), codes: [...NO_FORMAT, ...BROKEN] },
    { name: 'ten hours of WAV that are not there', bytes: head((view) => { view.setUint32(40, 48_000 * 2 * 36_000, true); }), codes: HOURS },
    { name: 'a WAV of 65,535 channels', bytes: head((view) => { view.setUint16(22, 65_535, true); }), codes: [...NO_FORMAT, ...BROKEN] },
    { name: 'a WAV of 4 GHz', bytes: head((view) => { view.setUint32(24, 0xffff_ffff, true); }), codes: [...NO_FORMAT, ...BROKEN] },
    { name: 'boxes in boxes, five hundred deep', bytes: joined(box('ftyp', text('M4A '), u32(0), text('M4A ')), nested(500)), codes: BROKEN },
    ...['stsz', 'stts', 'stco', 'stsc'].map((name) => ({ name: `an MP4 table ${name} of four thousand million rows`, bytes: counted(name), codes: BROKEN })),
    { name: 'an MP4 box that says 2^63 bytes', bytes: joined(box('ftyp', text('M4A '), u32(0), text('M4A ')), u32(1), text('moov'), Uint8Array.of(0x7f, 255, 255, 255, 255, 255, 255, 255)), codes: BROKEN },
    { name: 'more bytes than are read', bytes: joined(wav.subarray(0, 44), new Uint8Array(33_554_433)), codes: ['AUDIO_TOO_LARGE'] },
  ];
}

/** A genuine Ogg that says at its end that it is ten hours or three million years long; and one whose pages are anything. */
function lengths(good: readonly { readonly name: string; readonly bytes: Uint8Array }[], random: SeededRandom): readonly HostileRecording[] {
  return good.filter(({ name }) => name.startsWith('Ogg')).flatMap(({ name, bytes }) => [[48_000n * 36_000n, 'ten hours'], [(1n << 62n), 'three million years']].map(([samples, long]) => {
    const copy = bytes.slice();
    const last = Buffer.from(copy.buffer, copy.byteOffset, copy.length).lastIndexOf('OggS');
    new DataView(copy.buffer, copy.byteOffset).setBigInt64(last + 6, typeof samples === 'bigint' ? samples : 0n, true);
    return { name: `${name} that says ${String(long)} at its end`, bytes: copy, codes: HOURS };
  }).concat([{ name: `${name} with a spoiled page`, bytes: bytes.map((byte, at) => (at > 60 && at % 97 === random.int(97) ? byte ^ 255 : byte)), codes: BROKEN }]));
}
