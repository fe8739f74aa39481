import { Accounts } from '../../apps/platform/src/features/access';
import { DATABASE } from '../../apps/platform/src/kernel/tokens';
import type { Database } from '../../apps/platform/src/kernel/database';
import { platformIdSchema, personIdSchema } from '#libs/contracts';
import { MINUTE, threat, type Attacked } from './attacker';

export function t03(attacked: Attacked): void {
  const open = async (token: string): Promise<number> => (await attacked.ask('GET', '/api/areas', { token, from: '127.3.0.1' })).status;

  threat(attacked, 'T03', 'stolen access token used later', () => {
    it('opens nothing once its owner left the desk for half an hour, and nothing ever after', async () => {
      const token = await attacked.token('t1-author');
      attacked.server.clock.advance(29 * MINUTE);
      expect(await open(token)).toBe(200);
      attacked.server.clock.advance(30 * MINUTE);
      expect(await open(token)).toBe(401);
      await attacked.token('t1-author');
      expect(await open(token)).toBe(401);
    });

    it('opens nothing after twelve hours, however busy it was kept', async () => {
      const token = await attacked.token('t1-author');
      for (let passed = 0; passed < 12 * 60; passed += 20) {
        expect(await open(token)).toBe(200);
        attacked.server.clock.advance(20 * MINUTE);
      }
      expect(await open(token)).toBe(401);
    });

    it('opens nothing after its owner signed out, or an officer signed the account out', async () => {
      const [out, revoked] = [await attacked.token('t1-author'), await attacked.token('t1-author')];
      expect((await attacked.ask('DELETE', '/api/session', { token: out })).status).toBe(204);
      expect([await open(out), await open(revoked)]).toEqual([401, 200]);
      const officer = await attacked.token('t1-officer-1');
      expect((await attacked.ask('POST', '/api/accounts/t1-author/revoke', { token: officer, body: { factors: false } })).status).toBe(200);
      expect(await open(revoked)).toBe(401);
    });

    it('opens nothing after its owner\'s roles changed', async () => {
      const [changed, same] = [await attacked.token('v2-author'), await attacked.token('v2-stopper')];
      const rows = await attacked.db.asOwner<{ person: string; roles: string[] }>("SELECT person, roles FROM account WHERE platform = 'v2'");
      const persons = rows.map(({ person, roles }) => ({ id: personIdSchema.parse(person), roles: roles as never }));
      const setRoles = (list: typeof persons): Promise<void> => attacked.server.app.get<Database>(DATABASE).run((tx) => attacked.server.app.get(Accounts).setRoles(tx, platformIdSchema.parse('v2'), 'village', list));
      await setRoles(persons.map((one) => (one.id === 'v2-author' ? { ...one, roles: ['author', 'stopper'] as never } : one)));
      expect([await open(changed), await open(same)]).toEqual([401, 200]);
      await setRoles(persons);
    });
  });

  threat(attacked, 'T04', 'refresh token replay', () => {
    it('finds nothing to refresh: no answer holds a second token, and no session is made longer (ADR 0017)', async () => {
      const first = await attacked.ask('POST', '/api/session', { body: { account: 't2-author', password: [...attacked.secrets][0] } });
      expect(Object.keys(first.body).sort()).toEqual(['account', 'demo', 'expiresAt', 'factor', 'known', 'person', 'platform', 'roles', 'tier', 'title', 'token']);
      attacked.server.clock.advance(20 * MINUTE);
      const { body } = await attacked.ask('GET', '/api/session', { token: first.body.token });
      expect(body.expiresAt).toBe(first.body.expiresAt);
      expect(attacked.routes.filter(({ path }) => /refresh|renew|extend/.test(path))).toEqual([]);
    });
  });
}
