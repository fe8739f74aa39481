import { digestSchema, platformIdSchema, terminalIdSchema, versionsSchema } from '#libs/contracts';
import { HistoryWatch, type Doubt } from '../../../../../../apps/platform/src/features/authority/history-watch';
import { NO_MARKS, type HistoryMarks, type KeptDocument } from '../../../../../../apps/platform/src/features/authority/kept-history';
import { serverScope } from '../../../../../../apps/platform/src/features/access';

const TERMINALS = 12;
const d = platformIdSchema.parse('d');
const honest = versionsSchema.parse({ root: 1, charters: { d: 1 }, rosters: {}, revocations: {} });
const higher = versionsSchema.parse({ root: 1, charters: { d: 99 }, rosters: {}, revocations: {} });

const TRUST = { isReady: () => true, state: () => ({ root: { value: { version: 1 } }, floors: new Map([['charter:d', { version: 2 }]]) }) };

/** A server whose database holds charter 1 of the district, heard by twelve terminals of which so many claim charter 99. */
async function doubtOf(liars: number, before: (watch: HistoryWatch) => void = () => undefined): Promise<Doubt | null> {
  let marks: HistoryMarks = NO_MARKS;
  const kept: KeptDocument = { word: 'charter', platform: d, version: 1, envelope: { payloadType: 'x', payload: '', signatures: [] } };
  const files = { marks: () => marks, keepMarks: (next: HistoryMarks) => { marks = next; }, documents: () => [kept], keepDocuments: () => undefined, forget: () => undefined };
  const store = { versions: () => Promise.resolve(new Map([['charter d', 1]])), acceptedAfter: () => Promise.resolve([]) };
  const audit = { contradictedBy: () => Promise.resolve([]), heads: () => Promise.resolve([]) };
  const database = { run: <T>(work: (tx: never) => Promise<T>) => work(undefined as never) };
  const watch = new HistoryWatch(files, store as never, audit as never, database as never, TRUST as never, { now: () => 1_000_000 }, serverScope('test'), () => undefined);
  await watch.look();
  before(watch);
  for (let at = 0; at < TERMINALS; at += 1) watch.witness(terminalIdSchema.parse(`t-${at}`), at < liars ? higher : honest, null);
  return watch.look();
}

describe('terminals that say the database is an older copy', () => {
  it('are not believed while they are few among many: what they say is not signed, and two stolen ones must not silence a district', async () => {
    expect(await doubtOf(2)).toBeNull();
  });

  it('are believed when a quarter of those heard lately say the same', async () => {
    expect(await doubtOf(3)).toMatchObject({ missing: [{ word: 'charter', platform: 'd', version: 99 }] });
  });

  it('are heard however much one of them invents: it fills nobody else\'s place', async () => {
    const flood = (watch: HistoryWatch): void => {
      for (let version = 2; version < 2_000; version += 1) watch.witness(terminalIdSchema.parse('t-liar'), versionsSchema.parse({ root: 1, charters: { d: version }, rosters: { d: version }, revocations: { d: version } }), { platform: d, treeSize: version, rootHash: digestSchema.parse('a'.repeat(64)) });
    };
    expect(await doubtOf(4, flood)).toMatchObject({ missing: [{ word: 'charter', platform: 'd', version: 99 }] });
    expect(await doubtOf(0, flood)).toBeNull();
  });
});

describe('a row that somebody plants among the documents', () => {
  it('is not kept beside the database, so that its end is no loss; what verified is, also when its row was there before it was read', async () => {
    const envelope = { payloadType: 'application/vnd.clarion.charter.v1+json', payload: 'e30=', signatures: [{ keyid: 'a'.repeat(64), sig: `${'A'.repeat(86)}==` }] };
    const row = (place: number, version: number): object => ({ place, word: 'charter', platform: d, version, envelope, acceptedAt: 0 });
    const stored = [row(1, 1), row(2, 900), row(3, 2)];
    const keptFiles: KeptDocument[] = [];
    const files = { marks: () => NO_MARKS, keepMarks: () => undefined, documents: () => [], keepDocuments: (fresh: readonly KeptDocument[]) => { keptFiles.push(...fresh); }, forget: () => undefined };
    const held = (): number => Math.max(...stored.map((one) => (one as { version: number }).version));
    const store = { versions: () => Promise.resolve(new Map([['charter d', held()]])), acceptedAfter: (_scope: unknown, after: number) => Promise.resolve(stored.filter((one) => (one as { place: number }).place > after)) };
    const floors = new Map([['charter:d', { version: 1 }]]);
    const trust = { isReady: () => true, state: () => ({ root: { value: { version: 1 } }, floors }) };
    const audit = { contradictedBy: () => Promise.resolve([]), heads: () => Promise.resolve([]) };
    const database = { run: <T>(work: (tx: never) => Promise<T>) => work(undefined as never) };
    const watch = new HistoryWatch(files, store as never, audit as never, database as never, trust as never, { now: () => 1_000_000 }, serverScope('test'), () => undefined);
    expect(await watch.look()).toBeNull();
    expect(keptFiles.map(({ version }) => version)).toEqual([1]);
    floors.set('charter:d', { version: 2 });
    expect(await watch.look()).toBeNull();
    expect(keptFiles.map(({ version }) => version)).toEqual([1, 2]);
    stored.splice(1, 1);
    expect(await watch.look()).toBeNull();
    stored.pop();
    expect(await watch.look()).toMatchObject({ missing: [{ word: 'charter', platform: 'd', version: 2 }] });
  });
});
