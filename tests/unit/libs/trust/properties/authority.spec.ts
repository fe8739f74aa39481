import fc from 'fast-check';
import { classSchema, modeSchema, severitySchema, tierSchema, type Charter } from '#libs/contracts';
import { applyDocument, type TrustState } from '#libs/trust';
import { asked, LONG_TIMEOUT_MS } from '../../../../support/properties';
import { areaOf, buildWorld, NOW, personOf, platformOf, PLATFORMS, type PlatformName, type World } from '../../../../support/trust-builder';
import { widening } from './charter-model';

let world: World;
beforeAll(async () => { world = await buildWorld(); });

const tiers = fc.constantFrom(...tierSchema.options);
/** All of them, but for one time in six. */
const mostly = <T>(all: readonly T[]): fc.Arbitrary<T[]> => fc.tuple(fc.nat(5), fc.subarray([...all], { minLength: 1 })).map(([die, some]) => (die > 0 ? [...all] : some));
const signedBy: fc.Arbitrary<PlatformName | 'parent'> = fc.oneof({ weight: 5, arbitrary: fc.constant('parent' as const) }, { weight: 1, arbitrary: fc.constantFrom(...PLATFORMS) });
const areaIds = fc.oneof({ weight: 9, arbitrary: fc.constant('own') }, { weight: 1, arbitrary: fc.constantFrom(...PLATFORMS.map((name) => `${name}-area`), 'x-area') });
const parentAreas = fc.oneof({ weight: 5, arbitrary: fc.constant('parents') }, { weight: 1, arbitrary: fc.constantFrom(...PLATFORMS.map((name) => `${name}-area`), 'x-area') });

/** One new charter: what of it is not as it was, and who signs. */
const changes = fc.record({
  name: fc.constantFrom<PlatformName>('t1', 't2', 'v1', 'v2', 'v3'),
  tier: fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: tiers }),
  areas: fc.array(fc.tuple(areaIds, parentAreas), { minLength: 1, maxLength: 2 }),
  classes: mostly(classSchema.options), severities: mostly(severitySchema.options), modes: mostly(modeSchema.options),
  minimumApprovals: fc.uniqueArray(fc.record({ class: fc.constantFrom('emergency', 'notice'), tier: fc.constantFrom('village', 'village', 'township'), approvals: fc.integer({ min: 1, max: 3 }) }), { maxLength: 3, selector: (row) => `${row.class} ${row.tier}` }),
  threshold: fc.constantFrom(1, 2, 2, 2, 2, 3, 4),
  signers: mostly([0, 1, 2]), signedBy,
});
type Change = typeof changes extends fc.Arbitrary<infer T> ? T : never;

const PARENTS: Readonly<Record<string, PlatformName>> = { t1: 'd', t2: 'd', v1: 't1', v2: 't1', v3: 't2' };

function inForce(state: TrustState): ReadonlyMap<string, Charter> {
  return new Map([...state.charters].map(([platform, held]) => [platform, held.value]));
}

async function proposed(change: Change, version: number) {
  const parent = PARENTS[change.name] ?? 'd';
  const signer = change.signedBy === 'parent' ? parent : change.signedBy;
  const { name, tier, areas, classes, severities, modes, minimumApprovals, threshold } = change;
  const charter: Charter = {
    ...world.charterPayload(name), ...(tier === null ? {} : { tier }), ceilings: { classes, severities, modes }, minimumApprovals: minimumApprovals as Charter['minimumApprovals'], threshold, version, issuedAt: NOW - 1_000,
    areas: areas.map(([id, above], at) => ({ id: areaOf(id === 'own' ? `${name}-area` : id), parent: areaOf(above === 'parents' ? `${parent}-area` : above), name: '地方', codes: [`3601230000${at}0`] })),
  };
  const by = change.signers.map((at) => world.officers(signer)[at]).filter((one) => one !== undefined);
  const parentsOfficers = world.charterPayload(parent).officers;
  const signed = new Set(parentsOfficers.filter(({ key }) => by.some((one) => one.key.keyId === key.keyId)).map(({ person }) => person));
  return { envelope: await world.charter(name, { set: charter, by }), proposal: { charter, parentOfficersWhoSigned: signed } };
}

describe('the authority chain', () => {
  it('takes a charter exactly when it only narrows what its parent grants, in a tree of random charters', async () => {
    await fc.assert(fc.asyncProperty(fc.array(changes, { minLength: 1, maxLength: 8 }), async (list) => {
      let state = world.trust;
      for (const [at, change] of list.entries()) {
        const before = inForce(state);
        const { envelope, proposal } = await proposed(change, at + 2);
        const known = new Map([...before].filter(([platform]) => platform !== proposal.charter.platform));
        const wide = widening(proposal, known);
        const next = applyDocument(state, envelope, NOW);
        expect({ ok: next.ok, why: next.ok ? undefined : wide ?? `refused although it narrows: ${next.code} ${next.at ?? ''}` }).toEqual({ ok: wide === undefined, why: wide });
        if (next.ok) state = next.value;
        // Whatever fell with it: nothing that is left reaches further than what stands above it.
        for (const held of inForce(state).values()) if (held.parent !== null) expect([held.platform, narrows(held, inForce(state))]).toEqual([held.platform, true]);
      }
    }), asked(40));
  }, LONG_TIMEOUT_MS);

  it('takes a roster only from as many persons among its own officers as the charter asks, whoever else signs beside them', async () => {
    const everybody = PLATFORMS.flatMap((name) => [0, 1, 2].map((at) => ({ name, at })));
    await fc.assert(fc.asyncProperty(fc.constantFrom(...PLATFORMS), fc.subarray(everybody, { minLength: 1, maxLength: 5 }), async (name, chosen) => {
      const by = chosen.map((one) => world.officers(one.name)[one.at]).filter((one) => one !== undefined);
      const unique = by.filter((one, at) => by.findIndex((other) => other.key.keyId === one.key.keyId) === at);
      const own = world.charterPayload(name).officers.filter(({ key }) => unique.some((one) => one.key.keyId === key.keyId));
      const next = applyDocument(world.trust, await world.roster(name, { set: { version: 2 }, by: unique }), NOW);
      expect(next.ok).toBe(new Set(own.map(({ person }) => person)).size >= world.charterPayload(name).threshold);
    }), asked(40));
  }, LONG_TIMEOUT_MS);

  it('never goes back to a version, whatever comes in whatever order', async () => {
    const versions = [2, 3, 4, 5];
    const made = await Promise.all(versions.map(async (version) => ({
      version, charter: await world.charter('t1', { set: { version } }), roster: await world.roster('t1', { set: { version } }), twin: await world.roster('t1', { set: { version, expiresAt: NOW + 1_000_000 } }),
    })));
    const documents = made.flatMap(({ version, charter, roster, twin }) => [{ kind: 'charters' as const, version, envelope: charter }, { kind: 'rosters' as const, version, envelope: roster }, { kind: 'rosters' as const, version, envelope: twin }]);
    fc.assert(fc.property(fc.array(fc.constantFrom(...documents), { maxLength: 12 }), (list) => {
      let state = world.trust;
      const highest = { charters: 1, rosters: 1 };
      for (const { kind, version, envelope } of list) {
        const next = applyDocument(state, envelope, NOW);
        const isSame = state[kind].get(platformOf('t1'))?.envelope.payload === envelope.payload;
        expect(next.ok).toBe(version > highest[kind] || isSame);
        if (!next.ok) continue;
        state = next.value;
        highest[kind] = Math.max(highest[kind], version);
        expect(state[kind].get(platformOf('t1'))?.value.version).toBe(highest[kind]);
      }
    }), asked(25));
  }, LONG_TIMEOUT_MS);
});

/** As `widening`, for one that is in force: its signatures were counted when it came, and again when its parent changed. */
function narrows(charter: Charter, all: ReadonlyMap<string, Charter>): boolean {
  const everyone = new Set(['a', 'b', 'c', 'd'].map((name) => personOf(name)));
  return widening({ charter, parentOfficersWhoSigned: everyone }, new Map([...all].filter(([platform]) => platform !== charter.platform))) === undefined;
}
