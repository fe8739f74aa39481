import WebSocket from 'ws';
import { threat, type Attacked } from './attacker';

const EVIL = ['https://evil.example', 'null', 'http://localhost.evil.example', 'file://', 'http://127.0.0.1:1', 'https://127.0.0.1'];
/** What a form of another page can send without being asked first, and what fetch could. */
const FORMS = ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain', 'application/json'];

export function t07(attacked: Attacked): void {
  const { flow } = attacked;
  threat(attacked, 'T07', 'forged requests from another page', () => {
    it('change nothing on any route, by form or by fetch, even with a stolen token', async () => {
      const token = await attacked.token('t1-author');
      const changing = attacked.routes.filter(({ method }) => method !== 'get');
      expect(changing.length).toBeGreaterThan(20);
      let tried = 0;
      for (const { method, path } of changing) {
        attacked.server.clock.advance(1_000);
        const at = `/api${path.replace(/:[a-zA-Z0-9]+/g, 'x')}`;
        const origin = EVIL[tried % EVIL.length] ?? '';
        const type = FORMS[tried % FORMS.length] ?? '';
        const forged: readonly Readonly<Record<string, string>>[] = [{ origin, 'content-type': type }, { origin, 'content-type': 'application/json' }, { 'sec-fetch-site': 'cross-site', 'content-type': type }];
        for (const headers of forged) {
          const answer = await attacked.ask(method.toUpperCase(), at, { token, headers, body: '{}' });
          expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 403, 'ORIGIN_FOREIGN']);
          expect(answer.headers['access-control-allow-origin']).toBeUndefined();
          tried += 1;
        }
      }
    });

    it('have no cookie to ride on: none is ever set or read', async () => {
      const { headers, body } = await attacked.ask('POST', '/api/session', { body: { account: 't1-author', password: [...attacked.secrets][0] } });
      expect(headers['set-cookie']).toBeUndefined();
      expect((await attacked.ask('GET', '/api/areas', { headers: { cookie: `session=${body.token}; token=${body.token}; authorization=Bearer ${body.token}` } })).status).toBe(401);
    });

    it('leave our own page alone', async () => {
      const token = await attacked.token('t1-author');
      const answer = await attacked.ask('POST', '/api/assignments/draft', { token: await attacked.token('t1-officer-1'), headers: { origin: attacked.server.base, 'sec-fetch-site': 'same-origin' }, body: {} });
      expect(answer.status).toBe(200);
      expect((await flow.as('t1-author')).token).not.toBe(token);
    });
  });

  threat(attacked, 'T08', 'the live feed opened from another page', () => {
    const { port } = new URL('http://127.0.0.1:1');
    const opens = (origin: string | undefined, token: string, host?: string): Promise<string> => new Promise((resolve) => {
      const socket = new WebSocket(`${attacked.server.base.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, { headers: { ...(origin === undefined ? {} : { origin }), ...(host === undefined ? {} : { host }) } });
      socket.on('unexpected-response', (_, answer) => {
        resolve(String(answer.statusCode));
        socket.terminate();
      });
      socket.on('error', () => resolve('refused'));
      socket.on('message', (data: Buffer) => {
        const text = data.toString();
        if (text.startsWith('0')) socket.send(`40/live,${JSON.stringify({ token })}`);
        else if (text.startsWith('40') || text.startsWith('44')) {
          resolve(text.startsWith('40') ? 'open' : text.slice(0, 60));
          socket.terminate();
        }
      });
    });

    it('opens for the listed ones alone, of more than twenty', async () => {
      const token = await attacked.token('t1-author');
      const own = 'http://localhost:8080';
      const hostile = [
        'null', '', 'file://', 'http://', 'https://localhost:8080', 'http://localhost', 'http://localhost:80', 'http://localhost:8080.evil.example', 'http://localhost:80800', 'http://evil.example', 'http://evil.example#http://localhost:8080',
        'http://evil.example/http://localhost:8080', 'http://localhost:8080@evil.example', 'http://xlocalhost:8080', 'http://localhost.evil.example:8080', 'HTTP://LOCALHOST:8080', 'http://127.0.0.1.evil.example:8080', 'http://127.0.0.2:8080',
        'http://[::1]:8080', 'http://localhost:8080/', ' http://localhost:8080x', 'chrome-extension://abc', `${own}, http://evil.example`, `http://0x7f000001:${port}`,
      ];
      expect(hostile.length).toBeGreaterThan(20);
      expect(await opens(own, token)).toBe('open');
      for (const origin of hostile) expect([origin, await opens(origin, token)]).toEqual([origin, expect.stringMatching(/^(400|403|refused)$/)]);
    });

    it('opens for nobody without a token, and under no other host', async () => {
      const token = await attacked.token('t1-author');
      expect(await opens(undefined, token)).toBe('open');
      for (const bad of ['', 'x', `${token}x`, token.split('.')[0] ?? '']) expect(await opens(undefined, bad)).toContain('UNAUTHENTICATED');
      expect(await opens(undefined, token, 'evil.example')).toMatch(/^(400|403|refused)$/);
    });
  });
}
