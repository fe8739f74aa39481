import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Envelope } from '#libs/envelope';
import type { Signer } from '#libs/suites';
import { admit, applyDocument, pickAssignment, trustFromRoot, verifyAssignment, verifyBeacon, verifyByDevice, verifyHead, verifyStop, type AdmitFacts, type TrustState } from '#libs/trust';
import { codeOf, factsFor } from '../../../support/admit-facts';
import type { FixedVectors } from '../../../support/fixed-vectors';
import { buildWorld, digestNamed, digestOf, NOW, type PlatformName, type World } from '../../../support/trust-builder';

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
  readonly now?: number;
  readonly expect: string;
}

describe('mutations.json: orders described in words, signed with fresh keys', () => {
  let world: World;
  beforeAll(async () => { world = await buildWorld(); });

  for (const mutation of read('mutations.json') as readonly Mutation[]) {
    it(`${mutation.expect}: ${mutation.name}`, async () => {
      const platform = mutation.platform ?? 't1';
      const message = await world.message(platform, signing(mutation.message));
      const approvals: Envelope[] = [];
      const usual: NonNullable<Mutation['approvals']> = [{ who: 'approver-a' }, { who: 'approver-b' }];
      for (const approval of mutation.approvals ?? usual.slice(0, platform === 'v1' ? 1 : 2)) {
        approvals.push(await world.approval(platform, message, approval.who, signing(approval)));
      }
      const dispatch = await world.dispatch(platform, message, approvals, signing(mutation.dispatch));
      const now = NOW + (mutation.now ?? 0);
      expect(codeOf(admit(factsFor(world, mutation.terminal ?? platform, { dispatch, message, approvals }, { now, beaconAt: now })))).toBe(mutation.expect);
    });
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
      const verified = verifyAssignment(trust, fixed.assignment, fixed.now);
      if (!verified.ok) throw new Error(verified.code);
      const assignment = pickAssignment(trust, verified.value, fixed.device.terminal, fixed.device.key.keyId, null);
      if (!assignment.ok) throw new Error(assignment.code);
      const facts: AdmitFacts = {
        order: one.order, bytes: 5_000, examinedThisSecond: 0, heldForMs: 0, now: one.now, beaconAt: one.now, trust, assignment: assignment.value, floors: new Map(),
        seenDispatches: new Set(), journal: new Map(), stops: [], isolations: [], mediaHeld: () => true,
      };
      expect(codeOf(admit(facts))).toBe(one.expect);
    });
  }
  it('holds a stop, a beacon, a head and a receipt that verify, and their forgeries that do not', () => {
    if (trust === undefined) throw new Error('the fixed documents do not read');
    expect(verifyStop(trust, fixed.stop, fixed.now).ok).toBe(true);
    expect(verifyBeacon(trust, fixed.beacon, fixed.platform).ok).toBe(true);
    expect(verifyHead(trust, fixed.head).ok).toBe(true);
    expect(verifyByDevice(fixed.device, fixed.receipt, 'receipt').ok).toBe(true);
    for (const envelope of [fixed.stop, fixed.beacon, fixed.head]) {
      const forged = { ...envelope, payload: fixed.receipt.payload };
      expect([verifyStop(trust, forged, fixed.now), verifyBeacon(trust, forged, fixed.platform), verifyHead(trust, forged)].some((result) => result.ok)).toBe(false);
    }
    expect(digestOf(fixed.stop)).toHaveLength(64);
  });
});
