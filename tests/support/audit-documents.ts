/**
 * Long rows of trust documents of a whole district, mostly right, at the edges of what is right: later ones let earlier
 * ones fall. Each step makes a file; what is accepted stands in the files after it.
 */
import type { Charter, Revocation, Root, Roster } from '#libs/contracts';
import { canonicalJson, type Envelope } from '#libs/envelope';
import type { Signer } from '#libs/suites';
import { applyDocument, trustFromRoot, type TrustState } from '#libs/trust';
import type { Mutated } from './audit-mutations';
import type { SeededRandom } from './seeded-random';
import { areaOf, digestNamed, personOf, PLATFORMS, unitOf, type PlatformName, type World } from './trust-builder';

const DAY = 86_400_000;
const JUMP = 1_000_000;

export interface DocumentRow {
  readonly files: readonly Mutated[];
  readonly accepted: number;
  /** Documents in force that lost their ground on the way. */
  readonly fallen: number;
}

export async function documentRow(world: World, random: SeededRandom, steps: number): Promise<DocumentRow> {
  const begun = trustFromRoot(world.expected.rootEnvelope, { demo: true });
  if (!begun.ok) throw new Error(begun.code);
  let state: TrustState = begun.value;
  const row: Envelope[] = [world.expected.rootEnvelope];
  const files: Mutated[] = [];
  let [accepted, fallen] = [0, 0];
  const take = (envelope: Envelope): void => {
    const next = applyDocument(state, envelope, null);
    if (!next.ok) return;
    const inForce = ({ charters, rosters, revocations }: TrustState): number => charters.size + rosters.size + revocations.size;
    if (inForce(next.value) < inForce(state)) fallen += 1;
    state = next.value;
    row.push(envelope);
    accepted += 1;
  };
  world.expected.documents.forEach(take);
  for (let step = 0; step < steps; step += 1) {
    const envelope = await nextDocument(world, state, random);
    files.push({ lines: fileOf([...row, envelope]) });
    take(envelope);
  }
  return { files, accepted: accepted - world.expected.documents.length, fallen };
}

/** No logs: the documents alone are judged. */
function fileOf(documents: readonly Envelope[]): readonly string[] {
  const lines = [{ line: 'export', format: 'clarion-audit.v1', at: 0, platforms: [], details: false }, ...documents.map((envelope) => ({ line: 'document', envelope }))];
  return [...lines, { line: 'end', lines: lines.length }].map((line) => canonicalJson(line));
}

async function nextDocument(world: World, state: TrustState, random: SeededRandom): Promise<Envelope> {
  const name = random.pick<PlatformName>([...PLATFORMS, 'd', 'd', 't1']);
  const other = random.pick(PLATFORMS);
  const rare = <T>(change: T, usual: T, oneIn = 8): T => (random.int(oneIn) === 0 ? change : usual);
  const word = random.pick(['root', 'charter', 'charter', 'charter', 'roster', 'roster', 'roster', 'revocation', 'revocation'] as const);
  const floor = state.floors.get(`${word}:${name}`);
  const version = rare((floor?.version ?? 0) + random.pick([0, -1, JUMP, JUMP + 1]), (floor?.version ?? 0) + 1 + random.int(2));
  const issuedAt = rare((floor?.issuedAt ?? world.rosterPayload(name).issuedAt) - 1, (floor?.issuedAt ?? world.rosterPayload(name).issuedAt) + random.pick([0, 1, DAY]));
  const officersOf = (platform: PlatformName): readonly Signer[] => world.officers(platform);
  const signers = (right: readonly Signer[]): readonly Signer[] => rare(random.pick([right.slice(0, 1), officersOf(other).slice(0, 2), world.rootKeys.slice(0, 2).map(({ signer }) => signer)]), random.pick([right.slice(0, 2), right.slice(1), right]));
  switch (word) {
    case 'root': {
      const of = world.rootKeys.map(({ record }) => record);
      const now = state.root.value.version;
      const set = rare(random.pick<Partial<Root>>([
        { keys: of.slice(1) }, { keys: [...of, world.stranger.record], threshold: 3 }, { threshold: 1 }, { threshold: 4 }, { profile: 'gm' }, { demo: false },
        { district: world.rosterPayload('t1').platform }, { keys: [...of, ...of.slice(0, 1)] }, { keys: [...of, world.platform(name).dispatcher.record] }, { expiresAt: issuedAt, issuedAt },
      ]), { threshold: 2 + random.int(2) }, 2);
      return world.root({ set: { version: rare(now + random.pick([0, 2]), now + 1), ...set }, by: signers(world.rootKeys.map(({ signer }) => signer)) });
    }
    case 'charter': {
      const of = world.charterPayload(name);
      const [area] = of.areas;
      const [officer] = of.officers;
      const [theirs] = world.charterPayload(other).areas;
      if (area === undefined || officer === undefined || theirs === undefined) throw new Error('no areas');
      const minimum = (tier: Charter['tier'], approvals: number): Charter['minimumApprovals'][number] => ({ class: 'emergency', tier, approvals });
      const set = rare(random.pick<Partial<Charter>>([
        { ceilings: { ...of.ceilings, classes: ['emergency', 'notice'] } }, { ceilings: { ...of.ceilings, modes: ['actual'] } }, { ceilings: { ...of.ceilings, severities: ['red'] } },
        { officers: of.officers.slice(1) }, { officers: of.officers.slice(2) }, { threshold: 3 }, { threshold: 1 }, { threshold: 4 }, { officers: of.officers.map((one) => ({ ...one, person: officer.person })) },
        { officers: [...of.officers, { ...officer, person: personOf('somebody') }] }, { officers: [...of.officers, { person: personOf('somebody'), key: world.stranger.record }] },
        { officers: [...of.officers, { person: personOf('somebody'), key: random.pick([...world.rootKeys, world.platform(other).dispatcher, world.platform(other).log]).record }] },
        { areas: [area, { ...area, id: areaOf(`${name}-east`) }] }, { areas: [area, theirs] }, { areas: [theirs] }, { areas: [{ ...area, parent: theirs.id }] }, { areas: [{ ...area, parent: null }] },
        { areas: [{ ...area, id: areaOf('shared'), parent: area.parent }] }, { areas: [area, { ...area, id: areaOf(`${name}-below`), parent: area.id }] },
        { minimumApprovals: [minimum('village', 2)] }, { minimumApprovals: [minimum('township', 2), minimum('district', 3)] }, { minimumApprovals: [minimum('village', 2), minimum('village', 3)] },
        { parent: world.charterPayload(other).platform }, { parent: null }, { tier: world.charterPayload(other).tier }, { expiresAt: issuedAt + 400 * DAY }, { expiresAt: issuedAt + 400 * DAY + 1 }, { expiresAt: issuedAt },
      ]), {}, 2);
      const above = of.parent === null ? world.rootKeys.map(({ signer }) => signer) : officersOf(PLATFORMS.find((one) => one === of.parent) ?? 'd');
      return world.charter(name, { set: { version, issuedAt, expiresAt: issuedAt + 300 * DAY, ...set }, by: signers(above) });
    }
    case 'roster': {
      const of = world.rosterPayload(name);
      const [first, second, ...others] = of.persons;
      const [rule] = of.policy.rules;
      const officer = random.pick(world.charterPayload(name).officers);
      if (first === undefined || second === undefined || rule === undefined) throw new Error('no persons');
      const ofRule = (change: Partial<typeof rule>): Partial<Roster> => ({ policy: { ...of.policy, rules: [{ ...rule, ...change }, ...of.policy.rules.slice(1)] } });
      const asks = (count: number, mayFollowAir = false): Partial<Roster> => ({ policy: { ...of.policy, rules: of.policy.rules.map((one) => ({ ...one, steps: one.steps.slice(0, 1).map((step) => ({ ...step, count, mayFollowAir })) })) } });
      const persons = (...put: readonly typeof first[]): Partial<Roster> => ({ persons: [...put, ...others] });
      const set = rare(random.pick<Partial<Roster>>([
        { revocations: [entryFor(world, name, other, issuedAt, random)] }, { revocations: [entryFor(world, name, other, issuedAt, random), entryFor(world, other, name, issuedAt, random)] },
        asks(1), asks(2), asks(3), asks(3, true), ofRule({ tiers: ['village'] }), ofRule({ modes: ['test'], steps: rule.steps.map((step) => ({ ...step, mayFollowAir: true })) }),
        persons(first, first), persons({ ...first, keys: second.keys }, second), persons({ ...first, unit: unitOf('nowhere') }, second), persons({ ...first, keys: [officer.key] }, second),
        { persons: [{ ...first, id: officer.person, keys: [officer.key] }, second] }, { units: [...of.units, ...of.units] }, { dispatcher: of.logKey }, { dispatcher: world.stranger.record },
        { logKey: random.pick([...world.rootKeys, world.platform(other).log, world.platform(other).dispatcher]).record }, { dispatcher: { ...of.dispatcher, keyId: of.logKey.keyId } },
        { quietHours: [{ fromMinute: 60, toMinute: 60 }] }, { volumeHours: [{ fromMinute: 1, toMinute: 1, classes: ['daily'], volume: 'low' }] }, { expiresAt: issuedAt + 400 * DAY }, { expiresAt: issuedAt + 400 * DAY + 1 },
      ]), {}, 2);
      return world.roster(name, { set: { version, issuedAt, expiresAt: issuedAt + 300 * DAY, ...set }, by: signers(officersOf(name)) });
    }
    case 'revocation': {
      const held = state.revocations.get(world.rosterPayload(name).platform)?.value;
      const before = rare((held?.entries ?? []).slice(1), held?.entries ?? []);
      const softened = rare(before.map((one) => ({ ...one, reason: 'left' as const })), before);
      const fresh = rare([], [entryFor(world, name, other, issuedAt, random)], 6).filter((one) => random.int(12) === 0 || before.every(({ keyId }) => keyId !== one.keyId));
      const listed = held?.certificates ?? [];
      const certificates = rare([{ fingerprint: digestNamed(`server ${random.int(3)}`), since: issuedAt }, ...listed], rare([], [...listed]), 4);
      const set: Partial<Revocation> = { version, issuedAt, entries: [...softened, ...fresh], ...(certificates.length === 0 ? {} : { certificates }) };
      return world.revocation(name, { set, by: rare(officersOf(other).slice(0, 1), [random.pick(officersOf(name))]) });
    }
  }
}

/** Of an officer's or another's key, around the time of the document. */
function entryFor(world: World, name: PlatformName, other: PlatformName, at: number, random: SeededRandom): Roster['revocations'][number] {
  const { officers, dispatcher } = world.platform(random.int(3) === 0 ? other : name);
  const key = random.pick([...officers.map(({ key: one }) => one), ...officers.map(({ key: one }) => one), dispatcher]);
  return { keyId: key.record.keyId, reason: random.pick(['left', 'left', 'compromised']), since: at + random.pick([-DAY, 0, 1, DAY, 20 * DAY]) };
}
