import { FRAME_SAMPLES, createOpusDecoder, decodeOggOpus, encodeOggOpus, evanOpus, opusPacketSamples, pcmOf, readAudioFile, readOggOpusPackets } from '#libs/audio';
import { seeded, sinePcm, speechLike, toneDb } from './signals';

const speech = speechLike(2345, 0.5);

describe('encodeOggOpus and readOggOpusPackets', () => {
  it.each([24000, 32000, 48000] as const)('keeps length, place and level at %i bit/s', (bitrate) => {
    const { bytes, durationMs } = encodeOggOpus(speech, { bitrate });
    const read = readAudioFile(bytes);
    if (!read.ok) throw new Error(read.sentence);
    expect(read.format).toBe('ogg-opus');
    expect(durationMs).toBe(2345);
    expect(read.pcm.samples.length).toBe(speech.samples.length);
    // The low-rate modes bend the phase a little; a pre-skip forgotten would be 312.
    expect(Math.abs(bestLag(speech.samples, read.pcm.samples))).toBeLessThan(10);
    // libopus promises no exact rate in VBR; a file twice as large would be a mistake of ours.
    expect((bytes.length * 8) / 2.345).toBeLessThan(bitrate * 1.4);
  });

  it('gives the same bytes for the same sound and another serial for another sound', () => {
    const first = encodeOggOpus(speech, { bitrate: 24000 });
    expect(encodeOggOpus(speech, { bitrate: 24000 }).bytes).toEqual(first.bytes);
    const other = encodeOggOpus(pcmOf(speech.samples.slice(1)), { bitrate: 24000 });
    expect(serialOf(other.bytes)).not.toBe(serialOf(first.bytes));
    expect(serialOf(encodeOggOpus(speech, { bitrate: 24000, serial: 7 }).bytes)).toBe(7);
  });

  it('makes 20 ms packets, enough for pre-skip and sound, and no more', () => {
    const stream = readOggOpusPackets(encodeOggOpus(speech, { bitrate: 24000 }).bytes);
    if (!stream.ok) throw new Error(stream.sentence);
    expect(stream.preSkip).toBe(312);
    expect(stream.packets.map(opusPacketSamples).every((samples) => samples === FRAME_SAMPLES)).toBe(true);
    expect(stream.packets.length).toBe(Math.ceil((speech.samples.length + stream.preSkip) / FRAME_SAMPLES));
    expect(stream.samples).toBe(speech.samples.length);
    expect(stream.durationMs).toBe(2345);
  });

  it.each([1, 647, 648, 649, 48000 - 312, 48000, 96000])('is exact to the sample for %i samples', (length) => {
    const { bytes } = encodeOggOpus(pcmOf(new Float32Array(length).fill(0.1)), { bitrate: 24000 });
    expect(decodeOggOpus(bytes).samples.length).toBe(length);
  });

  it('keeps a tone through coding and decoding packet by packet', () => {
    const stream = readOggOpusPackets(encodeOggOpus(sinePcm(1000, 1000, 0.5), { bitrate: 48000 }).bytes);
    if (!stream.ok) throw new Error(stream.sentence);
    const decoder = createOpusDecoder();
    const decoded = stream.packets.map((packet) => decoder.decode(packet));
    expect(toneDb(decoded[25] ?? new Float32Array(0), 1000)).toBeCloseTo(-6, 0);
  });

  it('makes up for a lost packet as long as it was, and the next one joins it', () => {
    const stream = readOggOpusPackets(encodeOggOpus(sinePcm(500, 1000, 0.5), { bitrate: 24000 }).bytes);
    if (!stream.ok) throw new Error(stream.sentence);
    const decoder = createOpusDecoder();
    expect(decoder.conceal()).toEqual(new Float32Array(FRAME_SAMPLES));
    stream.packets.slice(0, 20).forEach((packet) => decoder.decode(packet));
    const madeUp = decoder.conceal();
    expect(madeUp).toHaveLength(FRAME_SAMPLES);
    expect(toneDb(madeUp, 500)).toBeCloseTo(-6, 0);
    const next = decoder.decode(stream.packets[21] ?? new Uint8Array(0));
    expect(Math.abs((next[0] ?? 1) - (madeUp.at(-1) ?? 0))).toBeLessThan(0.04);
  });

  it('refuses to encode nothing', () => {
    expect(() => encodeOggOpus(pcmOf(new Float32Array(0)), { bitrate: 24000 })).toThrow(RangeError);
  });

  it('refuses packets that are none, with a code', () => {
    const decoder = createOpusDecoder();
    for (const bad of [new Uint8Array(0), Uint8Array.of(0xff, 0xff, 0xff), new Uint8Array(8000)]) {
      expect(() => decoder.decode(bad)).toThrow(expect.objectContaining({ code: 'AUDIO_PACKET_INVALID' }));
    }
  });

  it('names its codec, so that another can take its place', () => {
    expect(evanOpus.createEncoder({ bitrate: 24000 }).lookaheadSamples).toBe(312);
  });
});

describe('readOggOpusPackets refuses', () => {
  const good = encodeOggOpus(speech, { bitrate: 24000 }).bytes;
  const pages = pageStarts(good);

  it('every single flipped bit', () => {
    const random = seeded(3);
    for (let round = 0; round < 300; round += 1) {
      const bad = good.slice();
      const at = Math.floor(random() * bad.length);
      bad[at] = (bad[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      expect(readOggOpusPackets(bad).ok).toBe(false);
    }
  });

  it.each<[string, Uint8Array]>([
    ['a missing page', without(good, pages[2] ?? 0, pages[3] ?? 0)],
    ['a repeated page', splice(good, pages[3] ?? 0, good.subarray(pages[2], pages[3]))],
    ['a lost end', good.subarray(0, pages[pages.length - 1])],
    ['a file cut inside a page', good.subarray(0, good.length - 10)],
    ['something behind the end', splice(good, good.length, good.subarray(pages[2], pages[3]))],
    ['a second stream behind the first', splice(good, good.length, good)],
    ['a page of another stream in between', splice(good, pages[3] ?? 0, encodeOggOpus(speech, { bitrate: 24000, serial: 9 }).bytes.subarray(pages[2], pages[3]))],
    ['the header page alone', good.subarray(0, pages[1])],
    ['nothing', new Uint8Array(0)],
  ])('%s', (_name, bytes) => {
    expect(readOggOpusPackets(bytes)).toMatchObject({ ok: false, code: 'AUDIO_UNREADABLE' });
  });

  it('a stream that is not Opus', () => {
    const other = good.slice();
    other.set(new TextEncoder().encode('vorbis!!'), 28);
    expect(readOggOpusPackets(withCrc(other, 0, pages[1] ?? 0))).toMatchObject({ code: 'AUDIO_UNLISTED_FORMAT' });
  });

  it('more than two channels', () => {
    const other = good.slice();
    other[28 + 9] = 6;
    expect(readOggOpusPackets(withCrc(other, 0, pages[1] ?? 0))).toMatchObject({ code: 'AUDIO_UNLISTED_FORMAT' });
  });

  it.each<[string, bigint]>([
    ['more sound than the packets hold', 48000n * 3600n],
    ['less sound than the packets hold', 400n],
    ['a length below zero', -5n],
  ])('%s', (_name, granule) => {
    const other = good.slice();
    const last = pages[pages.length - 1] ?? 0;
    new DataView(other.buffer).setBigInt64(last + 6, granule, true);
    expect(readOggOpusPackets(withCrc(other, last, other.length))).toMatchObject({ ok: false, code: 'AUDIO_UNREADABLE' });
  });
});

describe('opusPacketSamples', () => {
  it.each([
    [[0x08], 960],
    [[0x18], 2880],
    [[0x60], 480],
    [[0x80], 120],
    [[0xf8], 960],
    [[0xf9], 1920],
    [[0xfb, 6], 5760],
    [[0xfb, 7], undefined],
    [[0xfb, 0], undefined],
    [[0xfb], undefined],
    [[], undefined],
  ])('counts %j as %s samples', (bytes, samples) => {
    expect(opusPacketSamples(Uint8Array.from(bytes))).toBe(samples);
  });
});

function pageStarts(bytes: Uint8Array): readonly number[] {
  const starts: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    starts.push(at);
    const segments = bytes[at + 26] ?? 0;
    at += 27 + segments + bytes.subarray(at + 27, at + 27 + segments).reduce((sum, length) => sum + length, 0);
  }
  return starts;
}

function without(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(to)]);
}

function splice(bytes: Uint8Array, at: number, piece: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytes.subarray(0, at), ...piece, ...bytes.subarray(at)]);
}

function serialOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer).getUint32(14, true);
}

/** The page checksum again, bit by bit and apart from the code under test (RFC 3533 6). */
function withCrc(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const view = new DataView(bytes.buffer);
  view.setUint32(from + 22, 0, true);
  let crc = 0;
  for (let at = from; at < to; at += 1) {
    crc ^= (bytes[at] ?? 0) << 24;
    for (let bit = 0; bit < 8; bit += 1) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  view.setUint32(from + 22, crc >>> 0, true);
  return bytes;
}

/** Shift in samples, within 20 ms, at which two sounds agree best. */
function bestLag(one: Float32Array, other: Float32Array): number {
  let best = 0;
  let bestSum = -Infinity;
  for (let lag = -960; lag <= 960; lag += 1) {
    let sum = 0;
    for (let index = 1000; index < one.length - 1000; index += 1) sum += (one[index] ?? 0) * (other[index + lag] ?? 0);
    if (sum > bestSum) {
      bestSum = sum;
      best = lag;
    }
  }
  return best;
}
