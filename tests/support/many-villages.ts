/** More villages under township t1 of the test district, each with a clerk and an approver, and the township's officers as its own. */
import { bootstrapSchema, rosterSchema, softwareKeyRecordSchema, type Bootstrap } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { generateKey, signEnvelope } from '#libs/suites';
import { areaOf, makeKey, personOf, platformOf, unitOf, type TestKey, type World } from './trust-builder';

export interface Village { readonly id: string; readonly clerk: TestKey; readonly approver: TestKey }

export async function makeVillages(count: number): Promise<readonly Village[]> {
  return Promise.all(Array.from({ length: count }, async (_, at) => ({ id: `w${String(at + 1).padStart(2, '0')}`, clerk: await makeKey('es256'), approver: await makeKey('es256') })));
}

/** The installation with these villages in it; every clerk signs in as `<village>-clerk`. */
export async function withVillages(bootstrap: Bootstrap, world: World, villages: readonly Village[]): Promise<Bootstrap> {
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
        ...roster, platform: id, units: [{ id: unit, name: '村委会', classes: [] }], dispatcher: await key(), logKey: await key(),
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
