import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { KeyRequest } from '#libs/contracts';
import { fingerprintOf } from '#libs/domain';
import { key } from '../../../../apps/cli/src/commands/key';
import { roster } from '../../../../apps/cli/src/commands/paper';
import { trust } from '../../../../apps/cli/src/commands/trust';
import { Trust } from '../../../../apps/platform/src/features/authority';
import { WatchSigners } from '../../../../apps/platform/src/features/authority/keys/watch-signers';
import { CeremonyKeys } from '../../../support/ceremony-keys';
import { keyRequest, requestId } from '../../../support/key-life';
import { officerCli } from '../../../support/officer-cli';
import { FOUNDATION } from '../../../../apps/platform/src/app.module';
import { usePlatform } from '../../../support/platform-server';
import { useDatabase } from '../../../support/postgres';
import { makeKey, platformOf } from '../../../support/trust-builder';

const server = usePlatform(useDatabase(), { features: FOUNDATION });
const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-key-life-'));
const clarion = officerCli(server, path.join(folder, 'none'));
const same = (view: object): object => view;
let keys: CeremonyKeys;
const root = path.join(folder, 'root.json');
const rosterNow = () => server.app.get(Trust).state().rosters.get(platformOf('t1'))?.value;

beforeAll(async () => {
  keys = await CeremonyKeys.open(folder);
  await keys.make('new', await makeKey('es256'));
  for (const [at, { key: officer }] of server.world.platform('t1').officers.entries()) await keys.make(`officer-${at + 1}`, officer);
  writeFileSync(root, JSON.stringify(server.world.expected.rootEnvelope));
}, 30_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a key at the command line', () => {
  const old = (): string => server.world.key('t1', 'author').record.keyId;
  let asked: { readonly id: string; readonly fingerprint: readonly string[] };

  it('is asked for, and its digits are said to whoever asks', async () => {
    const words = ['request', keys.file('new'), '--passphrase-file', keys.passphraseFile];
    expect(await clarion(key, [...words, '--reason', 'lost'], same, 't1-author')).toMatchObject({ code: 2, refusal: 'USAGE' });
    const { code, out, answer } = await clarion(key, [...words, '--replaces', old(), '--reason', 'lost'], same, 't1-author');
    asked = answer as typeof asked;
    expect([code, out]).toEqual([0, expect.stringContaining(asked.fingerprint.join(' '))]);
    expect((await clarion(key, ['requests'])).out).toContain('t1 t1-author: lost');
  });

  it('is granted only by the digits, signed by two officers, and is in force', async () => {
    const out = path.join(folder, 'papers');
    expect(await clarion(key, ['grant', `${asked.id.slice(0, 12)}=${'00000 '.repeat(4).trim()}`, '--out', out])).toMatchObject({ code: 4, refusal: 'FINGERPRINT' });
    expect(await clarion(key, ['grant', `ffffffffffff=${asked.fingerprint.join('')}`, '--out', out])).toMatchObject({ code: 2, refusal: 'REQUEST_UNKNOWN' });
    expect(await clarion(key, ['grant', `${asked.id.slice(0, 12)}=${asked.fingerprint.join('-')}`, '--out', out, '--root', root])).toMatchObject({ code: 0 });
    const draft = path.join(out, 't1.json');
    const signed = path.join(out, 't1.signed.json');
    expect(await clarion(roster, ['sign', draft, ...keys.words('officer-1'), '--root', root, '--yes'])).toMatchObject({ code: 3 });
    expect(await clarion(roster, ['sign', signed, ...keys.words('officer-2'), '--root', root, '--yes'])).toMatchObject({ code: 0 });
    expect(await clarion(roster, ['publish', signed, '--root', root])).toMatchObject({ code: 0 });
    expect(rosterNow()?.persons.find(({ id }) => id === 't1-author')?.keys.map(({ alg }) => alg)).toEqual(['es256']);
    expect(rosterNow()?.revocations).toMatchObject([{ keyId: old(), reason: 'compromised' }]);
  });

  it('leaves the list when it is in force, and one bad request stops nobody else\'s: it is named with person, platform and reason', async () => {
    expect((await clarion(key, ['requests'])).out).toContain('nobody asks');
    const ask = async (platform: string, who: string, set: Partial<KeyRequest> = {}): Promise<string> => {
      const request = await keyRequest(platform, `${platform}-${who}`, await makeKey('es256'), { madeAt: server.clock.now(), ...set });
      expect((await (await server.signIn(`${platform}-${who}`)).post('/api/keys/requests', request)).status).toBe(201);
      return `${requestId(request).slice(0, 12)}=${fingerprintOf(requestId(request)).join('-')}`;
    };
    const own = server.world.key('t1', 'approver-a').record.keyId;
    const [first, stale] = [await ask('t1', 'approver-a', { reason: 'lost', replaces: own }), await ask('t1', 'approver-a', { reason: 'lost', replaces: own })];
    const [village, misread] = [await ask('v1', 'author'), (await ask('v2', 'author')).replace(/=.*/, '=00000-00000-00000-00000')];
    const out = path.join(folder, 'batch');
    const granted = await clarion(key, ['grant', first, stale, village, misread, '--out', out, '--root', root]);
    expect([granted.code, readdirSync(out).sort()]).toEqual([3, ['t1.json', 'v1.json']]);
    expect(granted.out).toContain('t1-approver-a of t1: the key that it should replace is no longer');
    expect(granted.out).toContain('v2-author of v2');
    expect(await clarion(key, ['grant', 'ffffffffffff=1', '--out', path.join(folder, 'nothing')])).toMatchObject({ code: 2, refusal: 'REQUEST_UNKNOWN' });
    const [id = ''] = village.split('=');
    expect(await clarion(key, ['refuse', id, '--reason', '号码不对，请当面来'])).toMatchObject({ code: 0 });
    expect((await clarion(key, ['requests'])).out).not.toContain(id);
    expect((await clarion(key, ['requests'], same, 'v1-author')).out).toContain('号码不对，请当面来');
  });

  it('is shown once a month; who did not is not counted among those who can sign', async () => {
    const check = (): Promise<void> => server.app.get(WatchSigners, { strict: false }).check();
    await check();
    expect(await clarion(trust, ['can-sign', 't1'])).toMatchObject({ code: 0, out: expect.stringContaining('emergency: 3 of 3 can sign now, 2 needed') as string });
    server.clock.advance(36 * 86_400_000);
    const short = await clarion(trust, ['can-sign', 't1']);
    expect([short.code, short.out]).toEqual([3, expect.stringContaining('‼ emergency: 0 of 3 can sign now, 2 needed: TOO FEW')]);
    expect(short.out).toContain('t1-author (stale)');
    expect(await clarion(key, ['prove', keys.file('new'), '--passphrase-file', keys.passphraseFile], same, 't1-author')).toMatchObject({ code: 0, out: expect.stringContaining('es256: shown') as string });
    expect((await clarion(trust, ['can-sign', 't1'])).out).not.toContain('t1-author (stale)');
    expect(await clarion(key, ['prove', keys.file('new'), '--passphrase-file', keys.passphraseFile], same, 't1-approver-a')).toMatchObject({ code: 4, refusal: 'KEY_UNKNOWN' });
  });
});
