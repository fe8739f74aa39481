import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { platformIdSchema } from '#libs/contracts';
import type { TrustState } from '#libs/trust';
import { openOrMakeServerKey } from '../../../../../../apps/platform/src/features/access/server-key-file';
import { FileServerKeys } from '../../../../../../apps/platform/src/features/authority/server-keys';
import { silentLog } from '../../../../../../apps/platform/src/kernel/log';

const keysDir = mkdtempSync(path.join(os.tmpdir(), 'clarion-server-keys-'));
afterAll(() => rmSync(keysDir, { recursive: true }));
const v1 = platformIdSchema.parse('v1');

describe('the dispatcher keys of a server', () => {
  it('sign although the platform has no log key here: a log that cannot be signed silences nobody', async () => {
    const { key } = await openOrMakeServerKey(path.join(keysDir, 'v1.dispatcher.json'));
    const keys = new FileServerKeys(keysDir, silentLog);
    await keys.open({ rosters: new Map([[v1, { value: { dispatcher: key, logKey: key } }]]) } as unknown as TrustState);
    expect(keys.dispatcherOf(v1).key.keyId).toBe(key.keyId);
  });

  it('do not sign when the roster in force names another', async () => {
    const { key: other } = await openOrMakeServerKey(path.join(keysDir, 'other.dispatcher.json'));
    const keys = new FileServerKeys(keysDir, silentLog);
    await keys.open({ rosters: new Map([[v1, { value: { dispatcher: other, logKey: other } }]]) } as unknown as TrustState);
    expect(() => keys.dispatcherOf(v1)).toThrow(/does not hold/);
  });
});
