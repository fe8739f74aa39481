import { digestOf, NOW } from '../../../support/trust-builder';
import { tone } from '../../../support/terminal-agent/fake-media';
import { useTestScene } from '../../../support/terminal-agent/test-scene';
import type { TestTerminal } from '../../../support/terminal-agent/test-terminal';

const HOUR = 3_600_000;
const voice = tone(500, 3_000, 'recording');
const scene = useTestScene(voice);

describe('a terminal under a live permit', () => {
  it('plays as many a day as it says, and counts them over power cuts', async () => {
    const { world } = scene;
    const terminal = await scene.ready({ platform: 'v1' });
    const permit = await world.permit('v1', { set: { perDay: 2, notBefore: NOW - 24 * HOUR, dayBand: { fromMinute: 360, toMinute: 1_320 } } });
    const roster = await world.roster('v1', { set: { version: 2, permits: [digestOf(permit)] } });
    terminal.give({ kind: 'document', document: roster as never });
    await terminal.truth.move(100);
    const say = async (at: TestTerminal): Promise<void> => {
      const now = Math.floor(at.truth.now());
      const { order } = await world.permitOrder('v1', {
        under: permit,
        message: { set: { body: { segments: [{ ...voice.segment, role: 'recording' }] }, repeats: 1, issuedAt: now, notBefore: now, notAfter: now + HOUR } },
        dispatch: { set: { startAt: now + 700, issuedAt: now } },
      });
      await at.order(order);
      await at.truth.move(6_000);
    };
    await say(terminal);
    terminal.crash();
    await terminal.boot();
    await terminal.goOnline();
    await terminal.answerExchange({});
    await say(terminal);
    terminal.crash();
    await terminal.boot();
    await terminal.goOnline();
    await terminal.answerExchange({});
    await say(terminal);
    expect(terminal.events().filter(({ code }) => code === 'REJ_PERMIT')).toHaveLength(1);
    expect(terminal.told().filter((said) => said === 'done 1')).toHaveLength(2);
  });
});
