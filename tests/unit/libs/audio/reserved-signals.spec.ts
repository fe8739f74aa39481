import { CHIME_KINDS, generateChime, generateSiren, joinPcm, silence } from '#libs/audio';
import { likeReserved, type ReservedSignal } from './reserved-signals';
import { cycle, inTurn, steady, synthetic, triangle } from './reserved-sounds';

const RATE = 48_000;

const RESERVED: readonly (readonly [string, ReservedSignal, () => Float32Array])[] = [
  ['the air-raid early warning, 36 s on and 24 s off, twice of its three times', 'air-raid-36-24', () => synthetic(97, steady(450), cycle(36, 24))],
  ['the same, a little fast and higher', 'air-raid-36-24', () => synthetic(84, steady(620), cycle(31, 21))],
  ['the air-raid alarm, 6 s on and 6 s off, four of its fifteen times', 'air-raid-6-6', () => synthetic(48, steady(450), cycle(6, 6))],
  ['the same with a wailing motor', 'air-raid-6-6', () => synthetic(36, triangle(300, 600, 4), cycle(6, 6))],
  ['the air-raid all-clear, most of a minute of its three', 'air-raid-steady', () => synthetic(50, steady(450))],
  ['a police wail', 'glide', () => synthetic(12, triangle(650, 1450, 5))],
  ['a police yelp', 'glide', () => synthetic(6, triangle(650, 1450, 0.6))],
  ['a fire engine\'s slow wail', 'glide', () => synthetic(20, triangle(500, 900, 9))],
  ['an ambulance, high and low in turn', 'two-tone', () => synthetic(8, inTurn([960, 770], 0.65))],
  ['a two-tone horn a fourth apart', 'two-tone', () => synthetic(8, inTurn([435, 580], 0.5))],
  ['the beeps of an earthquake early warning', 'quake-beeps', () => synthetic(6, steady(1_000), cycle(0.15, 0.35))],
  ['a count-down of one beep a second', 'quake-beeps', () => synthetic(8, steady(880), cycle(0.2, 0.8))],
  ['the rising chord of an earthquake early warning', 'quake-chord', () => synthetic(3, inTurn([523, 659, 784, 988, 1_175, 1_175, 1_175, 1_175, 1_175, 1_175], 0.12))],
];

describe('the detector of reserved signals', () => {
  it.each(RESERVED)('knows %s', (_, signal, make) => {
    expect(likeReserved(make())).toContain(signal);
  });

  it('finds none in silence and none in a single short tone', () => {
    expect(likeReserved(new Float32Array(RATE))).toEqual([]);
    expect(likeReserved(synthetic(2, steady(600)))).toEqual([]);
  });
});

describe('our own sounds', () => {
  it.each([7_200, 60_000])('the siren is none of the reserved signals, also when it goes on for %d ms', (ms) => {
    expect(likeReserved(generateSiren('rise-fall', ms).samples)).toEqual([]);
  });

  it.each(CHIME_KINDS.map((kind) => [kind]))('the chime "%s" is none, nor when a message repeats it', (kind) => {
    const chime = generateChime(kind);
    expect(likeReserved(chime.samples)).toEqual([]);
    expect(likeReserved(joinPcm([chime, silence(6_000), chime, silence(6_000), chime]).samples)).toEqual([]);
  });
});
