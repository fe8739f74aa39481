import { assignmentSchema, platformRoutes, type Assignment } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { Terminals } from '../../../../../apps/platform/src/features/terminals';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { makeKey, payloadOf, terminalOf } from '../../../../support/trust-builder';

const db = useDatabase();
const server = usePlatform(db);
const AT = '/api/terminals/v1-term-1/max-volume';

async function draft(): Promise<Assignment | undefined> {
  const { body } = await (await server.signIn('t1-officer-1')).post('/api/assignments/draft', {});
  return body.batches.map((batch: { payload: string }) => assignmentSchema.parse(JSON.parse(Buffer.from(batch.payload, 'base64').toString())))[0];
}
async function admit(): Promise<void> {
  const drafted = await draft();
  if (drafted === undefined) throw new Error('nothing to sign');
  const envelope = await signEnvelope('assignment', encodePayload(drafted), server.world.officers('t1').slice(0, 1));
  expect((await (await server.signIn('t1-officer-1')).post('/api/assignments', { documents: [envelope] })).body).toEqual({ accepted: 1 });
}
/** What the terminal holds. */
const obeyed = (): string | undefined => {
  const held = server.app.get(Terminals).assignmentEnvelope(terminalOf('v1-term-1'));
  return held === undefined ? undefined : assignmentSchema.parse(JSON.parse(new TextDecoder().decode(payloadOf(held.envelope)))).terminals[0]?.maxVolume;
};

beforeAll(async () => {
  await server.internal(platformRoutes.claim.path, { code: server.claimCode('v1-term-1'), physicalCode: 'DEMO-v1', key: (await makeKey()).record });
  await admit();
});

describe('the greatest volume of a terminal', () => {
  it('is full until somebody asks for less, and holds only once an officer signed it', async () => {
    const officer = await server.signIn('t1-officer-1');
    expect((await officer.get('/api/terminals/v1-term-1')).body).toMatchObject({ maxVolume: 'full', signedMaxVolume: 'full', assignmentVersion: 1 });
    expect(await officer.post(AT, { volume: 'low' })).toMatchObject({ status: 200, body: { id: 'v1-term-1', maxVolume: 'low', signedMaxVolume: 'full', assignmentVersion: 1 } });
    expect(obeyed()).toBe('full');
    expect(await draft()).toMatchObject({ platform: 'v1', terminals: [{ terminal: 'v1-term-1', maxVolume: 'low', version: 2 }] });
    await admit();
    expect(obeyed()).toBe('low');
    expect((await officer.get('/api/terminals/v1-term-1')).body).toMatchObject({ maxVolume: 'low', signedMaxVolume: 'low', assignmentVersion: 2 });
    expect(await draft()).toBeUndefined();
  });

  it('is written to the audit once, however often the same is asked for', async () => {
    const officer = await server.signIn('t1-officer-1');
    const key = { 'idempotency-key': server.clock.uuid() };
    for (const headers of [key, key, {}]) expect((await officer.post(AT, { volume: 'normal' }, headers)).status).toBe(200);
    const leaves = await db.asOwner<{ body: string }>("SELECT body FROM audit_leaf WHERE kind = 'terminal.max-volume' AND subject = 'v1-term-1'");
    expect(leaves.map(({ body }) => JSON.parse(body)).map(({ platform, facts }) => ({ platform, facts })).sort((a, b) => (a.facts.volume < b.facts.volume ? -1 : 1))).toEqual([
      { platform: 'v1', facts: { volume: 'low', before: null, by: 't1-officer-1' } }, { platform: 'v1', facts: { volume: 'normal', before: 'low', by: 't1-officer-1' } },
    ]);
    await admit();
    expect(obeyed()).toBe('normal');
  });

  it('asked for before a device enrolled stands in its first assignment', async () => {
    const administrator = await server.signIn('t1-admin');
    expect((await administrator.post('/api/terminals/t1-term-1/max-volume', { volume: 'high' })).body).toMatchObject({ state: 'expected', maxVolume: 'high', signedMaxVolume: null });
    await server.internal(platformRoutes.claim.path, { code: server.claimCode('t1-term-1'), physicalCode: 'DEMO-t1', key: (await makeKey()).record });
    expect(await draft()).toMatchObject({ platform: 't1', terminals: [{ terminal: 't1-term-1', maxVolume: 'high', version: 1 }] });
  });

  it('is refused outside the scope, for who may not issue terminals, and as anything but a band', async () => {
    const officer = await server.signIn('t1-officer-1');
    expect(await officer.post('/api/terminals/t2-term-1/max-volume', { volume: 'low' })).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await (await server.signIn('t1-author')).post(AT, { volume: 'low' })).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(await officer.post(AT, { volume: 'loud' })).toMatchObject({ status: 422, body: { code: 'INVALID', fields: [{ path: 'volume' }] } });
    expect((await officer.get('/api/terminals/v1-term-1')).body.maxVolume).toBe('normal');
  });
});
