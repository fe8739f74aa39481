/** More villages under township t1 of the test district, each with a clerk and an approver, and the township's officers as its own. */
import { bootstrapSchema, rosterSchema, softwareKeyRecordSchema, type Bootstrap, type KeyRecord, type Policy } from '#libs/contracts';
import { encodePayload, unverifiedPayload } from '#libs/envelope';
import { generateKey, signEnvelope } from '#libs/suites';
import { Trust } from '../../apps/platform/src/features/authority';
import type { PlatformServer } from './platform-server';
import { areaOf, makeKey, personOf, platformOf, unitOf, type TestKey, type World } from './trust-builder';

export interface Village { readonly id: string; readonly clerk: TestKey; readonly approver: TestKey }

export async function makeVillages(count: number): Promise<readonly Village[]> {
  return Promise.all(Array.from({ length: count }, async (_, at) => ({ id: `w${String(at + 1).padStart(2, '0')}`, clerk: await makeKey('es256'), approver: await makeKey('es256') })));
}

/** The installation with these villages in it; every clerk signs in as `<village>-clerk`. `policy`: theirs, instead of the test district's. */
export async function withVillages(bootstrap: Bootstrap, world: World, villages: readonly Village[], policy?: Policy): Promise<Bootstrap> {
  const officers = world.officers('t1').slice(0, 2);
  const [charter, roster] = [world.charterPayload('t1'), world.rosterPayload('v1')];
  const passwordHash = bootstrap.accounts[0]?.passwordHash ?? '';
  const papers = await Promise.all(villages.map(async ({ id, clerk, approver }, at) => {
    const key = async () => softwareKeyRecordSchema.parse((await generateKey('ed25519')).key);
    const unit = unitOf(`${id}-office`);
    const own = {
      charter: {
        ...charter, platform: platformOf(id), parent: platformOf('t1'), tier: 'village' as const, name: `村 ${id}`,
        areas: [{ id: areaOf(`${id}-area`), parent: areaOf('t1-area'), name: `村 ${id}`, codes: [`3601230100${String(at).padStart(2, '0')}`] }],
      },
      roster: rosterSchema.parse({
        ...roster, platform: id, policy: policy ?? roster.policy, units: [{ id: unit, name: '村委会', classes: [] }], dispatcher: await key(), logKey: await key(),
        persons: [
          { id: personOf(`${id}-clerk`), unit, roles: ['author'], keys: [clerk.record] },
          { id: personOf(`${id}-approver`), unit, roles: ['approver', 'stopper'], keys: [approver.record] },
        ],
      }),
    };
    return { charter: await signEnvelope('charter', encodePayload(own.charter), officers), roster: await signEnvelope('roster', encodePayload(own.roster), officers) };
  }));
  return bootstrapSchema.parse(JSON.parse(JSON.stringify({
    ...bootstrap,
    charters: [...bootstrap.charters, ...papers.map((paper) => paper.charter)],
    rosters: [...bootstrap.rosters, ...papers.map((paper) => paper.roster)],
    accounts: [...bootstrap.accounts, ...villages.map(({ id }) => ({ account: `${id}-clerk`, platform: id, person: `${id}-clerk`, title: `${id} clerk`, passwordHash }))],
  })));
}

/** The installation with a second officer of the township who can sign in, too. */
export async function withSecondOfficer(bootstrap: Bootstrap, world: World): Promise<Bootstrap> {
  const rosters = await Promise.all(bootstrap.rosters.map(async (envelope) => {
    const roster = rosterSchema.parse(unverifiedPayload(envelope));
    if (roster.platform !== 't1') return envelope;
    const persons = [...roster.persons, { id: personOf('t1-officer-2'), unit: unitOf('t1-office'), roles: ['officer' as const], keys: [] }];
    return signEnvelope('roster', encodePayload({ ...roster, persons }), world.officers('t1').slice(0, 2));
  }));
  const account = { account: 't1-officer-2', platform: 't1', person: 't1-officer-2', title: 't1 officer-2', passwordHash: bootstrap.accounts[0]?.passwordHash ?? '' };
  return bootstrapSchema.parse(JSON.parse(JSON.stringify({ ...bootstrap, rosters, accounts: [...bootstrap.accounts, account] })));
}

/** Browser keys of the township's officers come into its charter and its villages', as the parents' officers sign them. */
export async function enterOfficers(server: PlatformServer, officers: Readonly<Record<string, KeyRecord>>, villages: readonly string[]): Promise<void> {
  const { world } = server;
  const state = server.app.get(Trust).state();
  const documents = await Promise.all(['t1', ...villages].map((name) => {
    const charter = state.charters.get(platformOf(name))?.value;
    if (charter === undefined) throw new Error(`no charter of ${name}`);
    const more = Object.entries(officers).map(([person, key]) => ({ person: personOf(person), key }));
    return signEnvelope('charter', encodePayload({ ...charter, version: charter.version + 1, officers: [...charter.officers, ...more] }), world.officers(name === 't1' ? 'd' : 't1').slice(0, 2));
  }));
  const answer = await (await server.signIn('d-officer-1')).post('/api/trust/documents', { documents });
  if (answer.status >= 300) throw new Error(`charters not taken: ${JSON.stringify(answer.body)}`);
}
