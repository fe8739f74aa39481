import { envelopeSchema, keyIdSchema } from '#libs/contracts';
import { tone } from '../../../support/terminal-agent/fake-media';
import { orderOf, resumedOf } from '../../../support/terminal-agent/orders';
import { useTestScene } from '../../../support/terminal-agent/test-scene';
import type { TestTerminal } from '../../../support/terminal-agent/test-terminal';
import { NOW } from '../../../support/trust-builder';

const siren = tone(700, 2_000, 'siren');
const speech = tone(300, 3_000);
const scene = useTestScene(siren, speech);

/** Booted and greeted; nothing is answered yet. */
async function back(terminal: TestTerminal): Promise<void> {
  await terminal.boot();
  terminal.agent.connect(0);
  await terminal.truth.move(1);
  await terminal.greet();
}

/** It played an order to its end; then its disk was put back to a copy of before, and it is greeted. */
async function withOlderCopy() {
  const terminal = await scene.ready();
  await terminal.truth.move(1_000);
  const older = terminal.disk.copy();
  const order = await orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 700, repeats: 1 });
  await terminal.order(order.order);
  await terminal.truth.move(10_000);
  const counter = Math.max(...terminal.receipts().map((receipt) => receipt.counter));
  terminal.crash();
  terminal.disk.putBack(older);
  await back(terminal);
  return { terminal, order, counter };
}

describe('what a terminal must remember', () => {
  it('a revocation that came while the disk was full lies on it as soon as there is room', async () => {
    const terminal = await scene.ready();
    const { keyId } = scene.world.key('t1', 'approver-a').record;
    const revocation = await scene.world.revocation('d', { set: { version: 1, entries: [{ keyId, reason: 'compromised', since: NOW - 1_000 }] } });
    terminal.hardware.set({ disk: 'full' });
    terminal.give({ kind: 'document', document: envelopeSchema.parse(revocation) });
    await terminal.truth.move(3_000);
    terminal.hardware.set({ disk: 'ok' });
    await terminal.truth.move(10_000);
    terminal.crash();
    await back(terminal);
    await terminal.answerExchange({});
    const now = Math.floor(terminal.truth.now());
    await terminal.order((await orderOf(scene.world, 't1', [siren], { startAt: now + 700, dispatch: { issuedAt: now } })).order);
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(0);
    expect(terminal.refused.map(({ code }) => code)).toEqual(['REJ_KEY_REVOKED']);
  });

  it('what a roster revoked that fell since, and that an older one was replaced: neither the stolen key nor the old roster counts after a power cut', async () => {
    const terminal = await scene.ready();
    const { world } = scene;
    const [first, , third] = world.officers('t1');
    if (first === undefined || third === undefined) throw new Error('t1 has officers');
    const stolen = world.key('t1', 'author');
    const roster = await world.roster('t1', { set: { version: 2, revocations: [{ keyId: stolen.record.keyId, reason: 'compromised', since: NOW - 1_000 }] } });
    const revocation = await world.revocation('t1', { by: [third], set: { entries: [{ keyId: keyIdSchema.parse(first.key.keyId), reason: 'compromised', since: NOW - 1_000 }] } });
    for (const document of [roster, revocation]) terminal.give({ kind: 'document', document: envelopeSchema.parse(document) });
    await terminal.truth.move(1_000);
    terminal.crash();
    await back(terminal);
    const old = await world.roster('t1', { by: world.officers('t1').slice(1) });
    terminal.give({ kind: 'document', document: envelopeSchema.parse(old) });
    await terminal.answerExchange({});
    await terminal.truth.move(1_000);
    expect(terminal.refused.map(({ code }) => code)).toEqual(['REJ_VERSION_ROLLBACK']);
    const next = await world.roster('t1', { set: { version: 3 }, by: world.officers('t1').slice(1) });
    terminal.give({ kind: 'document', document: envelopeSchema.parse(next) });
    await terminal.truth.move(1_000);
    const now = Math.floor(terminal.truth.now());
    const versions = { ...world.versions('t1'), rosters: { d: 1, t1: 3 } };
    await terminal.order((await orderOf(world, 't1', [siren], { startAt: now + 700, dispatch: { issuedAt: now, minVersions: versions } })).order);
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(0);
    expect(terminal.refused.map(({ code }) => code).slice(1)).toEqual(['REJ_KEY_REVOKED']);
  });

  it('the documents of a state written before there was a memory', async () => {
    const terminal = await scene.ready();
    terminal.crash();
    const read = await terminal.disk.read('trust');
    if (read.kind !== 'whole') throw new Error('no trust file');
    const { documents } = JSON.parse(new TextDecoder().decode(read.bytes)) as { documents: unknown[] };
    terminal.disk.overwrite('trust', new TextEncoder().encode(JSON.stringify(documents)));
    await back(terminal);
    await terminal.answerExchange({});
    await terminal.truth.move(1_000);
    const now = Math.floor(terminal.truth.now());
    await terminal.order((await orderOf(scene.world, 't1', [siren], { startAt: now + 700, repeats: 1, dispatch: { issuedAt: now } })).order);
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(1);
    expect(terminal.incidents).toEqual([]);
  });

  it('with an older copy of its state it is known by the counter that the platform has seen: nothing sounds twice, no number is used again', async () => {
    const { terminal, order, counter } = await withOlderCopy();
    await terminal.answerExchange({ counter });
    await terminal.truth.move(100);
    await terminal.order(order.order);
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(1);
    expect(terminal.incidents).toContain('state-lost');
    expect(terminal.receipts().filter((receipt) => receipt.counter > counter).map(({ state, reason }) => [state, reason])).toEqual([['failed', 'INTERRUPTED']]);
    // Its own counter, told back to it later, is nothing new.
    await terminal.truth.move(7 * 3_600_000);
    await terminal.answerExchange({ counter: Math.max(...[...terminal.receipts(), ...terminal.events()].map((one) => one.counter)) });
    await terminal.truth.move(1_000);
    expect(terminal.incidents.filter((kind) => kind === 'state-lost')).toHaveLength(1);
  });

  it('with an older copy of its state nothing sounds either before the platform has told it, however good its battery clock is', async () => {
    const { terminal, order, counter } = await withOlderCopy();
    await terminal.order(order.order);
    await terminal.truth.move(5_000);
    expect(terminal.starts()).toHaveLength(1);
    await terminal.answerExchange({ counter });
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(1);
    expect(terminal.receipts().filter((receipt) => receipt.counter > counter).map(({ state, reason }) => [state, reason])).toEqual([['failed', 'INTERRUPTED']]);
  });

  it('a new order that overtakes the first answer after a start waits for it, and sounds', async () => {
    const terminal = await scene.ready();
    terminal.crash();
    await back(terminal);
    const now = Math.floor(terminal.truth.now());
    await terminal.order((await orderOf(scene.world, 't1', [siren], { startAt: now + 700, repeats: 1, dispatch: { issuedAt: now } })).order);
    await terminal.truth.move(500);
    await terminal.answerExchange({ counter: Math.max(0, ...[...terminal.receipts(), ...terminal.events()].map((one) => one.counter)) });
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(1);
    expect(terminal.refused).toEqual([]);
  });

  it('an order that was open when the spool was lost is closed INTERRUPTED, and may come once more', async () => {
    const terminal = await scene.ready();
    const order = await orderOf(scene.world, 't1', [siren, speech], { startAt: terminal.truth.now() + 700, repeats: 8 });
    await terminal.order(order.order);
    await terminal.truth.move(2_500);
    terminal.crash();
    terminal.disk.corrupt('spool');
    await back(terminal);
    await terminal.answerExchange({ counter: 9 });
    await terminal.truth.move(5_000);
    expect(terminal.starts()).toHaveLength(1);
    expect(terminal.receipts().filter((receipt) => receipt.counter > 9).map(({ dispatchId, state, reason }) => [dispatchId, state, reason])).toEqual([[order.dispatchId, 'failed', 'INTERRUPTED']]);
    const { message, approvals } = order.parts;
    const issuedAt = Math.floor(terminal.truth.now());
    const again = await scene.world.dispatch('t1', message, approvals, { set: { startAt: issuedAt + 1_000, issuedAt, repeats: 1 } });
    await terminal.order(scene.world.bind(message, approvals, again).order);
    await terminal.truth.move(8_000);
    expect(terminal.starts()).toHaveLength(2);
  });

  it('the late closing of what was stopped does not touch the order that goes on after it', async () => {
    const terminal = await scene.ready();
    const order = await orderOf(scene.world, 't1', [siren, speech], { startAt: terminal.truth.now() + 700, repeats: 6 });
    await terminal.order(order.order);
    await terminal.truth.move(3_000);
    terminal.disk.hold();
    const stop = await scene.world.stop('t1', { set: { issuedAt: Math.floor(terminal.truth.now()) } });
    await terminal.stop(stop);
    await terminal.truth.move(3_000);
    const again = await resumedOf(scene.world, 't1', order, stop, { startAt: Math.floor(terminal.truth.now()) + 500 });
    await terminal.order(again.order);
    await terminal.truth.move(100);
    terminal.disk.resume();
    await terminal.truth.move(500);
    terminal.crash();
    await terminal.boot();
    await terminal.truth.move(80_000);
    expect(terminal.starts().filter(({ job }) => job.dispatchId === again.dispatchId).map(({ job }) => job.repetition)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
