import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Bootstrap } from '#libs/contracts';
import { Trust } from '../../../../../apps/platform/src/features/authority';
import { PlatformServer, type PlatformOptions } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { buildWorld } from '../../../../support/trust-builder';

const db = useDatabase();

const rows = async () => (await db.asOwner<{ count: string }>('SELECT (SELECT count(*) FROM trust_document) + (SELECT count(*) FROM account) + (SELECT count(*) FROM terminal) AS count'))[0]?.count;

async function refusal(options: PlatformOptions): Promise<unknown> {
  const started = PlatformServer.start(db, options).then(async (server) => {
    await server.stop();
    return { code: 'STARTED' };
  });
  return started.catch((cause: unknown) => cause);
}

describe('the bootstrap file', () => {
  afterEach(() => db.clear());

  it('of a demo is refused by a real server, and a real one by a demo', async () => {
    expect(await refusal({ demo: false })).toMatchObject({ code: 'BOOTSTRAP_DEMO' });
    expect(await refusal({ bootstrap: (file) => ({ ...file, demo: false }) })).toMatchObject({ code: 'BOOTSTRAP_DEMO' });
    expect(await rows()).toBe('0');
  });

  it('with a demo root is refused by a real server even when the file says it is real', async () => {
    expect(await refusal({ demo: false, bootstrap: (file) => ({ ...file, demo: false }) })).toMatchObject({ code: 'BOOTSTRAP_DEMO' });
  });

  it('with another district\'s roster is refused, and nothing of it is kept', async () => {
    const other = await buildWorld();
    const mixed = (file: Bootstrap) => ({ ...file, rosters: [...file.rosters.slice(0, -1), other.expected.documents.at(-1)] });
    expect(await refusal({ bootstrap: mixed })).toMatchObject({ code: 'BOOTSTRAP_REFUSED', sentence: expect.stringContaining('documents.11 REJ_KEY_UNKNOWN') });
    expect(await rows()).toBe('0');
  });

  it('that is no bootstrap file is refused with the names of its faults', async () => {
    expect(await refusal({ bootstrap: () => ({ format: 'x' }) })).toMatchObject({ code: 'BOOTSTRAP_INVALID', sentence: expect.stringContaining('accounts') });
  });

  it('is read once: a changed file changes nothing any more', async () => {
    const server = await PlatformServer.start(db);
    await server.stop();
    writeFileSync(path.join(server.dataDir, 'bootstrap.json'), 'not even JSON');
    const again = await PlatformServer.start(db, {}, server);
    expect(again.app.get(Trust).platforms()).toEqual(['d', 't1', 't2', 'v1', 'v2', 'v3']);
    await again.stop();
    again.remove();
  });

  it('that is missing leaves a server that starts and says that it has no root', async () => {
    const first = await PlatformServer.start(db);
    await first.stop();
    await db.clear();
    rmSync(path.join(first.dataDir, 'bootstrap.json'));
    const server = await PlatformServer.start(db, {}, first);
    expect(server.app.get(Trust).isReady()).toBe(false);
    expect(() => server.app.get(Trust).state()).toThrow(expect.objectContaining({ code: 'NOT_BOOTSTRAPPED' }));
    await server.stop();
    server.remove();
  });
});

describe('the server\'s signing keys', () => {
  afterEach(() => db.clear());

  it('are refused when another account may read them', async () => {
    const server = await PlatformServer.start(db);
    await server.stop();
    chmodSync(path.join(server.dataDir, 'keys', 't1.dispatcher.json'), 0o640);
    await expect(PlatformServer.start(db, {}, server)).rejects.toMatchObject({ code: 'SERVER_KEY_EXPOSED' });
    server.remove();
  });
});
