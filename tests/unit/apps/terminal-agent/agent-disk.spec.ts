import { messageDurationMs } from '#libs/domain';
import type { Order } from '#libs/contracts';
import { tone } from '../../../support/terminal-agent/fake-media';
import { orderOf, type TestOrder } from '../../../support/terminal-agent/orders';
import { useTestScene } from '../../../support/terminal-agent/test-scene';
import type { TestTerminal } from '../../../support/terminal-agent/test-terminal';

const siren = tone(700, 2_000, 'siren');
const speech = tone(300, 3_000);
const scene = useTestScene(siren, speech);

async function jsonOn(terminal: TestTerminal, name: string): Promise<Record<string, unknown>> {
  const read = await terminal.disk.read(name);
  if (read.kind !== 'whole') throw new Error(`no ${name} on the disk`);
  return JSON.parse(new TextDecoder().decode(read.bytes)) as Record<string, unknown>;
}
const write = (terminal: TestTerminal, name: string, value: unknown): void => { terminal.disk.overwrite(name, new TextEncoder().encode(JSON.stringify(value))); };

/** The thief who had the unit open puts another order in the place of the one that waits for its next repetition. */
async function exchanged(waiting: TestOrder, terminal: TestTerminal, planted: TestOrder | { readonly order: Order; readonly dispatchId: string; readonly digest: string }): Promise<void> {
  const journal = await jsonOn(terminal, 'journal') as { messages: Record<string, unknown>[] };
  const kept = await jsonOn(terminal, `order.${waiting.dispatchId}`);
  write(terminal, `order.${planted.dispatchId}`, { ...kept, order: planted.order });
  write(terminal, 'journal', { ...journal, messages: journal.messages.map((note) => ({ ...note, dispatchId: planted.dispatchId, messageDigest: planted.digest, state: 'accepted', repetition: 0, ended: 0 })) });
}

async function interrupted() {
  const terminal = await scene.ready();
  const startAt = Math.floor(terminal.truth.now()) + 700;
  const waiting = await orderOf(scene.world, 't1', [siren, speech], { startAt, repeats: 4 });
  await terminal.order(waiting.order);
  await terminal.truth.move(2_000);
  terminal.crash();
  terminal.link.up = false;
  return { terminal, waiting, startAt };
}

/** What sounded after the power cut, with no link to ask. */
async function afterBoot(terminal: TestTerminal): Promise<readonly string[]> {
  const before = terminal.starts().length;
  await terminal.boot();
  await terminal.truth.move(60_000);
  return terminal.starts().slice(before).map(({ job }) => job.dispatchId);
}

describe('an order read back from the disk', () => {
  it('goes on with the next repetition when it is the one that was taken', async () => {
    const { terminal, waiting } = await interrupted();
    expect(await afterBoot(terminal)).toEqual([waiting.dispatchId, waiting.dispatchId, waiting.dispatchId]);
  });

  it('that nobody of this district signed does not sound', async () => {
    const { terminal, waiting, startAt } = await interrupted();
    const { world } = scene;
    const thief = { by: [world.stranger.signer] };
    const body = { segments: [{ ...siren.segment, role: 'siren' as const }] };
    const message = await world.message('t1', { ...thief, set: { body, repeats: 4 } });
    const maxDurationMs = messageDurationMs(world.messagePayload('t1', { body, repeats: 4 }));
    const forged = world.bind(message, [], await world.dispatch('t1', message, [], { ...thief, set: { startAt, repeats: 4, maxDurationMs } }));
    const { dispatchId, messageDigest } = JSON.parse(Buffer.from(forged.order.dispatch.payload, 'base64').toString()) as { dispatchId: string; messageDigest: string };
    await exchanged(waiting, terminal, { order: forged.order, dispatchId, digest: messageDigest });
    expect(await afterBoot(terminal)).toEqual([]);
  });

  it('whose text was changed under its signatures, or whose approvals are gone, does not sound', async () => {
    for (const change of [
      (order: Order): Order => ({ ...order, approvals: [] }),
      (order: Order): Order => ({ ...order, message: { ...order.message, signatures: order.message.signatures.map((one) => ({ ...one, sig: Buffer.alloc(64).toString('base64') })) } }),
    ]) {
      const { terminal, waiting } = await interrupted();
      await exchanged(waiting, terminal, { ...waiting, order: change(waiting.order) });
      expect(await afterBoot(terminal)).toEqual([]);
    }
  });

  it('that was given for other places does not sound here', async () => {
    const { terminal, waiting, startAt } = await interrupted();
    await exchanged(waiting, terminal, await orderOf(scene.world, 't1', [siren, speech], { startAt, repeats: 4, message: { targets: { areas: ['v2-area'], terminals: [] } as never }, dispatch: { targets: { areas: ['v2-area'], terminals: [], heard: null } as never } }));
    expect(await afterBoot(terminal)).toEqual([]);
  });

  it('goes on although one of its approvers has left since', async () => {
    const { terminal, waiting } = await interrupted();
    await terminal.boot();
    terminal.link.up = true;
    await terminal.goOnline();
    const { keyId } = scene.world.key('t1', 'approver-a').record;
    terminal.give({ kind: 'document', document: (await scene.world.revocation('t1', { set: { entries: [{ keyId, reason: 'left', since: 1 }] } })) as never });
    await terminal.truth.move(500);
    terminal.crash();
    terminal.link.up = false;
    expect(await afterBoot(terminal)).toEqual([waiting.dispatchId, waiting.dispatchId]);
  });
});
