import type { Message } from '#libs/contracts';
import { tone } from '../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../support/terminal-agent/orders';
import { useTestScene } from '../../../support/terminal-agent/test-scene';

const HOUR = 3_600_000;
const chime = tone(500, 2_000);
const scene = useTestScene(chime);

/** What is told of a message that was taken with fresh news and begins so long after the newest beacon. */
async function begunAfter(beaconAgeMs: number, set: Partial<Message>): Promise<readonly string[]> {
  const terminal = await scene.ready({ batteryClock: true });
  const taken = terminal.truth.now();
  const startAt = Math.floor(taken + beaconAgeMs);
  const body = { segments: [{ ...chime.segment, role: 'chime' as const }] };
  const window = { notBefore: Math.floor(taken), notAfter: startAt + HOUR / 2 };
  const { order } = await orderOf(scene.world, 't1', [chime], { startAt, notAfter: window.notAfter, repeats: 1, message: { severity: 'none', body, ...window, ...set } });
  await terminal.order(order);
  await terminal.truth.move(1_000);
  // Without a link, and mostly without power, until it is time.
  terminal.crash();
  terminal.link.up = false;
  await terminal.truth.move(beaconAgeMs - 60_000);
  await terminal.boot();
  terminal.agent.connect(0);
  await terminal.truth.move(90_000);
  terminal.link.up = true;
  await terminal.goOnline();
  await terminal.truth.move(10_000);
  return [...terminal.told(), `${terminal.starts().length} heard`];
}

describe('what was taken and begins when the newest beacon is old (design 4 "Beacon")', () => {
  it('is silent where it is neither emergency nor advisory and that is a day old: a stop could have been missed', async () => {
    expect(await begunAfter(23 * HOUR, { class: 'notice' })).toEqual(['acked 0', 'audible 1', 'done 1', '1 heard']);
    expect(await begunAfter(25 * HOUR, { class: 'notice' })).toEqual(['acked 0', 'failed 0 OFFLINE_NET', '0 heard']);
  });
  it('sounds where it is an advisory', async () => {
    expect(await begunAfter(23.4 * HOUR, { class: 'advisory' })).toEqual(['acked 0', 'audible 1', 'done 1', '1 heard']);
  });
});
