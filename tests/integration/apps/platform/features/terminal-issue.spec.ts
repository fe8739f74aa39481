import { platformRoutes } from '#libs/contracts';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { makeKey } from '../../../../support/trust-builder';

const db = useDatabase();
const server = usePlatform(db);

const wanted = { name: '东头1号', area: 'v1-area', physicalCode: 'BOX-1', latitudeE6: 28_700_001, longitudeE6: 115_800_000 };
const claim = async (code: string, physicalCode: string) =>
  (await server.internal(platformRoutes.claim.path, { code, physicalCode, key: (await makeKey()).record })).body as { ok: boolean; code?: string; terminal?: string };

describe('issuing a terminal', () => {
  it('gives a claim code once, with which one device becomes the terminal; only the hash is kept', async () => {
    const officer = await server.signIn('t1-officer-1');
    const { status, body } = await officer.post('/api/terminals', wanted);
    expect(status).toBe(201);
    expect(body).toMatchObject({ claimCode: expect.stringMatching(/^[0-9A-Z]{16}$/), terminal: { id: 't-v1-area-1', platform: 'v1', area: 'v1-area', state: 'expected', online: false, latitude: 28.700001 } });
    expect(body.terminal.resourceCode).toMatch(/^6[0-9]{12}03140104[0-9]{2}$/);
    expect(JSON.stringify(await db.asOwner('SELECT * FROM terminal'))).not.toContain(body.claimCode);
    expect(JSON.stringify(await db.asOwner('SELECT * FROM idempotent_answer'))).not.toContain(body.claimCode);
    expect(await claim(body.claimCode, 'BOX-1')).toEqual({ ok: true, terminal: 't-v1-area-1' });
    expect(await claim(body.claimCode, 'BOX-1')).toEqual({ ok: false, code: 'CLAIM_USED' });
    const leaves = await db.asOwner<{ kind: string; body: string }>("SELECT kind, body FROM audit_leaf WHERE subject = 't-v1-area-1' ORDER BY kind");
    expect(leaves.map(({ kind }) => kind)).toEqual(['terminal.enrolled', 'terminal.issued']);
    expect(JSON.stringify(leaves)).not.toContain(body.claimCode);
  });

  it('takes the next free id and resource code, also when many are issued at the same moment', async () => {
    const officer = await server.signIn('t1-officer-1');
    const answers = await Promise.all(['A', 'B', 'C', 'D'].map((box) => officer.post('/api/terminals', { ...wanted, physicalCode: box })));
    expect(answers.map(({ body }) => body.terminal.id).sort()).toEqual(['t-v1-area-2', 't-v1-area-3', 't-v1-area-4', 't-v1-area-5']);
    expect(new Set(answers.map(({ body }) => body.terminal.resourceCode)).size).toBe(4);
  });

  it('refuses a physical code that is known, an area that is unknown or foreign, a resource code that is taken', async () => {
    const officer = await server.signIn('t1-officer-1');
    expect((await officer.post('/api/terminals', wanted))).toMatchObject({ status: 409, body: { code: 'TERMINAL_EXISTS' } });
    const refused = async (change: object) => {
      const { status, body } = await officer.post('/api/terminals', { ...wanted, physicalCode: 'NEW', ...change });
      return [status, ...(body.fields ?? []).map((field: { path: string; code: string }) => `${field.path} ${field.code}`)];
    };
    expect(await refused({ area: 'nowhere' })).toEqual([422, 'area AREA_UNKNOWN']);
    expect(await refused({ area: 't2-area' })).toEqual([403, 'area AREA_FOREIGN']);
    const [known] = await db.asOwner<{ code: string }>("SELECT resource_code AS code FROM terminal WHERE physical_code = 'BOX-1'");
    expect(await refused({ resourceCode: known?.code })).toEqual([422, 'resourceCode RESOURCE_CODE_TAKEN']);
    expect(await refused({ latitudeE6: 400_000_000, name: '' })).toEqual([422, 'name TOO_SMALL', 'latitudeE6 TOO_LARGE']);
  });

  it('is for officers and administrators alone', async () => {
    const author = await server.signIn('t1-author');
    expect(await author.post('/api/terminals', { ...wanted, physicalCode: 'NEW' })).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(await author.post('/api/terminals/t-v1-area-2/claim-code', {})).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  });
});

describe('another box for a terminal', () => {
  it('takes the key of the old one away at once, and the new code makes one other box the terminal, mute until an officer signs for it', async () => {
    const officer = await server.signIn('t1-officer-1');
    const { body: issued } = await officer.post('/api/terminals', { ...wanted, physicalCode: 'BOX-STOLEN' });
    const id: string = issued.terminal.id;
    const devices = async () => ((await server.internal(platformRoutes.directory.path, { revision: '' })).body as { devices: { terminal: string }[] }).devices.map(({ terminal }) => terminal);
    await claim(issued.claimCode, 'BOX-STOLEN');
    expect(await devices()).toContain(id);
    const { status, body } = await officer.post(`/api/terminals/${id}/replace-device`, {});
    expect({ status, state: body.terminal.state, key: body.terminal.deviceKeyId }).toEqual({ status: 200, state: 'expected', key: null });
    expect(await devices()).not.toContain(id);
    expect(await claim(issued.claimCode, 'BOX-STOLEN')).toEqual({ ok: false, code: 'CLAIM_UNKNOWN' });
    expect(await claim(body.claimCode, 'BOX-STOLEN')).toEqual({ ok: true, terminal: id });
    const leaves = await db.asOwner<{ kind: string; body: string }>(`SELECT kind, body FROM audit_leaf WHERE subject = '${id}' ORDER BY inserted_at`);
    expect(leaves.map(({ kind }) => kind)).toEqual(['terminal.issued', 'terminal.enrolled', 'terminal.device-taken-away', 'terminal.enrolled']);
    expect(JSON.parse(leaves[2]?.body ?? '{}').facts.keyId).toBe(JSON.parse(leaves[1]?.body ?? '{}').facts.keyId);
  });

  it('is refused where no box has enrolled, out of scope, and for people who do not issue terminals', async () => {
    const officer = await server.signIn('t1-officer-1');
    const { body: issued } = await officer.post('/api/terminals', { ...wanted, physicalCode: 'BOX-NEW' });
    expect(await officer.post(`/api/terminals/${issued.terminal.id}/replace-device`, {})).toMatchObject({ status: 409, body: { code: 'WRONG_STATE' } });
    expect(await officer.post('/api/terminals/t2-term-1/replace-device', {})).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await (await server.signIn('t1-author')).post(`/api/terminals/${issued.terminal.id}/replace-device`, {})).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  });
});

describe('another claim code', () => {
  it('voids the one before', async () => {
    const officer = await server.signIn('t1-officer-1');
    const first = (await officer.post('/api/terminals', { ...wanted, physicalCode: 'BOX-2' })).body;
    const second = (await officer.post(`/api/terminals/${first.terminal.id}/claim-code`, {})).body;
    expect(second.claimCode).not.toBe(first.claimCode);
    expect(await claim(first.claimCode, 'BOX-2')).toEqual({ ok: false, code: 'CLAIM_UNKNOWN' });
    expect(await claim(second.claimCode, 'BOX-2')).toEqual({ ok: true, terminal: first.terminal.id });
  });

  it('is refused for a terminal that has enrolled and for one out of scope', async () => {
    const officer = await server.signIn('t1-officer-1');
    expect(await officer.post('/api/terminals/t-v1-area-1/claim-code', {})).toMatchObject({ status: 409, body: { code: 'WRONG_STATE' } });
    expect(await officer.post('/api/terminals/t2-term-1/claim-code', {})).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });
});
