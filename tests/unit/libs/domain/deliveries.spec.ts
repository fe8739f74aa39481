import { afterReceipt, afterRefusal, contradictsBody, isFinal, overdueReason, type DeliveryFacts, type ReceiptFacts } from '#libs/domain';

const queued: DeliveryFacts = { state: 'queued', reason: null, refusal: null, repetition: 0, counter: null, ackedAt: null, audibleAt: null, doneAt: null, voice: null };

function receipt(counter: number, state: ReceiptFacts['state'], repetition: number, more: Partial<ReceiptFacts> = {}): ReceiptFacts {
  return { counter, state, repetition, at: 1_000 + counter, reason: null, startedAt: null, endedAt: null, ...more };
}

function after(receipts: readonly ReceiptFacts[], repeats = 2, from = queued): DeliveryFacts {
  return receipts.reduce((delivery, next) => afterReceipt(delivery, next, repeats), from);
}

const story = [
  receipt(1, 'acked', 0), receipt(2, 'audible', 1, { startedAt: 2_000 }), receipt(3, 'done', 1, { startedAt: 2_000, endedAt: 3_000 }),
  receipt(4, 'audible', 2, { startedAt: 4_000 }), receipt(5, 'done', 2, { startedAt: 4_000, endedAt: 5_000 }),
];

function orders<T>(things: readonly T[]): readonly (readonly T[])[] {
  return things.length < 2 ? [things] : things.flatMap((thing, at) => orders(things.filter((_, other) => other !== at)).map((rest) => [thing, ...rest]));
}

describe('a delivery and the receipts of its terminal', () => {
  it('goes from queued through acked and audible to done with the last repetition', () => {
    expect(story.map((_, at) => after(story.slice(0, at + 1)).state)).toEqual(['acked', 'audible', 'audible', 'audible', 'done']);
    expect(after(story)).toMatchObject({ ackedAt: 1_001, audibleAt: 2_000, doneAt: 5_000, repetition: 2, reason: null });
  });

  it('waits where quiet hours put a repetition off, and ends where they kept all of it silent', () => {
    const putOff = [receipt(1, 'acked', 0), receipt(2, 'failed', 1, { reason: 'QUIET_HOURS' })];
    expect(after(putOff, 1)).toMatchObject({ state: 'acked', reason: 'QUIET_HOURS', repetition: 1 });
    expect(after([...putOff, receipt(3, 'audible', 1, { startedAt: 9_000 }), receipt(4, 'done', 1, { startedAt: 9_000, endedAt: 9_500 })], 1)).toMatchObject({ state: 'done', reason: null });
    expect(after([receipt(1, 'acked', 0), receipt(2, 'failed', 0, { reason: 'QUIET_HOURS' })], 1)).toMatchObject({ state: 'failed', reason: 'QUIET_HOURS' });
    expect(overdueReason(after(putOff, 1), { online: true, pushes: 1 })).toBe('QUIET_HOURS');
  });

  it('ends the same whatever the order of arrival, and is not moved by duplicates', () => {
    const end = after(story);
    for (const order of orders(story)) expect(after([...order, ...order])).toEqual(end);
  });

  it('tells what was taken of a living voice at its end, and of the last word alone', () => {
    const live = { firstSeq: 1, lastSeq: 9, blocks: 8, late: 1, lost: 1, blocksDigest: 'd' as never };
    const cut = [receipt(1, 'audible', 1), receipt(2, 'failed', 1, { reason: 'PREEMPTED', live }), receipt(3, 'audible', 1)];
    expect(after([...cut, receipt(4, 'done', 1, { live: { ...live, blocks: 9, lost: 0 } })], 1)).toMatchObject({ state: 'done', voice: { blocks: 9, late: 1, lost: 0 } });
    expect(after(cut.slice(0, 1), 1).voice).toBeNull();
    expect(contradictsBody({ state: 'done', live }, true) || contradictsBody({ state: 'failed', live }, true) || contradictsBody({ state: 'failed' }, true) || contradictsBody({ state: 'done' }, false)).toBe(false);
    expect([contradictsBody({ state: 'done' }, true), contradictsBody({ state: 'audible', live }, true), contradictsBody({ state: 'done', live }, false)]).toEqual([true, true, true]);
  });

  it('stays open when one repetition is interrupted and the next may sound, and says done when it did', () => {
    const broken = after([receipt(1, 'acked', 0), receipt(2, 'audible', 1), receipt(3, 'failed', 1, { reason: 'INTERRUPTED' })]);
    expect(broken).toMatchObject({ state: 'audible', reason: 'INTERRUPTED' });
    expect(after([receipt(4, 'audible', 2), receipt(5, 'done', 2)], 2, broken)).toMatchObject({ state: 'done', reason: null });
  });

  it.each(['STOPPED', 'WITHDRAWN', 'EXPIRED'] as const)('fails at once when a repetition ended by %s', (reason) => {
    expect(after([receipt(1, 'audible', 1), receipt(2, 'failed', 1, { reason })])).toMatchObject({ state: 'failed', reason });
  });

  it('fails when the last repetition failed', () => {
    expect(after([receipt(1, 'failed', 2, { reason: 'INTERRUPTED' })])).toMatchObject({ state: 'failed', reason: 'INTERRUPTED' });
  });

  it('lets proof of sound outweigh what the platform closed, but not an acknowledgement alone', () => {
    const closed: DeliveryFacts = { ...queued, state: 'failed', reason: 'OFFLINE_NET' };
    expect(after([receipt(1, 'acked', 0)], 2, closed)).toMatchObject({ state: 'failed', reason: 'OFFLINE_NET', ackedAt: 1_001 });
    expect(after(story, 2, closed)).toMatchObject({ state: 'done', reason: null });
  });

  it('keeps saying that a message was withdrawn when its terminal reports the stop', () => {
    const taken: DeliveryFacts = { ...queued, state: 'failed', reason: 'WITHDRAWN' };
    expect(after([receipt(1, 'audible', 1), receipt(2, 'failed', 1, { reason: 'STOPPED' })], 2, taken)).toMatchObject({ state: 'failed', reason: 'STOPPED' });
    expect(after([receipt(2, 'failed', 1, { reason: 'STOPPED' })], 2, taken)).toMatchObject({ state: 'failed', reason: 'WITHDRAWN' });
  });

  it('never leaves done', () => {
    expect(after([...story, receipt(9, 'failed', 0, { reason: 'STOPPED' })]).state).toBe('done');
  });

  it('fails with the code when the terminal refused the order, except when it only had it already', () => {
    expect(afterRefusal(queued, 'REJ_KEY_REVOKED')).toMatchObject({ state: 'failed', reason: 'SIG_REJECT', refusal: 'REJ_KEY_REVOKED' });
    expect(afterRefusal(queued, 'REJ_STOPPED')).toMatchObject({ reason: 'STOPPED' });
    expect(afterRefusal(queued, 'REJ_ID_SEEN')).toEqual(queued);
    expect(afterRefusal(after(story), 'REJ_KEY_REVOKED').state).toBe('done');
    expect([isFinal('done'), isFinal('failed'), isFinal('audible')]).toEqual([true, true, false]);
  });
});

describe('a refusal that may pass', () => {
  const sent: DeliveryFacts = { ...queued, state: 'sent' };

  it.each(['REJ_TIME_UNKNOWN', 'REJ_TIME_STALE', 'REJ_NOT_YET', 'REJ_VERSIONS', 'REJ_KEY_UNKNOWN', 'REJ_LINEAGE', 'REJ_NOT_TARGETED', 'REJ_RATE', 'REJ_RESUME'] as const)(
    'leaves the delivery open at %s, shows it, and forgets it when the terminal takes the order after all', (code) => {
      const refused = afterRefusal(sent, code);
      expect(refused).toEqual({ ...sent, refusal: code });
      expect(after(story, 2, refused)).toMatchObject({ state: 'done', refusal: null });
    },
  );

  it('is the reason when the window ends without another word', () => {
    expect(overdueReason(afterRefusal(sent, 'REJ_TIME_UNKNOWN'), { online: false, pushes: 3 })).toBe('SIG_REJECT');
  });
});

describe('a used number', () => {
  it('says that the terminal has the order only where it acknowledged it; else it is a failure to be seen', () => {
    const acked = after([receipt(1, 'acked', 0)]);
    expect(afterRefusal(acked, 'REJ_SEQ_REPLAY')).toEqual(acked);
    expect(afterRefusal({ ...queued, state: 'sent' }, 'REJ_SEQ_REPLAY')).toMatchObject({ state: 'failed', reason: 'SIG_REJECT', refusal: 'REJ_SEQ_REPLAY' });
  });
});

describe('an overdue delivery', () => {
  it('names the reason: offline, no answer after three pushes, expired, or interrupted', () => {
    expect(overdueReason({ ...queued, state: 'queued' }, { online: false, pushes: 0 })).toBe('OFFLINE_NET');
    expect(overdueReason({ ...queued, state: 'sent' }, { online: true, pushes: 3 })).toBe('NO_ACK');
    expect(overdueReason({ ...queued, state: 'sent' }, { online: true, pushes: 1 })).toBe('EXPIRED');
    expect(overdueReason({ ...queued, state: 'acked' }, { online: true, pushes: 1 })).toBe('INTERRUPTED');
    expect(overdueReason({ ...queued, state: 'audible', reason: 'SILENT' }, { online: false, pushes: 1 })).toBe('SILENT');
  });
});
