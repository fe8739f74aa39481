import { pcmOf } from '#libs/audio';
import type { Slot } from '../../../../../apps/terminal-agent/src/hardware/card-voice';
import { PACKET_FRAMES } from '../../../../../apps/terminal-agent/src/live/playout-plan';
import { VoicePcm } from '../../../../../apps/terminal-agent/src/live/voice-pcm';
import { joined, snrDb, spoken, type Spoken } from '../../../../support/terminal-agent/spoken';
import { seeded, sine, speechLike } from '../../../libs/audio/signals';

const FADE_FRAMES = 240;
const AMPLITUDE = 0.5;

const tone = spoken(pcmOf(sine(500, 2_000, AMPLITUDE)));
const speech = spoken(speechLike(4_000, AMPLITUDE));

const packetSlot = ({ packets }: Spoken, at: number, frames = PACKET_FRAMES, rises = false): Slot => ({ kind: 'packet', packet: { heardAt: 0, opus: packets[at] ?? new Uint8Array(1) }, frames, rises });
const conceal = (frames: number, falls = false): Slot => ({ kind: 'conceal', frames, falls });
const silence = (frames: number): Slot => ({ kind: 'silence', frames });
/** Five made-up packets, the last of which falls. */
const hole = [0, 1, 2, 3, 4].map((at) => conceal(PACKET_FRAMES, at === 4));

function sounded(slots: readonly Slot[]): { readonly pieces: readonly Float32Array[]; readonly samples: Float32Array } {
  const voice = new VoicePcm();
  const pieces = slots.map((slot) => voice.next(slot));
  return { pieces, samples: joined([...pieces, voice.close()]) };
}

/** From the silence before it on, and into the silence behind it. */
function largestStep(samples: Float32Array): number {
  let [most, before] = [0, 0];
  for (const sample of [...samples, 0]) {
    most = Math.max(most, Math.abs(sample - before));
    before = sample;
  }
  return most;
}

/** A tone of 500 Hz at half scale has one of 0.033, and Opus adds a little; a hard seam is one of up to 1. */
const TONE_STEP = 1.02 * largestStep(joined(tone.whole));

const peak = (samples: Float32Array): number => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

describe('what a card sounds of a living voice', () => {
  it('is what the decoder makes of it, risen at its beginning', () => {
    const { pieces } = sounded(tone.packets.map((_, at) => packetSlot(tone, at, PACKET_FRAMES, at === 0)));
    expect(pieces[0]).toEqual(tone.whole[0]?.map((sample, at) => sample * Math.min(1, at / FADE_FRAMES)));
    expect(joined(pieces.slice(1))).toEqual(joined(tone.whole.slice(1)));
  });

  it('is exactly as long as each slot says', () => {
    const random = seeded(11);
    const int = (most: number): number => Math.floor(random() * most);
    const slots = speech.packets.flatMap((_, at): readonly Slot[] => {
      const next = packetSlot(speech, at, PACKET_FRAMES - 1 + int(3), at === 0);
      if (at % 7 === 3) return [next, conceal(1 + int(PACKET_FRAMES))];
      return at % 11 === 5 ? [next, ...hole, silence(1 + int(PACKET_FRAMES))] : [next];
    });
    expect(sounded(slots).pieces.map(({ length }) => length)).toEqual(slots.map(({ frames }) => frames));
  });

  it('drawn out or pressed together by a frame in each packet is the same sound', () => {
    for (const by of [-1, 1]) {
      for (const [voice, least] of [[tone, 60], [speech, 40]] as const) {
        const frames = PACKET_FRAMES + by;
        const { pieces } = sounded(voice.packets.map((_, at) => packetSlot(voice, at, frames)));
        const shift = (whole: Float32Array): Float32Array => Float32Array.from({ length: frames }, (_, at) => cubicAt(whole, PACKET_FRAMES + at * (PACKET_FRAMES / frames)));
        const wishes = voice.whole.map((_, at) => shift(joined(voice.whole.slice(Math.max(0, at - 1), at + 2))));
        expect(snrDb(joined(wishes.slice(2, -2)), joined(pieces.slice(2, -2)))).toBeGreaterThan(least);
      }
    }
  });

  it('goes on through a packet that is missing as if it were there', () => {
    const [before, lost] = [tone.packets.slice(0, 40).map((_, at) => packetSlot(tone, at)), 40];
    const { pieces } = sounded([...before, conceal(PACKET_FRAMES)]);
    expect(snrDb(tone.whole[lost] ?? new Float32Array(0), pieces[lost] ?? new Float32Array(0))).toBeGreaterThan(15);
  });

  it('never clicks: at no seam is the step larger than the tone\'s own', () => {
    const run = (from: number, until: number, rises: boolean): readonly Slot[] => tone.packets.slice(from, until).map((_, at) => packetSlot(tone, from + at, PACKET_FRAMES, rises && at === 0));
    const scenes: Readonly<Record<string, (cut: number) => readonly Slot[]>> = {
      'undisturbed and ended in the middle': (cut) => run(0, 20 + (cut % 7), true),
      'one packet missing': () => [...run(0, 30, true), conceal(PACKET_FRAMES), ...run(31, 60, false)],
      'a stretch missing that is no whole number of packets': (cut) => [...run(0, 30, true), conceal(PACKET_FRAMES), conceal(cut), ...run(32, 60, false)],
      'a stretch shorter than a fade missing': (cut) => [...run(0, 30, true), conceal(1 + (cut % 200)), ...run(30, 60, false)],
      'silence after what was made up, and back': (cut) => [...run(0, 30, true), ...hole, silence(cut), ...run(36, 60, true)],
      'a jump': (cut) => [...run(0, 30, true), conceal(FADE_FRAMES, true), silence(cut), ...run(33, 60, true)],
      'slewed': (cut) => [...run(0, 3, true), ...Array.from({ length: 40 }, (_, at) => packetSlot(tone, 3 + at, PACKET_FRAMES + ((cut + (at >> 3)) % 3) - 1)), ...run(43, 60, false)],
      'ended in what was made up': (cut) => [...run(0, 30, true), conceal(cut)],
    };
    const steps = Object.entries(scenes).map(([name, slots]) => [name, Math.max(...[1, 119, 240, 241, 500, 959].map((cut) => largestStep(sounded(slots(cut)).samples)))] as const);
    expect(steps.filter(([, step]) => step > TONE_STEP)).toEqual([]);
  });

  it('comes back after a silence no louder than it is said', () => {
    for (let back = 30; back < 150; back += 7) {
      const until = back - 24;
      const { pieces } = sounded([...speech.packets.slice(0, until).map((_, at) => packetSlot(speech, at, PACKET_FRAMES, at === 0)), conceal(FADE_FRAMES, true), silence(PACKET_FRAMES),
        ...[0, 1, 2, 3].map((at) => packetSlot(speech, back + at, PACKET_FRAMES, at === 0))]);
      for (const [at, piece] of pieces.slice(until + 2).entries()) expect(peak(piece)).toBeLessThan(0.02 + 1.1 * peak(speech.whole[back + at] ?? new Float32Array(0)));
    }
  });

  it('makes something up for a packet that is no Opus, or not of 20 ms', () => {
    const ten = Uint8Array.of(0x90, ...(tone.packets[20] ?? new Uint8Array(1)).subarray(1));
    for (const bad of [new Uint8Array(0), Uint8Array.of(0x03, 0xff), ten]) {
      const { pieces } = sounded([...tone.packets.slice(0, 20).map((_, at) => packetSlot(tone, at)), { kind: 'packet', packet: { heardAt: 0, opus: bad }, frames: PACKET_FRAMES, rises: false }]);
      expect(pieces[20]).toHaveLength(PACKET_FRAMES);
      expect(peak(pieces[20] ?? new Float32Array(0))).toBeGreaterThan(0.05);
    }
    expect(sounded([{ kind: 'packet', packet: { heardAt: 0, opus: Uint8Array.of(0x03) }, frames: 961, rises: true }]).pieces[0]).toEqual(new Float32Array(961));
  });

  it('is as silent as it is said', () => {
    const { pieces } = sounded([silence(PACKET_FRAMES), packetSlot(tone, 0, PACKET_FRAMES, true), ...hole, silence(5)]);
    expect(peak(pieces[0] ?? new Float32Array(1).fill(1))).toBe(0);
    expect(peak(pieces.at(-1) ?? new Float32Array(1).fill(1))).toBe(0);
    expect(new VoicePcm().close()).toHaveLength(0);
    expect(pieces[6]?.at(-1)).toBeCloseTo(0);
  });
});

/** Catmull-Rom. */
function cubicAt(samples: Float32Array, at: number): number {
  const index = Math.floor(at);
  const [a, b, c, d] = [-1, 0, 1, 2].map((offset) => samples[index + offset] ?? 0);
  const [p0, p1, p2, p3, t] = [a ?? 0, b ?? 0, c ?? 0, d ?? 0, at - index];
  return p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)));
}
