import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { endOfChallenge, makeChallenge } from '../../../../../../apps/platform/src/features/access/challenge';
import { isRecoveryCode, makeRecoveryCodes, readRecoveryCode } from '../../../../../../apps/platform/src/features/access/recovery-codes';
import { openOrMakeSealKey, SealKey } from '../../../../../../apps/platform/src/features/access/seal-key';
import { DrivenClock } from '../../../../../support/driven-clock';

const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes));
const key = new SealKey(random(32), random);

describe('a sealed secret', () => {
  it('opens for its account with its key, and for nothing else', () => {
    const secret = random(20);
    const sealed = key.seal('t1-author', secret);
    expect(key.open('t1-author', sealed)).toEqual(secret);
    expect(key.open('t1-stopper', sealed)).toBeUndefined();
    expect(new SealKey(random(32), random).open('t1-author', sealed)).toBeUndefined();
    expect(key.seal('t1-author', secret)).not.toBe(sealed);
  });

  it('opens no more when any byte of it was changed, or when it was cut', () => {
    const sealed = Buffer.from(key.seal('a', random(20)), 'base64');
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(key.open('a', changed.toString('base64'))).toBeUndefined();
      expect(key.open('a', sealed.subarray(0, at).toString('base64'))).toBeUndefined();
    }
  });
});

describe('the sealing key', () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'clarion-seal-'));
  const file = path.join(dir, 'second-factor.json');
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('is made once and is the same ever after', () => {
    const sealed = openOrMakeSealKey(file, random).seal('a', new Uint8Array([1, 2, 3]));
    expect(openOrMakeSealKey(file, random).open('a', sealed)).toEqual(new Uint8Array([1, 2, 3]));
  });

  it('is refused where others may read it, and when it is none', () => {
    chmodSync(file, 0o644);
    expect(() => openOrMakeSealKey(file, random)).toThrow('SERVER_KEY_EXPOSED');
    chmodSync(file, 0o600);
    const good = readFileSync(file, 'utf8');
    for (const bad of ['', '{}', '[]', '{"secret":"AA=="}', '{"secret":1}', good.replace('}', ',"more":1}')]) {
      writeFileSync(file, bad);
      expect(() => openOrMakeSealKey(file, random)).toThrow('SERVER_KEY_INVALID');
    }
  });
});

describe('a challenge', () => {
  const clock = new DrivenClock(1_800_000_000_000);

  it('is ours until it ends, and nobody else\'s is', () => {
    const { challenge, expiresAt } = makeChallenge(clock, key);
    expect(endOfChallenge(challenge, clock.now(), key)).toBe(expiresAt);
    expect(endOfChallenge(challenge, expiresAt - 1, key)).toBe(expiresAt);
    expect(endOfChallenge(challenge, expiresAt, key)).toBeUndefined();
    expect(endOfChallenge(makeChallenge(clock, new SealKey(random(32), random)).challenge, clock.now(), key)).toBeUndefined();
  });

  it('has one spelling and no other bit', () => {
    const { challenge } = makeChallenge(clock, key);
    for (let at = 0; at < challenge.length; at += 1) {
      const other = `${challenge.slice(0, at)}${challenge[at] === 'A' ? 'B' : 'A'}${challenge.slice(at + 1)}`;
      expect(endOfChallenge(other, clock.now(), key)).toBeUndefined();
    }
    for (const other of ['', `${challenge}=`, `${challenge}A`, challenge.slice(1), ` ${challenge}`]) expect(endOfChallenge(other, clock.now(), key)).toBeUndefined();
  });
});

describe('recovery codes', () => {
  it('are ten, each with its number, kept as argon2id hashes only', async () => {
    const { shown, hashes } = await makeRecoveryCodes(random);
    expect(shown.map((code) => code[0]).join('')).toBe('0123456789');
    expect(new Set(shown).size).toBe(10);
    expect(hashes.every((hash) => hash.startsWith('$argon2id$'))).toBe(true);
    const [first = '', second = ''] = shown;
    const [hash] = hashes;
    const read = (text: string) => readRecoveryCode(text) ?? { number: -1, secret: '' };
    expect(read(` ${first.toLowerCase().replaceAll('-', ' ')} `)).toEqual({ number: 0, secret: first.slice(2).replace('-', '') });
    expect(await isRecoveryCode(hash, read(first))).toBe(true);
    expect(await isRecoveryCode(hash, read(second))).toBe(false);
    expect(await isRecoveryCode(undefined, read(first))).toBe(false);
  });

  it.each(['', '123456', '0-ABCDE', '0-ABCDE-FGHJKK', 'X-ABCDE-FGHJK', '0-ABCDE-FGHIJ', '0_ABCDE_FGHJK'])('are not %j', (text) => {
    expect(readRecoveryCode(text)).toBeUndefined();
  });
});
