import { filesBelow, readSources } from '../architecture/sources';
import { LONG, MINUTE, threat, type Attacked } from './attacker';

const median = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;

export function t13(attacked: Attacked): void {
  threat(attacked, 'T13', 'which accounts exist, traces, secrets in logs', () => {
    it('is told by no word of an answer', async () => {
      const ask = (account: string, from: string) => attacked.ask('POST', '/api/session', { body: { account, password: 'no' }, from });
      const known = await ask('t2-stopper', '127.13.0.1');
      const unknown = await ask('nobody-here', '127.13.0.2');
      const hide = ({ date: _date, ...headers }: Record<string, unknown>): unknown => headers;
      expect([known.status, known.text, hide(known.headers)]).toEqual([unknown.status, unknown.text, hide(unknown.headers)]);
      const passkey = { keyId: 'a'.repeat(64), challenge: 'A'.repeat(75), sig: 'AAAA' };
      const [one, other] = [await attacked.ask('POST', '/api/session/passkey', { body: { account: 't2-stopper', passkey }, from: '127.13.0.3' }), await attacked.ask('POST', '/api/session/passkey', { body: { account: 'nobody-here', passkey }, from: '127.13.0.4' })];
      expect([one.status, one.text]).toEqual([401, other.text]);
    });

    it('is told by no more time: the same password work for the unknown account', async () => {
      const rounds = LONG ? 300 : 15;
      const times = { known: [] as number[], unknown: [] as number[] };
      for (let n = 0; n < rounds; n += 1) {
        attacked.server.clock.advance(16 * MINUTE);
        for (const kind of n % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
          const began = performance.now();
          await attacked.ask('POST', '/api/session', { body: { account: kind === 'known' ? 't2-stopper' : 'nobody-here', password: 'no' }, from: '127.13.1.1' });
          times[kind].push(performance.now() - began);
        }
      }
      const [known, unknown] = [median(times.known), median(times.unknown)];
      // The whole of the threat (10 %) wants a quiet machine; a missing password hash shows as a half, on any.
      expect(Math.abs(known - unknown) / Math.max(known, unknown)).toBeLessThan(LONG ? 0.1 : 0.4);
    });

    it('is told by no trace: every refusal is a code and a sentence', async () => {
      for (const [method, at, body] of [['GET', '/api/nothing', undefined], ['POST', '/api/session', '{'], ['POST', '/api/session', { account: 1 }], ['GET', '/api/messages/%ff', undefined], ['GET', '/api/%00', undefined], ['PATCH', '/api/session', {}], ['GET', '/..%2f..%2fetc/passwd', undefined]] as const) {
        const { status, text } = await attacked.ask(method, at, body === undefined ? {} : { body });
        expect([at, status >= 400 && status < 500]).toEqual([at, true]);
        expect(text).not.toMatch(/\bat .*[.:]\d+|node_modules|\.ts\b|\/home|\/tmp|root:|Error:/);
      }
    });
  });
}

export function t79(attacked: Attacked): void {
  threat(attacked, 'T79', 'who listens on the wire', () => {
    it('hears no name, terminal or token in anything that is answered without a session', async () => {
      const names = await attacked.db.asOwner<{ name: string }>('SELECT account AS name FROM account UNION SELECT title FROM account UNION SELECT id FROM terminal UNION SELECT name FROM terminal');
      expect(names.length).toBeGreaterThan(20);
      const open = [...attacked.routes.filter(({ policy, method }) => policy?.kind === 'public' && method === 'get').map(({ path }) => `/api${path}`), '/', '/app.js', '/words.js', '/picture.js', '/enrol.js', '/style.css', '/icon.svg', '/live-client.js', '/api/openapi.json'];
      for (const at of open) {
        const { text, status } = await attacked.ask('GET', at);
        expect([at, status]).toEqual([at, 200]);
        expect([at, names.filter(({ name }) => name.length > 3 && text.includes(name))]).toEqual([at, []]);
      }
    });

    it('has nothing to hear beside TLS: no datagram is sent anywhere in the product', () => {
      expect(readSources(['apps', 'libs']).filter(({ text }) => /node:dgram|from 'dgram'/.test(text)).map(({ path }) => path)).toEqual([]);
      expect(filesBelow('apps').length).toBeGreaterThan(100);
    });
  });
}

/** Last of all: nothing that was secret in any attack stands in any line of the log. */
export function secretsInLogs(attacked: Attacked): void {
  it('T13 leaves no password, token or code in any line of the log, after all of it', () => {
    expect(attacked.log.length).toBeGreaterThan(100);
    expect(attacked.secrets.size).toBeGreaterThan(10);
    const all = attacked.log.join('\n');
    expect([...attacked.secrets].filter((secret) => all.includes(secret))).toEqual([]);
    expect(all).not.toMatch(/\$argon2id\$|BEGIN PRIVATE|otpauth:/);
    expect(attacked.log.filter((line) => line.includes('"http.unexpected"'))).toEqual([]);
  });
}
