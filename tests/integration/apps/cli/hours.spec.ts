import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { assignmentSchema, platformRoutes, rosterSchema, trustViewSchema, type Roster } from '#libs/contracts';
import { deriveKeyFileKey, freshKeyFileKdf, sealKeyFile } from '#libs/suites';
import { quietHoursOf, volumeHoursOf } from '#libs/trust';
import { hours } from '../../../../apps/cli/src/commands/hours';
import { isolate } from '../../../../apps/cli/src/commands/isolate';
import { terminals } from '../../../../apps/cli/src/commands/fleet';
import { Trust } from '../../../../apps/platform/src/features/authority';
import { Terminals } from '../../../../apps/platform/src/features/terminals';
import { officerCli } from '../../../support/officer-cli';
import { usePlatform } from '../../../support/platform-server';
import { useDatabase } from '../../../support/postgres';
import { buildWorld, makeKey, payloadOf, platformOf, terminalOf } from '../../../support/trust-builder';

const server = usePlatform(useDatabase());
const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-hours-'));
const file = (name: string): string => path.join(folder, name);
const OFFICERS = ['--key', file('officer-1'), '--key', file('officer-2'), '--passphrase-file', file('passphrase')];

const clarion = officerCli(server, file('none'));
const inForce = (): Roster | undefined => server.app.get(Trust).state().rosters.get(platformOf('v1'))?.value;

beforeAll(async () => {
  writeFileSync(file('passphrase'), 'abcd-efgh\n', { mode: 0o600 });
  const kdf = await deriveKeyFileKey('abcd-efgh', freshKeyFileKdf(2 ** 14));
  const keys = [...server.world.platform('t1').officers.map(({ key }) => key), await makeKey()];
  for (const [at, { pkcs8, record }] of keys.entries()) writeFileSync(file(at < 3 ? `officer-${at + 1}` : 'stranger'), JSON.stringify(await sealKeyFile(pkcs8, record, kdf)), { mode: 0o600 });
  writeFileSync(file('root'), JSON.stringify(server.world.expected.rootEnvelope));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('./clarion hours', () => {
  const SET = ['set', 'v1', '--quiet', '21:00-06:30', '--volume', '06:30-08:00=notice,governance:low'];

  it('says with --dry-run what would change, and changes nothing', async () => {
    const { code, out } = await clarion(hours, [...SET, '--dry-run']);
    expect([code, out.split('\n')]).toEqual([0, [
      'quiet hours: none -> 21:00-06:30', 'volume: none -> 06:30-08:00=notice,governance:low', expect.stringMatching(/^roster 2 of v1; all else as it stands: \d+ persons, policy 1$/),
    ]]);
    expect(inForce()).toMatchObject({ version: 1, quietHours: [] });
  });

  it.each([
    ['one officer of two', ['--key', file('officer-1')], 'OFFICERS_TOO_FEW'], ['one officer twice', ['--key', file('officer-1'), '--key', file('officer-1')], 'OFFICERS_TOO_FEW'],
    ['a key that is no officer\'s', ['--key', file('officer-1'), '--key', file('stranger')], 'NOT_AN_OFFICER'],
    ['an officer who did not sign what stands', ['--key', file('officer-1'), '--key', file('officer-3')], 'ROSTER_NOT_YOURS'],
  ])('is refused with %s', async (_what, keys, refusal) => {
    expect(await clarion(hours, [...SET, ...keys, '--passphrase-file', file('passphrase')])).toMatchObject({ code: 4, refusal });
    expect(inForce()?.version).toBe(1);
  });

  it('is no different for an isolation: two keys, one of them no officer\'s, are told apart before anything is sent', async () => {
    const words = ['v1-area', '--minutes', '5', '--reason', 'x', '--platform', 'v1', '--key', file('officer-1'), '--key', file('stranger'), '--passphrase-file', file('passphrase')];
    expect(await clarion(isolate, words)).toMatchObject({ code: 4, refusal: 'NOT_AN_OFFICER' });
  });

  it('reaches the signed roster with two officers, and nothing else in it changes', async () => {
    const before = inForce();
    expect(await clarion(hours, [...SET, ...OFFICERS])).toMatchObject({ code: 0, refusal: undefined });
    const bands = { quietHours: [{ fromMinute: 1_260, toMinute: 390 }], volumeHours: [{ fromMinute: 390, toMinute: 480, classes: ['notice', 'governance'], volume: 'low' }] };
    expect(inForce()).toEqual({ ...before, ...bands, version: 2, issuedAt: server.clock.now() });
    const state = server.app.get(Trust).state();
    expect([quietHoursOf(state, platformOf('v1')), volumeHoursOf(state, platformOf('v1'))]).toEqual([bands.quietHours, bands.volumeHours]);
    expect((await clarion(hours, ['show', 'v1'])).out).toBe('quiet hours: 21:00-06:30\nvolume:      06:30-08:00=notice,governance:low\nby roster 2 of v1; those of the platforms above it count as well (UTC+8); the server says so, --root FILE makes sure');
  });

  it('leaves what is not named as it stands, and signs nothing when nothing changes', async () => {
    expect((await clarion(hours, ['set', 'v1', '--quiet', 'none', ...OFFICERS])).out).toContain('quiet hours: 21:00-06:30 -> none');
    expect(inForce()).toMatchObject({ version: 3, quietHours: [], volumeHours: [{ volume: 'low' }] });
    expect(await clarion(hours, ['set', 'v1', '--quiet', 'none', ...OFFICERS])).toMatchObject({ code: 0, answer: { changed: false, version: 3 } });
    expect(inForce()?.version).toBe(3);
  });

  it('is taken up by another officer with the root that was handed out on paper, and by that root alone', async () => {
    const words = ['set', 'v1', '--quiet', '22:00-06:00', '--key', file('officer-2'), '--key', file('officer-3'), '--passphrase-file', file('passphrase')];
    writeFileSync(file('other-root'), JSON.stringify((await buildWorld()).expected.rootEnvelope));
    expect(await clarion(hours, [...words, '--root', file('officer-1')])).toMatchObject({ code: 2, refusal: 'ROOT_FILE' });
    expect(await clarion(hours, [...words, '--root', file('other-root')])).toMatchObject({ code: 4, refusal: 'ROSTER_NOT_YOURS' });
    expect(await clarion(hours, [...words, '--root', file('root')])).toMatchObject({ code: 0, refusal: undefined });
    expect(inForce()).toMatchObject({ version: 4, quietHours: [{ fromMinute: 1_320, toMinute: 360 }] });
  });

  it('never signs a roster that the server made up', async () => {
    const forge = (view: object): object => {
      const parsed = trustViewSchema.parse(view);
      const rosters = parsed.rosters.map((envelope) => {
        const roster = rosterSchema.parse(JSON.parse(new TextDecoder().decode(payloadOf(envelope))));
        const persons = roster.persons.map((person) => ({ ...person, roles: ['author', 'approver', 'stopper'] }));
        return { ...envelope, payload: Buffer.from(JSON.stringify({ ...roster, persons })).toString('base64') };
      });
      return { ...parsed, rosters };
    };
    const words = ['set', 'v1', '--quiet', '23:00-05:00', '--key', file('officer-2'), '--key', file('officer-3'), '--passphrase-file', file('passphrase')];
    for (const more of [[], ['--root', file('root')]]) expect(await clarion(hours, [...words, ...more], forge)).toMatchObject({ code: 4, refusal: 'ROSTER_NOT_YOURS' });
    expect(inForce()?.version).toBe(4);
  });

  it('is refused for a platform that nobody sees, and with bands that cannot be meant', async () => {
    expect(await clarion(hours, ['show', 't2'])).toMatchObject({ code: 4, refusal: 'PLATFORM_UNKNOWN' });
    expect(await clarion(hours, ['set', 'v1', '--quiet', '21:00-21:00', ...OFFICERS])).toMatchObject({ code: 2, refusal: 'BAND_EMPTY' });
    for (const words of [['set', 'v1', ...OFFICERS], ['set', 'v1', '--quiet', 'none'], ['unset', 'v1'], ['show', 'V 1'], ['show']]) {
      expect(await clarion(hours, words)).toMatchObject({ code: 2, refusal: 'USAGE' });
    }
  });
});

describe('./clarion terminals cap', () => {
  it('holds once `terminals admit` has been signed', async () => {
    await server.internal(platformRoutes.claim.path, { code: server.claimCode('v1-term-1'), physicalCode: 'DEMO-v1', key: (await makeKey()).record });
    const admit = ['admit', '--key', file('officer-1'), '--passphrase-file', file('passphrase'), '--yes'];
    expect(await clarion(terminals, admit)).toMatchObject({ code: 0, answer: { admitted: 1 } });
    expect((await clarion(terminals, ['cap', 'v1-term-1', 'low'])).out).toBe('v1-term-1 shall be at most low; until an officer signs it, it is at most full: ./clarion terminals admit --key OFFICER_KEY_FILE');
    expect((await clarion(terminals, [])).out).toContain(' at most full, low waits for a signature');
    expect(await clarion(terminals, admit)).toMatchObject({ code: 0, answer: { admitted: 1 } });
    const held = server.app.get(Terminals).assignmentEnvelope(terminalOf('v1-term-1'));
    if (held === undefined) throw new Error('no assignment');
    expect(assignmentSchema.parse(JSON.parse(new TextDecoder().decode(payloadOf(held.envelope)))).terminals).toMatchObject([{ terminal: 'v1-term-1', maxVolume: 'low', version: 2 }]);
    expect((await clarion(terminals, ['cap', 'v1-term-1', 'low'])).out).toBe('v1-term-1 is at most low, as it was signed');
    expect(await clarion(terminals, ['cap', 't2-term-1', 'low'])).toMatchObject({ code: 4, refusal: 'NOT_FOUND' });
  });
});
