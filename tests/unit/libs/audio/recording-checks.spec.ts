import { checkRecording, joinPcm, pcmOf, silence } from '#libs/audio';
import { uploadChecks } from '../../../../apps/platform/src/features/media/upload-checks';

const tone = (ms: number, gain: number) => pcmOf(Float32Array.from({ length: ms * 48 }, (_, at) => Math.max(-1, Math.min(1, gain * Math.sin((2 * Math.PI * 997 * at) / 48_000)))));
const told = (...pieces: Parameters<typeof joinPcm>[0]) => uploadChecks(checkRecording(joinPcm(pieces)));

describe('what an author is told of a recording', () => {
  it('is nothing of a good one but its figures', () => {
    const answer = told(tone(4_000, 0.25));
    expect(answer).toMatchObject({ silentPermille: 0, longestSilenceMs: 0, clippedSamples: 0, warnings: [] });
    expect(Math.abs(answer.truePeakCentiDbtp + 1_204)).toBeLessThan(10);
    expect(Math.abs(answer.integratedCentiLufs + 1_505)).toBeLessThan(20);
  });

  it('is a warning where it is clipped, mostly silent, long silent or very quiet', () => {
    const clipped = told(tone(1_000, 3));
    expect([clipped.clippedSamples > 30_000, clipped.warnings]).toEqual([true, ['CLIPPED']]);
    expect(told(tone(1_000, 0.25), silence(2_000), tone(500, 0.25))).toMatchObject({ longestSilenceMs: 2_000, silentPermille: 571, warnings: ['MOSTLY_SILENT'] });
    expect(told(tone(10_000, 0.25), silence(10_000), tone(2_000, 0.25)).warnings).toEqual(['LONG_SILENCE']);
    expect(told(tone(2_000, 0.005)).warnings).toEqual(['VERY_QUIET']);
  });

  it('does not call a sample that touches full scale clipped', () => {
    expect(told(tone(1_000, 1)).clippedSamples).toBeLessThan(6_000);
    expect(checkRecording(pcmOf(Float32Array.from([0, 1, 1, 0, -1, 0]))).clippedSamples).toBe(0);
  });
});
