import { terminalIdSchema } from '#libs/contracts';
import { AcceptReceipts } from '../../../../../../apps/platform/src/features/delivery/accept-receipts';

const TERMINAL = terminalIdSchema.parse('t-1');

/** A database whose commit waits until the test lets it through or lets it fail. */
class SlowCommit {
  private settle: { readonly resolve: () => void; readonly reject: (cause: Error) => void } | undefined;
  private readonly reached: Promise<void>;
  private markReached: () => void = () => undefined;

  constructor() {
    this.reached = new Promise((resolve) => { this.markReached = resolve; });
  }

  async run<T>(work: (tx: never) => Promise<T>): Promise<T> {
    const answer = await work({} as never);
    await new Promise<void>((resolve, reject) => {
      this.settle = { resolve, reject };
      this.markReached();
    });
    return answer;
  }

  async letThrough(): Promise<void> {
    await this.reached;
    this.settle?.resolve();
  }

  async letFail(): Promise<void> {
    await this.reached;
    this.settle?.reject(new Error('the connection broke in the middle of COMMIT'));
  }

  async atCommit(): Promise<void> {
    await this.reached;
  }
}

function accepting(transactions: SlowCommit): AcceptReceipts {
  const store = {
    lockCounters: () => Promise.resolve(), keepRecords: () => Promise.resolve({ fresh: new Set(), conflicting: new Set() }), lockDeliveries: () => Promise.resolve([]),
    lockByPayload: () => Promise.resolve([]), update: () => Promise.resolve(), advanceCounters: () => Promise.resolve([{ terminal: TERMINAL, acked: 7, highest: 7 }]),
  };
  const terminals = { platformOf: () => 'd', deviceKey: () => undefined };
  // Whatever else it tells, writes or asks inside the transaction has nothing to say here.
  const quiet = new Proxy({}, { get: () => () => Promise.resolve([]) });
  const parts = [{ now: () => 0 }, transactions, store, terminals, quiet, quiet, quiet, quiet, quiet] as unknown as ConstructorParameters<typeof AcceptReceipts>;
  return new AcceptReceipts(...parts);
}

describe('receipts are acknowledged', () => {
  it('only after the database has committed them, for the terminal forgets what is acknowledged', async () => {
    const transactions = new SlowCommit();
    let answered = false;
    const answer = accepting(transactions).run([{ terminal: TERMINAL, envelopes: [] }]).then((counters) => {
      answered = true;
      return counters;
    });
    await transactions.atCommit();
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    await transactions.letThrough();
    expect(await answer).toMatchObject([{ terminal: TERMINAL, acked: 7 }]);
  });

  it('never when the commit failed', async () => {
    const transactions = new SlowCommit();
    const answer = accepting(transactions).run([{ terminal: TERMINAL, envelopes: [] }]);
    void transactions.letFail();
    await expect(answer).rejects.toThrow('COMMIT');
  });
});
