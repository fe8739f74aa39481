import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { qrLines } from '../../../../apps/cli/src/commands/factor';
import { PASSWORD, usePlatform } from '../../../support/platform-server';
import { useDatabase } from '../../../support/postgres';
import { enrolApp, type AuthenticatorApp } from '../../../support/second-factor';
import { clarion } from '../../../unit/apps/cli/fake-platform';

const server = usePlatform(useDatabase(), { settings: { CLARION_SECOND_FACTOR: 'required' } });
const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-factor-'));
const at = (name: string): string => path.join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cli = (words: readonly string[], typed = '', who = 'one'): ReturnType<typeof clarion> =>
  clarion(words, { CLARION_URL: server.base, CLARION_SESSION: at(`${who}.session`), CLARION_DATA: at('none'), CLARION_DEMO_KEYS: at('none') }, typed);
const signIn = (account: string, typed: string, ...more: readonly string[]): ReturnType<typeof clarion> => cli(['sign-in', '--account', account, '--password-file', at('password'), ...more], typed);

describe('a second factor on the command line', () => {
  let app: AuthenticatorApp;
  beforeAll(() => {
    writeFileSync(at('password'), PASSWORD, { mode: 0o600 });
    // The command line has the time of this machine.
    server.clock.advance(Date.now() - server.clock.now());
  });

  it('is set up with a QR code, and its recovery codes are told once', async () => {
    const first = await signIn('t1-officer-1', '');
    expect([first.code, first.out]).toEqual([0, expect.stringContaining('./clarion factor totp')]);
    expect((await cli(['areas'])).err).toContain('FORBIDDEN');
    const shown = await cli(['factor', 'totp'], '000000\n');
    expect([shown.code, shown.err]).toEqual([4, expect.stringContaining('AUTH_FAILED')]);
    expect(shown.out).toMatch(/█▀▀▀▀▀█|█ ▄▄▄ █|▄▄▄▄▄/);
    expect(shown.out).toMatch(/[A-Z2-7]{32}/);
  });

  it('is asked for when the platform wants it', async () => {
    app = await enrolApp(server, 't1-author');
    const asked = await signIn('t1-author', `${app.fresh()}\n`);
    expect([asked.code, asked.err]).toEqual([0, 'Code 动态码: ']);
    expect((await cli(['areas'])).code).toBe(0);
    expect((await signIn('t1-author', '', '--code', app.fresh())).code).toBe(0);
    expect(await signIn('t1-author', '', '--code', '000000')).toMatchObject({ code: 4, err: expect.stringContaining('AUTH_FAILED') });
  });

  it('can be a key in a file, for a program: enrolled, used, listed, removed', async () => {
    const made = await cli(['factor', 'device', '--name', 'duty program', '--out', at('device.json'), '--password-file', at('password'), '--code', app.fresh()]);
    expect([made.code, made.err]).toEqual([0, '']);
    expect(statSync(at('device.json')).mode & 0o777).toBe(0o600);
    expect((await signIn('t1-author', '', '--device', at('device.json'))).code).toBe(0);
    const { keyId } = (JSON.parse(readFileSync(at('device.json'), 'utf8')) as { key: { keyId: string } }).key;
    expect((await cli(['factor', 'list'])).out).toContain(`${keyId}  ed25519  duty program`);
    expect((await cli(['factor', 'device', '--name', 'x', '--out', at('device.json'), '--password-file', at('password')])).err).toContain('FILE_EXISTS');
    expect((await cli(['factor', 'remove', keyId])).out).not.toContain(keyId);
    expect((await signIn('t1-author', '', '--device', at('device.json'))).err).toContain('AUTH_FAILED');
  });

  it('of somebody else is forgotten by an officer, and the sessions end', async () => {
    const officer = await enrolApp(server, 'd-officer-1');
    expect((await signIn('d-officer-1', '', '--code', officer.fresh())).code).toBe(0);
    expect((await cli(['accounts', 'list'])).out).toMatch(/t1-author {2}t1 .* app {2}keys 0 {2}sessions [1-9]/);
    expect((await cli(['accounts', 'revoke', 't1-author', '--factors'])).out).toMatch(/sessions ended .*app forgotten/);
    expect((await cli(['accounts', 'revoke', 'nobody'])).err).toContain('NOT_FOUND');
    expect((await signIn('t1-author', '')).out).toContain('./clarion factor totp');
  });
});

it('a QR code stands in half blocks, light around it', () => {
  expect(qrLines(['10', '01'])).toEqual(['██████', '██▄▀██', '██████']);
});
