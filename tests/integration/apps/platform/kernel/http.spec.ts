import { request as httpRequest } from 'node:http';
import { Body, Controller, Get, Inject, Module, Param, Post, Query } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import request from 'supertest';
import { z } from 'zod';
import { systemClock } from '../../../../../apps/platform/src/kernel/clock';
import { kernelMigrations, type Database } from '../../../../../apps/platform/src/kernel/database';
import { ClarionError, operationalError, userError } from '../../../../../apps/platform/src/kernel/errors';
import { Contract, createApp, Idempotent, Permission, Public, routesOf, withIdempotency, ZodPipe, type IdempotentCall } from '../../../../../apps/platform/src/kernel/http';
import { createLog } from '../../../../../apps/platform/src/kernel/log';
import { DATABASE } from '../../../../../apps/platform/src/kernel/tokens';
import { freePort } from '../../../../support/ports';
import { useDatabase } from '../../../../support/postgres';

const thing = z.strictObject({ name: z.string().min(1).max(5), areas: z.array(z.string()).min(1), count: z.int() });
const query = z.strictObject({ limit: z.coerce.number().int().max(10) });
const lines: string[] = [];
let runs = 0;

@Controller('things')
class ThingsController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Post()
  @Permission('things.write')
  @Contract({ summary: 'Writes a thing', body: thing, answer: thing, idempotent: true, refusals: { THING_TAKEN: 'There is one.' } })
  write(@Body(new ZodPipe(thing)) body: z.infer<typeof thing>, @Idempotent() call: IdempotentCall): Promise<unknown> {
    return this.database.run((tx) =>
      withIdempotency(tx, systemClock, 'person-1', call, async () => {
        runs += 1;
        if (body.name === 'taken') throw userError('THING_TAKEN', 'There is one.', { status: 409 });
        return { ...body, run: runs };
      }),
    );
  }

  @Get('fail/:how')
  @Public('a test')
  fail(@Param('how') how: string): never {
    if (how === 'operational') throw operationalError('DISK_FULL', 'The disk is full.', { cause: new Error('ENOSPC /secret/path') });
    if (how === 'code') throw new ClarionError('WRONG_STATE', 'Too late.');
    throw new Error('password=hunter2 at /srv/clarion');
  }

  @Get(':id')
  @Public('a test')
  @Contract({ summary: 'Reads one', params: z.object({ id: z.string() }), query })
  read(@Query(new ZodPipe(query)) { limit }: { limit: number }): { limit: number } {
    return { limit };
  }
}

const db = useDatabase({ migrations: kernelMigrations });
let app: NestExpressApplication;
let base: string;

beforeAll(async () => {
  @Module({ controllers: [ThingsController], providers: [{ provide: DATABASE, useValue: db.database }] })
  class TestModule {}
  app = await createApp(TestModule, { config: { trustedProxies: 0, origins: [], signOrigins: [], bind: '127.0.0.1' }, log: createLog('test', 'debug', { write: (line) => void lines.push(line) }), version: '0.0.0' });
  const port = await freePort();
  await app.listen(port, '127.0.0.1');
  base = `http://127.0.0.1:${port}`;
});
afterAll(() => app?.close());
beforeEach(() => void (runs = 0));

const post = (body: unknown, key?: string): request.Test => {
  const test = request(base).post('/api/things').set('content-type', 'application/json').send(typeof body === 'string' ? body : JSON.stringify(body));
  return key === undefined ? test : test.set('idempotency-key', key);
};
const good = { name: 'a', areas: ['x'], count: 1 };

describe('a refusal of the API', () => {
  it('names every invalid field at once', async () => {
    const { status, body } = await post({ name: '', areas: [], count: 'x', extra: 1 });
    expect(status).toBe(422);
    expect(body.code).toBe('INVALID');
    expect(body.fields.map((field: { path: string; code: string }) => [field.path, field.code])).toEqual([
      ['name', 'TOO_SMALL'], ['areas', 'TOO_SMALL'], ['count', 'WRONG_TYPE'], ['extra', 'UNKNOWN_FIELD'],
    ]);
    expect((await post({})).body.fields.map((field: { code: string }) => field.code)).toEqual(['REQUIRED', 'REQUIRED', 'REQUIRED']);
  });

  it('says whether a field of the query was meant', async () => {
    expect((await request(base).get('/api/things/7?limit=11')).body.fields).toMatchObject([{ path: 'query.limit', code: 'TOO_LARGE' }]);
    expect((await request(base).get('/api/things/7?limit=10')).body).toEqual({ limit: 10 });
  });

  it.each([
    ['a body that is not JSON', '{"name":', 400, 'MALFORMED_JSON'],
    ['a key named twice', '{"name":"a","name":"b"}', 400, 'MALFORMED_JSON'],
    ['a key that reaches into prototypes', '{"__proto__":{"admin":true}}', 400, 'MALFORMED_JSON'],
    ['a fraction', '{"count":1.5}', 400, 'MALFORMED_JSON'],
    ['33 levels', `${'['.repeat(33)}${']'.repeat(33)}`, 400, 'JSON_TOO_DEEP'],
    ['300 KiB', JSON.stringify({ name: 'x'.repeat(300 * 1024) }), 413, 'PAYLOAD_TOO_LARGE'],
  ])('has a code for %s', async (_, body, status, code) => {
    const answer = await post(body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(Object.keys(answer.body).sort()).toEqual(['code', 'message']);
  });

  it('stops reading a body that lies about its length', async () => {
    const status = await new Promise((resolve, reject) => {
      const sent = httpRequest(`${base}/api/things`, { method: 'POST', headers: { 'content-type': 'application/json' } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on('error', reject);
      sent.write(Buffer.alloc(200 * 1024, 32));
      sent.write(Buffer.alloc(200 * 1024, 32));
    });
    expect(status).toBe(413);
  });

  it('has a code where there is no route', async () => {
    expect((await request(base).get('/api/nothing')).body).toEqual({ code: 'NOT_FOUND', message: 'There is nothing here.' });
  });

  it('never shows a cause, and keeps secrets out of the log', async () => {
    const unexpected = await request(base).get('/api/things/fail/badly');
    expect([unexpected.status, unexpected.body.code]).toEqual([500, 'UNEXPECTED']);
    expect(JSON.stringify(unexpected.body)).not.toMatch(/hunter2|srv|stack/);
    const operational = await request(base).get('/api/things/fail/operational');
    expect([operational.status, operational.body]).toEqual([503, { code: 'DISK_FULL', message: 'The disk is full.' }]);
    expect((await request(base).get('/api/things/fail/code')).status).toBe(409);
  });
});

describe('an idempotency key', () => {
  const key = (): string => systemClock.uuid();

  it('gets the same answer again, and the command runs once', async () => {
    const id = key();
    const first = await post(good, id);
    const second = await post(good, id);
    expect(second.body).toEqual(first.body);
    expect(runs).toBe(1);
  });

  it('runs once although both come at the same time', async () => {
    const id = key();
    const answers = await Promise.all([post(good, id), post(good, id), post(good, id)]);
    expect(answers.map(({ body }) => body.run)).toEqual([1, 1, 1]);
  });

  it('is refused with another body', async () => {
    const id = key();
    await post(good, id);
    const other = await post({ ...good, count: 2 }, id);
    expect([other.status, other.body.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('is free again after a refusal', async () => {
    const id = key();
    expect((await post({ ...good, name: 'taken' }, id)).status).toBe(409);
    expect((await post({ ...good, name: 'free' }, id)).status).toBe(201);
  });

  it('is forgotten after 72 hours', async () => {
    const id = key();
    await post(good, id);
    await db.asOwner("UPDATE idempotent_answer SET created_at = created_at - interval '72 hours 1 second'");
    expect((await post({ ...good, count: 2 }, id)).status).toBe(201);
  });

  it('must be a UUID', async () => {
    expect((await post(good, 'again')).body.fields).toMatchObject([{ path: 'Idempotency-Key', code: 'WRONG_FORMAT' }]);
    const { body } = await post({ name: '', areas: [], count: 1, extra: 1 }, 'again');
    expect(body.fields.map((field: { path: string; code: string }) => `${field.path} ${field.code}`)).toEqual(['Idempotency-Key WRONG_FORMAT', 'name TOO_SMALL', 'areas TOO_SMALL', 'extra UNKNOWN_FIELD']);
  });
});

describe('every answer', () => {
  it('carries a policy under which only our own scripts run', async () => {
    const { headers } = await request(base).get('/api/things/7?limit=1');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-powered-by']).toBeUndefined();
  });
});

describe('the list of routes', () => {
  it('shows each with who may call it', () => {
    expect(routesOf(app).map(({ method, path, policy }) => [method, path, policy?.kind])).toEqual([
      ['post', '/things', 'permission'], ['get', '/things/:id', 'public'], ['get', '/things/fail/:how', 'public'],
    ]);
  });

  it('becomes an OpenAPI document', async () => {
    const { body } = await request(base).get('/api/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    const operation = body.paths['/api/things'].post;
    expect(operation.requestBody.content['application/json'].schema.required).toEqual(['name', 'areas', 'count']);
    expect(operation.description).toContain('THING_TAKEN');
    expect(body.paths['/api/things/{id}'].get.parameters).toMatchObject([{ name: 'id', in: 'path' }, { name: 'limit', in: 'query', required: true }]);
    expect(body.paths['/api/things/{id}'].get.security).toEqual([]);
  });
});

describe('the log', () => {
  it('has the failure with its place, without what looks like a secret', () => {
    const line = lines.map((text) => JSON.parse(text)).find(({ msg }) => msg === 'http.unexpected');
    expect(line).toMatchObject({ level: 'error', code: 'UNEXPECTED', route: '/api/things/fail/:how' });
    expect(line.from).toContain('ThingsController');
    expect(lines.join('')).not.toContain('hunter2');
  });
});
