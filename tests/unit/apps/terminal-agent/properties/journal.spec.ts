import fc from 'fast-check';
import { stopIdSchema, type Digest } from '#libs/contracts';
import { admit, type AdmitDecision } from '#libs/trust';
import { Journal } from '../../../../../apps/terminal-agent/src/admit/journal';
import { factsFor } from '../../../../support/admit-facts';
import { asked, LONG_TIMEOUT_MS } from '../../../../support/properties';
import { FakeDisk } from '../../../../support/terminal-agent/fake-disk';
import { areaOf, buildWorld, digestOf, NOW, platformOf, type OrderParts, type World } from '../../../../support/trust-builder';

const MESSAGES = 2;
const DISPATCHES = 4;
const HOUR = 3_600_000;

let world: World;
/** Of each message its dispatches: all genuine, each with a number of its own. */
let orders: readonly (readonly OrderParts[])[];

beforeAll(async () => {
  world = await buildWorld();
  orders = await Promise.all(Array.from({ length: MESSAGES }, async () => {
    const first = await world.order('t1');
    const more = await Promise.all(Array.from({ length: DISPATCHES - 1 }, async () => world.bind(first.message, first.approvals, await world.dispatch('t1', first.message, first.approvals))));
    return [first, ...more];
  }));
});

/** What may happen to a terminal, in any order. `cut`: the power fails before the disk has anything of it. */
const happenings = fc.array(fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('order' as const), message: fc.nat(MESSAGES - 1), dispatch: fc.nat(DISPATCHES - 1), cut: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('complete' as const, 'interrupt' as const), message: fc.nat(MESSAGES - 1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop' as const), message: fc.option(fc.nat(MESSAGES - 1), { freq: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('restart' as const, 'prune' as const) }) },
), { minLength: 1, maxLength: 24, size: 'max' });
type Happening = typeof happenings extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

/** docs/protocol.md 9 step 10e and 15: what became of each message, and nothing else. */
class Remembered {
  private readonly states = new Map<number, 'playing' | 'completed' | 'interrupted'>();
  private readonly dispatches = new Map<number, number>();
  private readonly stopped = new Set<number>();
  private readonly seen = new Set<string>();

  maySound(message: number, dispatch: number): boolean {
    if (this.stopped.has(message) || this.seen.has(`${message} ${dispatch}`)) return false;
    const state = this.states.get(message);
    return state === undefined || (state === 'interrupted' && (this.dispatches.get(message) ?? 0) < 2);
  }
  begun(message: number, dispatch: number): void {
    this.seen.add(`${message} ${dispatch}`);
    this.states.set(message, 'playing');
    this.dispatches.set(message, (this.dispatches.get(message) ?? 0) + 1);
  }
  ended(message: number, how: 'completed' | 'interrupted'): void {
    this.states.set(message, how);
  }
  stop(message: number | null): void {
    for (let at = 0; at < MESSAGES; at += 1) if (message === null || message === at) this.stopped.add(at);
  }
  isPlaying(message: number): boolean {
    return this.states.get(message) === 'playing' && !this.stopped.has(message);
  }
}

/** A terminal's memory and its judgement, without the sound. */
class Unit {
  private readonly disk = new FakeDisk();
  private journal = new Journal(this.disk);
  private stops = 0;

  async restart(): Promise<void> {
    this.disk.crash();
    this.journal = new Journal(this.disk);
    await this.journal.load();
  }
  judge(order: OrderParts): AdmitDecision {
    const { floors, seenDispatches, messages, stops } = this.journal;
    return admit(factsFor(world, 't1', order.order, { floors, seenDispatches, journal: messages, stops }));
  }
  /** Writes down what a decision to play asks for; with `cut` the disk has nothing of it. */
  async take(decision: AdmitDecision, digest: Digest, cut: boolean): Promise<void> {
    if (decision.kind !== 'play') throw new Error(`nothing to write down of ${decision.kind}`);
    if (cut) this.disk.hold();
    const { dispatch, dispatchDigest, message } = decision.order;
    this.journal.accept(decision.writes, { digest: dispatchDigest, notAfter: dispatch.notAfter, platform: platformOf('t1'), replaces: message.message.replaces, corrects: null });
    this.journal.note(digest, { repetition: 1, state: 'playing', sounded: true });
    const saved = this.journal.save();
    if (!cut) return saved;
    // The write has to be on its way when the power fails.
    await new Promise((resolve) => setImmediate(resolve));
    await this.restart();
  }
  async end(digest: Digest, state: 'completed' | 'interrupted'): Promise<void> {
    this.journal.note(digest, { state });
    await this.journal.save();
  }
  async stop(named: Digest | null): Promise<void> {
    this.stops += 1;
    const stopId = stopIdSchema.parse(`0197a3b0-000b-7000-8000-${String(this.stops).padStart(12, '0')}`);
    const scope = named === null ? { kind: 'all' as const } : { kind: 'messages' as const, messages: [named] };
    this.journal.addStop({ stopId, tier: 'district', area: areaOf('d-area'), issuedAt: NOW, scope, until: NOW + 240 * HOUR }, NOW + 24 * HOUR);
    await this.journal.save();
  }
  async prune(): Promise<void> {
    this.journal.prune(NOW + HOUR);
    await this.journal.save();
  }
}

async function happens(unit: Unit, model: Remembered, one: Happening): Promise<void> {
  switch (one.kind) {
    case 'order': {
      const order = orders[one.message]?.[one.dispatch];
      if (order === undefined) throw new Error('there is no such order');
      const decision = unit.judge(order);
      expect([one.message, one.dispatch, decision.kind === 'play']).toEqual([one.message, one.dispatch, model.maySound(one.message, one.dispatch)]);
      if (decision.kind !== 'play') return;
      await unit.take(decision, digestOf(order.message), one.cut);
      if (!one.cut) model.begun(one.message, one.dispatch);
      return;
    }
    case 'complete':
    case 'interrupt': {
      const message = orders[one.message]?.[0]?.message;
      if (message === undefined || !model.isPlaying(one.message)) return;
      const how = one.kind === 'complete' ? 'completed' : 'interrupted';
      await unit.end(digestOf(message), how);
      model.ended(one.message, how);
      return;
    }
    case 'stop': {
      const message = one.message === null ? undefined : orders[one.message]?.[0]?.message;
      await unit.stop(message === undefined ? null : digestOf(message));
      model.stop(one.message);
      return;
    }
    case 'restart': return unit.restart();
    case 'prune': return unit.prune();
  }
}

it('what has been completed, sounds or was stopped never sounds again, over power cuts and in whatever order things come', async () => {
  await fc.assert(fc.asyncProperty(happenings, async (list) => {
    const [unit, model] = [new Unit(), new Remembered()];
    for (const one of list) await happens(unit, model, one);
  }), asked(25));
}, LONG_TIMEOUT_MS);
