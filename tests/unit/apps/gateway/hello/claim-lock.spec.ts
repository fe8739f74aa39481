import { LIMITS } from '#libs/contracts';
import { ClaimLock } from '../../../../../apps/gateway/src/hello/claim-lock';

const MINUTE = 60_000;

function lockAt(address = '203.0.113.7') {
  const time = { at: 1_000_000 };
  const lock = new ClaimLock({ monotonicMs: () => time.at });
  const guess = (count: number, from = address): void => { for (let n = 0; n < count; n += 1) lock.wrong(from); };
  return { lock, time, guess, address };
}

describe('the lock against guessing claim codes', () => {
  it('shuts after the thirtieth refused claim of a minute from one address, not before and nowhere else', () => {
    const { lock, guess, address } = lockAt();
    guess(LIMITS.claimTriesPerMinute - 1);
    expect(lock.isShut(address)).toBe(false);
    guess(1);
    expect([lock.isShut(address), lock.isShut('203.0.113.8')]).toEqual([true, false]);
  });

  it('opens again a minute after', () => {
    const { lock, time, guess, address } = lockAt();
    guess(LIMITS.claimTriesPerMinute);
    time.at += MINUTE - 1;
    expect(lock.isShut(address)).toBe(true);
    time.at += 1;
    expect(lock.isShut(address)).toBe(false);
  });

  it('takes an IPv6 network for one, however it is written, and an IPv4 address in IPv6 for that address', () => {
    const { lock, guess } = lockAt();
    guess(LIMITS.claimTriesPerMinute, '2001:db8:0:7::1');
    guess(LIMITS.claimTriesPerMinute, '::ffff:203.0.113.9');
    expect(['2001:DB8::7:aaaa:0:0:2', '2001:db8:0:8::1', '203.0.113.9', '203.0.113.10'].map((address) => lock.isShut(address))).toEqual([true, false, true, false]);
  });

  it('keeps no more networks than it may', () => {
    const { lock, guess, address } = lockAt();
    guess(LIMITS.claimTriesPerMinute);
    for (let n = 0; n < 10_000; n += 1) lock.wrong(`10.${n >> 8 & 255}.${n & 255}.1`);
    expect(lock.isShut(address)).toBe(false);
  });
});
