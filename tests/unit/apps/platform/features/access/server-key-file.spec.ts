import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { toBase64 } from '#libs/envelope';
import { generateKey } from '#libs/suites';
import { openOrMakeServerKey, openServerKey } from '../../../../../../apps/platform/src/features/access/server-key-file';

describe('a key file of the server', () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'clarion-keys-'));
  const at = (name: string): string => path.join(dir, name);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('is made once, readable by its owner alone, and opened again with the same key', async () => {
    const made = await Promise.all([openOrMakeServerKey(at('new/token.json')), openOrMakeServerKey(at('new/token.json'))]);
    const again = await openOrMakeServerKey(at('new/token.json'));
    expect(made.map(({ key }) => key.keyId)).toEqual([again.key.keyId, again.key.keyId]);
    expect(statSync(at('new/token.json')).mode & 0o777).toBe(0o600);
  });

  it('is refused when others may read it, when it is a link, or when it is missing', async () => {
    await openOrMakeServerKey(at('open.json'));
    for (const mode of [0o640, 0o604, 0o660, 0o644]) {
      chmodSync(at('open.json'), mode);
      await expect(openServerKey(at('open.json'))).rejects.toMatchObject({ code: 'SERVER_KEY_EXPOSED' });
    }
    chmodSync(at('open.json'), 0o600);
    symlinkSync(at('open.json'), at('link.json'));
    await expect(openServerKey(at('link.json'))).rejects.toMatchObject({ code: 'SERVER_KEY_EXPOSED' });
    await expect(openServerKey(at('none.json'))).rejects.toMatchObject({ code: 'SERVER_KEY_MISSING' });
  });

  it('is refused when its private half belongs to another key, or when it is not one at all', async () => {
    const [one, other] = [await generateKey('ed25519'), await generateKey('ed25519')];
    const mixed = { key: one.key, pkcs8: toBase64(other.pkcs8) };
    const good = { key: one.key, pkcs8: toBase64(one.pkcs8) };
    for (const [name, content] of Object.entries({
      mixed, extra: { ...good, note: 'x' }, renamed: { ...good, key: { ...one.key, keyId: other.key.keyId } }, empty: {}, large: { ...good, pkcs8: 'A'.repeat(8_000) },
    })) {
      writeFileSync(at(name), JSON.stringify(content), { mode: 0o600 });
      await expect(openServerKey(at(name))).rejects.toMatchObject({ code: 'SERVER_KEY_INVALID' });
    }
    writeFileSync(at('good'), JSON.stringify(good), { mode: 0o600 });
    expect((await openServerKey(at('good'))).key.keyId).toBe(one.key.keyId);
    expect(readFileSync(at('good'), 'utf8')).toContain('pkcs8');
  });
});
