import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { PERMISSIONS, permissionsOf } from '../../../../../apps/platform/src/features/access';
import { routesOf } from '../../../../../apps/platform/src/kernel/http';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });

describe('every route', () => {
  it('states a known permission, or that it is public and why', () => {
    const routes = routesOf(server.app);
    expect(routes.length).toBeGreaterThan(10);
    const silent = routes.filter(({ policy }) => policy === null || (policy.kind === 'permission' && !PERMISSIONS.some((known) => known === policy.name)));
    expect(silent.map(({ name }) => name)).toEqual([]);
    expect(routes.filter(({ policy }) => policy?.kind === 'public' && policy.reason.length < 10)).toEqual([]);
  });

  it('has a contract, so that OpenAPI tells what it takes and gives', async () => {
    expect(routesOf(server.app).filter(({ contract }) => contract === null).map(({ name }) => name)).toEqual([]);
    const document = await server.call('GET', '/api/openapi.json');
    expect(document.body.paths['/api/session'].post.responses['201']).toBeDefined();
  });

  it('refuses whoever has no token, and every role without the permission', async () => {
    const administrator = await server.signIn('d-admin');
    const allowed = permissionsOf(['administrator']);
    for (const { method, path, policy } of routesOf(server.app)) {
      if (policy?.kind !== 'permission' || method === 'all') continue;
      const at = `/api${path.replace(/:[a-zA-Z0-9]+/g, 'x')}`;
      expect([path, (await server.call(method.toUpperCase(), at)).status]).toEqual([path, 401]);
      if ([...allowed].some((name) => name === policy.name)) continue;
      const answer = await server.call(method.toUpperCase(), at, method === 'get' ? undefined : {}, { authorization: `Bearer ${administrator.token}` });
      expect([path, answer.status, answer.body.code]).toEqual([path, 403, 'FORBIDDEN']);
    }
  });
});
