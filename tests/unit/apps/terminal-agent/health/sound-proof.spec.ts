import type { Sensed } from '../../../../../apps/terminal-agent/src/hardware/unit';
import { plainUnit } from '../../../../../apps/terminal-agent/src/hardware/unit';
import { SoundProof } from '../../../../../apps/terminal-agent/src/health/sound-proof';

function proofOf(sensed: Sensed, muted = false) {
  let changes = 0;
  let now = sensed;
  const proof = new SoundProof({ ...plainUnit(true), muted: () => muted, sensed: () => now }, () => { changes += 1; });
  return { proof, changes: () => changes, sense: (next: Sensed) => { now = next; } };
}

describe('the proof that a repetition was heard', () => {
  it.each([
    ['current and sound', { drewCurrent: true, loopbackCentiDbfs: -2_200 }, null, -2_000],
    ['no current', { drewCurrent: false, loopbackCentiDbfs: -2_000 }, 'AMP_FAULT', -2_000],
    ['current and silence', { drewCurrent: true, loopbackCentiDbfs: -9_000 }, 'SILENT', -9_000],
    ['far less than was put out', { drewCurrent: true, loopbackCentiDbfs: -4_001 }, 'SILENT', -4_001],
    ['as little as a horn may lose', { drewCurrent: true, loopbackCentiDbfs: -4_000 }, null, -2_000],
    ['no sensors at all', { drewCurrent: null, loopbackCentiDbfs: null }, null, -2_000],
    ['a current sensor alone', { drewCurrent: false, loopbackCentiDbfs: null }, 'AMP_FAULT', null],
  ] as const)('with %s', (_, sensed, fault, levelCentiDbfs) => {
    expect(proofOf(sensed).proof.judge(-2_000)).toEqual({ fault, levelCentiDbfs });
  });

  it('names the switch when silence has so simple a cause', () => {
    expect(proofOf({ drewCurrent: true, loopbackCentiDbfs: -9_000 }, true).proof.judge(-2_000).fault).toBe('MUTED');
  });

  it('does not take the noise of nothing for a very soft sound', () => {
    expect(proofOf({ drewCurrent: true, loopbackCentiDbfs: -9_000 }).proof.judge(-8_000).fault).toBe('SILENT');
  });

  it('tells once that the amplifier has died and once that it is back', () => {
    const { proof, changes, sense } = proofOf({ drewCurrent: true, loopbackCentiDbfs: -2_000 });
    const after = (drewCurrent: boolean | null) => {
      sense({ drewCurrent, loopbackCentiDbfs: -2_000 });
      proof.judge(-2_000);
      return [proof.amplifierState(), changes()];
    };
    expect([proof.amplifierState(), changes()]).toEqual(['unknown', 0]);
    expect([after(true), after(false), after(false), after(true), after(true)]).toEqual([['ok', 0], ['no-current', 1], ['no-current', 1], ['ok', 2], ['ok', 2]]);
  });
});
