import { LONG, threat, type Attacked } from './attacker';

const SQL = ["'", "' OR '1'='1", "1; DROP TABLE account;--", "') OR true--", "1 UNION SELECT password_hash FROM account", "'||pg_sleep(5)||'", '$1', '\\', '%', '_', "x'/**/AND/**/1=1", '1e400', '-1', '9223372036854775808', 'NULL', '{"$gt":""}', '[]', '\u0000', '%00', '..%2f..%2fetc%2fpasswd', '${7*7}', '{{7*7}}', "'; SELECT pg_read_file('/etc/passwd');--"];
const SHAPES: readonly unknown[] = [{ $ne: null }, '\u0000', ['x'], [], {}, 1, true, null, { toString: 'x' }];

export function t12(attacked: Attacked): void {
  const counts = async (): Promise<unknown> => attacked.db.asOwner('SELECT (SELECT count(*) FROM account) AS accounts, (SELECT count(*) FROM message) AS messages, (SELECT count(*) FROM terminal) AS terminals, (SELECT md5(string_agg(password_hash, account ORDER BY account)) FROM account) AS hashes');

  threat(attacked, 'T12', 'values that would be code', () => {
    it('are values, on every parameter of every route', async () => {
      const token = await attacked.token('d-officer-1');
      const before = await counts();
      for (const route of attacked.routes) {
        attacked.server.clock.advance(5_000);
        const inPath = [...route.path.matchAll(/:([A-Za-z0-9]+)/g)].map(([, name = '']) => name);
        const inQuery = Object.keys(route.contract?.query?.shape ?? {});
        const values = LONG ? SQL : SQL.filter((_, at) => (at + route.path.length) % 6 === 0);
        for (const value of values) {
          const encoded = encodeURIComponent(value);
          const at = (path: string, query: string): string => `/api${path.replace(/:[A-Za-z0-9]+/g, encoded)}${query}`;
          const queries = inQuery.flatMap((name) => [`?${name}=${encoded}`, `?${name}[$ne]=1`, `?${name}=a&${name}=${encoded}`]);
          for (const address of inPath.length > 0 ? [at(route.path, '')] : queries.map((query) => at(route.path, query))) {
            const { status } = await attacked.ask(route.method.toUpperCase(), address, { token, ...(route.method === 'get' || route.method === 'delete' ? {} : { body: {} }) });
            expect([address, status < 500]).toEqual([address, true]);
          }
        }
      }
      expect(await counts()).toEqual(before);
    });

    it('are refused where a text is expected, in every field of every body', async () => {
      const officer = await attacked.token('d-officer-1');
      const author = await attacked.token('d-author');
      for (const { method, path, contract, policy } of attacked.routes.filter(({ contract: known }) => known?.body !== undefined)) {
        attacked.server.clock.advance(20_000);
        const fields = Object.keys(shapeOf(contract?.body));
        const shapes = LONG ? SHAPES : SHAPES.slice(0, 3);
        for (const shape of shapes) {
          const body = Object.fromEntries(fields.map((field) => [field, shape]));
          const answer = await attacked.ask(method.toUpperCase(), `/api${path.replace(/:[a-zA-Z0-9]+/g, 'x')}`, { token: policy?.kind === 'permission' && /^message|^media|^drill/.test(policy.name) ? author : officer, body });
          expect([path, shape, answer.status >= 200 && answer.status < 300 && fields.length > 0 && typeof shape === 'object', answer.status >= 500]).toEqual([path, shape, false, false]);
        }
      }
    });
  });

  threat(attacked, 'T14', 'another host\'s name', () => {
    it('is not answered: no page, no route, no link made of it', async () => {
      const hosts = ['evil.example', 'localhost.evil.example', 'evil.example:80', 'localhost@evil.example', '127.0.0.1.evil.example', 'xn--e1awd7f.example', '169.254.169.254', '0.0.0.0', '[::ffff:7f00:1]', 'localhost:80:80', 'localhost/', 'localhost#', '127.0.0.2', 'LOCALHOST.', '"><script>alert(1)</script>', '*'];
      for (const host of hosts) {
        for (const at of ['/', '/api/session', '/api/openapi.json', '/app.js']) {
          const answer = await attacked.ask('GET', at, { headers: { host } });
          expect([host, at, [400, 421].includes(answer.status)]).toEqual([host, at, true]);
          expect(answer.text).not.toContain('evil');
        }
      }
      for (const header of ['x-forwarded-host', 'forwarded', 'x-host', 'x-original-host']) {
        const { status, text, headers } = await attacked.ask('GET', '/', { headers: { [header]: 'host=evil.example' } });
        expect([status, `${text}${JSON.stringify(headers)}`.includes('evil')]).toEqual([200, false]);
      }
      for (const host of ['localhost', 'LOCALHOST', 'localhost:8080', '127.0.0.1', '[::1]:8080']) expect((await attacked.ask('GET', '/', { headers: { host } })).status).toBe(200);
    });
  });
}

function shapeOf(schema: unknown): object {
  const shape: unknown = typeof schema === 'object' && schema !== null ? Reflect.get(schema, 'shape') : undefined;
  return typeof shape === 'object' && shape !== null ? shape : {};
}
