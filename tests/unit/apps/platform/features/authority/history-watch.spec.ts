import { digestSchema, platformIdSchema, terminalIdSchema, versionsSchema } from '#libs/contracts';
import { HistoryWatch, type Doubt } from '../../../../../../apps/platform/src/features/authority/history-watch';
import { NO_MARKS, type HistoryMarks, type KeptDocument } from '../../../../../../apps/platform/src/features/authority/kept-history';
import { serverScope } from '../../../../../../apps/platform/src/features/access';

const TERMINALS = 12;
const d = platformIdSchema.parse('d');
const honest = versionsSchema.parse({ root: 1, charters: { d: 1 }, rosters: {}, revocations: {} });
const higher = versionsSchema.parse({ root: 1, charters: { d: 99 }, rosters: {}, revocations: {} });

/** A server whose database holds charter 1 of the district, heard by twelve terminals of which so many claim charter 99. */
async function doubtOf(liars: number, before: (watch: HistoryWatch) => void = () => undefined): Promise<Doubt | null> {
  let marks: HistoryMarks = NO_MARKS;
  const kept: KeptDocument = { word: 'charter', platform: d, version: 1, envelope: { payloadType: 'x', payload: '', signatures: [] } };
  const files = { marks: () => marks, keepMarks: (next: HistoryMarks) => { marks = next; }, documents: () => [kept], keepDocuments: () => undefined, forget: () => undefined };
  const store = { versions: () => Promise.resolve(new Map([['charter d', 1]])), acceptedAfter: () => Promise.resolve([]) };
  const audit = { contradictedBy: () => Promise.resolve([]), heads: () => Promise.resolve([]) };
  const database = { run: <T>(work: (tx: never) => Promise<T>) => work(undefined as never) };
  const watch = new HistoryWatch(files, store as never, audit as never, database as never, { now: () => 1_000_000 }, serverScope('test'), () => undefined);
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
