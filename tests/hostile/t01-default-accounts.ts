import { filesBelow, root } from '../architecture/sources';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LONG, many, threat, type Attacked } from './attacker';

const NAMES = ['admin', 'administrator', 'root', 'clarion', 'operator', 'test', 'guest', 'demo', 'user', 'system', 'support', 'sysadmin', 'service', 'manager', 'ebd', 'emergency', 'gb', 'adm', 'd-admin', 't1-author'];
const PASSWORDS = [
  '', 'admin', 'password', '123456', '12345678', 'clarion', 'root', 'demo', 'test', 'guest', 'changeme', 'default', 'qwerty', 'letmein', 'admin123', 'admin@123', 'Admin@123', 'password1', 'P@ssw0rd', '888888', '666666', '111111',
  '000000', 'abc123', 'iloveyou', 'welcome', 'welcome1', 'system', 'public', 'private', 'secret', 'operator', 'emergency', 'siren', 'broadcast', 'yingji', 'guangbo', 'hao', 'laba', '1', '12', '123', '1234', '12345', '123456789', '1234567890', 'a', 'aa', 'aaa', 'pass',
];

export function t01(attacked: Attacked): void {
  threat(attacked, 'T01', 'default or guessable administrator account', () => {
    it('opens with no pair of the usual names and passwords', async () => {
      const pairs = NAMES.flatMap((account) => PASSWORDS.map((password) => ({ account, password: password === '' ? account : password })));
      const step = LONG ? 1 : 17;
      const tried = pairs.filter((_, at) => at % step === 0);
      const statuses = await many(tried.length, 10, async (n) => (await attacked.ask('POST', '/api/session', { body: tried[n], from: `127.1.${Math.floor(n / 50)}.${(n % 50) + 1}` })).status);
      expect(tried.length).toBeGreaterThanOrEqual(LONG ? 1_000 : 50);
      expect(statuses.filter((status) => status !== 401 && status !== 429)).toEqual([]);
    });

    it('has no account, hash or password in what is shipped', () => {
      const shipped = ['apps', 'libs', 'policy', 'deploy', 'tools'].flatMap(filesBelow).filter((file) => /\.(ts|mjs|js|json|ya?ml|conf|sh|service|csv)$/.test(file));
      const [secret, planted] = [/\$argon2(id|i|d)\$v=|password\s*[:=]\s*['"](?!password['"]|口令)[^'"$\s{]{3,}['"]/i, /INSERT INTO account\b(?![^`]*json_populate_recordset)/i];
      const found = shipped.filter((file) => {
        const text = readFileSync(path.join(root, file), 'utf8');
        // The attack suite plants one, with the hash of an account that is there.
        return secret.test(text) || (planted.test(text) && file !== 'apps/redteam/src/families/database-rows.ts');
      });
      expect(found).toEqual([]);
    });

    it('answers nobody anything before somebody signed in, but what says why it is public', async () => {
      for (const { method, path: at, policy } of attacked.routes) {
        if (policy?.kind !== 'permission') continue;
        expect([method, at, (await attacked.ask(method.toUpperCase(), `/api${at.replace(/:[a-zA-Z0-9]+/g, 'x')}`)).status]).toEqual([method, at, 401]);
      }
    });
  });
}
