import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrustView } from '../../../../../apps/cli/src/roster-in-force';
import { CeremonyKeys } from '../../../../support/ceremony-keys';
import { buildWorld, NOW, type World } from '../../../../support/trust-builder';
import { systemClock } from '../../../../../apps/cli/src';
import { clarion as run, FakePlatform, sessionOf } from '../fake-platform';

const DAY = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'clarion-papers-'));
const at = (...names: readonly string[]): string => join(folder, ...names);
const offline = { CLARION_SESSION: at('none'), CLARION_DATA: at('none'), CLARION_DEMO_KEYS: at('none'), CLARION_URL: 'http://127.0.0.1:9' };
/** As on a day after everything was signed, whatever day it is. */
const clock = { ...systemClock, now: () => NOW + DAY };
const clarion = (words: readonly string[], environment: typeof offline, typed = '') => run(words, environment, typed, clock);
const call = (...words: readonly string[]) => clarion(words, offline);
const json = async (words: readonly string[], environment = offline) => {
  const { code, out } = await clarion([...words, '--json'], environment);
  return { code, answer: JSON.parse(out) as Record<string, unknown> };
};
const edit = (file: string, change: (draft: Record<string, never>) => object): void => writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')) as Record<string, never>)));
/** Every step may follow the air: less than the charter asks. */
function withPolicy(draft: Record<string, unknown>): object {
  const [rule] = (draft['policy'] as { rules: { steps: object[] }[] }).rules;
  return { ...draft, policy: { version: 2, rules: [{ ...rule, tiers: [], minAreas: 0, steps: rule?.steps.map((step) => ({ ...step, mayFollowAir: true, dueHours: 1 })) }] } };
}
const KNOWN = ['--trust', at('trust.json'), '--root', at('root.json')];
let world: World;
let keys: CeremonyKeys;

function viewOf({ expected }: World): TrustView {
  const of = (word: string) => expected.documents.filter(({ payloadType }) => payloadType.includes(`.${word}.`));
  return { root: expected.rootEnvelope, charters: of('charter'), rosters: of('roster'), revocations: [] } as unknown as TrustView;
}

beforeAll(async () => {
  world = await buildWorld();
  keys = await CeremonyKeys.open(at('keys'));
  for (const platform of ['d', 't1', 't2']) for (const [n, { key }] of world.platform(platform).officers.entries()) await keys.make(`${platform}-officer-${n + 1}`, key);
  for (const [n, key] of world.rootKeys.entries()) await keys.make(`root-${n + 1}`, key);
  await keys.make('author', world.key('t1', 'author'));
  await keys.make('new', world.stranger);
  writeFileSync(at('trust.json'), JSON.stringify(viewOf(world)));
  writeFileSync(at('root.json'), JSON.stringify(world.expected.rootEnvelope));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('./clarion roster, from files alone', () => {
  it('draft is the next version of what is in force, for a person to edit', async () => {
    expect((await call('roster', 'draft', 't1', '--out', at('t1.json'))).err).toContain('PLATFORM_UNKNOWN');
    expect(await call('roster', 'draft', 't1', '--out', at('t1.json'), ...KNOWN)).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(at('t1.json'), 'utf8'))).toMatchObject({ platform: 't1', version: 2, quietHours: [], issuedAt: expect.stringMatching(/\+08:00$/) as string });
    expect((await call('roster', 'draft', 't1', '--out', at('t1.json'), ...KNOWN)).err).toContain('FILE_EXISTS');
    expect((await json(['roster', 'diff', at('t1.json'), ...KNOWN]))).toMatchObject({ code: 0, answer: { papers: [{ against: 1, marked: 0 }] } });
  });

  it('people and keys come and go by commands that say what they did', async () => {
    const added = await call('roster', 'add-person', at('t1.json'), 't1-new', '--role', 'approver,duty', '--public', keys.publicFile('new'));
    expect([added.code, added.out.split('\n')[0]]).toEqual([0, expect.stringMatching(/^ {2}‼ adds approver, duty t1-new \(unit: t1-office; adds key [0-9a-f]{16} \(kind: ed25519\)\)$/)]);
    expect((await call('roster', 'add-person', at('t1.json'), 't1-new', '--role', 'duty')).err).toContain('PERSON_KNOWN');
    expect((await call('roster', 'set-roles', at('t1.json'), 't1-new', '--role', 'approver')).out).toContain('· approver t1-new: roles: takes away duty');
    expect((await call('roster', 'remove-key', at('t1.json'), world.stranger.record.keyId.slice(0, 16))).out).toContain('approver t1-new: removes key');
    expect((await call('roster', 'add-key', at('t1.json'), 't1-new', '--public', world.stranger.record.spki)).out).toContain('‼ approver t1-new: adds key');
    expect((await call('roster', 'remove-person', at('t1.json'), 't1-auditor')).out).toContain('· removes auditor t1-auditor');
    expect((await call('roster', 'remove-person', at('t1.json'), 't1-auditor')).err).toContain('PERSON_UNKNOWN');
    for (const words of [['add-person', at('t1.json'), 't1-x', '--role', 'king'], ['add-person', at('t1.json'), 'T 1', '--role', 'duty'], ['remove-key', at('t1.json'), 'ab'], ['add-officer', at('t1.json'), 't1-x']]) {
      expect((await call('roster', ...words)).code).toBe(2);
    }
  });

  it('hours and times stand in it as people write them', async () => {
    edit(at('t1.json'), (draft) => ({ ...draft, quietHours: ['21:00-06:30'], volumeHours: ['06:30-08:00=notice,governance:low'] }));
    expect((await call('roster', 'diff', at('t1.json'), ...KNOWN)).out).toContain('quiet hours: none -> 21:00-06:30');
    edit(at('t1.json'), (draft) => ({ ...draft, quietHours: ['21:00-21:00'] }));
    expect((await call('roster', 'diff', at('t1.json'), ...KNOWN)).err).toContain('BAND_EMPTY');
    edit(at('t1.json'), (draft) => ({ ...draft, quietHours: [], volumeHours: [] }));
  });

  it('sign shows the difference with its marks, and two officers make it complete', async () => {
    const first = await clarion(['roster', 'sign', at('t1.json'), ...keys.words('t1-officer-1'), ...KNOWN], offline, 'yes\n');
    expect(first.out.split('\n')[0]).toBe('roster 2 of t1 / 权责清单');
    expect(first.out).toContain('‼ adds approver t1-new');
    expect(first.err).toContain('with 1 things marked ‼');
    expect(first.out).toContain('1 of 2 by officers of t1 (t1-officer-1): wants 1 more, of t1-officer-2, t1-officer-3');
    expect(first.code).toBe(3);
    expect((await call('roster', 'sign', at('t1.signed.json'), ...keys.words('author'), ...KNOWN, '--yes')).err).toContain('NOT_A_SIGNATORY');
    const second = await json(['roster', 'sign', at('t1.json').replace('.json', '.signed.json'), ...keys.words('t1-officer-3'), ...KNOWN, '--yes']);
    expect(second).toMatchObject({ code: 0, answer: { papers: [{ complete: true, marked: 1 }] } });
    expect((await call('roster', 'add-person', at('t1.signed.json'), 't1-x', '--role', 'duty')).err).toContain('PAPER_SIGNED');
  });

  it('nobody signs in vain: what everybody would refuse is said before the first signature', async () => {
    const faults: readonly (readonly [string, (draft: Record<string, never>) => object])[] = [
      ['REJ_KEY_USAGE at keys', (draft) => ({ ...draft, persons: (draft['persons'] as unknown as { id: string }[]).flatMap((person) => (person.id === 't1-new' ? [person, { ...person, id: 't1-twin' }] : [person])) })],
      ['REJ_POLICY at policy', (draft) => withPolicy(draft)],
      ['REJ_VERSION_ROLLBACK at version', (draft) => ({ ...draft, version: 1 })],
      ['REJ_WIDENS at expiresAt', (draft) => ({ ...draft, expiresAt: '2037-01-01T00:00:00+08:00' })],
    ];
    for (const [code, change] of faults) {
      writeFileSync(at('vain.json'), readFileSync(at('t1.json')));
      edit(at('vain.json'), change);
      expect((await call('roster', 'sign', at('vain.json'), ...keys.words('t1-officer-1'), ...KNOWN, '--yes')).err).toContain(`${code}; nothing was signed`);
    }
    expect(existsSync(at('vain.signed.json'))).toBe(false);
  });

  it('a paper that ends sooner than the one in force is marked', async () => {
    writeFileSync(at('sooner.json'), readFileSync(at('t1.json')));
    edit(at('sooner.json'), (draft) => ({ ...draft, expiresAt: NOW + 30 * DAY }));
    expect((await call('roster', 'diff', at('sooner.json'), ...KNOWN)).out).toContain('‼ valid until: 2027-11-26');
  });

  it('shows all of a paper where nobody vouches for what is said to be in force', async () => {
    const { out } = await call('roster', 'diff', at('t1.signed.json'), '--trust', at('trust.json'));
    expect(out).toContain('nobody here vouches for that');
    expect(out).toContain('adds author t1-author');
    // The officer's own signature on the one in force vouches for it as the root does.
    await call('roster', 'draft', 't1', '--out', at('t1-again.json'), ...KNOWN);
    const own = await clarion(['roster', 'sign', at('t1-again.json'), ...keys.words('t1-officer-2'), '--trust', at('trust.json')], offline, 'no\n');
    expect([own.out.includes('against version 1'), own.out.includes('adds author')]).toEqual([true, false]);
    const other = await clarion(['roster', 'sign', at('t1-again.json'), ...keys.words('t1-officer-3'), '--trust', at('trust.json')], offline, 'no\n');
    expect([other.out.includes('nobody here vouches'), other.out.includes('adds author t1-author')]).toEqual([true, true]);
  });
});

describe('./clarion charter, from files alone', () => {
  it('is signed by the parent\'s officers, the district\'s by the root', async () => {
    expect(await call('charter', 'draft', 'd', 't1', 'v1', '--out', at('charters'), ...KNOWN)).toMatchObject({ code: 0 });
    const signs = async (file: string, key: string) => (await json(['charter', 'sign', at('charters', file), ...keys.words(key), ...KNOWN, '--out', at('signed'), '--yes'])).answer['code'] ?? 'signed';
    expect([await signs('v1.json', 't1-officer-1'), await signs('t1.json', 't1-officer-1'), await signs('t1.json', 'd-officer-1'), await signs('d.json', 'd-officer-1'), await signs('d.json', 'root-3')])
      .toEqual(['signed', 'NOT_A_SIGNATORY', 'signed', 'NOT_A_SIGNATORY', 'signed']);
  });

  it('of a folder each officer signs those that are theirs, in one go with one question', async () => {
    const both = ['charter', 'sign', at('charters'), ...KNOWN, '--out', at('signed-2')];
    const { out, code } = await clarion([...both, ...keys.words('t1-officer-1', 't1-officer-2')], offline, 'yes\n');
    expect([code, readdirSync(at('signed-2'))]).toEqual([0, ['v1.signed.json']]);
    expect(out).toContain('2 other papers are not for these keys');
    expect((await json([...both, ...keys.words('author'), '--yes'])).answer['code']).toBe('NOT_A_SIGNATORY');
  });

  it('marks another officer, and takes one away', async () => {
    expect((await call('charter', 'add-officer', at('charters', 'v1.json'), 't1-officer-9', '--public', keys.publicFile('new'))).out).toContain('‼ adds officer t1-officer-9');
    expect((await call('charter', 'remove-officer', at('charters', 'v1.json'), 't1-officer-9')).code).toBe(0);
    expect((await call('charter', 'add-officer', at('charters', 'v1.json'), 't1-officer-9')).code).toBe(2);
  });
});

describe('publishing', () => {
  let platform: FakePlatform;
  const online = (): typeof offline => ({ ...offline, CLARION_URL: platform.url, CLARION_SESSION: at('session.json') });
  beforeAll(async () => {
    platform = await FakePlatform.start();
    writeFileSync(at('session.json'), JSON.stringify(sessionOf('d-officer-1', 'd')));
  });
  beforeEach(() => {
    platform.forget();
    platform.on('GET /api/trust', viewOf(world));
    platform.on('POST /api/trust/documents', { accepted: 1 });
  });
  afterAll(() => platform.stop());

  it('is tried here first: nothing incomplete is sent', async () => {
    mkdirSync(at('half'), { recursive: true });
    await call('roster', 'draft', 't2', '--out', at('half', 't2.json'), ...KNOWN);
    await call('roster', 'sign', at('half', 't2.json'), ...keys.words('t2-officer-1'), ...KNOWN, '--yes');
    expect((await json(['roster', 'publish', at('half', 't2.signed.json')], online())).answer['code']).toBe('INCOMPLETE');
    expect((await json(['roster', 'publish', at('half', 't2.json')], online())).answer['code']).toBe('INCOMPLETE');
    expect(platform.posted('/api/trust/documents')).toEqual([]);
    await call('roster', 'sign', at('half', 't2.signed.json'), ...keys.words('t2-officer-2'), ...KNOWN, '--yes');
    expect((await json(['roster', 'publish', at('half', 't2.signed.json'), '--dry-run'], online())).answer).toMatchObject({ published: ['roster 2 of t2'] });
    expect(platform.posted('/api/trust/documents')).toEqual([]);
    expect((await json(['roster', 'publish', at('half', 't2.signed.json')], online())).code).toBe(0);
    expect(platform.posted('/api/trust/documents')).toHaveLength(1);
  });

  it('of a paper that ended while it was carried about is refused', async () => {
    const late = { ...clock, now: () => NOW + 402 * DAY };
    const { out } = await run(['roster', 'publish', at('half', 't2.signed.json'), '--json'], { ...online(), CLARION_SESSION: at('session.json') }, '', late);
    expect(JSON.parse(out)).toMatchObject({ code: 'PAPER_OVER' });
    expect(platform.posted('/api/trust/documents')).toEqual([]);
  });

  it('of a root whose old keys are gone is refused until the district\'s charter is there that stands under both', async () => {
    for (const name of ['e', 'f']) await keys.make(name);
    const ids = world.rootKeys.map(({ record }) => record.keyId.slice(0, 12));
    await call('root', 'rotate', '--from', at('root.json'), '--out', at('root-2.json'), '--remove', ids[0] ?? '', '--remove', ids[1] ?? '', '--public', keys.publicFile('e'), '--public', keys.publicFile('f'));
    expect((await call('root', 'sign', at('root-2.json'), '--from', at('root.json'), ...keys.words('root-1', 'root-2', 'e', 'f'), '--yes')).code).toBe(0);
    expect((await json(['root', 'publish', at('root-2.signed.json')], online())).answer).toMatchObject({ code: 'WOULD_UNSEAT', message: expect.stringMatching(/^6 platforms would be left/) as string });
    expect(platform.posted('/api/trust/documents')).toEqual([]);
    // With a root under which nothing stands that is in force, all is shown, and why is said.
    const foreign = await call('roster', 'diff', at('t1.json'), '--trust', at('trust.json'), '--root', at('root-2.signed.json'));
    expect([foreign.out.includes('nothing of what is in force holds under'), foreign.out.includes('nobody here vouches for that')]).toEqual([true, true]);
    // By the old keys and the new ones: it holds before the root changes and after it.
    await call('charter', 'draft', 'd', '--out', at('d-both.json'), ...KNOWN);
    await call('charter', 'sign', at('d-both.json'), ...keys.words('root-1', 'root-2'), ...KNOWN, '--yes');
    expect((await json(['charter', 'sign', at('d-both.signed.json'), ...keys.words('e', 'f'), '--trust', at('root-2.signed.json'), '--yes'])).code).toBe(0);
    expect((await json(['root', 'publish', at('root-2.signed.json'), at('d-both.signed.json')], online())).answer).toMatchObject({ published: ['charter 2 of d', 'root 2 of d'], fallen: [] });
    const [sent] = platform.posted('/api/trust/documents') as { documents: { payloadType: string }[] }[];
    expect(sent?.documents.map(({ payloadType }) => payloadType.split('.')[2])).toEqual(['charter', 'root']);
  });

  it('of a charter that only the new root carries is refused: all that stood on the old one would have to be signed anew', async () => {
    await call('charter', 'draft', 'd', '--out', at('d-new.json'), ...KNOWN);
    expect((await json(['charter', 'sign', at('d-new.json'), ...keys.words('e', 'f'), '--trust', at('root-2.signed.json'), '--yes'])).code).toBe(0);
    const words = ['root', 'publish', at('root-2.signed.json'), at('d-new.signed.json')];
    expect((await json(words, online())).answer).toMatchObject({ code: 'WOULD_UNSEAT', message: expect.stringMatching(/^6 platforms/) as string });
    expect(platform.posted('/api/trust/documents')).toEqual([]);
    // Whoever wants it all the same says by name what falls, as the platform asks.
    expect((await json([...words, '--anyway'], online())).answer).toMatchObject({ published: ['root 2 of d', 'charter 2 of d'], fallen: ['d', 't1', 't2', 'v1', 'v2', 'v3'] });
    expect(platform.posted('/api/trust/documents')).toMatchObject([{ alsoFalls: ['charter:t1', 'charter:t2', 'charter:v1', 'charter:v2', 'charter:v3', 'roster:d', 'roster:t1', 'roster:t2', 'roster:v1', 'roster:v2', 'roster:v3'] }]);
  });
});

describe('./clarion trust', () => {
  it('says what is in force, and under the root that was brought or by whose word', async () => {
    const shown = await call('trust', 'show', '--trust', at('trust.json'));
    expect([shown.code, shown.out.includes('by the word of the server or the file'), shown.out.includes('v1: charter 1 until 2027-11-26, roster 1 until 2027-11-26, 6 people, 2 of t1-officer-1')]).toEqual([0, true, true]);
    expect((await call('trust', 'show', ...KNOWN)).out).not.toContain('by the word of');
    expect((await json(['trust', 'show'])).answer['code']).toBe('ROOT_UNKNOWN');
  });

  it('says with exit code 3 what ends soon, and who must sign', async () => {
    expect((await json(['trust', 'expiry', ...KNOWN])).answer['alarms']).toHaveLength(0);
    const soon = await buildWorld({ rosters: (roster) => (roster.platform === 'v1' ? { ...roster, issuedAt: NOW - 200 * DAY, expiresAt: NOW + 7.5 * DAY } : roster) });
    writeFileSync(at('soon.json'), JSON.stringify(viewOf(soon)));
    const { code, out } = await call('trust', 'expiry', '--trust', at('soon.json'));
    expect([code, out.includes('ENDS WITHIN 7 DAYS'), out.includes('roster of v1\n    wants 2 of: t1-officer-1, t1-officer-2, t1-officer-3')]).toEqual([3, true, true]);
  });

  it('rehearses every end in its order: who must sign before, and what sounds from then on', async () => {
    const { code, out } = await call('trust', 'rehearse', '--trust', at('soon.json'));
    const ends = out.slice(out.indexOf('ends / '), out.indexOf('ends / ') + 300);
    expect([code, ends.includes('roster of v1; 2 of t1-officer-1, t1-officer-2, t1-officer-3 sign before'), /EMERGENCIES ALONE SOUND[^\n]*: v1\n/.test(ends)]).toEqual([0, true, true]);
    expect(out.indexOf('the grace is over')).toBeGreaterThan(out.indexOf('ends / '));
    expect(out).toMatch(/NOTHING SOUNDS[^\n]*: v1\n/);
  });
});
