import { tone } from '../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../support/terminal-agent/orders';
import { useTestScene } from '../../../support/terminal-agent/test-scene';
import type { TestTerminal } from '../../../support/terminal-agent/test-terminal';

const siren = tone(700, 2_000, 'siren');
const scene = useTestScene(siren);

async function sounded(terminal: TestTerminal, repeats = 1) {
  await terminal.order((await orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 700, repeats })).order);
  await terminal.truth.move(5_000);
}

describe('a box with something wrong', () => {
  it('says AMP_FAULT instead of done when the amplifier drew nothing, and tells of the amplifier once and again when it is back', async () => {
    const terminal = await scene.ready();
    await sounded(terminal);
    expect(terminal.agent.health().amplifier).toBe('ok');
    terminal.hardware.set({ amplifier: 'dead' });
    await sounded(terminal);
    await sounded(terminal);
    expect(terminal.agent.health().amplifier).toBe('no-current');
    terminal.hardware.set({ amplifier: 'ok' });
    await sounded(terminal);
    expect(terminal.told()).toEqual([
      'acked 0', 'audible 1', 'done 1', 'acked 0', 'audible 1', 'failed 1 AMP_FAULT', 'acked 0', 'audible 1', 'failed 1 AMP_FAULT', 'acked 0', 'audible 1', 'done 1',
    ]);
    expect(terminal.events().map(({ kind }) => kind)).toEqual(['amplifier', 'amplifier']);
  });

  it('says SILENT with the level that the loopback heard when the cable to the horn is cut', async () => {
    const terminal = await scene.ready();
    terminal.hardware.set({ horn: 'open' });
    await sounded(terminal);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'failed 1 SILENT']);
    expect(terminal.receipts().at(-1)).toMatchObject({ levelCentiDbfs: -9_000, playedDigest: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(terminal.agent.health().amplifier).toBe('ok');
  });

  it('never says done of the whole when its window closed after repetitions that nobody heard', async () => {
    const terminal = await scene.ready();
    terminal.hardware.set({ amplifier: 'dead' });
    const startAt = terminal.truth.now() + 700;
    await terminal.order((await orderOf(scene.world, 't1', [siren], { startAt, repeats: 3, notAfter: Math.floor(startAt) + 4_000 })).order);
    await terminal.truth.move(10_000);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'failed 1 AMP_FAULT', 'audible 2', 'failed 2 AMP_FAULT', 'failed 0 AMP_FAULT']);
  });

  it('reports switch, knob and supply as they stand', async () => {
    const terminal = await scene.ready();
    terminal.hardware.set({ muted: true, volumePermille: 250, battery: true });
    expect(terminal.agent.health()).toMatchObject({ muted: true, volumePermille: 250, supply: 'battery', amplifier: 'unknown' });
  });
});
