import { beaconSchema, keyIdSchema, platformRoutes, revocationSchema, rosterSchema, type ExchangeAnswer, type Revocation } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { wordOf } from '#libs/envelope';
import { isRevoked } from '#libs/trust';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { Trust } from '../../../../../apps/platform/src/features/authority';
import { readPayload, useMessageFlow } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { areaOf, makeKey, NONCE, NOW, platformOf, type PlatformName } from '../../../../support/trust-builder';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);

async function exchange(terminal: string): Promise<ExchangeAnswer> {
  const health = { state: 'ready', playing: null, volumePermille: 1000, muted: false, amplifier: 'ok', isolatedUntil: null, supply: 'mains', clockOffsetMs: 0, spooledReceipts: 0, freeDiskMiB: 100 };
  const { body } = await server.internal(platformRoutes.exchanges.path, { exchanges: [{ terminal, exchange: { kind: 'exchange', health, counter: 0, versions: null, assignmentVersion: 0, held: '0'.repeat(64), nonce: NONCE } }] });
  const [answer] = platformRoutes.exchanges.answer.parse(body).answers;
  if (answer === undefined) throw new Error('no answer');
  return answer.exchange;
}

const officerKey = (platform: PlatformName, index: number) => {
  const officer = server.world.platform(platform).officers[index];
  if (officer === undefined) throw new Error(`${platform} has fewer officers`);
  return officer.key;
};
const words = ({ documents }: ExchangeAnswer): readonly string[] => documents.map((document) => {
  const { platform, district } = readPayload<{ platform?: string; district?: string }>(document);
  return `${wordOf(document.payloadType) ?? '?'}:${platform ?? district ?? '?'}`;
});
const post = async (account: string, at: string, documents: readonly Envelope[], more: object = {}) => (await flow.as(account)).post(at, { documents, ...more });

describe('a charter that lists other officers', () => {
  it('leaves the terminals where their officers put them, and asks for a new signature', async () => {
    const fresh = await Promise.all([1, 2].map(() => makeKey()));
    const charter = server.world.charterPayload('v3');
    const officers = charter.officers.map((officer, index) => ({ ...officer, key: fresh[index]?.record ?? officer.key }));
    const documents = [
      await server.world.charter('v3', { set: { version: 2, officers } }),
      await server.world.roster('v3', { set: { ...rosterInForce('v3'), version: 2 }, by: fresh.map(({ signer }) => signer) }),
    ];
    expect((await post('d-officer-1', '/api/trust/documents', documents)).body).toEqual({ accepted: 2 });
    const { body } = await (await flow.as('d-officer-1')).get('/api/terminals/v3-term-1');
    expect(body).toMatchObject({ state: 'assigned', assignmentVersion: 1 });
    await flow.onAir('v3');
    expect(flow.gateway.frames('order').at(-1)?.terminals).toEqual(['v3-term-1']);
    const draft = await (await flow.as('d-officer-1')).post('/api/assignments/draft', {});
    expect(draft.body.batches.map(({ platform }: { platform: string }) => platform)).toEqual(['v3']);
  });
});

const revoke = (platform: PlatformName, entries: Revocation['entries'], set: Partial<Revocation> = {}, by = 1) =>
  server.world.revocation(platform, { set: { entries, issuedAt: server.clock.now(), ...set }, by: [officerKey(platform, by).signer] });
const entryOf = (keyId: string): Revocation['entries'][number] => ({ keyId: keyIdSchema.parse(keyId), reason: 'compromised', since: NOW });

describe('a charter with one officer key replaced', () => {
  const others = () => server.world.officers('t2').slice(1);
  const standing = () => server.app.get(Trust).state();
  async function replaced() {
    const { record } = await makeKey();
    const officers = server.world.charterPayload('t2').officers.map((officer, index) => (index === 0 ? { ...officer, key: record } : officer));
    return server.world.charter('t2', { set: { version: 2, officers } });
  }

  it('is refused while it would silence a township and its villages unsaid: it names what would fall and who must sign', async () => {
    const answer = await post('d-officer-1', '/api/trust/documents', [await replaced()]);
    expect([answer.status, answer.body.code]).toEqual([422, 'DOCUMENTS_FALL']);
    expect(answer.body.message).toMatch('charter:v3 roster:t2 roster:v3');
    expect(answer.body.fields.map(({ message }: { message: string }) => message)).toEqual([
      expect.stringMatching(/^charter:v3 .* 2 of t2-officer-1, t2-officer-2, t2-officer-3 must sign version 3/),
      expect.stringMatching(/^roster:t2 .* 2 of t2-officer-1, .* must sign version 2/), expect.stringMatching(/^roster:v3 /),
    ]);
    expect(standing().charters.get(platformOf('t2'))?.value.version).toBe(1);
    const wrong = await post('d-officer-1', '/api/trust/documents', [await replaced()], { alsoFalls: ['roster:t2'] });
    expect(wrong.body.code).toBe('DOCUMENTS_FALL');
    expect(await db.asOwner("SELECT 1 FROM security_event WHERE kind LIKE '%-fell'")).toEqual([]);
  });

  it('is taken together with what stands on it signed anew: nothing falls', async () => {
    const charter = server.world.charterPayload('v3');
    const documents = [
      await replaced(),
      await server.world.roster('t2', { set: { ...rosterInForce('t2'), version: 2 }, by: others() }),
      await server.world.charter('v3', { set: { ...charter, version: 3 }, by: others() }),
      await server.world.roster('v3', { set: { ...rosterInForce('v3'), version: 3 }, by: others() }),
    ];
    expect((await post('d-officer-1', '/api/trust/documents', documents)).body).toEqual({ accepted: 4 });
    expect([...standing().rosters.keys()]).toEqual(expect.arrayContaining(['t2', 'v3']));
    expect(await db.asOwner("SELECT 1 FROM audit_leaf WHERE kind LIKE '%.fell'")).toEqual([]);
  });

  it('is taken when the request says exactly what it means to end; a leaf and an incident tell of each', async () => {
    const key = await makeKey();
    const officers = server.world.charterPayload('v3').officers.map((officer, index) => (index === 1 ? { ...officer, key: key.record } : officer));
    const charter = await server.world.charter('v3', { set: { version: 4, officers }, by: others() });
    expect((await post('d-officer-1', '/api/trust/documents', [charter], { alsoFalls: ['roster:v3'] })).body).toEqual({ accepted: 1 });
    const leaves = await db.asOwner<{ body: string }>("SELECT body FROM audit_leaf WHERE kind = 'roster.fell'");
    expect(leaves.map(({ body }) => JSON.parse(body))).toEqual([expect.objectContaining({ platform: 'v3', subject: 'roster:v3', facts: expect.objectContaining({ version: 3, by: 'd-officer-1' }) })]);
    expect(await db.asOwner("SELECT platform FROM security_event WHERE kind = 'roster-fell'")).toEqual([{ platform: 'v3' }]);
    const same = await server.world.roster('v3', { set: { ...rosterInForce('v3'), version: 3 }, by: [key.signer, ...others().slice(1)] });
    expect((await post('d-officer-1', '/api/trust/documents', [same])).body.code).toBe('DOCUMENT_FELL');
  });
});

describe('a revocation whose officer is compromised', () => {
  const [stolen, third] = [() => entryOf(server.world.key('v1', 'approver-c').record.keyId), () => entryOf(officerKey('t1', 2).record.keyId)];

  it('must be said again by somebody who stays before that officer falls: a new terminal could not read it', async () => {
    expect((await post('t1-officer-1', '/api/revocations', [await revoke('v1', [stolen()], {}, 2)])).body).toEqual({ accepted: 1 });
    const answer = await post('t1-officer-1', '/api/revocations', [await revoke('t1', [third()])]);
    expect([answer.status, answer.body.code]).toEqual([422, 'REVOCATION_STRANDED']);
    expect(answer.body.fields[0].message).toMatch(stolen().keyId);
  });

  it('is said again by the village\'s own list signed anew in the same request, or by the list of a platform above', async () => {
    const other = entryOf(server.world.key('v2', 'approver-c').record.keyId);
    expect((await post('t1-officer-1', '/api/revocations', [await revoke('v2', [other], {}, 2)])).body).toEqual({ accepted: 1 });
    const documents = [await revoke('t1', [third(), other]), await revoke('v1', [stolen()], { version: 2 })];
    expect((await post('t1-officer-1', '/api/revocations', documents)).body).toEqual({ accepted: 2 });
    const state = server.app.get(Trust).state();
    expect([...state.revocations.keys()].sort()).toEqual(['t1', 'v1']);
    expect(isRevoked(state, platformOf('v2'), other.keyId)).toBe('compromised');
  });
});

describe('a revocation that takes the ground from a township', () => {

  it('reaches the terminals it is meant for at once, and whoever was away with the next exchange', async () => {
    const envelope = await revoke('t1', [officerKey('t1', 2), server.world.key('v2', 'approver-c'), officerKey('t1', 0)].map(({ record }) => entryOf(record.keyId)), { version: 2 });
    const alsoFalls = ['charter:v1', 'charter:v2', 'roster:t1', 'roster:v1', 'roster:v2'];
    expect((await post('t1-officer-1', '/api/revocations', [envelope], { alsoFalls })).body).toEqual({ accepted: 1 });
    await flow.settle();
    const pushed = flow.gateway.frames('document').find(({ frame }) => frame.document.payload === envelope.payload);
    expect([...pushed?.terminals ?? []].sort()).toEqual(['t1-term-1', 'v1-term-1', 'v2-term-1']);
    for (const terminal of ['t1-term-1', 'v1-term-1']) {
      const answer = await exchange(terminal);
      expect(words(answer)).toEqual(['root:d', 'charter:d', 'roster:d', 'charter:t1', 'revocation:t1', `assignment:${terminal.replace('-term-1', '')}`]);
      const document = answer.documents.find(({ payloadType }) => payloadType === envelope.payloadType);
      expect(revocationSchema.parse(readPayload(document ?? envelope)).entries).toHaveLength(3);
      expect(beaconSchema.parse(readPayload(answer.beacon ?? envelope))).toMatchObject({ platform: 'd', nonce: NONCE, terminal });
    }
  });

  it('leaves the district its say over them: its stop is theirs', async () => {
    const stop = await flow.stop('d', { area: areaOf('t1-area') });
    const { stops } = await exchange('v1-term-1');
    expect(stops.map((one) => readPayload<{ stopId: string }>(one).stopId)).toContain(stop.stopId);
  });
});

function rosterInForce(platform: PlatformName) {
  const envelope = server.world.expected.documents.find((document) => document.payloadType.includes('.roster.') && readPayload<{ platform: string }>(document).platform === platform);
  if (envelope === undefined) throw new Error(`no roster of ${platform}`);
  return rosterSchema.parse(readPayload(envelope));
}
