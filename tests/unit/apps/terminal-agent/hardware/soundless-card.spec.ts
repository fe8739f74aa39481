import { soundlessCard } from '../../../../../apps/terminal-agent/src/hardware/soundless-card';
import { tone } from '../../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../../support/terminal-agent/orders';
import { useTestScene } from '../../../../support/terminal-agent/test-scene';

const siren = tone(700, 2_000, 'siren');
const scene = useTestScene(siren);

describe('a terminal without a loudspeaker (CLARION_SOUND=none)', () => {
  it('takes orders, and says of none of them that it was heard', async () => {
    const terminal = await scene.ready({ card: soundlessCard });
    await terminal.order((await orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 700, repeats: 2 })).order);
    await terminal.truth.move(20_000);
    expect(terminal.told()).toEqual(['acked 0', 'failed 1 SILENT', 'failed 0 SILENT']);
    expect(terminal.receipts().every(({ startedAt, playedDigest, levelCentiDbfs }) => startedAt === null && playedDigest === null && levelCentiDbfs === null)).toBe(true);
  });

  it('is still stopped', async () => {
    const terminal = await scene.ready({ card: soundlessCard });
    await terminal.order((await orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 700, repeats: 5 })).order);
    await terminal.truth.move(1_500);
    await terminal.stop(await scene.world.stop('t1', { set: { issuedAt: Math.floor(terminal.truth.now()) } }));
    await terminal.truth.move(20_000);
    expect(terminal.told()).toEqual(['acked 0', 'failed 0 STOPPED']);
  });
});
