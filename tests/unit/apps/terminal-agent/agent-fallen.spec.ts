import { envelopeSchema } from '#libs/contracts';
import { areaOf, NOW, type PlatformName } from '../../../support/trust-builder';
import { tone } from '../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../support/terminal-agent/orders';
import { useTestScene } from '../../../support/terminal-agent/test-scene';
import type { TestTerminal } from '../../../support/terminal-agent/test-terminal';

const siren = tone(700, 2_000, 'siren');
const scene = useTestScene(siren);

/** The village's charter falls: one of the two officers of the township who signed it is found out by another. */
async function fall(terminal: TestTerminal): Promise<void> {
  const [first, , third] = scene.world.platform('t1').officers;
  if (first === undefined || third === undefined) throw new Error('t1 has officers');
  const revocation = await scene.world.revocation('t1', { by: [third.key.signer], set: { entries: [{ keyId: first.key.record.keyId, reason: 'compromised', since: NOW - 1_000 }] } });
  terminal.give({ kind: 'document', document: envelopeSchema.parse(revocation) });
  await terminal.truth.move(1_000);
}
async function fallen(): Promise<TestTerminal> {
  const terminal = await scene.ready({ platform: 'v1' });
  await fall(terminal);
  return terminal;
}

async function said(terminal: TestTerminal, by: PlatformName): Promise<void> {
  const now = Math.floor(terminal.truth.now());
  const { order } = await orderOf(scene.world, by, [siren], { startAt: now + 700, repeats: 1, message: { issuedAt: now }, dispatch: { issuedAt: now } });
  await terminal.order(order);
  await terminal.truth.move(500);
}

describe('a terminal of a village whose charter fell', () => {
  it('sounds the district\'s emergency and says so; what its village says is refused', async () => {
    const terminal = await fallen();
    await said(terminal, 'v1');
    await said(terminal, 'd');
    await terminal.truth.move(14_000);
    expect(terminal.starts().map(({ job }) => job.repetition)).toEqual([1]);
    expect(terminal.told().filter((told) => told.startsWith('done'))).toEqual(['done 1']);
    expect(terminal.refused.map(({ code }) => code)).toEqual(['REJ_KEY_UNKNOWN']);
  });

  it('does so after a power cut as well, from its own disk', async () => {
    const terminal = await fallen();
    terminal.crash();
    await terminal.boot();
    terminal.agent.connect(0);
    await terminal.truth.move(1);
    await terminal.greet();
    await terminal.answerExchange({});
    await terminal.truth.move(1_500);
    await said(terminal, 'd');
    await terminal.truth.move(5_000);
    expect(terminal.starts()).toHaveLength(1);
    expect(terminal.refused).toEqual([]);
  });

  it('goes on with what the district had begun, and obeys the district\'s stop of it', async () => {
    const terminal = await scene.ready({ platform: 'v1' });
    const now = Math.floor(terminal.truth.now());
    const { order, digest } = await orderOf(scene.world, 'd', [siren], { startAt: now + 700, repeats: 5, message: { issuedAt: now }, dispatch: { issuedAt: now } });
    await terminal.order(order);
    await terminal.truth.move(3_000);
    await fall(terminal);
    await terminal.truth.move(2_000);
    expect(terminal.starts()).toHaveLength(2);
    await terminal.stop(await scene.world.stop('d', { set: { area: areaOf('d-area'), scope: { kind: 'messages', messages: [digest] }, issuedAt: Math.floor(terminal.truth.now()) } }));
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(2);
    expect(terminal.told().some((told) => told.startsWith('failed') && told.endsWith('STOPPED'))).toBe(true);
  });
});
