import { keyRecordSchema } from '#libs/contracts';
import { verifyByDevice } from '#libs/trust';
import { tone, FakeMedia } from '../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../support/terminal-agent/orders';
import { TestTerminal } from '../../../support/terminal-agent/test-terminal';
import { allIn, buildWorld, terminalOf, WITH_PASSKEY } from '../../../support/trust-builder';

const siren = tone(700, 2_000, 'siren');
const speech = tone(300, 1_000);

function media(): FakeMedia {
  const server = new FakeMedia();
  for (const sound of [siren, speech]) server.put(sound);
  return server;
}

describe('a terminal of a gm district', () => {
  it('makes its key for SM2, plays what was signed with SM2, and proves it with SM2', async () => {
    const world = await buildWorld({ suites: allIn('sm2-sm3') });
    const terminal = await TestTerminal.ready(world, { media: media() });
    const [claim] = terminal.link.of('claim');
    if (claim === undefined) throw new Error('it has claimed');
    const key = keyRecordSchema.parse(claim.key);
    expect(key.alg).toBe('sm2-sm3');
    expect(terminal.link.of('hello')[0]?.keyId).toBe(key.keyId);
    await terminal.order((await orderOf(world, 't1', [siren, speech], { startAt: terminal.truth.now() + 700 })).order);
    await terminal.truth.move(9_000);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'done 1', 'audible 2', 'done 2']);
    const envelopes = terminal.link.of('receipts').flatMap((frame) => frame.envelopes);
    const device = { terminal: terminalOf('t1-term-1'), key };
    expect(envelopes.length).toBeGreaterThan(0);
    for (const envelope of envelopes) expect(verifyByDevice(device, envelope, 'receipt')).toMatchObject({ ok: true });
  });
});

describe('a terminal of an open district', () => {
  it('makes its key for Ed25519, and plays what a passkey approved', async () => {
    const world = await buildWorld({ suites: { ...WITH_PASSKEY, person: (who) => (who.startsWith('approver') ? 'webauthn-es256' : 'ed25519') } });
    const terminal = await TestTerminal.ready(world, { media: media() });
    expect(terminal.link.of('claim')[0]?.key.alg).toBe('ed25519');
    await terminal.order((await orderOf(world, 't1', [siren, speech], { startAt: terminal.truth.now() + 700 })).order);
    await terminal.truth.move(9_000);
    expect(terminal.starts()).toHaveLength(2);
  });
});
