import { dispatchIdSchema, type Digest } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import {
  applyDocument, documentsInForce, memoryOf, trustFromRoot, withMemory, type AdmitDecision, type AdmitFacts, type DispatcherFloor, type JournalEntry, type TrustState,
} from '#libs/trust';
import { chainOf, NOW, platformOf, RESOURCE_CODE, terminalOf, type PlatformName, type World } from './trust-builder';

/**
 * Facts of a healthy terminal `<platform>-term-1` that has just heard a beacon and holds all media; a test replaces
 * what is special. `order` may be any value, as from the wire.
 */
export function factsFor(world: World, name: PlatformName, order: unknown, set: Partial<AdmitFacts> = {}): AdmitFacts {
  const trust: TrustState = set.trust ?? world.trust;
  return {
    order, bytes: 5_000, examinedThisSecond: 0, heldForMs: 0, now: NOW, beaconAt: NOW - 5_000, trust,
    assignment: {
      platform: platformOf(name), terminal: terminalOf(`${name}-term-1`), deviceKeyId: world.device.record.keyId, areas: chainOf(name),
      resourceCode: RESOURCE_CODE, maxVolume: 'full', version: 1,
    },
    floors: new Map(), seenDispatches: new Set(), journal: new Map(), stops: [], isolations: [], restrictions: [], mediaHeld: () => true, ...set,
  };
}

/** A message that began here once, six seconds ago, and was heard. */
export const ENTRY: JournalEntry = {
  dispatchId: dispatchIdSchema.parse('0197a3b0-0009-7000-8000-000000000009'), repetition: 1, state: 'completed', dispatches: 1, until: NOW + 360_000_000, sounded: true,
  stoppedBy: null, startAt: NOW - 6_000, mode: 'actual', takenBack: [], permit: null,
};

/** A memory that takes what a `play` writes, as the terminal's disk would. */
export class Memory {
  readonly floors = new Map<string, DispatcherFloor>();
  readonly seenDispatches = new Set<string>();
  readonly journal = new Map<string, JournalEntry>();

  keep(decision: AdmitDecision): void {
    if (decision.kind !== 'play') throw new Error(`nothing to keep of ${codeOf(decision)}`);
    const { writes } = decision;
    this.floors.set(writes.dispatcherKeyId, writes.floor);
    this.seenDispatches.add(writes.dispatchId);
    this.journal.set(writes.messageDigest, writes.journal);
  }
  /** A sample of it came out. */
  heard(digest: Digest): void {
    const entry = this.journal.get(digest);
    if (entry === undefined) throw new Error('nothing is remembered of this message');
    this.journal.set(digest, { ...entry, sounded: true });
  }
  mark(digest: Digest, state: JournalEntry['state']): void {
    const entry = this.journal.get(digest);
    if (entry === undefined) throw new Error('nothing is remembered of this message');
    this.journal.set(digest, { ...entry, state });
  }
}

/** The refusal code, or the kind of any other decision: what a test compares. */
export function codeOf(decision: AdmitDecision): string {
  return 'code' in decision ? decision.code : decision.kind;
}

/** A document's next trust, or an error with its code: for tests that build on a changed roster or charter. */
export function trustAfter(trust: TrustState, document: Envelope): TrustState {
  const next = applyDocument(trust, document, NOW);
  if (!next.ok) throw new Error(`${document.payloadType}: ${next.code} ${next.at ?? ''}`);
  return next.value;
}

/** What a terminal comes to after a power cut, from its own disk: documents read anew from the root, and what it remembers. */
export function rebooted(world: World, state: TrustState, memory = memoryOf(state)): TrustState {
  const begun = trustFromRoot(world.expected.rootEnvelope, { demo: true });
  if (!begun.ok) throw new Error(begun.code);
  const read = documentsInForce(state).reduce((at, document) => {
    const next = applyDocument(at, document, null);
    return next.ok ? next.value : at;
  }, begun.value);
  return withMemory(read, JSON.parse(JSON.stringify(memory)));
}
