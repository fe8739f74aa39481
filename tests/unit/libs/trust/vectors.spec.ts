import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Roster } from '#libs/contracts';
import type { Isolation, Tombstone } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import type { Signer } from '#libs/suites';
import {
  admit, applyDocument, isolationOf, pickAssignment, tombstoneOf, trustFromRoot, verifyAssignment, verifyBeacon, verifyByDevice, verifyConsent, verifyHead, verifyIsolate, verifyStop,
  type AdmitFacts, type JournalEntry, type TrustState,
} from '#libs/trust';
import { codeOf, ENTRY, factsFor, trustAfter } from '../../../support/admit-facts';
import type { FixedVectors } from '../../../support/fixed-vectors';
import { buildWorld, chainOf, digestNamed, digestOf, NOW, type PlatformName, type World } from '../../../support/trust-builder';

const folder = path.join(__dirname, '../../../vectors/trust');
const read = (file: string): unknown => JSON.parse(readFileSync(path.join(folder, file), 'utf8'));

interface Change {
  readonly by?: string;
  readonly set?: Readonly<Record<string, unknown>>;
  readonly word?: string;
}
interface Mutation {
  readonly name: string;
  readonly platform?: PlatformName;
  readonly terminal?: PlatformName;
  readonly message?: Change;
  readonly approvals?: readonly (Change & { readonly who: string })[];
  readonly dispatch?: Change;
  readonly correction?: {
    readonly message?: Change; readonly original?: Change; readonly isListed?: boolean; readonly consent?: Change;
    readonly without?: readonly string[]; readonly heard?: 'sounded' | 'playing' | 'stopped' | 'silent' | 'never';
  };
  readonly resumption?: { readonly consent?: Change; readonly without?: readonly string[]; readonly unknown?: boolean; readonly entry?: Partial<JournalEntry> | null };
  readonly stops?: readonly (Change & { readonly platform: PlatformName })[];
  readonly isolate?: Change & { readonly by: PlatformName; readonly officers?: number; readonly verifiedAt?: number };
  readonly quietHours?: Readonly<Partial<Record<PlatformName, Roster['quietHours']>>>;
  readonly now?: number;
  readonly expect: string;
}

/** What a mutation says about the terminal, beside the order. */
interface Case { readonly order: Readonly<Record<string, unknown>>; readonly facts: Partial<AdmitFacts> }

describe('mutations.json: orders described in words, signed with fresh keys', () => {
  let world: World;
  beforeAll(async () => { world = await buildWorld(); });

  for (const mutation of read('mutations.json') as readonly Mutation[]) {
    it(`${mutation.expect}: ${mutation.name}`, async () => {
      const platform = mutation.platform ?? 't1';
      const terminal = mutation.terminal ?? platform;
      const now = NOW + (mutation.now ?? 0);
      const { order, facts } = await caseOf(mutation, platform);
      const isolations = await isolationsOf(mutation, terminal, now);
      if (typeof isolations === 'string') {
        expect(isolations).toBe(mutation.expect);
        return;
      }
      const stops = [...facts.stops ?? [], ...await Promise.all((mutation.stops ?? []).map(async (stop) => tombstone(await world.stop(stop.platform, signing(stop)))))];
      let trust = world.trust;
      for (const [name, quietHours] of Object.entries(mutation.quietHours ?? {})) trust = trustAfter(trust, await world.roster(name as PlatformName, { set: { quietHours, version: 2 } }));
      const decision = admit(factsFor(world, terminal, order, { ...facts, stops, isolations, trust, now, beaconAt: now }));
      expect(decision.kind === 'play' && !decision.aloud ? 'play-silent' : codeOf(decision)).toBe(mutation.expect);
    });
  }

  function caseOf(mutation: Mutation, platform: PlatformName): Promise<Case> {
    if (mutation.correction !== undefined) return correctionCase(mutation, platform, mutation.correction);
    return mutation.resumption === undefined ? ordinaryCase(mutation, platform) : resumptionCase(mutation, platform, mutation.resumption);
  }

  async function ordinaryCase(mutation: Mutation, platform: PlatformName): Promise<Case> {
    const message = await world.message(platform, signing(mutation.message));
    const approvals: Envelope[] = [];
    const usual: NonNullable<Mutation['approvals']> = [{ who: 'approver-a' }, { who: 'approver-b' }];
    const isLight = platform === 'v1' || mutation.message?.set?.['class'] === 'notice';
    for (const approval of mutation.approvals ?? usual.slice(0, isLight ? 1 : 2)) {
      approvals.push(await world.approval(platform, message, approval.who, signing(approval)));
    }
    return { order: { dispatch: await world.dispatch(platform, message, approvals, signing(mutation.dispatch)), message, approvals }, facts: {} };
  }

  async function correctionCase(mutation: Mutation, platform: PlatformName, said: NonNullable<Mutation['correction']>): Promise<Case> {
    const { isListed } = said;
    const { order, original } = await world.correctionOrder(platform, {
      correction: signing(said.message), original: signing(said.original), consent: signing(said.consent), dispatch: signing(mutation.dispatch),
      ...(isListed === undefined ? {} : { isListed }),
    });
    const { heard = 'sounded' } = said;
    const entry: JournalEntry = {
      ...ENTRY, state: heard === 'playing' || heard === 'stopped' ? heard : heard === 'silent' ? 'interrupted' : 'completed', sounded: heard !== 'silent',
    };
    return { order: lacking(order, said.without), facts: { journal: new Map(heard === 'never' ? [] : [[digestOf(original.message), entry]]) } };
  }

  /** Stopped six seconds into its first repetition. */
  async function resumptionCase(mutation: Mutation, platform: PlatformName, said: NonNullable<Mutation['resumption']>): Promise<Case> {
    const stopped = await world.order(platform, { dispatch: { set: { startAt: NOW - 6_000 } } });
    const stop = await world.stop(platform);
    const { order } = await world.resumeOrder(platform, stopped, stop, {
      consent: { ...signing(said.consent), set: { signedAt: NOW + 1_000, ...signing(said.consent).set } }, dispatch: signing(mutation.dispatch),
    });
    const kept = tombstone(stop);
    const entry: JournalEntry = { ...ENTRY, state: 'stopped', stoppedBy: kept.stopId, ...said.entry };
    return {
      order: lacking(order, said.without),
      facts: { journal: new Map(said.entry === null ? [] : [[digestOf(stopped.message), entry]]), stops: said.unknown === true ? [] : [kept] },
    };
  }

  /** What the terminal keeps of the isolate, or why it does not. */
  async function isolationsOf({ isolate }: Mutation, terminal: PlatformName, now: number): Promise<readonly Isolation[] | string> {
    if (isolate === undefined) return [];
    const { by, officers = 2, ...change } = isolate;
    const envelope = await world.isolate(by, { ...signing({ ...(change.set === undefined ? {} : { set: change.set }), ...(change.word === undefined ? {} : { word: change.word }) }), by: world.officers(by).slice(0, officers) });
    const verified = verifyIsolate(world.trust, envelope, isolate.verifiedAt === undefined ? now : NOW + isolate.verifiedAt, chainOf(terminal));
    return verified.ok ? [isolationOf(verified.value)] : verified.code;
  }

  function lacking(order: object, without: readonly string[] = []): Readonly<Record<string, unknown>> {
    return Object.fromEntries(Object.entries(order).filter(([part]) => !without.includes(part)));
  }
  function tombstone(envelope: Envelope): Tombstone {
    const stop = verifyStop(world.trust, envelope);
    if (!stop.ok) throw new Error(stop.code);
    return tombstoneOf(stop.value, NOW);
  }
  function signing(change: Change | undefined): { readonly by?: readonly Signer[]; readonly set?: object; readonly word?: string } {
    if (change === undefined) return {};
    return {
      ...(change.by === undefined ? {} : { by: [signerOf(change.by)] }),
      ...(change.set === undefined ? {} : { set: resolve(change.set) as object }),
      ...(change.word === undefined ? {} : { word: change.word }),
    };
  }
  function signerOf(name: string): Signer {
    if (name === 'root') return world.rootKeys[0]?.signer ?? world.stranger.signer;
    if (name === 'device') return world.device.signer;
    if (name === 'stranger') return world.stranger.signer;
    const [platform = '', who = ''] = name.split('/');
    const { dispatcher, log, officers } = world.platform(platform);
    if (who === 'dispatcher') return dispatcher.signer;
    if (who === 'log') return log.signer;
    return who === 'officer' ? officers[0]?.key.signer ?? world.stranger.signer : world.key(platform, who).signer;
  }
  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    if ('$now' in value) return NOW + Number(value.$now);
    if ('$name' in value) return digestNamed(String(value.$name));
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
  }
});

describe('fixed.json: documents whose private keys are gone', () => {
  const fixed = read('fixed.json') as FixedVectors;
  const start = trustFromRoot(fixed.root, { demo: true });
  const trust = fixed.documents.reduce<TrustState | undefined>((state, document) => {
    const next = state === undefined ? undefined : applyDocument(state, document, fixed.now);
    return next?.ok === true ? next.value : undefined;
  }, start.ok ? start.value : undefined);

  it('holds a root and a lineage that read in order', () => {
    expect(trust?.rosters.size).toBe(3);
  });
  it('holds no private key', () => {
    expect(readFileSync(path.join(folder, 'fixed.json'), 'utf8')).not.toMatch(/pkcs8|PRIVATE|"d"\s*:\s*"[A-Za-z0-9_-]{40}/);
  });
  for (const one of fixed.orders) {
    it(`${one.expect}: ${one.name}`, () => {
      if (trust === undefined) throw new Error('the fixed documents do not read');
      const verified = verifyAssignment(trust, fixed.assignment);
      if (!verified.ok) throw new Error(verified.code);
      const assignment = pickAssignment(trust, verified.value, fixed.device.terminal, fixed.device.key.keyId, null);
      if (!assignment.ok) throw new Error(assignment.code);
      const facts: AdmitFacts = {
        order: one.order, bytes: 5_000, examinedThisSecond: 0, heldForMs: 0, now: one.now, beaconAt: one.now, trust, assignment: assignment.value, floors: new Map(),
        seenDispatches: new Set(), journal: new Map(), stops: [], isolations: [], restrictions: [], mediaHeld: () => true,
      };
      expect(codeOf(admit(facts))).toBe(one.expect);
    });
  }
  it('holds a stop, an isolate, a consent, a beacon, a head and a receipt that verify, and their forgeries that do not', () => {
    if (trust === undefined) throw new Error('the fixed documents do not read');
    expect(verifyStop(trust, fixed.stop).ok).toBe(true);
    expect(verifyBeacon(trust, fixed.beacon, fixed.platform).ok).toBe(true);
    expect(verifyIsolate(trust, fixed.isolate, fixed.now).ok).toBe(true);
    expect(verifyConsent(trust, fixed.consent, fixed.now).ok).toBe(true);
    expect(verifyHead(trust, fixed.head).ok).toBe(true);
    expect(verifyByDevice(fixed.device, fixed.receipt, 'receipt').ok).toBe(true);
    for (const envelope of [fixed.stop, fixed.beacon, fixed.head, fixed.isolate, fixed.consent]) {
      const forged = { ...envelope, payload: fixed.receipt.payload };
      expect([verifyStop(trust, forged), verifyBeacon(trust, forged, fixed.platform), verifyHead(trust, forged), verifyIsolate(trust, forged, fixed.now), verifyConsent(trust, forged, fixed.now)].some((result) => result.ok)).toBe(false);
    }
    expect(digestOf(fixed.stop)).toHaveLength(64);
  });
});
