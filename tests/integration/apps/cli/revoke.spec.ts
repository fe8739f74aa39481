import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { revocationSchema, trustViewSchema } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { createDistrictCa } from '#libs/pki';
import { deriveKeyFileKey, freshKeyFileKdf, sealKeyFile, signEnvelope } from '#libs/suites';
import { hours } from '../../../../apps/cli/src/commands/hours';
import { revoke } from '../../../../apps/cli/src/commands/revoke';
import { time } from '../../../../apps/cli/src/commands/time';
import { Trust } from '../../../../apps/platform/src/features/authority';
import { officerCli } from '../../../support/officer-cli';
import { usePlatform } from '../../../support/platform-server';
import { useDatabase } from '../../../support/postgres';
import { buildWorld, makeKey, platformOf } from '../../../support/trust-builder';

const server = usePlatform(useDatabase());
const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-revoke-'));
const file = (name: string): string => path.join(folder, name);
const [one, two, three] = ['11', '22', '33'].map((digits) => digits.repeat(32));
const words = (key: string, officer: string, ...more: readonly string[]): readonly string[] => [key, '--platform', 't1', '--key', file(officer), '--passphrase-file', file('passphrase'), ...more];
const inForce = (): readonly string[] => [...server.app.get(Trust).state().revoked.get(platformOf('t1'))?.keys() ?? []];

const clarion = officerCli(server, file('none'));

/** A list of the server's own making: a key that nobody revoked stands on it. */
async function forged(): Promise<(view: object) => object> {
  const stranger = await makeKey();
  const list = revocationSchema.parse({ platform: 't1', version: 7, issuedAt: server.clock.now(), entries: [{ keyId: three, reason: 'compromised', since: server.clock.now() }] });
  const envelope = await signEnvelope('revocation', encodePayload(list), [stranger.signer]);
  return (view) => ({ ...trustViewSchema.parse(view), revocations: [envelope] });
}

beforeAll(async () => {
  writeFileSync(file('passphrase'), 'abcd-efgh\n', { mode: 0o600 });
  const kdf = await deriveKeyFileKey('abcd-efgh', freshKeyFileKdf(2 ** 14));
  const keys = [...server.world.platform('t1').officers.map(({ key }) => key), await makeKey()];
  for (const [at, { pkcs8, record }] of keys.entries()) writeFileSync(file(at < 3 ? `officer-${at + 1}` : 'stranger'), JSON.stringify(await sealKeyFile(pkcs8, record, kdf)), { mode: 0o600 });
  writeFileSync(file('root'), JSON.stringify(server.world.expected.rootEnvelope));
  writeFileSync(file('other-root'), JSON.stringify((await buildWorld()).expected.rootEnvelope));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('./clarion revoke', () => {
  it('says with --dry-run whose key it is and by whose word, and changes nothing', async () => {
    const key = server.world.key('t1', 'author').record.keyId;
    const { code, out } = await clarion(revoke, words(key, 'officer-1', '--dry-run'));
    expect([code, out.split('\n')[0]]).toEqual([0, 'this key is held by t1-author (author) of t1 (you signed that roster)']);
    expect((await clarion(revoke, words(key, 'officer-3', '--dry-run'))).out).toContain('(by the server\'s word)');
    expect((await clarion(revoke, words(key, 'officer-3', '--dry-run', '--root', file('root')))).out).toContain('(it holds under the root that you brought)');
    expect(inForce()).toEqual([]);
  });

  it('takes a key out of use, and another one by the same officer', async () => {
    expect(await clarion(revoke, words(one ?? '', 'officer-1'))).toMatchObject({ code: 0, out: expect.stringContaining('revocation 1 of t1: 1 keys, the first') as string });
    expect(await clarion(revoke, words(two ?? '', 'officer-1', '--reason', 'left'))).toMatchObject({ code: 0, out: expect.stringContaining('2 keys, 1 of them under your own signature') as string });
    expect(inForce()).toEqual([one, two]);
  });

  it('never signs again what another put on the list, but under the root that the officer brought', async () => {
    expect(await clarion(revoke, words(three ?? '', 'officer-2'))).toMatchObject({ code: 4, refusal: 'LIST_NOT_YOURS' });
    expect(await clarion(revoke, words(three ?? '', 'officer-2', '--root', file('other-root')))).toMatchObject({ code: 4 });
    expect(inForce()).toEqual([one, two]);
    expect(await clarion(revoke, words(three ?? '', 'officer-2', '--root', file('root')))).toMatchObject({ code: 0, out: expect.stringContaining('under the root that you brought') as string });
    expect(inForce()).toEqual([one, two, three]);
  });

  it('never signs a list that the server made up, with a root or without', async () => {
    const change = await forged();
    for (const more of [[], ['--root', file('root')]]) expect(await clarion(revoke, words('44'.repeat(32), 'officer-1', ...more), change)).toMatchObject({ code: 4, refusal: 'LIST_NOT_YOURS' });
    expect(inForce()).toHaveLength(3);
  });

  it('is refused for a key that is no officer\'s, and a key once compromised stays so', async () => {
    expect(await clarion(revoke, words(one ?? '', 'stranger'))).toMatchObject({ code: 4, refusal: 'NOT_AN_OFFICER' });
    expect(await clarion(revoke, words(one ?? '', 'officer-2', '--reason', 'left'))).toMatchObject({ code: 0 });
    expect(server.app.get(Trust).state().revoked.get(platformOf('t1'))?.get(one ?? '')?.reason).toBe('compromised');
  });
});

describe('./clarion revoke of an officer who had revoked a key elsewhere', () => {
  it('says that again under the root that was brought, and after a list that fell goes on from its version', async () => {
    const { officers } = server.world.platform('t1');
    const [stolen, third] = [server.world.key('v1', 'approver-c').record.keyId, officers[2]?.key];
    if (third === undefined) throw new Error('t1 has three officers');
    const list = await server.world.revocation('v1', { set: { entries: [{ keyId: stolen, reason: 'compromised', since: server.clock.now() }], issuedAt: server.clock.now() }, by: [third.signer] });
    expect((await (await server.signIn('t1-officer-1')).post('/api/revocations', { documents: [list] })).status).toBe(200);
    expect(await clarion(revoke, words(third.record.keyId, 'officer-2'))).toMatchObject({ refusal: 'REVOCATION_STRANDED' });
    expect(await clarion(revoke, words(third.record.keyId, 'officer-2', '--root', file('root')))).toMatchObject({ code: 0, out: expect.stringContaining('1 of them were revoked by an officer who falls with this') as string });
    expect(inForce()).toEqual(expect.arrayContaining([stolen, third.record.keyId]));
    const v1 = [one ?? '', '--platform', 'v1', '--key', file('officer-1'), '--passphrase-file', file('passphrase')];
    expect(await clarion(revoke, v1)).toMatchObject({ refusal: 'REJ_VERSION_ROLLBACK' });
    expect(await clarion(revoke, [...v1, '--version', '2'])).toMatchObject({ code: 0 });
  });
});

describe('./clarion revoke of an officer whose signature others stand on', () => {
  const words = (...more: readonly string[]): readonly string[] => [server.world.platform('d').officers[1]?.key.record.keyId ?? '', '--platform', 'd', '--key', file('district'), '--passphrase-file', file('passphrase'), ...more];
  const asDistrict = (...more: readonly string[]) => clarion(revoke, words(...more), undefined, 'd-officer-1');
  beforeAll(async () => {
    const [officer] = server.world.platform('d').officers;
    if (officer === undefined) throw new Error('the district has officers');
    writeFileSync(file('district'), JSON.stringify(await sealKeyFile(officer.key.pkcs8, officer.key.record, await deriveKeyFileKey('abcd-efgh', freshKeyFileKdf(2 ** 14)))), { mode: 0o600 });
  });

  it('names the officer and every paper that falls, and is refused without --anyway, tried or meant', async () => {
    for (const more of [['--dry-run'], []]) {
      const { code, refusal, out } = await asDistrict(...more);
      expect([code, refusal]).toEqual([4, 'WOULD_UNSEAT']);
      expect(out).toContain('this key is held by d-officer-2, an officer of d (');
      expect(out).toMatch(/charter of t2: version 2, signed by 2 of d-officer-1, d-officer-3/);
      expect(out).toContain('roster of v3: version 2');
    }
    expect(server.app.get(Trust).state().rosters.has(platformOf('t2'))).toBe(true);
    expect(await asDistrict('--dry-run', '--anyway')).toMatchObject({ code: 0 });
  });
});

describe('./clarion time', () => {
  it('says why terminals are told no time, and confirms it by another clock', async () => {
    server.clock.set(600_000);
    expect(await clarion(time, [])).toMatchObject({ code: 0, out: expect.stringContaining('NOT told it: it was set by 600 s while the server ran') as string });
    const said = (ms: number): string => new Date(server.clock.now() + ms).toISOString().replace(/\.\d+Z$/, 'Z');
    expect(await clarion(time, ['confirm', said(-600_000)])).toMatchObject({ refusal: 'CLOCK_DISAGREES' });
    expect(await clarion(time, ['confirm', '2026-01-31 08:30'])).toMatchObject({ refusal: 'USAGE' });
    expect(await clarion(time, ['confirm', said(0)])).toMatchObject({ code: 0, out: expect.stringContaining('terminals are told it') as string });
  });
});

describe('./clarion hours show', () => {
  it('is believed under the root that was brought, and refused where it does not hold', async () => {
    expect(await clarion(hours, ['show', 't1', '--root', file('root')])).toMatchObject({ code: 0, out: expect.stringContaining('it holds under the root that you brought') as string });
    expect(await clarion(hours, ['show', 't1', '--root', file('other-root')])).toMatchObject({ code: 4, refusal: 'ROSTER_NOT_YOURS' });
  });
});

describe('./clarion revoke --certificate', () => {
  const district = (...more: readonly string[]): readonly string[] => [...more, '--platform', 'd', '--key', file('district-officer'), '--passphrase-file', file('passphrase')];
  const revoked = (): readonly string[] => [...server.app.get(Trust).state().certificates.keys()];
  const fingerprint = 'ab'.repeat(32);
  beforeAll(async () => {
    const [officer] = server.world.platform('d').officers;
    if (officer === undefined) throw new Error('the district has officers');
    writeFileSync(file('district-officer'), JSON.stringify(await sealKeyFile(officer.key.pkcs8, officer.key.record, await deriveKeyFileKey('abcd-efgh', freshKeyFileKdf(2 ** 14)))), { mode: 0o600 });
  });
  const asDistrict = (words: readonly string[]) => clarion(revoke, words, undefined, 'd-officer-1');

  it('takes it out of use for every terminal, by the district alone, and keeps it on the list of the next key', async () => {
    expect(await clarion(revoke, ['--certificate', fingerprint, ...words('', 'officer-1', '--root', file('root')).slice(1)])).toMatchObject({ code: 4, refusal: 'NOT_THE_DISTRICT' });
    const { code, out } = await asDistrict(district('--certificate', fingerprint.toUpperCase().replace(/(..)(?=.)/g, '$1:')));
    expect([code, revoked()]).toEqual([0, [fingerprint]]);
    expect(out).toContain('nobody links to it again');
    expect(await asDistrict(district('55'.repeat(32), '--reason', 'left'))).toMatchObject({ code: 0, answer: { certificates: [{ fingerprint }] } });
    expect(revoked()).toEqual([fingerprint]);
  });

  it('never takes out the authority itself, which terminals have pinned', async () => {
    const ca = await createDistrictCa({ districtId: 'd', now: Date.now(), serial: randomBytes(16) });
    writeFileSync(file('ca.pem'), ca.certPem);
    expect(await asDistrict(district('--certificate', file('ca.pem')))).toMatchObject({ code: 4, refusal: 'AUTHORITY_PINNED' });
    expect(revoked()).toEqual([fingerprint]);
  });

  it('is refused for what is no certificate, and beside a key', async () => {
    expect(await asDistrict(district('--certificate', file('passphrase')))).toMatchObject({ refusal: 'CERTIFICATE_UNKNOWN' });
    expect(await asDistrict(district('66'.repeat(32), '--certificate', fingerprint))).toMatchObject({ refusal: 'USAGE' });
  });
});
