import { digestSchema, platformRoutes } from '#libs/contracts';
import { EMPTY_SEQ_WINDOW, judgeSeq, withSeq } from '#libs/domain';
import { sha256Hex } from '#libs/suites';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { useMessageFlow } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);

/** What restoring takes, in numbers: 24 quarters of an hour. */
const NIGHT_MS = 6 * 3_600_000;

function passTheNight(): void {
  server.clock.advance(NIGHT_MS);
  flow.callers.clear();
}

async function exchange(terminal: string, counter: number, spooledReceipts: number): Promise<void> {
  const health = { state: 'ready', playing: null, volumePermille: 1000, muted: false, amplifier: 'ok', isolatedUntil: null, supply: 'mains', clockOffsetMs: 0, spooledReceipts, freeDiskMiB: 100 };
  const { status } = await server.internal(platformRoutes.exchanges.path, { exchanges: [{ terminal, exchange: { kind: 'exchange', health, counter, versions: null, assignmentVersion: 0, held: sha256Hex(new Uint8Array()), nonce: null } }] });
  expect(status).toBe(200);
}

describe('a database that is younger than its terminals', () => {
  it('goes on above every number used before, empty or older', async () => {
    const first = await flow.onAir('t1');
    const window = withSeq(withSeq(EMPTY_SEQ_WINDOW, first.dispatch.seq), first.dispatch.seq + 20);
    passTheNight();
    // As in a new database: nothing is known of the numbers.
    await db.asOwner('DELETE FROM dispatch_sequence');
    const second = await flow.onAir('t1');
    expect(judgeSeq(window, second.dispatch.seq)).toBe('accept');
    passTheNight();
    // As in a backup of long ago.
    await db.asOwner('UPDATE dispatch_sequence SET seq = 3');
    const third = await flow.onAir('t1');
    expect(judgeSeq(withSeq(window, second.dispatch.seq), third.dispatch.seq)).toBe('accept');
    // Under another epoch, in the same quarter of an hour.
    await db.asOwner('UPDATE dispatch_sequence SET epoch = epoch - 1');
    expect((await flow.onAir('t1')).dispatch.seq).toBe(third.dispatch.seq + 512);
  });

  it('acknowledges receipts again, behind a gap that nothing will fill, once the terminal said that it has nothing older', async () => {
    const { dispatch } = await flow.onAir('v2');
    const receipt = (counter: number) => flow.receipt('v2-term-1', dispatch, { counter, state: 'audible', repetition: 1, startedAt: dispatch.startAt });
    const send = async (...counters: readonly number[]) => (await flow.send([{ terminal: 'v2-term-1', envelopes: await Promise.all(counters.map(receipt)) }])).get('v2-term-1');
    // A new database: this terminal had counted to 149 before.
    expect(await send(150, 151)).toBe(0);
    await exchange('v2-term-1', 151, 2);
    expect(await send(152)).toBe(152);
    // What the terminal still has is waited for, whatever came after it.
    expect(await send(155)).toBe(152);
    await exchange('v2-term-1', 155, 3);
    expect(await send(155)).toBe(152);
    // An older database: what came in between is in nobody's hands.
    await exchange('v2-term-1', 155, 1);
    expect(await send(155)).toBe(155);
    // Nothing that is not signed moves it further than a record goes.
    await exchange('v2-term-1', 9_000_000, 0);
    expect(await send(156)).toBe(156);
    expect(await db.asOwner("SELECT terminal, sum(count)::int AS count FROM security_event WHERE kind = 'receipts-lost' GROUP BY terminal")).toEqual([{ terminal: 'v2-term-1', count: 2 }]);
  });

  it('shows a dispatch as failed whose number its terminal had seen in another one', async () => {
    const { dispatch, order } = await flow.onAir('v1');
    const device = flow.devices.get('v1-term-1');
    const subject = sha256Hex(Buffer.from(order.dispatch.payload, 'base64'));
    await flow.send([{ terminal: 'v1-term-1', envelopes: [await server.world.event('v1-term-1', {
      by: device === undefined ? [] : [device.signer], set: { counter: 1, at: server.clock.now(), kind: 'refused', code: 'REJ_SEQ_REPLAY', subject: digestSchema.parse(subject) },
    })] }]);
    const rows = await db.asOwner('SELECT state, reason, refusal FROM delivery WHERE dispatch = $1 AND terminal = $2', [dispatch.dispatchId, 'v1-term-1']);
    expect(rows).toEqual([{ state: 'failed', reason: 'SIG_REJECT', refusal: 'REJ_SEQ_REPLAY' }]);
  });
});
