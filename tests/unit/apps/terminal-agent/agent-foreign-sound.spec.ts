import { tone } from '../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../support/terminal-agent/orders';
import { useTestScene } from '../../../support/terminal-agent/test-scene';

const siren = tone(700, 40_000, 'siren');
const scene = useTestScene(siren);
const MINUTE = 60_000;

describe('a sound behind the card that no dispatch made', () => {
  it('is a signed event within a minute, once while it goes on, and again when it comes back later', async () => {
    const terminal = await scene.ready({ platform: 'v1' });
    await terminal.truth.move(5 * MINUTE);
    expect(terminal.events()).toEqual([]);
    terminal.hardware.set({ intruder: 'sounding' });
    await terminal.truth.move(45_000);
    expect(terminal.events().map(({ kind, code }) => [kind, code])).toEqual([['sound-without-dispatch', null]]);
    await terminal.truth.move(5 * MINUTE);
    expect(terminal.events()).toHaveLength(1);
    await terminal.truth.move(6 * MINUTE);
    expect(terminal.events()).toHaveLength(2);
  });

  it('is not the unit\'s own, however long it sounds', async () => {
    const terminal = await scene.ready({ platform: 'v1' });
    const order = await orderOf(scene.world, 'v1', [siren], { startAt: terminal.truth.now() + 700, repeats: 3 });
    await terminal.order(order.order);
    await terminal.truth.move(1_000);
    // The loopback hears it, as it should.
    terminal.hardware.set({ intruder: 'sounding' });
    await terminal.truth.move(100_000);
    terminal.hardware.set({ intruder: 'silent' });
    await terminal.truth.move(2 * MINUTE);
    expect(terminal.events()).toEqual([]);
  });
});
