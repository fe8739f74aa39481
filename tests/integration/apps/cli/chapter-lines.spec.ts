import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FOUNDATION } from '../../../../apps/platform/src/app.module';
import { systemClock } from '../../../../apps/cli/src';
import { Trust } from '../../../../apps/platform/src/features/authority';
import { CeremonyKeys } from '../../../support/ceremony-keys';
import { commandsIn, layLauncher, linesOf } from '../../../support/chapter-lines';
import { PASSWORD, usePlatform } from '../../../support/platform-server';
import { useDatabase } from '../../../support/postgres';
import { makeKey, platformOf } from '../../../support/trust-builder';
import { clarion } from '../../../unit/apps/cli/fake-platform';

// The shell lines of two chapters as they stand there, expanded by a shell, in the order in which they stand; a person types the passphrases and yes.
const server = usePlatform(useDatabase(), { features: FOUNDATION });
const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-lines-'));
const from = process.cwd();
const passphrase = 'only-of-this-run';
const environment = { CLARION_SESSION: path.join(folder, 'session'), CLARION_DATA: path.join(folder, 'none'), CLARION_DEMO_KEYS: path.join(folder, 'none') };
const clock = { ...systemClock, now: () => server.clock.now() };
const run = (words: readonly string[], typed: string) => clarion(words, { ...environment, CLARION_URL: server.base }, typed, clock);
const charterOf = (platform: string) => server.app.get(Trust).state().charters.get(platformOf(platform))?.value;

/** A folder in which somebody follows a chapter: the root, the key files that it names, and a launcher that only says what it was called with. */
async function desk(name: string): Promise<string> {
  const at = path.join(folder, name);
  mkdirSync(at);
  const keys = await CeremonyKeys.open(at);
  for (const [who, platform, nth] of [['district-1', 'd', 0], ['district-2', 'd', 1], ['officer-1', 't1', 0], ['officer-2', 't1', 1]] as const) {
    await keys.make(who, server.world.platform(platform).officers[nth]?.key);
  }
  writeFileSync(path.join(at, 'root.signed.json'), JSON.stringify(server.world.expected.rootEnvelope));
  layLauncher(at);
  return at;
}

/** Types the lines one after the other; what did not end as it should, with what it said. */
async function type(at: string, lines: readonly string[]): Promise<readonly string[]> {
  process.chdir(at);
  const wrong: string[] = [];
  try {
    for (const line of lines) {
      for (const words of commandsIn(line, at)) {
        server.clock.advance(1_000);
        const { code, out, err } = await run(words, words[1] === 'make' ? `${passphrase}\n${passphrase}\n` : `${passphrase}\nyes\n`);
        // The first of two signatures leaves one to come.
        const isFirst = words[1] === 'sign' && lines.find((one) => one.startsWith(`./clarion ${words[0]} sign ${words[2]?.replace('.signed', '').replace('.json', '')}`)) === line;
        if (code !== (isFirst ? 3 : 0)) wrong.push(`${words.join(' ')}\n${code}: ${err}${out}`);
      }
    }
  } finally {
    process.chdir(from);
  }
  return wrong;
}

beforeAll(async () => {
  writeFileSync(path.join(folder, 'password'), PASSWORD, { mode: 0o600 });
  expect((await run(['sign-in', '--account', 'd-officer-1', '--password-file', path.join(folder, 'password')], '')).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('every line of a chapter', () => {
  it('by which an officer begins to sign on the page does what it says', async () => {
    const { record } = await makeKey('es256');
    const lines = linesOf('docs/keys.md', '## An officer begins to sign on the page', '## Papers that wait');
    expect(lines).toHaveLength(10);
    expect(await type(await desk('page'), lines.map((line) => line.replace('{"alg": ...}', JSON.stringify(record))))).toEqual([]);
    for (const platform of ['t1', 'v1', 'v2']) expect(charterOf(platform)?.officers).toContainEqual({ person: 't1-officer-1', key: record });
  }, 60_000);

  it('by which an officer\'s stolen key goes does what it says, and nothing falls', async () => {
    const stolen = server.world.platform('t1').officers[0]?.key.record.keyId ?? '';
    const lines = linesOf('docs/ceremonies.md', '### An officer\'s key is stolen', '**At once**');
    const at = await desk('stolen');
    expect(await type(at, lines.slice(0, 1))).toEqual([]);
    // The seal of a real key is costly on purpose, and it would be opened three times.
    await (await CeremonyKeys.open(at)).make('new');
    expect([lines.length, await type(at, lines.slice(1).map((line) => line.replace('KEY_ID', stolen)))]).toEqual([17, []]);
    const { rosters, revoked } = server.app.get(Trust).state();
    expect([...rosters.keys()].sort()).toEqual(['d', 't1', 't2', 'v1', 'v2', 'v3']);
    expect([...revoked.get(platformOf('t1'))?.keys() ?? []]).toEqual([stolen]);
  }, 60_000);
});
