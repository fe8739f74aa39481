import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { digestSchema, dispatchIdSchema } from '#libs/contracts';
import { openWavCard } from '../../../../../apps/terminal-agent/src/hardware/wav-card';
import { soundOf } from '../../../../../apps/terminal-agent/src/media/sound-of';
import { DrivenTime } from '../../../../support/terminal-agent/driven-time';
import { tone } from '../../../../support/terminal-agent/fake-media';

describe('files instead of sound', () => {
  it('are the newest ones alone: they do not fill the disk, and what is not theirs stays', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'wav-'));
    writeFileSync(path.join(folder, 'mine.wav'), '');
    const { bytes, segment } = tone(500, 100);
    const sound = soundOf(segment.sha256, bytes);
    if (typeof sound === 'string') throw new Error(sound);
    const truth = new DrivenTime(1_800_000_000_000);
    const written: string[] = [];
    let told: () => void = () => undefined;
    const card = openWavCard(folder, truth, (file) => { written.push(path.basename(file)); told(); }, (cause) => { throw cause; }, 2);
    for (let repetition = 1; repetition <= 4; repetition += 1) {
      const done = new Promise<void>((resolve) => { told = resolve; });
      card.schedule({
        dispatchId: dispatchIdSchema.parse('01890000-0000-7000-8000-00000000000a'), messageDigest: digestSchema.parse('a'.repeat(64)), repetition, startAt: truth.now(), startFrame: card.frameNow(),
        sounds: [sound], fromFrame: 0, gainDb: 0, mayCut: false, onFirstSample: () => undefined, onEnd: () => undefined,
      });
      await truth.move(1_000);
      await done;
    }
    // The oldest goes right after the newest was told.
    for (let turn = 0; turn < 2_000 && readdirSync(folder).length > 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(readdirSync(folder).sort()).toEqual([...written.slice(2), 'mine.wav'].sort());
    rmSync(folder, { recursive: true, force: true });
  });
});
