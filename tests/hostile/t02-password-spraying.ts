import { STRANGER_FAILURES_PER_HOUR } from '../../apps/platform/src/features/access/throttle';
import { PASSWORD } from '../support/platform-server';
import { LONG, many, threat, type Attacked } from './attacker';

const ADDRESSES = 50;

export function t02(attacked: Attacked): void {
  threat(attacked, 'T02', 'password spraying', () => {
    it('evaluates at most twenty tries of an account in an hour, however many addresses ask at once, and lets its owner in, with the own phone from any address', async () => {
      const { body: { known } } = await attacked.ask('POST', '/api/session', { body: { account: 'v1-approver-a', password: PASSWORD } });
      attacked.secrets.add(known);
      const tries = LONG ? 10_000 : 150;
      const statuses = await many(tries, 50, async (n) =>
        (await attacked.ask('POST', '/api/session', { body: { account: 'v1-approver-a', password: `guess ${n}` }, from: `127.2.0.${(n % ADDRESSES) + 1}` })).status);
      const evaluated = statuses.filter((status) => status === 401).length;
      expect(evaluated).toBeGreaterThan(0);
      expect(evaluated).toBeLessThanOrEqual(STRANGER_FAILURES_PER_HOUR);
      expect(statuses.filter((status) => status !== 401 && status !== 429)).toEqual([]);
      // The owner, from where the account signed in before; and by a phone that did, from an address that only strangers used.
      await attacked.token('v1-approver-a');
      const statusFrom = async (from: string, more: object) => (await attacked.ask('POST', '/api/session', { body: { account: 'v1-approver-a', password: PASSWORD, ...more }, from })).status;
      expect([await statusFrom('127.2.9.9', {}), await statusFrom('127.2.9.9', { known }), await statusFrom('127.2.0.1', { known })]).toEqual([429, 201, 201]);
    });

    it('evaluates at most a hundred tries of one address in ten minutes, over all accounts, also when they come at once', async () => {
      const statuses = await many(140, 70, async (n) => (await attacked.ask('POST', '/api/session', { body: { account: `nobody-${n}`, password: 'x' }, from: '127.2.1.1' })).status);
      expect(statuses.filter((status) => status === 401)).toHaveLength(100);
    });

    it('counts every one of many tries that come at the same moment', async () => {
      const statuses = await many(12, 12, async (n) => (await attacked.ask('POST', '/api/session', { body: { account: 'v1-stopper', password: `x${n}` }, from: '127.2.2.1' })).status);
      expect(statuses.filter((status) => status === 401)).toHaveLength(3);
    });
  });
}
