import { readAudioFile, readWebmOpus } from '#libs/audio';
import { seeded, sinePcm, toneDb } from './signals';
import { element, join, makeWebm, opusHead, type WebmShape } from './webm';

const tone = sinePcm(1000, 2_500, 0.5);
const codeOf = (bytes: Uint8Array): string => {
  const read = readAudioFile(bytes);
  return read.ok ? 'ok' : `${read.code} ${read.sentence}`;
};

describe('a browser\'s WebM recording', () => {
  it.each([['lengths left open, as MediaRecorder writes it', {}], ['lengths said', { open: false }], ['blocks in groups', { group: true }], ['cues and tags behind the sound', { behind: join(element(0x1c53bb6b, new Uint8Array(3)), element(0x1254c367, new Uint8Array(9))) }]] as const)(
    'is read with %s: whole, at its pitch and level', (_, shape) => {
      const read = readAudioFile(makeWebm(tone, shape));
      if (!read.ok) throw new Error(read.sentence);
      expect(read.format).toBe('webm-opus');
      expect(Math.abs(read.pcm.samples.length - tone.samples.length)).toBeLessThan(960);
      expect(toneDb(read.pcm.samples.slice(9_600, 96_000), 1000)).toBeCloseTo(-6, 0);
    });

  it.each<readonly [string, WebmShape, string]>([
    ['another codec', { codec: 'A_VORBIS' }, 'AUDIO_UNLISTED_FORMAT The WebM file does not hold plain Opus'],
    ['a picture', { trackType: 1 }, 'AUDIO_UNLISTED_FORMAT The WebM file does not hold plain Opus'],
    ['encrypted sound', { encrypted: true }, 'AUDIO_UNLISTED_FORMAT The WebM file does not hold plain Opus'],
    ['two tracks', { twoTracks: true }, 'AUDIO_UNLISTED_FORMAT The WebM file holds more than one track'],
    ['Matroska', { docType: 'matroska' }, 'AUDIO_UNLISTED_FORMAT This is Matroska'],
    ['laced blocks', { flags: 0x82 }, 'AUDIO_UNREADABLE The WebM file holds laced blocks'],
    ['blocks of a track it does not name', { blockTrack: 2 }, 'AUDIO_UNREADABLE The WebM file holds another track'],
    ['times that go back', { timestamps: [0, 1_000, 500] }, 'AUDIO_UNREADABLE The WebM file goes back in time'],
    ['a track behind its sound', { behind: element(0x1654ae6b, new Uint8Array(4)) }, 'AUDIO_UNREADABLE The WebM file names a track behind'],
    ['five channels', { head: opusHead(312).with(9, 5) }, 'AUDIO_UNREADABLE The WebM file does not say how'],
  ])('refuses %s with its code', (_, shape, code) => {
    expect(codeOf(makeWebm(tone, shape))).toContain(code);
  });

  it('refuses a file that is cut, goes on after its end, or is cut into too many pieces', () => {
    const whole = makeWebm(tone);
    expect(codeOf(whole.subarray(0, whole.length - 5))).toContain('AUDIO_UNREADABLE The WebM file is cut');
    expect(codeOf(join(makeWebm(tone, { open: false }), new Uint8Array(3)))).toContain('AUDIO_UNREADABLE The WebM file goes on after its end');
    const many = element(0x18538067, new Uint8Array(1_000_002).fill(0xec).map((byte, at) => (at % 2 === 0 ? byte : 0x80)));
    expect(codeOf(join(element(0x1a45dfa3, element(0x4282, new TextEncoder().encode('webm'))), many))).toContain('AUDIO_UNREADABLE The WebM file is cut into too many pieces');
    expect(codeOf(join(element(0x1a45dfa3, element(0x4282, new TextEncoder().encode('webm'))), element(0x18538067, element(0x1654ae6b, new Uint8Array(0)))))).toContain('AUDIO_UNLISTED_FORMAT');
  });

  it('says what to do with what Safari records', () => {
    const mp4 = Uint8Array.from([0, 0, 0, 24, ...new TextEncoder().encode('ftypmp42'), ...new Uint8Array(40)]);
    expect(codeOf(mp4)).toContain('AUDIO_MP4');
    expect(codeOf(mp4)).toContain('WAV');
  });

  it('never throws and never stalls, whatever is changed in it: 3000 mutations of a good file', () => {
    const good = makeWebm(sinePcm(1000, 300, 0.5));
    const random = seeded(20_261_122);
    for (let round = 0; round < 3_000; round += 1) {
      const bad = Uint8Array.from(good);
      const changes = 1 + Math.floor(random() * 4);
      for (let change = 0; change < changes; change += 1) bad[Math.floor(random() * bad.length)] = Math.floor(random() * 256);
      const cut = random() < 0.2 ? bad.subarray(0, Math.floor(random() * bad.length)) : bad;
      const read = readWebmOpus(cut);
      if (!read.ok) expect(read.code).toMatch(/^AUDIO_/);
      else expect(read.packets.length).toBeLessThanOrEqual(100);
    }
  });
});
