import { usePlatform } from '../../support/platform-server';
import { useDatabase } from '../../support/postgres';
import { areaOf } from '../../support/trust-builder';

const db = useDatabase();
const at = (platform: 't1' | 'v1' | 't2') => areaOf(`${platform}-area`);
const server = usePlatform(db, {
  bootstrap: (bootstrap) => ({
    ...bootstrap,
    naturalVillages: [{ area: at('v1'), name: '老庄', households: 31 }, { area: at('t2'), name: '新庄', households: 0 }],
    publicPlaces: [
      { area: at('v1'), name: '南塘小学', kind: 'school', people: 230, longitude: 116.42, latitude: 31.53 },
      { area: at('t1'), name: '敬老院', kind: 'care-home', people: 48, longitude: null, latitude: null },
    ],
  }),
});

describe('natural villages and public places', () => {
  it('are kept from the bootstrap file and told to the district as they were written', async () => {
    const { status, body } = await (await server.signIn('d-officer-1')).get('/api/places');
    expect(status).toBe(200);
    expect(body.naturalVillages).toEqual([{ area: at('v1'), name: '老庄', households: 31 }, { area: at('t2'), name: '新庄', households: 0 }]);
    expect(body.publicPlaces).toEqual([
      { area: at('v1'), name: '南塘小学', kind: 'school', people: 230, longitude: 116.42, latitude: 31.53 },
      { area: at('t1'), name: '敬老院', kind: 'care-home', people: 48, longitude: null, latitude: null },
    ]);
  });

  it('are told to a village only where they stand in its own area', async () => {
    const { body } = await (await server.signIn('v1-author')).get('/api/places');
    expect([body.naturalVillages.length, body.publicPlaces.length]).toEqual([1, 1]);
    expect(body.publicPlaces[0].area).toBe(at('v1'));
  });
});
