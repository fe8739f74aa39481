import { generateChime, generateSiren, measureLoudness, rmsDbfs, type Pcm } from '#libs/audio';
import { toneDb } from './signals';

/** For each 100 ms: whether anything sounds. */
function rhythm(pcm: Pcm): readonly boolean[] {
  return Array.from({ length: Math.floor(pcm.samples.length / 4800) }, (_, index) => rmsDbfs(pcm.samples.subarray(index * 4800, (index + 1) * 4800)) > -40);
}

describe('generateSiren', () => {
  const siren = generateSiren('rise-fall', 7000);

  it('lasts exactly as long as asked and is the same every time', () => {
    expect(siren.samples.length).toBe(336000);
    expect(generateSiren('rise-fall', 7000).samples).toEqual(siren.samples);
    expect(generateSiren('rise-fall', 1).samples.length).toBe(48);
  });

  it('climbs and descends in fixed steps', () => {
    const steps = [523.25, 587.33, 659.26, 783.99, 880, 783.99, 659.26, 587.33, 523.25];
    steps.forEach((hertz, step) => {
      const window = siren.samples.slice((step * 200 + 20) * 48, (step * 200 + 180) * 48);
      const others = steps.filter((other) => other !== hertz).map((other) => toneDb(window, other));
      expect(toneDb(window, hertz)).toBeGreaterThan(Math.max(...others) + 15);
    });
  });

  it('is not one of the air-raid signals: it never sounds longer than 1.8 s without a pause, never pauses longer than 0.6 s', () => {
    const runs = runLengths(rhythm(siren));
    expect(Math.max(...runs.filter((run) => run.sounding).map((run) => run.tenths))).toBe(18);
    expect(Math.max(...runs.filter((run) => !run.sounding).map((run) => run.tenths))).toBe(6);
  });

  it('is loud without clipping', () => {
    const { integratedLufs, truePeakDbtp } = measureLoudness(siren);
    expect(truePeakDbtp).toBeLessThan(-2);
    expect(integratedLufs).toBeGreaterThan(-16);
  });

  it('does not click at the end when the run is cut inside a step', () => {
    const cut = generateSiren('rise-fall', 1050);
    expect(Math.abs(cut.samples[cut.samples.length - 1] ?? 1)).toBeLessThan(0.001);
  });
});

describe('generateChime', () => {
  it.each([['opening', [659.26, 523.25, 783.99]], ['closing', [783.99, 523.25]]] as const)('%s strikes its notes in turn and rings out', (kind, notes) => {
    const chime = generateChime(kind);
    expect(chime.samples.length).toBe(((notes.length - 1) * 420 + 1600) * 48);
    notes.forEach((hertz, note) => {
      expect(toneDb(chime.samples.slice((note * 420 + 10) * 48, (note * 420 + 400) * 48), hertz)).toBeGreaterThan(-25);
    });
    expect(rmsDbfs(chime.samples.slice(-480))).toBeLessThan(-50);
    expect(measureLoudness(chime).truePeakDbtp).toBeLessThan(-2);
  });
});

function runLengths(marks: readonly boolean[]): readonly { readonly sounding: boolean; readonly tenths: number }[] {
  const runs: { sounding: boolean; tenths: number }[] = [];
  for (const sounding of marks) {
    const last = runs[runs.length - 1];
    if (last?.sounding === sounding) last.tenths += 1;
    else runs.push({ sounding, tenths: 1 });
  }
  return runs;
}
