import type { EnvelopeShape, TerminalId } from '#libs/contracts';
import { ReceiptQueue } from '../../../../../apps/gateway/src/receipts/receipt-queue';
import { LogRecord, ScriptedPlatform } from '../fakes';

const t = (id: string) => id as TerminalId;
const envelope = (text: string): EnvelopeShape => ({ payloadType: 'r', payload: text, signatures: [] }) as never;
type Sent = { receipts: { terminal: string; envelopes: EnvelopeShape[] }[] };
const payloads = ({ receipts }: Sent) => receipts.flatMap(({ terminal, envelopes }) => envelopes.map(({ payload }) => `${terminal}:${payload}`));

function queue(maxChars?: number) {
  const platform = new ScriptedPlatform();
  const log = new LogRecord();
  const events = { acked: [] as string[], refused: [] as string[], flow: [] as string[] };
  const receipts = new ReceiptQueue(log, platform, {
    acked: (terminal, counter) => events.acked.push(`${terminal}:${counter}`),
    refused: (terminal) => events.refused.push(terminal),
    flow: (terminal, open) => events.flow.push(`${open ? 'open' : 'shut'} ${terminal}`),
  }, maxChars);
  return { platform, receipts, events, log };
}

describe('the receipt queue', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('gathers several terminals into one request and acknowledges what the platform says', async () => {
    const { platform, receipts, events } = queue();
    platform.respond = () => ({ ok: true, value: { acks: [{ terminal: t('a'), counter: 4 }, { terminal: t('b'), counter: 7 }] } });
    receipts.add(t('a'), [envelope('1')]);
    receipts.add(t('b'), [envelope('2')]);
    await jest.advanceTimersByTimeAsync(50);
    expect(platform.calls).toHaveLength(1);
    expect(events.acked).toEqual(['a:4', 'b:7']);
    expect(receipts.size).toBe(0);
  });

  it('finds the one receipt that the platform refuses and delivers all others', async () => {
    const { platform, receipts, events, log } = queue();
    const taken: string[] = [];
    platform.respond = (_path, sent: Sent) => {
      if (payloads(sent).includes('b:bad')) return { ok: false, why: 'refused', status: 422 };
      taken.push(...payloads(sent));
      return { ok: true, value: { acks: [] } };
    };
    receipts.add(t('a'), [envelope('1'), envelope('2')]);
    receipts.add(t('b'), [envelope('3'), envelope('bad'), envelope('4')]);
    receipts.add(t('c'), [envelope('5')]);
    await jest.advanceTimersByTimeAsync(30_000);
    expect(taken.sort()).toEqual(['a:1', 'a:2', 'b:3', 'b:4', 'c:5']);
    expect(events.refused).toEqual(['b']);
    expect(log.codes).toEqual(['RECEIPT_REFUSED']);
    expect(receipts.size).toBe(0);
  });

  it('never drops a receipt because the platform fails, and lets others pass meanwhile', async () => {
    const { platform, receipts, events } = queue();
    let isBroken = true;
    platform.respond = (_path, sent: Sent) => {
      if (isBroken && payloads(sent).includes('a:poison')) return { ok: false, why: 'failed', status: 500 };
      return { ok: true, value: { acks: sent.receipts.map(({ terminal }) => ({ terminal: t(terminal), counter: 1 })) } };
    };
    receipts.add(t('a'), [envelope('poison')]);
    receipts.add(t('b'), [envelope('1')]);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(events.acked).toContain('b:1');
    expect(events.acked).not.toContain('a:1');
    isBroken = false;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(events.acked).toContain('a:1');
    expect(events.refused).toEqual([]);
  });

  it('waits while the platform is away and sends when it is back', async () => {
    const { platform, receipts, events } = queue();
    platform.respond = () => ({ ok: false, why: 'away', status: null });
    receipts.add(t('a'), [envelope('1')]);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(platform.calls).toHaveLength(1);
    platform.respond = () => ({ ok: true, value: { acks: [{ terminal: t('a'), counter: 1 }] } });
    platform.comesBack();
    await jest.advanceTimersByTimeAsync(50);
    expect(events.acked).toEqual(['a:1']);
  });

  describe('above the bound of one terminal, and above the common one,', () => {
    const many = Array.from({ length: 200 }, (_, index) => envelope(String(index)));
    const committed = { ok: true, value: { acks: [] } } as const;
    /** A queue whose platform took something already and takes the next when `commit` is called. */
    async function busy() {
      const parts = queue(100_000);
      let commit: (how?: 'away') => void = () => undefined;
      parts.platform.respond = () => committed;
      parts.receipts.add(t('first'), [envelope('1')]);
      await jest.advanceTimersByTimeAsync(50);
      parts.platform.respond = () => new Promise((resolve) => {
        commit = (how) => { resolve(how === undefined ? committed : { ok: false, why: how, status: null }); };
      });
      parts.receipts.add(t('many'), many);
      parts.receipts.add(t('more'), many);
      parts.receipts.add(t('big'), [envelope('x'.repeat(90_000))]);
      await jest.advanceTimersByTimeAsync(50);
      return { ...parts, commit: (how?: 'away') => { commit(how); } };
    }

    it('shuts the flow while the platform takes receipts, until half is gone', async () => {
      const { platform, events, receipts, commit } = await busy();
      expect(events.flow).toEqual(['shut many', 'shut more', 'shut big']);
      platform.respond = () => committed;
      commit();
      await jest.advanceTimersByTimeAsync(1_000);
      expect(events.flow.slice(3).sort()).toEqual(['open big', 'open many', 'open more']);
      expect(receipts.size).toBe(0);
    });

    it('opens the flow as soon as the platform does not take them, and drops what comes: it is sent again', async () => {
      const { platform, events, receipts, commit } = await busy();
      commit('away');
      await jest.advanceTimersByTimeAsync(0);
      expect(events.flow.slice(3).sort()).toEqual(['open big', 'open many', 'open more']);
      receipts.add(t('many'), [envelope('199'), envelope('200')]);
      receipts.add(t('other'), [envelope('y')]);
      expect(receipts.size).toBe(401);
      expect(events.flow).toHaveLength(6);
      platform.respond = () => committed;
      platform.comesBack();
      await jest.advanceTimersByTimeAsync(1_000);
      receipts.add(t('many'), [envelope('200')]);
      await jest.advanceTimersByTimeAsync(50);
      expect(payloads(platform.calls.at(-1)?.request as Sent)).toEqual(['many:200']);
    });

    it('opens the flow also where another request found the platform away', async () => {
      const { platform, events, commit } = await busy();
      platform.isUp = false;
      commit();
      await jest.advanceTimersByTimeAsync(1_000);
      expect(events.flow.slice(3).sort()).toEqual(['open big', 'open many', 'open more']);
    });
  });

  it('holds once what a terminal sends again', () => {
    const { platform, receipts } = queue();
    platform.isUp = false;
    receipts.add(t('a'), [envelope('1'), envelope('2')]);
    receipts.add(t('a'), [envelope('2'), envelope('3')]);
    expect(receipts.size).toBe(3);
  });
});
