import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { platformIdSchema } from '#libs/contracts';
import { openOrMakeServerKey } from '../../../../../../apps/platform/src/features/access/server-key-file';
import { LogKeys } from '../../../../../../apps/platform/src/features/audit';

describe('the log keys of a server', () => {
  it('change with their file: the next head is signed by the new key', async () => {
    const keysDir = mkdtempSync(path.join(os.tmpdir(), 'clarion-log-keys-'));
    const file = path.join(keysDir, 'v1.log.json');
    const keys = new LogKeys(keysDir);
    const before = await openOrMakeServerKey(file);
    expect((await keys.signerOf(platformIdSchema.parse('v1'))).key.keyId).toBe(before.key.keyId);
    rmSync(file);
    const after = await openOrMakeServerKey(file);
    expect((await keys.signerOf(platformIdSchema.parse('v1'))).key.keyId).toBe(after.key.keyId);
    rmSync(keysDir, { recursive: true });
  });
});
