import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addSignature, sha256Hex } from '#libs/suites';
import { trustFromRoot } from '#libs/trust';
import { CeremonyKeys } from '../../../../support/ceremony-keys';
import type { TestKey } from '../../../../support/trust-people';
import { systemClock } from '../../../../../apps/cli/src';
import { clarion } from '../fake-platform';

const folder = mkdtempSync(join(tmpdir(), 'clarion-root-'));
const at = (...names: readonly string[]): string => join(folder, ...names);
const offline = { CLARION_SESSION: at('none'), CLARION_DATA: at('none'), CLARION_DEMO_KEYS: at('none'), CLARION_URL: 'http://127.0.0.1:9' };
const call = async (...words: readonly string[]) => clarion(words, offline);
const json = async (...words: readonly string[]) => {
  const { code, out } = await clarion([...words, '--json'], offline);
  return { code, answer: JSON.parse(out) as Record<string, unknown> };
};
const read = (name: string): Record<string, unknown> => JSON.parse(readFileSync(at(name), 'utf8')) as Record<string, unknown>;
let keys: CeremonyKeys;
const holders: TestKey[] = [];

beforeAll(async () => {
  keys = await CeremonyKeys.open(at('keys'));
  for (const name of ['a', 'b', 'c', 'd', 'stranger']) holders.push(await keys.make(name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const publics = (...names: readonly string[]): readonly string[] => names.flatMap((name) => ['--public', keys.publicFile(name)]);

describe('./clarion root, without any server', () => {
  it('init makes one holder\'s sealed key and its public half, and writes over nothing', async () => {
    writeFileSync(at('own-passphrase'), 'a passphrase of one holder', { mode: 0o600 });
    const words = ['root', 'init', '--out', at('own.key.json'), '--passphrase-file', at('own-passphrase')];
    const made = await call(...words);
    expect([made.code, statSync(at('own.key.json')).mode & 0o777]).toEqual([0, 0o600]);
    expect(read('own.pub.json')).toMatchObject({ alg: 'ed25519', keyId: read('own.key.json')['keyId'] });
    expect(readFileSync(at('own.pub.json'), 'utf8')).not.toContain('data');
    expect((await call(...words)).code).toBe(2);
    // A stick that is not in: the key does not go to the machine's own disk.
    expect((await call('root', 'init', '--out', at('stick', 'root.key.json'), '--passphrase-file', at('own-passphrase'))).err).toContain('FOLDER_MISSING');
    expect(existsSync(at('stick'))).toBe(false);
    writeFileSync(at('short'), 'eleven char', { mode: 0o600 });
    expect((await call('root', 'init', '--out', at('x.key.json'), '--passphrase-file', at('short'))).err).toContain('PASSPHRASE_SHORT');
    expect((await clarion(['root', 'init', '--out', at('y.key.json')], offline, 'one passphrase of mine\nanother one of mine\n')).err).toContain('PASSPHRASE_DIFFERS');
  });

  it('draft wants three keys, each once, and a threshold that they can reach', async () => {
    const draft = (...words: readonly string[]) => call('root', 'draft', '--district', 'heping', '--out', at('no.json'), ...words);
    expect((await draft(...publics('a', 'b'))).code).toBe(2);
    expect((await draft(...publics('a', 'b', 'b'))).err).toContain('stands in it twice');
    expect((await draft(...publics('a', 'b', 'c'), '--threshold', '1')).code).toBe(2);
    expect((await draft(...publics('a', 'b', 'c'), '--threshold', '4')).code).toBe(2);
    expect((await draft('--public', at('none'), ...publics('a', 'b'))).err).toContain('KEY_UNUSABLE');
    expect(await call('root', 'draft', '--district', 'heping', '--out', at('root.json'), ...publics('a', 'b', 'c'))).toMatchObject({ code: 0 });
    expect(read('root.json')).toMatchObject({ version: 1, demo: false, threshold: 2, graceDays: 180, expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*\+08:00$/) as string });
  });

  it('sign shows what is signed, asks, and two of three make it a root', async () => {
    const asked = await clarion(['root', 'sign', at('root.json'), ...keys.words('a')], offline, 'no\n');
    expect([asked.code, asked.err.includes('NOT_CONFIRMED')]).toEqual([2, true]);
    expect(asked.out).toContain('root signatures wanted: 2');
    expect((await call('root', 'verify', at('root.json'))).code).toBe(3);
    // One key twice, also as a copy of its file, is one signature too few and not two.
    copyFileSync(keys.file('a'), at('copy.key.json'));
    for (const again of [keys.file('a'), at('copy.key.json')]) {
      const twice = await call('root', 'sign', at('root.json'), ...keys.words('a'), '--key', again, '--yes');
      expect([twice.code, twice.err.split(':')[0], existsSync(at('root.signed.json'))]).toEqual([4, 'SIGNED_ALREADY', false]);
    }
    const first = await clarion(['root', 'sign', at('root.json'), ...keys.words('a')], offline, 'yes\n');
    expect([first.code, first.out.includes('1 of 2')]).toEqual([3, true]);
    expect((await json('root', 'verify', at('root.signed.json')))).toMatchObject({ code: 3, answer: { holds: false, roots: [{ code: 'REJ_THRESHOLD', missing: 1 }] } });
    expect((await call('root', 'sign', at('root.signed.json'), ...keys.words('a'), '--yes')).err).toContain('SIGNED_ALREADY');
    expect((await call('root', 'sign', at('root.signed.json'), ...keys.words('stranger'), '--yes')).err).toContain('NOT_A_SIGNATORY');
    expect((await call('root', 'sign', at('root.signed.json'), '--key', keys.file('b'), '--passphrase-file', at('own-passphrase'), '--yes')).err).toContain('wrong passphrase');
    expect((await call('root', 'sign', at('root.signed.json'), ...keys.words('b'), '--yes')).code).toBe(0);
    expect(await json('root', 'verify', at('root.signed.json'))).toMatchObject({ code: 0, answer: { holds: true } });
    expect(await json('root', 'verify', at('root.signed.json'), '--district', 'other')).toMatchObject({ code: 4 });
    expect(trustFromRoot(read('root.signed.json'), { demo: false }).ok).toBe(true);
    expect((await call('root', 'draft', '--district', 'heping', '--out', at('root.json'), ...publics('a', 'b', 'c'))).code).toBe(2);
  });

  it('a draft that somebody changes after the first signature is not signed any further', async () => {
    writeFileSync(at('changed.json'), readFileSync(at('root.json'), 'utf8').replace('"graceDays": 180', '"graceDays": 366'));
    writeFileSync(at('changed.signed.json'), readFileSync(at('root.signed.json')));
    const both = mkdtempSync(join(folder, 'both-'));
    for (const name of ['changed.json', 'changed.signed.json']) writeFileSync(join(both, name), readFileSync(at(name)));
    expect((await call('root', 'sign', both, ...keys.words('c'), '--yes')).err).toContain('PAPER_CHANGED');
  });

  it('whoever names the draft again adds to the signed form: no signature is lost, and a draft changed meanwhile is not signed', async () => {
    writeFileSync(at('again.json'), readFileSync(at('root.json')));
    expect((await call('root', 'sign', at('again.json'), ...keys.words('a'), '--yes')).code).toBe(3);
    writeFileSync(at('again.json'), readFileSync(at('root.json'), 'utf8').replace('"graceDays": 180', '"graceDays": 181'));
    expect((await call('root', 'sign', at('again.json'), ...keys.words('b'), '--yes')).err).toContain('PAPER_CHANGED');
    writeFileSync(at('again.json'), readFileSync(at('root.json')));
    expect(await json('root', 'sign', at('again.json'), ...keys.words('b'), '--yes')).toMatchObject({ code: 0, answer: { papers: [{ signed: [{ missing: 0 }] }] } });
  });

  it('copies that two people signed apart are joined by --out, and another paper there is left alone', async () => {
    for (const [name, who] of [['copy-a.json', 'a'], ['copy-b.json', 'b']] as const) {
      writeFileSync(at(name), readFileSync(at('root.json')));
      expect((await call('root', 'sign', at(name), ...keys.words(who), '--yes', '--out', at(`${who}.signed.json`))).code).toBe(3);
    }
    expect((await call('root', 'sign', at('a.signed.json'), ...keys.words('c'), '--yes', '--out', at('b.signed.json'))).code).toBe(0);
    expect(read('b.signed.json')['signatures']).toHaveLength(3);
    writeFileSync(at('other.json'), readFileSync(at('root.json'), 'utf8').replace('"graceDays": 180', '"graceDays": 90'));
    const before = readFileSync(at('b.signed.json'), 'utf8');
    expect((await call('root', 'sign', at('other.json'), ...keys.words('a'), '--yes', '--out', at('b.signed.json'))).err).toContain('PAPER_CHANGED');
    expect(readFileSync(at('b.signed.json'), 'utf8')).toBe(before);
  });

  it('nobody signs what nobody would take: a root that ends before it begins, or has ended; and one dated ahead is said to be', async () => {
    const dated = (issuedAt: string, expiresAt: string): void => writeFileSync(at('dated.json'), readFileSync(at('root.json'), 'utf8').replace(/"issuedAt": "[^"]*"/, `"issuedAt": "${issuedAt}"`).replace(/"expiresAt": "[^"]*"/, `"expiresAt": "${expiresAt}"`));
    const sign = () => call('root', 'sign', at('dated.json'), ...keys.words('a', 'b'), '--yes');
    dated('2026-11-22T10:00:00+08:00', '2026-11-22T10:00:00+08:00');
    expect((await sign()).err).toMatch(/WOULD_BE_REFUSED.*REJ_WINDOW at expiresAt; nothing was signed/);
    dated('1972-02-19T19:07:00+08:00', '1973-03-25T19:07:00+08:00');
    expect((await sign()).err).toMatch(/PAPER_OVER.*ended on 1973-03-25 19:07, and this machine's clock says 20/);
    dated('2999-01-01T00:00:00+08:00', '2999-12-31T00:00:00+08:00');
    expect((await sign()).out).toContain('it is dated ahead');
    expect((await call('root', 'draft', '--district', 'heping', '--out', at('no.json'), '--days', '0', ...publics('a', 'b', 'c'))).code).toBe(2);
  });

  it('says of a root that has ended that it has, also by its exit code', async () => {
    const { code, out } = await clarion(['root', 'verify', at('root.signed.json')], offline, '', { ...systemClock, now: () => Date.now() + 401 * 86_400_000 });
    expect([code, out.includes('EXPIRED')]).toEqual([3, true]);
  });

  it('refuses a draft with a field twice, an unknown field, and a time that is none', async () => {
    const text = readFileSync(at('root.json'), 'utf8');
    for (const bad of [text.replace('"threshold": 2', '"threshold": 2, "threshold": 3'), text.replace('"threshold": 2', '"threshold": 2, "more": 3'), text.replace(/"expiresAt": "[^"]*"/, '"expiresAt": "next year"')]) {
      writeFileSync(at('bad.json'), bad);
      expect((await call('root', 'sign', at('bad.json'), ...keys.words('a'), '--yes')).err).toContain('PAPER_FILE');
    }
  });

  it('rotates with one key lost: what stays is shown, what comes is marked, and old and new must sign', async () => {
    const lost = holders[2]?.record.keyId ?? '';
    const rotated = await call('root', 'rotate', '--from', at('root.signed.json'), '--out', at('root-2.json'), '--remove', lost.slice(0, 12), ...publics('d'));
    expect([rotated.code, rotated.out.includes('charter stays in force only if 2 of the 2 keys')]).toEqual([0, true]);
    expect((await call('root', 'sign', at('root-2.json'), ...keys.words('a'), '--yes')).err).toContain('AUTHORITY_UNKNOWN');
    const first = await clarion(['root', 'sign', at('root-2.json'), '--from', at('root.signed.json'), ...keys.words('a')], offline, '是\n');
    expect(first.out).toContain(`‼ adds root key ${holders[3]?.record.keyId.slice(0, 16)} (kind: ed25519)`);
    expect(first.out).toContain(`· removes root key ${lost.slice(0, 16)}`);
    expect(first.err).toContain('1 things marked');
    expect([first.code, first.out.match(/1 of 2/g)?.length]).toEqual([3, 2]);
    // The new key alone does not speak for the old root.
    const { code } = await call('root', 'sign', at('root-2.signed.json'), '--from', at('root.signed.json'), ...keys.words('d'), '--yes');
    expect(code).toBe(3);
    expect(await json('root', 'verify', at('root.signed.json'), at('root-2.signed.json'))).toMatchObject({ code: 3, answer: { roots: [{ code: 'ok' }, { code: 'REJ_THRESHOLD' }] } });
    expect((await call('root', 'sign', at('root-2.signed.json'), '--from', at('root.signed.json'), ...keys.words('b'), '--yes')).code).toBe(0);
    expect(await json('root', 'verify', at('root.signed.json'), at('root-2.signed.json'))).toMatchObject({ code: 0, answer: { holds: true } });
    expect((await call('root', 'verify', at('root-2.signed.json'))).out).toContain('it stands alone here');
  });

  it('verify walks one by one: a skipped root and a root of strangers are refused', async () => {
    await call('root', 'rotate', '--from', at('root-2.signed.json'), '--out', at('root-3.json'));
    expect((await call('root', 'sign', at('root-3.json'), '--from', at('root-2.signed.json'), ...keys.words('a', 'b'), '--yes')).code).toBe(0);
    expect(await json('root', 'verify', at('root.signed.json'), at('root-3.signed.json'))).toMatchObject({ code: 4, answer: { roots: [{ code: 'ok' }, { code: 'REJ_VERSIONS' }] } });
    expect(await json('root', 'verify', at('root.signed.json'), at('root-2.signed.json'), at('root-3.signed.json'))).toMatchObject({ code: 0 });
    const envelope = read('root-3.signed.json');
    writeFileSync(at('forged.json'), JSON.stringify(await addSignature({ ...envelope, signatures: [] } as never, (holders[4] ?? (() => { throw new Error('five holders'); })()).signer)));
    expect((await call('root', 'verify', at('root-2.signed.json'), at('forged.json'))).code).toBe(4);
  });

  it('warns before a rotation that leaves too few of the old keys for the district\'s charter', async () => {
    const ids = holders.map(({ record }) => record.keyId.slice(0, 12));
    const { out } = await call('root', 'rotate', '--from', at('root.signed.json'), '--out', at('root-all-new.json'), '--remove', ids[0] ?? '', '--remove', ids[1] ?? '', ...publics('d', 'stranger'));
    expect(out).toContain('Only 1 keys stay');
  });

  it('goes from machine to machine as codes: the parts make the very same file', async () => {
    const { answer } = await json('qr', 'show', at('root.signed.json'), '--chars', '200');
    const parts = answer['parts'] as string[];
    expect(parts.length).toBeGreaterThan(3);
    writeFileSync(at('parts.txt'), [...parts].reverse().concat(parts.slice(0, 1)).join('\n'));
    expect((await call('qr', 'join', '--out', at('carried.json'), at('parts.txt'))).code).toBe(0);
    expect(sha256Hex(readFileSync(at('carried.json')))).toBe(sha256Hex(readFileSync(at('root.signed.json'))));
    writeFileSync(at('parts-2.txt'), parts.slice(1).join('\n'));
    expect((await call('qr', 'join', '--out', at('carried-2.json'), at('parts-2.txt'))).err).toMatch(/QR_MISSING: .*: 1;/);
    const pasted = await clarion(['qr', 'join', '--out', at('carried-3.json')], offline, `not a part\n${parts.join('\n')}\n`);
    expect([pasted.code, pasted.out.includes('QR_FORM')]).toEqual([0, true]);
    expect((await call('qr', 'show', at('own.pub.json'))).out).toMatch(/[▀▄█]/u);
    expect((await call('qr', 'show', at('root.signed.json'), '--png', at('code'))).code).toBe(0);
    expect(readFileSync(at('code-1-of-2.png')).subarray(1, 4).toString()).toBe('PNG');
  });
});
