import { useDatabase } from '../../../../support/postgres';
import { usePlatform } from '../../../../support/platform-server';

const db = useDatabase();
const server = usePlatform(db);

describe('a fresh server with a bootstrap file', () => {
  it('shows the platforms and areas of the charters to a district person', async () => {
    const officer = await server.signIn('d-officer-1');
    const platforms = await officer.get('/api/platforms');
    expect(platforms.status).toBe(200);
    expect(platforms.body.map((row: { id: string }) => row.id)).toEqual(['d', 't1', 't2', 'v1', 'v2', 'v3']);
    const areas = await officer.get('/api/areas');
    expect(areas.body).toHaveLength(6);
    expect(areas.body[0]).toMatchObject({ id: 'd-area', parent: null, terminals: 5, online: 0 });
  });
});
