import { CHIME_KINDS, generateChime, generateSiren, joinPcm, pcmOf, refuseReserved, reservedIn, silence, type Pcm } from '#libs/audio';
import { bell, flute, fiddle, horn, melody, mixed, withEcho, withNoise } from './music';
import { cycle, inTurn, steady, synthetic, triangle } from './reserved-sounds';
import { speechLike } from './signals';

const signalsIn = (samples: Float32Array): readonly string[] => [...new Set(reservedIn(pcmOf(samples)).map(({ signal }) => signal))];

/** A motor that comes up and runs out, with a horn's harmonics. */
const motor = (hertz: number, onS: number, offS: number) => (second: number) => {
  const within = second % (onS + offS);
  return within < onS ? hertz * (1 - 0.75 * Math.exp(-within / 0.7)) : hertz * Math.exp((onS - within) / 4);
};

const fourTimes = (sound: Pcm, gapMs: number): readonly Pcm[] => Array.from({ length: 4 }, () => [sound, silence(gapMs)]).flat();

describe('an upload that holds a signal of others', () => {
  it.each<[string, string, () => Float32Array]>([
    ['a steady tone of 36 s, one third of the early warning', 'air-raid', () => synthetic(36, steady(450))],
    ['the early warning, 36 s on and 24 s off', 'air-raid', () => synthetic(62, steady(450), cycle(36, 24))],
    ['the alarm, 6 s on and 6 s off', 'air-raid', () => synthetic(32, steady(450), cycle(6, 6))],
    ['one beat of the alarm, which a message would repeat', 'air-raid', () => synthetic(6, steady(450))],
    ['the alarm in an echoing valley', 'air-raid', () => withEcho(synthetic(32, steady(620), cycle(6, 6)))],
    ['the alarm of a motor that comes up and runs out', 'air-raid', () => synthetic(32, motor(440, 6, 6), cycle(6.5, 5.5))],
    ['a minute of the three of the all-clear', 'air-raid', () => synthetic(60, steady(430))],
    ['the all-clear, recorded in wind', 'air-raid', () => withNoise(synthetic(40, steady(450)), 0.2)],
    ['the all-clear, clipped', 'air-raid', () => synthetic(36, steady(450)).map((sample) => Math.max(-0.2, Math.min(0.2, sample)))],
    ['the early warning after speech', 'air-raid', () => joinPcm([speechLike(5_000, 0.5), silence(1_000), pcmOf(synthetic(36, steady(450)))]).samples],
    ['the alarm with a wailing motor', 'siren-sweep', () => synthetic(36, triangle(300, 600, 4), cycle(6, 6))],
    ['a police wail', 'siren-sweep', () => synthetic(12, triangle(650, 1450, 5))],
    ['a police yelp', 'siren-sweep', () => synthetic(6, triangle(650, 1450, 0.6))],
    ['a fire engine\'s slow wail', 'siren-sweep', () => synthetic(20, triangle(500, 900, 9))],
    ['a whoop that rises again and again', 'siren-sweep', () => synthetic(16, (second) => 500 + 200 * (second % 4), (second) => second % 4 < 3.5)],
    ['an ambulance, high and low in turn', 'two-tone', () => synthetic(8, inTurn([960, 770], 0.65))],
    ['the beeps of an earthquake early warning', 'quake-beeps', () => synthetic(6, steady(1_000), cycle(0.15, 0.35))],
    ['a count-down of one beep a second', 'quake-beeps', () => synthetic(10, steady(880), cycle(0.2, 0.8))],
  ])('is found: %s', (_, signal, make) => {
    expect(signalsIn(make())).toEqual([signal]);
  });

  it('is refused with every place in one sentence', () => {
    const both = joinPcm([pcmOf(synthetic(36, steady(450))), silence(4_000), pcmOf(synthetic(8, inTurn([960, 770], 0.65)))]);
    expect(refuseReserved(both)).toMatchObject({ ok: false, code: 'AUDIO_RESERVED' });
    expect(refuseReserved(both)?.sentence).toMatch(/an air-raid signal \(0:00 to 0:36\), an ambulance siren \(0:40 to 0:4[78]\)\./);
  });

  it('is refused in a sentence of a bounded length, however often it comes', () => {
    const sentence = refuseReserved(pcmOf(synthetic(96, steady(450), cycle(6, 6))))?.sentence ?? '';
    expect(sentence).toMatch(/, and 2 more\./);
    expect(sentence.length).toBeLessThan(450);
  });
});

describe('an upload that holds none', () => {
  it.each<[string, () => Float32Array]>([
    ['something like speech', () => speechLike(10_000, 0.5).samples],
    ['the same with a hum', () => mixed(speechLike(8_000, 0.5).samples, synthetic(8, steady(200)).map((sample) => sample * 0.1))],
    ['a flute, long notes', () => melody(flute, { seconds: 12, beatS: 1.2 })],
    ['a flute, a fast tune', () => melody(flute, { seconds: 12, beatS: 0.3 })],
    ['a fiddle that slides from note to note', () => melody(fiddle, { seconds: 12, beatS: 0.8 })],
    ['a fiddle that slides fast', () => melody(fiddle, { seconds: 12, beatS: 0.35 })],
    ['a bugle call', () => melody(horn, { seconds: 12, beatS: 0.2 })],
    ['a slow horn', () => melody(horn, { seconds: 12, beatS: 1.5 })],
    ['a bell tune', () => melody(bell, { seconds: 12, beatS: 0.5 })],
    ['a horn and a fiddle together', () => mixed(melody(horn, { seconds: 12, beatS: 0.6, seed: 3 }), melody(fiddle, { seconds: 12, beatS: 0.4, seed: 9 }))],
    ['a chord of an organ', () => mixed(mixed(synthetic(16, steady(262)), synthetic(16, steady(330))), mixed(synthetic(16, steady(392)), synthetic(16, steady(523))))],
    ['one stroke of a bell that rings for ten seconds', () => synthetic(10, steady(300)).map((sample, at) => sample * 10 ** ((-2 * at) / 48_000 / 20))],
    ['a ten second note within a tune', () => joinPcm([pcmOf(melody(horn, { seconds: 6, beatS: 0.3 })), pcmOf(synthetic(10, steady(600))), pcmOf(melody(horn, { seconds: 6, beatS: 0.3 }))]).samples],
    ['the hour\'s time signal', () => joinPcm([...Array.from({ length: 5 }, () => pcmOf(synthetic(1, steady(800), (second) => second < 0.25))), pcmOf(synthetic(0.5, steady(1_600)))]).samples],
    ['a phone that rings', () => synthetic(20, steady(450), cycle(1, 4))],
    ['a cock that crows', () => synthetic(20, (second) => 500 + 350 * Math.sin((Math.PI * Math.min(1.6, second % 4)) / 1.6), cycle(1.6, 2.4)).map((sample, at) => (at % 192_000 < 48_000 * 0.25 ? sample * 0.05 : sample))],
    ['our siren, said four times', () => joinPcm(fourTimes(generateSiren('rise-fall', 7_200), 0)).samples],
    ...CHIME_KINDS.map((kind): [string, () => Float32Array] => [`our chime "${kind}", struck again every six seconds`, () => joinPcm(fourTimes(generateChime(kind), 6_000)).samples]),
  ])('passes: %s', (_, make) => {
    expect(signalsIn(make())).toEqual([]);
  });
});
