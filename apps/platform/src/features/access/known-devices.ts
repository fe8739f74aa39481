import { createHash } from 'node:crypto';
import type { Clock } from '../../kernel/clock';
import type { Tx } from '../../kernel/database';
import type { KnownDevicesStore } from './known-devices.store';
import { readSetupCode } from './setup-code';
import { OWN_FAILURES_PER_HOUR } from './throttle';

const KNOWN_MS = 30 * 24 * 3_600_000;
const TOKEN_BYTES = 32;
/** A phone, a desk, a program or two, each a few times over. */
const MOST_DEVICES = 16;
/** A token of ours; anything else is read as an officer's code, as people type it. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/**
 * Devices from which an account signed in before (threats T02: "from a known device"). Each holds a random token, kept here as
 * its SHA-256. A token opens nothing: with it, tries of this account are counted for this device alone, so that guessing by
 * others locks nobody out of the own phone. It ends after 30 days without a sign-in, and with all sessions of the account.
 */
export class KnownDevices {
  constructor(private readonly store: KnownDevicesStore, private readonly clock: Clock) {}

  /** Counts an attempt as the device's; false when the token is none of this account or used up its hour: then it is anybody's. */
  take(account: string, token: string): Promise<boolean> {
    return this.store.take(account, hashOf(token), this.now(), OWN_FAILURES_PER_HOUR);
  }

  /** What `take` counted last was none. */
  forgive(tx: Tx, account: string, token: string): Promise<void> {
    return this.store.forgive(tx, account, hashOf(token));
  }

  /** After a sign-in: the token the device keeps from now on, told this once; undefined when the one it came with stays. */
  async greet(tx: Tx, account: string, token: string | undefined): Promise<string | undefined> {
    const now = this.now();
    const expiresAt = now + KNOWN_MS;
    if (token !== undefined && (await this.store.keep(tx, account, hashOf(token), now, expiresAt))) return undefined;
    const made = Buffer.from(this.clock.random(TOKEN_BYTES)).toString('base64url');
    await this.store.add(tx, account, { hash: hashOf(made), now, expiresAt, once: false }, MOST_DEVICES);
    return made;
  }

  /** An officer's code stands for a known device until it is used. */
  async offer(tx: Tx, account: string, code: string, expiresAt: number): Promise<void> {
    await this.store.add(tx, account, { hash: hashOf(code), now: this.now(), expiresAt, once: true }, MOST_DEVICES);
  }

  private now(): number {
    return Math.trunc(this.clock.now());
  }
}

/** 75 random bits at least: no slow hash is needed. */
function hashOf(token: string): string {
  return createHash('sha256').update(TOKEN.test(token) ? token : readSetupCode(token)).digest('hex');
}
