import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';

const db = useDatabase();
const server = usePlatform(db);

const ids = (body: readonly { readonly id: string }[]): readonly string[] => body.map(({ id }) => id);

describe('what a person sees', () => {
  it('is the own platform and those below it', async () => {
    const township = await server.signIn('t1-author');
    expect(ids((await township.get('/api/platforms')).body)).toEqual(['t1', 'v1', 'v2']);
    expect(ids((await township.get('/api/areas')).body)).toEqual(['t1-area', 'v1-area', 'v2-area']);
    expect(ids((await township.get('/api/terminals')).body)).toEqual(['t1-term-1', 'v1-term-1', 'v2-term-1']);
    const village = await server.signIn('v3-author');
    expect(ids((await village.get('/api/terminals')).body)).toEqual(['v3-term-1']);
  });

  it('does not hold another township\'s terminal: it looks as if it did not exist', async () => {
    const township = await server.signIn('t1-author');
    const foreign = await township.get('/api/terminals/v3-term-1');
    const unknown = await township.get('/api/terminals/nothing');
    expect([foreign.status, foreign.body]).toEqual([404, unknown.body]);
    expect((await township.get('/api/terminals/v1-term-1')).body).toMatchObject({ id: 'v1-term-1', state: 'expected', online: false, deviceKeyId: null });
  });

  it('holds the documents of the own lineage, not of the neighbours', async () => {
    const village = await server.signIn('v3-author');
    const { body } = await village.get('/api/trust');
    const platforms = body.charters.map((charter: { payload: string }) => JSON.parse(Buffer.from(charter.payload, 'base64').toString()).platform);
    expect(platforms).toEqual(['d', 't2', 'v3']);
    expect(body.rosters).toHaveLength(3);
  });

  it('is the map of the own areas, without the neighbours\' shapes', async () => {
    const shapes = ['d-area', 't1-area', 'v1-area', 't2-area', 'v3-area', 'nowhere'].map((area) => ({ area, polygon: [[0, 0], [1, 0], [1, 1]] }));
    await db.asOwner('UPDATE map_drawing SET drawing = $1', [JSON.stringify({ note: 'invented', shapes })]);
    const seen = async (account: string) => (await (await server.signIn(account)).get('/api/map')).body.shapes.map(({ area }: { area: string }) => area);
    expect(await seen('t1-author')).toEqual(['t1-area', 'v1-area']);
    expect(await seen('v3-author')).toEqual(['v3-area']);
    expect(await seen('d-author')).toEqual(['d-area', 't1-area', 'v1-area', 't2-area', 'v3-area']);
  });

  it('is not an audit log of another platform', async () => {
    const auditor = await server.signIn('t1-auditor');
    expect((await auditor.get('/api/audit/leaves?platform=t2')).body.code).toBe('PLATFORM_FOREIGN');
    expect((await auditor.get('/api/audit/leaves?platform=v1')).status).toBe(200);
  });
});
