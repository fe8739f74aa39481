import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SIMULATOR_SOCKET } from '../../../../apps/cli/src/simulator-control';
import { freePort } from '../../../support/ports';
import { clarion, FakePlatform, sessionOf } from './fake-platform';

let platform: FakePlatform;
let environment: Readonly<Record<string, string>>;
const folder = mkdtempSync(join(tmpdir(), 'clarion-run-'));
const sessionFile = join(folder, 'session.json');

beforeAll(async () => {
  platform = await FakePlatform.start();
  environment = { CLARION_URL: platform.url, CLARION_STOP_URL: platform.url, CLARION_DATA: join(folder, 'data'), CLARION_DEMO_KEYS: join(folder, 'people'), CLARION_SESSION: sessionFile };
});
beforeEach(() => {
  platform.forget();
  writeFileSync(sessionFile, JSON.stringify(sessionOf('district-qxj-author', 'jingkai')));
});
afterAll(async () => {
  await platform.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the exit code', () => {
  it('is 0 for help, which lists every command with a Chinese word', async () => {
    const { code, out } = await clarion(['help'], environment);
    expect(code).toBe(0);
    for (const name of ['sign-in', 'compose', 'submit', 'approve', 'return', 'withdraw', 'dispatch', 'watch', 'stop', 'terminals', 'receipts', 'revoke', 'listen', 'demo']) expect(out).toContain(name);
    expect(await clarion([], environment)).toMatchObject({ code: 0 });
  });

  it.each([['stop'], ['isolate'], ['district', 'check'], ['terminals', 'cap']])('is 0 for the help of %s, which is its usage', async (...words) => {
    expect(await clarion([...words, '--help'], environment)).toMatchObject({ code: 0, err: '', out: expect.stringMatching(new RegExp(`^Usage: ./clarion ${words[0] ?? ''} `)) as string });
    expect(platform.asked).toEqual([]);
  });

  it('is 2 for tables that are not there, by a name of their own', async () => {
    expect(await clarion(['district', 'check', join(folder, 'nowhere')], environment)).toMatchObject({ code: 2, err: expect.stringMatching(/^FOLDER_MISSING: .*nowhere/) as string });
  });

  it('comes with one line about an unknown command before the help', async () => {
    expect(await clarion(['broadcast'], environment)).toMatchObject({ code: 2, err: 'USAGE: There is no command "broadcast" / 没有这个命令\n', out: expect.stringContaining('sign-in') as string });
    expect(JSON.parse((await clarion(['broadcast', '--json'], environment)).out)).toMatchObject({ code: 'USAGE' });
    expect((await clarion(['help'], environment)).err).toBe('');
  });

  it.each([
    ['a command that does not exist', ['broadcast']], ['a word that is every object\'s', ['constructor']], ['an option that does not exist', ['areas', '--loud']],
    ['a missing word', ['approve', '--key', 'x']], ['a word too many', ['areas', 'lehua']], ['an option without its value', ['stop', '--area']],
    ['a number that is none', ['watch', 'x', '--seconds', 'soon']], ['a key without its platform', ['stop', '--key', 'x']], ['a compose file that is not there', ['compose', '/nowhere.json']],
  ])('is 2 for %s, and nothing is asked', async (_what, words) => {
    expect((await clarion(words, environment)).code).toBe(2);
    expect(platform.asked).toEqual([]);
  });

  it.each([
    [['terminals', 'nonsense'], /there are: cap, replace, admit/], [['terminals', 'cap', 't-lehua-01-1', 'loud'], /"loud" is no volume; there are: low, normal, high, full/], [['terminals', 'cap', 't-lehua-01-1'], /how loud it may be/], [['terminals', '--state', 'bogus'], /expected, enrolled, assigned, retired/], [['terminals', 'admit'], /--key OFFICER_KEY_FILE/],
    [['stop', '--area', 'BAD AREA'], /"BAD AREA" is not an area id/], [['stop', '--message', 'abc'], /64 hexadecimal digits/],
    [['revoke', 'nokey', '--platform', 'jingkai', '--key', 'x'], /"nokey" is not a key id/],
    [['revoke', 'a'.repeat(64), '--platform', 'jingkai', '--key', 'x', '--reason', 'bored'], /compromised, left/],
  ])('is 2 for %j, in a sentence that names what there is', async (words, sentence) => {
    expect(await clarion(words, environment)).toMatchObject({ code: 2, err: expect.stringMatching(/^USAGE: /) as string });
    expect((await clarion(words, environment)).err).toMatch(sentence);
    expect(platform.asked).toEqual([]);
  });

  it('is 2 for a setting that cannot be', async () => {
    expect(await clarion(['areas'], { ...environment, CLARION_PORT_OFFSET: 'ten' })).toMatchObject({ code: 2, err: expect.stringContaining('SETTING') as string });
  });

  it('is 5 when nobody answers', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    for (const words of [['areas'], ['stop']]) {
      const { code, err } = await clarion(words, { ...environment, CLARION_URL: nobody, CLARION_STOP_URL: nobody });
      expect([code, err]).toEqual([5, expect.stringMatching(/^UNREACHABLE: /)]);
    }
    expect(await clarion(['listen', 't-lehua-01-1', '--out', join(folder, 'x.wav')], environment)).toMatchObject({ code: 5 });
  });

  it('is 5 where there is no player to listen with, in JSON too', async () => {
    const simulator = createServer((_request, response) => { response.end('RIFF of a test'); });
    mkdirSync(join(folder, 'data', 'run'), { recursive: true });
    await new Promise<void>((resolve) => { simulator.listen(join(folder, 'data', SIMULATOR_SOCKET), resolve); });
    try {
      const { code, out } = await clarion(['listen', 't-lehua-01-1', '--json'], { ...environment, PATH: join(folder, 'no-programs') });
      expect([code, JSON.parse(out)]).toEqual([5, expect.objectContaining({ code: 'PLAYER_MISSING' })]);
    } finally {
      await new Promise((resolve) => { simulator.close(resolve); simulator.closeAllConnections(); });
    }
  });

  it('is 4 for a terminal that nobody simulates, with a sentence', async () => {
    const simulator = createServer((_request, response) => { response.writeHead(404).end('{"code":"TERMINAL_UNKNOWN"}'); });
    mkdirSync(join(folder, 'simulated', 'run'), { recursive: true });
    await new Promise<void>((resolve) => { simulator.listen(join(folder, 'simulated', SIMULATOR_SOCKET), resolve); });
    try {
      for (const name of ['nosuch', 't-lehua-01-9']) expect(await clarion(['listen', name], { ...environment, CLARION_DATA: join(folder, 'simulated') })).toMatchObject({ code: 4, err: expect.stringMatching(new RegExp(`^NOT_SIMULATED: ${name} is no terminal that the demo simulates`)) as string });
    } finally {
      await new Promise((resolve) => { simulator.close(resolve); simulator.closeAllConnections(); });
    }
  });

  it('is 5 when the server is ill, whatever it says', async () => {
    platform.on('GET /api/areas', () => ({ status: 503, json: { code: 'DATABASE_DOWN', message: 'The database does not answer.' } }));
    expect(await clarion(['areas'], environment)).toMatchObject({ code: 5, err: 'DATABASE_DOWN: The database does not answer.\n' });
    platform.on('GET /api/areas', () => ({ status: 502, text: '<html>Bad gateway</html>' }));
    expect(await clarion(['areas'], environment)).toMatchObject({ code: 5, err: expect.stringMatching(/^HTTP_502: /) as string });
    platform.on('GET /api/areas', () => ({ status: 200, text: '<html>Welcome to the hotel</html>' }));
    expect(await clarion(['areas'], environment)).toMatchObject({ code: 5, err: expect.stringMatching(/^ANSWER_UNREADABLE: /) as string });
  });

  it('is 4 when the server refuses, with every field printed', async () => {
    const fields = [
      { path: 'title', code: 'TITLE_EMPTY', message: 'A title is needed.' }, { path: 'targets', code: 'TARGET_EMPTY', message: 'Nobody would hear it.' },
      { path: 'segments.1.sha256', code: 'MEDIA_UNKNOWN', message: 'There is no such audio.' },
    ];
    platform.on('GET /api/areas', () => ({ status: 422, json: { code: 'INVALID', message: 'Three fields are not valid.', fields } }));
    const { code, out, err } = await clarion(['areas'], environment);
    expect([code, out]).toEqual([4, '']);
    expect(err.split('\n')).toEqual(['INVALID: Three fields are not valid.', ...fields.map((field) => `  ${field.path}: ${field.message} (${field.code})`), '']);
    const asJson = await clarion(['areas', '--json'], environment);
    expect([asJson.code, JSON.parse(asJson.out), asJson.err]).toEqual([4, { code: 'INVALID', message: 'Three fields are not valid.', fields }, '']);
  });

  it('is 4 when an answer does not have the shape of its contract', async () => {
    platform.on('GET /api/areas', [{ id: 'lehua', terminals: 'many' }]);
    const { code, err } = await clarion(['areas'], environment);
    expect(code).toBe(4);
    expect(err).toMatch(/^UNEXPECTED_SHAPE: .*\n(?: {2}.*\n)*.*0\.terminals/);
  });
});

describe('a session', () => {
  it('is kept for its owner alone, and without the password', async () => {
    platform.on('POST /api/session', sessionOf('district-yjj-author', 'jingkai'));
    const { code, out, err } = await clarion(['sign-in', '--account', 'district-yjj-author'], environment, 'abcd-efgh\n');
    expect([code, platform.posted('/api/session')]).toEqual([0, [{ account: 'district-yjj-author', password: 'abcd-efgh' }]]);
    expect(statSync(sessionFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(sessionFile, 'utf8') + out + err).not.toContain('abcd-efgh');
    expect(platform.asked[0]?.headers.authorization).toBeUndefined();
  });

  it('is opened as by a known device from the second time on: what the platform told once is kept beside it, for its owner alone, and longer', async () => {
    const knownFile = join(folder, 'session.known.json');
    platform.on('POST /api/session', { ...(sessionOf('district-yjj-author', 'jingkai') as object), known: 'K'.repeat(43) });
    const { out, err } = await clarion(['sign-in', '--account', 'district-yjj-author'], environment, 'abcd-efgh\n');
    expect([statSync(knownFile).mode & 0o777, readFileSync(sessionFile, 'utf8').includes('KKK'), (out + err).includes('KKK')]).toEqual([0o600, false, false]);
    platform.on('POST /api/session', sessionOf('district-yjj-author', 'jingkai'));
    platform.on('DELETE /api/session', () => ({ status: 204, text: '' }));
    await clarion(['sign-out'], environment);
    await clarion(['sign-in', '--account', 'district-yjj-author'], environment, 'abcd-efgh\n');
    await clarion(['sign-in', '--account', 'district-yjj-approver'], environment, 'abcd-efgh\n');
    await clarion(['sign-in', '--account', 'district-yjj-author', '--unlock', 'ABCDE-FGHJK-MNPQR'], environment, 'abcd-efgh\n');
    writeFileSync(knownFile, '{');
    await clarion(['sign-in', '--account', 'district-yjj-author'], environment, 'abcd-efgh\n');
    const posted = platform.posted('/api/session') as readonly { readonly known?: string }[];
    expect(posted.map(({ known }) => known)).toEqual([undefined, 'K'.repeat(43), undefined, 'ABCDE-FGHJK-MNPQR', undefined]);
    rmSync(knownFile);
  });

  it('of an officer shows an unlock code, and asks for the account of one person', async () => {
    platform.on('POST /api/accounts/district-yjj-author/unlock', { account: 'district-yjj-author', unlock: 'ABCDE-FGHJK-MNPQR', expiresAt: 86_400_000 });
    expect(await clarion(['accounts', 'unlock', 'district-yjj-author'], environment)).toMatchObject({ code: 0, out: expect.stringMatching(/ABCDE-FGHJK-MNPQR\n.*1970-01-02.*sign-in --account district-yjj-author --unlock/) as string });
    expect([(await clarion(['accounts', 'unlock'], environment)).code, (await clarion(['accounts', 'unlock', 'x', '--factors'], environment)).code]).toEqual([2, 2]);
  });

  it('reads the account and the password from a pipe', async () => {
    platform.on('POST /api/session', sessionOf('district-yjj-author', 'jingkai'));
    await clarion(['sign-in'], environment, 'district-yjj-author\nabcd-efgh\n');
    expect(platform.posted('/api/session')).toEqual([{ account: 'district-yjj-author', password: 'abcd-efgh' }]);
  });

  it('is carried as a bearer token, and each command has an idempotency key of its own', async () => {
    platform.on('GET /api/areas', []);
    await clarion(['areas'], environment);
    await clarion(['areas'], environment);
    expect(platform.asked.map((asked) => asked.headers.authorization)).toEqual(['Bearer claims.signature', 'Bearer claims.signature']);
    expect(new Set(platform.asked.map((asked) => asked.headers['idempotency-key'])).size).toBe(2);
  });

  it('ends with sign-out at the platform too, and its file is gone', async () => {
    platform.on('DELETE /api/session', () => ({ status: 204, text: '' }));
    expect(await clarion(['sign-out'], environment)).toMatchObject({ code: 0, err: '' });
    expect(platform.asked.map((asked) => [asked.method, asked.path, asked.headers.authorization])).toEqual([['DELETE', '/api/session', 'Bearer claims.signature']]);
    expect(existsSync(sessionFile)).toBe(false);
  });

  it('that the platform no longer knows is removed by sign-out all the same; one that nobody could end is kept', async () => {
    platform.on('DELETE /api/session', () => ({ status: 503, json: { code: 'DATABASE_DOWN', message: 'The database does not answer.' } }));
    expect((await clarion(['sign-out'], environment)).code).toBe(5);
    expect(existsSync(sessionFile)).toBe(true);
    platform.on('DELETE /api/session', () => ({ status: 401, json: { code: 'UNAUTHENTICATED', message: 'Sign in again.' } }));
    expect((await clarion(['sign-out'], environment)).code).toBe(0);
    expect(existsSync(sessionFile)).toBe(false);
  });

  it.each([['missing', undefined], ['damaged', '{}'], ['expired', JSON.stringify(sessionOf('district-qxj-author', 'jingkai', 1))]])('that is %s asks to sign in', async (_what, kept) => {
    if (kept === undefined) rmSync(sessionFile);
    else writeFileSync(sessionFile, kept);
    expect(await clarion(['areas'], environment)).toMatchObject({ code: 2, err: expect.stringMatching(/^NOT_SIGNED_IN: /) as string });
    expect(platform.asked).toEqual([]);
  });
});

describe('a stop', () => {
  const answer = { stopId: '0197a3b0-0001-7000-8000-000000000001', issuedAt: 1, written: 600, stop: { payloadType: 'application/vnd.clarion.stop.v1+json', payload: 'e30=', signatures: [{ keyid: '0'.repeat(64), sig: 'AAAA' }] } };

  it('names what it stops, and nothing to stop everything', async () => {
    platform.on('POST /stop', answer);
    expect((await clarion(['stop'], environment)).code).toBe(0);
    expect((await clarion(['stop', '--area', 'lehua', '--message', 'a'.repeat(64), '--message', 'b'.repeat(64)], environment)).code).toBe(0);
    expect(platform.posted('/stop')).toEqual([{}, { area: 'lehua', messages: ['a'.repeat(64), 'b'.repeat(64)] }]);
  });

  it('that reached no terminal is partial, and says so loudly', async () => {
    platform.on('POST /stop', { ...answer, written: 0 });
    expect(await clarion(['stop'], environment)).toMatchObject({ code: 3, out: expect.stringMatching(/^!!! .*kept on disk, but no terminal was reached.*没有送达任何终端/) as string });
    expect(await clarion(['stop', '--json'], environment)).toMatchObject({ code: 3, out: expect.stringContaining('"written":0') as string });
  });

  it('goes only by ways that there are', async () => {
    for (const words of [['stop', '--via', 'gateway'], ['stop', '--via', 'post', '--key', 'x', '--platform', 'jingkai']]) {
      expect(await clarion(words, environment)).toMatchObject({ code: 2, err: expect.stringMatching(/^USAGE: --via takes only "gateway"/) as string });
    }
    expect(platform.asked).toEqual([]);
  });

  describe('with --dry-run', () => {
    const area = { name: '', codes: [], platform: 'jingkai', tier: 'village', terminals: 3, online: 2 };
    const tally = { targeted: 9, queued: 0, sent: 0, acked: 0, audible: 4, done: 0, failed: 0, reasons: {} };
    const row = { platform: 'jingkai', class: 'notice', severity: 'none', mode: 'actual', tally, startAt: 1, endsAt: 2 };
    const messages = [
      { ...row, id: '0197a3b0-0001-7000-8000-00000000000a', messageDigest: 'a'.repeat(64), title: '到乐化', state: 'dispatched', areas: ['lehua'] },
      { ...row, id: '0197a3b0-0001-7000-8000-00000000000b', messageDigest: 'b'.repeat(64), title: '到蛟桥', state: 'dispatched', areas: ['jiaoqiao'] },
      { ...row, id: '0197a3b0-0001-7000-8000-00000000000c', messageDigest: 'c'.repeat(64), title: '已播完', state: 'completed', areas: ['lehua'] },
    ];
    beforeEach(() => {
      platform.on('GET /api/areas', [{ ...area, id: 'jingkai', parent: null }, { ...area, id: 'lehua', parent: 'jingkai' }, { ...area, id: 'lehua-01', parent: 'lehua' }, { ...area, id: 'jiaoqiao', parent: 'jingkai' }]);
      platform.on('GET /api/on-air', { at: 1, terminals: { total: 600, online: 590, sounding: 4 }, messages, areas: [{ id: 'lehua-01', total: 3, online: 2, sounding: 1 }] });
    });
    afterEach(() => { expect(platform.posted('/stop')).toEqual([]); });

    it('says what is on air in that area and how many terminals sound', async () => {
      const { code, out } = await clarion(['stop', '--area', 'lehua-01', '--dry-run'], environment);
      expect([code, out.split('\n')]).toEqual([0, [
        'would stop everything in lehua-01', '  1 of 3 terminals there are sounding, 2 are online',
        '  on air: 到乐化 (0197a3b0-0001-7000-8000-00000000000a), 4 sounding of 9 in all its areas', '',
      ]]);
      expect(JSON.parse((await clarion(['stop', '--dry-run', '--json'], environment)).out)).toMatchObject({ dryRun: true, terminals: { total: 600 }, messages: messages.slice(0, 2) });
    });

    it('is refused for an area that nobody sees and a message that is not on air', async () => {
      expect(await clarion(['stop', '--area', 'nowhere', '--dry-run'], environment)).toMatchObject({ code: 4, err: expect.stringMatching(/^AREA_UNKNOWN: /) as string });
      expect(await clarion(['stop', '--message', 'c'.repeat(64), '--dry-run'], environment)).toMatchObject({ code: 4, err: expect.stringMatching(/^NOT_ON_AIR: /) as string });
    });

    it('asks nobody when nobody is signed in', async () => {
      rmSync(sessionFile);
      expect(await clarion(['stop', '--area', 'lehua', '--dry-run'], environment)).toMatchObject({ code: 0, out: expect.stringMatching(/^would stop everything in lehua\n {2}sign in/) as string });
      expect(platform.asked).toEqual([]);
    });
  });
});
