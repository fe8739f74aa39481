import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { SigningPages } from '../../../../../../apps/platform/src/features/authority';
import type { Trust } from '../../../../../../apps/platform/src/features/authority';
import type { Leaf, Leaves } from '../../../../../../apps/platform/src/kernel/leaf';
import { serverScope } from '../../../../../../apps/platform/src/features/access';
import { silentLog } from '../../../../../../apps/platform/src/kernel/log';
import type { Transactions, Tx } from '../../../../../../apps/platform/src/kernel/database';
import { DrivenClock } from '../../../../../support/driven-clock';
import { freePort } from '../../../../../support/ports';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the server looking at the signing pages', () => {
  let server: Server;
  let origin: string;
  let served: Record<string, string>;
  let told: Leaf[];

  /** build.json of these files, as the build writes it. */
  const manifest = (files: Readonly<Record<string, string>>): string => {
    const list = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, text]) => ({ path, sha256: sha256(text), bytes: text.length }));
    return JSON.stringify({ format: 'clarion-pages.v1', hash: sha256(list.map((file) => `${file.sha256}  ${file.path}\n`).join('')), files: list });
  };
  const publish = (files: Readonly<Record<string, string>>): void => void (served = { ...files, 'build.json': manifest(files) });
  const hashNow = (): string => (JSON.parse(served['build.json'] ?? '{}') as { hash: string }).hash;

  beforeEach(async () => {
    told = [];
    const port = await freePort();
    origin = `http://127.0.0.1:${port}`;
    server = createServer((request, response) => {
      const body = served[(request.url ?? '').slice(1)];
      response.writeHead(body === undefined ? 404 : 200).end(body);
    }).listen(port, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    publish({ 'index.html': '<p>', 'assets/a.js': '1' });
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** A server process; its memory is gone with it, the leaves are not. */
  function looker(): SigningPages {
    const trust = { isReady: () => true, state: () => ({ root: { value: { district: 'd' } } }) } as unknown as Trust;
    const store = { lastLeaf: async () => told.at(-1) };
    const leaves = { insert: async (_tx: Tx, leaf: Leaf) => String(told.push(leaf)) } as unknown as Leaves;
    const transactions = { run: (act: (tx: Tx) => Promise<unknown>) => act({} as Tx) } as unknown as Transactions;
    return new SigningPages(origin, trust, store, transactions, leaves, new DrivenClock(1_000), silentLog, serverScope('test'));
  }
  const kinds = (): readonly unknown[] => told.map(({ kind, facts }) => [kind, facts['hash']]);

  it('tells the audit of a build once, also over a restart, and again when it changes', async () => {
    const first = hashNow();
    const pages = looker();
    await pages.look();
    await pages.look();
    await looker().look();
    expect([pages.watched()?.state, kinds()]).toEqual(['told', [['pages.build', first]]]);
    publish({ 'index.html': '<p>', 'assets/a.js': '2' });
    await pages.look();
    expect(kinds()).toEqual([['pages.build', first], ['pages.build', hashNow()]]);
    expect(told.every(({ platform, facts }) => platform === 'd' && facts['origin'] === origin)).toBe(true);
  });

  it('sees files that are not those of the manifest: at the first look, and within fifteen when somebody changes one later', async () => {
    served['assets/a.js'] = 'evil';
    await looker().look();
    expect(kinds()).toEqual([['pages.altered', hashNow()]]);
    publish({ 'index.html': '<p>', 'assets/a.js': '1' });
    const pages = looker();
    await pages.look();
    served['assets/a.js'] = 'evil';
    for (let looks = 1; looks < 15; looks += 1) await pages.look();
    expect([pages.watched()?.state, told.at(-1)?.kind]).toEqual(['altered', 'pages.altered']);
  });

  it('a missing file is an altered build, and an origin that does not answer is unreachable and no leaf', async () => {
    delete served['assets/a.js'];
    const pages = looker();
    await pages.look();
    expect(pages.watched()?.state).toBe('altered');
    served = {};
    await pages.look();
    expect([pages.watched()?.state, told.length]).toEqual(['unreachable', 1]);
  });

  it('believes no manifest that is too large or of another form', async () => {
    const pages = looker();
    served['build.json'] = JSON.stringify({ hash: 'a'.repeat(64) });
    await pages.look();
    served['build.json'] = 'x'.repeat(70_000);
    await pages.look();
    expect([pages.watched()?.state, told]).toEqual(['unreachable', []]);
  });
});
