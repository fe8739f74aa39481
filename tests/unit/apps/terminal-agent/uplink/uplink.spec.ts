import { digestSchema, envelopeSchema } from '#libs/contracts';
import { reconnectDelayMs } from '../../../../../apps/terminal-agent/src/uplink/backoff';
import { parseFrame } from '../../../../../apps/terminal-agent/src/uplink/parse-frame';
import { challengeBytes } from '../../../../../apps/terminal-agent/src/enrol/sign-hello';
import { verify } from '#libs/suites';
import { CLAIM_CONTEXT, HELLO_CONTEXT } from '#libs/contracts';
import { buildWorld, NOW, terminalOf, type World } from '../../../../support/trust-builder';
import { seededChance } from '../../../../support/terminal-agent/driven-time';
import { TestTerminal } from '../../../../support/terminal-agent/test-terminal';

let world: World;
beforeAll(async () => { world = await buildWorld(); });

describe('the way to the gateway', () => {
  it('waits with full jitter: up to 250 ms first, twice as long each time up to 2 s for eight tries, then up to 8 s', () => {
    const ends = (attempt: number) => {
      const chance = seededChance(attempt);
      const delays = Array.from({ length: 400 }, () => reconnectDelayMs(attempt, chance));
      return { least: Math.min(...delays), most: Math.max(...delays) };
    };
    for (const [attempt, bound] of [[0, 250], [1, 500], [3, 2_000], [7, 2_000], [8, 8_000], [40, 8_000]] as const) {
      const { least, most } = ends(attempt);
      expect(most).toBeLessThanOrEqual(bound);
      expect(most).toBeGreaterThan(bound * 0.9);
      expect(least).toBeLessThan(bound * 0.1);
    }
  });

  it('signs the very nonce for claim and hello, each under its own words', async () => {
    const terminal = await TestTerminal.ready(world);
    const [claim] = terminal.link.of('claim');
    const [hello] = terminal.link.of('hello');
    if (claim === undefined || hello === undefined) throw new Error('no claim or hello');
    const nonce = '0123456789abcdef0123456789abcdef';
    const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
    expect(verify(claim.key, challengeBytes(CLAIM_CONTEXT, nonce, claim.code), bytes(claim.sig))).toBe(true);
    expect(verify(claim.key, challengeBytes(HELLO_CONTEXT, nonce, hello.terminal), bytes(hello.sig))).toBe(true);
    expect(verify(claim.key, challengeBytes(CLAIM_CONTEXT, nonce, hello.terminal), bytes(hello.sig))).toBe(false);
    expect(new TextDecoder().decode(challengeBytes(HELLO_CONTEXT, nonce, 't'))).toBe(`clarion-device-hello.v1\0${nonce}\0t`);
  });

  it('keeps trying while nobody is there, and after a refusal no more often than every few seconds', async () => {
    const terminal = await TestTerminal.make(world);
    terminal.link.up = false;
    terminal.agent.connect(0);
    await terminal.truth.move(60_000);
    const tries = terminal.link.connects;
    expect(tries).toBeGreaterThan(10);
    terminal.link.up = true;
    await terminal.truth.move(8_500);
    terminal.give({ kind: 'refused', code: 'CLAIM_USED' });
    await terminal.truth.move(1);
    expect(terminal.agent.status().refusal).toBe('CLAIM_USED');
    expect(terminal.agent.status().online).toBe(false);
  });

  it('claims again later when the disk did not take the id that it was given: nothing unwritten is used', async () => {
    const terminal = await TestTerminal.make(world);
    terminal.hardware.set({ disk: 'full' });
    terminal.agent.connect(0);
    await terminal.truth.move(1);
    await terminal.greet();
    expect(terminal.link.of('hello')).toHaveLength(0);
    expect(terminal.agent.status()).toMatchObject({ terminal: null, refusal: 'AGENT_DISK' });
    terminal.hardware.set({ disk: 'ok' });
    await terminal.truth.move(10_000);
    await terminal.greet();
    expect(terminal.link.of('claim')).toHaveLength(2);
    expect(terminal.link.of('hello')).toHaveLength(1);
    expect(terminal.agent.status()).toMatchObject({ terminal: terminal.id, online: true });
  });

  it('drops a connection on which nothing was heard for 45 s', async () => {
    const terminal = await TestTerminal.ready(world);
    terminal.link.onSent = undefined;
    const before = terminal.link.connects;
    await terminal.truth.move(95_000);
    expect(terminal.link.connects).toBeGreaterThan(before);
  });

  it('exchanges at once, every 30 s with a little jitter, and with a nonce until a beacon has echoed it', async () => {
    const terminal = await TestTerminal.ready(world);
    const nonces = terminal.link.of('exchange').map(({ nonce }) => nonce);
    expect(nonces[0]).toMatch(/^[0-9a-f]{32}$/);
    const before = terminal.link.of('exchange').length;
    await terminal.truth.move(300_000);
    const later = terminal.link.of('exchange').slice(before);
    expect(later.length).toBeGreaterThanOrEqual(9);
    expect(later.length).toBeLessThanOrEqual(11);
    expect(later.every(({ nonce }) => nonce === null)).toBe(true);
  });

  it('sends twenty time probes in the first two seconds and then one every fifteen', async () => {
    const terminal = await TestTerminal.make(world);
    terminal.agent.connect(0);
    await terminal.truth.move(1);
    await terminal.greet();
    await terminal.truth.move(2_400);
    expect(terminal.link.of('time').length).toBeGreaterThanOrEqual(18);
    const before = terminal.link.of('time').length;
    await terminal.truth.move(150_000);
    expect(terminal.link.of('time').length - before).toBeLessThanOrEqual(13);
  });
});

describe('a gateway whose certificate is revoked', () => {
  it('is left at once when the word of it comes over that very link, and not linked to again, also after a power cut; one with another certificate is', async () => {
    const terminal = await TestTerminal.ready(world);
    const [old, next] = ['aa', 'bb'].map((byte) => digestSchema.parse(byte.repeat(32)));
    if (old === undefined || next === undefined) throw new Error('two digests');
    terminal.give({ kind: 'document', document: envelopeSchema.parse(await world.revocation('d', { set: { entries: [], certificates: [{ fingerprint: old, since: NOW }] } })) });
    await terminal.truth.move(1);
    expect(terminal.agent.status()).toMatchObject({ online: false, refusal: 'TLS_CERTIFICATE_REVOKED' });
    const before = terminal.link.sent.length;
    await terminal.truth.move(30_000);
    terminal.crash();
    await terminal.boot();
    terminal.agent.connect(0);
    await terminal.truth.move(30_000);
    expect([terminal.agent.status().online, terminal.link.sent.length]).toEqual([false, before]);
    terminal.link.chain = [next];
    await terminal.truth.move(10_000);
    await terminal.greet();
    expect(terminal.agent.status()).toMatchObject({ online: true, refusal: null });
  });
});

describe('hostile frames', () => {
  it('are no frames: other shapes, other kinds, too long, no JSON', async () => {
    for (const text of ['', '{', 'null', '[]', '{"kind":"play"}', '{"kind":"ack","counter":-1}', '{"kind":"ack","counter":1,"more":1}', `{"kind":"ack","counter":1}${' '.repeat(300_000)}`]) {
      expect(parseFrame(text)).toBeUndefined();
    }
    expect(parseFrame('{"kind":"ack","counter":1}')).toEqual({ kind: 'ack', counter: 1 });
  });

  it('become one signed event each, at most one for the same again', async () => {
    const terminal = await TestTerminal.ready(world);
    for (let n = 0; n < 5; n += 1) terminal.link.giveText('{"kind":"play everything"}');
    terminal.agent.inject('x'.repeat(300_000));
    await terminal.truth.move(1_000);
    expect(terminal.events().map(({ code }) => code)).toEqual(['REJ_SHAPE', 'REJ_SIZE']);
    expect(terminal.refused).toHaveLength(6);
  });

  it('that only a holder of the dispatcher\'s key can have made are handed in: the event carries the dispatch itself', async () => {
    const terminal = await TestTerminal.ready(world);
    const { order } = await world.order('t1', { dispatch: { set: { seq: 9_000_000 } } });
    const forged = { ...order, dispatch: { ...order.dispatch, signatures: order.message.signatures } };
    for (const one of [forged, order]) await terminal.order(one);
    await terminal.truth.move(12_000);
    const events = terminal.events().map(({ code, evidence }) => [code, evidence]);
    expect(events).toContainEqual(['REJ_SEQ_JUMP', order.dispatch]);
    expect(events.filter(([, evidence]) => evidence !== undefined)).toHaveLength(1);
    expect(events).toHaveLength(2);
  });

  it('cannot make the spool forget: an acknowledgement of what was never sent counts for nothing', async () => {
    const terminal = await TestTerminal.ready(world);
    terminal.link.giveText('{"kind":"no"}');
    await terminal.truth.move(500);
    terminal.give({ kind: 'ack', counter: 99_999 });
    expect(terminal.agent.health().spooledReceipts).toBe(1);
    terminal.give({ kind: 'ack', counter: 1 });
    expect(terminal.agent.health().spooledReceipts).toBe(0);
  });

  it('a beacon of yesterday, of a stranger or for somebody else does not move the time', async () => {
    const terminal = await TestTerminal.ready(world);
    const before = terminal.agent.health().clockOffsetMs;
    const at = Math.floor(terminal.truth.now());
    const beacons = [
      await world.beacon('d', { set: { at: at - 86_400_000 } }),
      await world.beacon('d', { set: { at: at + 86_400_000 }, by: [world.stranger.signer] }),
      await world.beacon('d', { set: { at: at + 86_400_000, nonce: 'f'.repeat(32), terminal: terminal.id } }),
      await world.beacon('t2', { set: { at: at + 86_400_000 } }),
    ];
    for (const beacon of beacons) terminal.give({ kind: 'exchange', beacon: envelopeSchema.parse(beacon), documents: [], stops: [], isolates: [], orders: [] });
    await terminal.truth.move(100);
    expect(terminal.agent.health().clockOffsetMs).toBe(before);
    expect(terminal.agent.health().state).toBe('ready');
  });

  it('the first beacon counts only with our own nonce and our own name', async () => {
    const terminal = await TestTerminal.make(world);
    terminal.agent.connect(0);
    await terminal.truth.move(1);
    await terminal.greet();
    const documents = await terminal.documents();
    const nonce = terminal.link.of('exchange').at(-1)?.nonce ?? '';
    const at = Math.floor(terminal.truth.now());
    const give = async (set: Parameters<World['beacon']>[1]) => {
      terminal.give({ kind: 'exchange', beacon: envelopeSchema.parse(await world.beacon('d', set)), documents, stops: [], isolates: [], orders: [] });
      await terminal.truth.move(10);
      return terminal.agent.health().state;
    };
    expect(await give({ set: { at } })).toBe('time-unknown');
    expect(await give({ set: { at, nonce, terminal: terminalOf('t1-term-2') } })).toBe('time-unknown');
    expect(await give({ set: { at, nonce: 'f'.repeat(32), terminal: terminal.id } })).toBe('time-unknown');
    expect(await give({ set: { at, nonce, terminal: terminal.id } })).toBe('ready');
  });
});
