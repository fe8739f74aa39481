import { WatchWindows } from '../../../../../../apps/platform/src/features/messages/watch-windows';
import { userError } from '../../../../../../apps/platform/src/kernel/errors';
import { silentLog } from '../../../../../../apps/platform/src/kernel/log';
import type { HandlerOptions, OutboxHandler } from '../../../../../../apps/platform/src/kernel/outbox';

const ID = '0197a3b0-0001-7000-8000-000000000001';
const DIGEST = 'd'.repeat(64);

/** The real verb; releasing ends as the test says, and what is written is remembered. */
function windows() {
  let release: () => Promise<void> = () => Promise.resolve();
  let handler: { readonly due: OutboxHandler; readonly options: HandlerOptions } | undefined;
  const written: unknown[] = [];
  let known: string | null = null;
  const parts = {
    transactions: { run: (work: (tx: unknown) => unknown) => Promise.resolve(work({})) },
    store: {
      lock: () => Promise.resolve({ id: ID, platform: 't1', digest: DIGEST }),
      holdBack: (_: unknown, __: unknown, ___: unknown, code: string) => {
        const fresh = known !== code;
        known = code;
        return Promise.resolve(fresh);
      },
    },
    worker: { handle: (_topic: string, due: OutboxHandler, options: HandlerOptions) => { handler = { due, options }; } },
    release: { run: () => release() },
    leaves: { insert: (_: unknown, leaf: { kind: string; facts: unknown }) => Promise.resolve(void written.push([leaf.kind, leaf.facts])) },
    events: { record: (_: unknown, facts: readonly { kind: string; code: string | null }[]) => Promise.resolve(void written.push(...facts.map(({ kind, code }) => [kind, code]))) },
  } as unknown as Record<'transactions' | 'store' | 'worker' | 'release' | 'leaves' | 'events', never>;
  const verb = new WatchWindows({ now: () => 1_000 } as never, parts.transactions, parts.store, { tellOverdue: () => Promise.resolve([]) } as never, silentLog, parts.worker, parts.release, parts.leaves, parts.events);
  verb.onModuleInit();
  const due = (end: () => Promise<void>): Promise<unknown> => {
    release = end;
    return Promise.resolve(handler?.due({ id: ID }, {} as never)).then(() => 'done', (cause: { code: string }) => cause.code);
  };
  return { due, written, options: () => handler?.options };
}
const refuse = (code: string) => () => Promise.reject(userError(code, 'no'));

describe('an approved message whose time has come', () => {
  it('leaves a leaf and an event when it is refused, once for each reason', async () => {
    const { due, written } = windows();
    expect([await due(refuse('REJ_APPROVER_ROLE')), await due(refuse('REJ_APPROVER_ROLE'))]).toEqual(['done', 'done']);
    expect(written).toEqual([['message.not-released', { digest: DIGEST, code: 'REJ_APPROVER_ROLE' }], ['message-not-released', 'REJ_APPROVER_ROLE']]);
  });

  it('is tried again while nobody stands where it speaks to', async () => {
    const { due, written } = windows();
    expect([await due(refuse('TARGET_EMPTY')), await due(refuse('TARGET_EMPTY')), await due(() => Promise.resolve())]).toEqual(['TARGET_EMPTY', 'TARGET_EMPTY', 'done']);
    expect(written).toHaveLength(2);
  });

  it('that was taken back or stopped meanwhile is nobody\'s fault', async () => {
    const { due, written } = windows();
    expect([await due(refuse('STATE_CONFLICT')), written]).toEqual(['done', []]);
  });

  it('does not wait for the lease of a dead worker', () => {
    expect(windows().options()).toEqual({ leaseMs: 5_000, mostDelayMs: 2_000 });
  });
});
