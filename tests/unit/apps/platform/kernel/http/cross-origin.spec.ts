import express from 'express';
import request from 'supertest';
import { answersSigningPages } from '../../../../../../apps/platform/src/kernel/http/cross-origin';

const PAGES = 'https://sign.example.cn';

describe('answers across origins', () => {
  const app = express();
  app.use(answersSigningPages([PAGES]));
  app.use((_request, response) => void response.json({ answered: true }));
  const from = (origin: string | undefined, at = '/api/session') => (origin === undefined ? request(app).get(at) : request(app).get(at).set('origin', origin));
  const preflight = (origin: string) => request(app).options('/api/messages').set('origin', origin).set('access-control-request-method', 'POST').set('access-control-request-headers', 'authorization');

  it('go to exactly the signing pages, without cookies', async () => {
    const { headers } = await from(PAGES);
    expect(headers['access-control-allow-origin']).toBe(PAGES);
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    expect(headers['vary']).toContain('Origin');
  });

  it.each([undefined, 'https://evil.cn', 'https://sign.example.cn.evil.cn', 'http://sign.example.cn', 'https://sign.example.cn:444', 'https://SIGN.example.cn', 'null', '*'])('to no other: %s', async (origin) => {
    const { headers, body } = await from(origin);
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(body).toEqual({ answered: true });
  });

  it('and only the API: not the page beside it', async () => {
    expect((await from(PAGES, '/app.js')).headers['access-control-allow-origin']).toBeUndefined();
  });

  it('a preflight is answered at once, with the methods and headers that the pages use and no other', async () => {
    const { status, headers } = await preflight(PAGES);
    expect([status, headers['access-control-allow-methods'], headers['access-control-allow-headers']]).toEqual([204, 'GET, POST, DELETE', 'authorization, content-type, idempotency-key, clarion-page-build, clarion-unattended']);
    const foreign = await preflight('https://evil.cn');
    expect([foreign.headers['access-control-allow-origin'], foreign.headers['access-control-allow-methods']]).toEqual([undefined, undefined]);
  });
});
