import { create as qrOf } from 'qrcode';
import type { EnrolKey, Factors, TotpConfirm, TotpConfirmed, TotpOffer } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import type { Leaves } from '../../kernel/leaf';
import type { AccessStore, AccountRow } from './access.store';
import { endOfChallenge } from './challenge';
import { isAnswerOf, isUsableKey } from './key-answer';
import type { OpenSession } from './open-session';
import { isPassword } from './passwords';
import { passkeyCounter } from './passkey-counter';
import type { Principal } from './principal';
import { makeRecoveryCodes } from './recovery-codes';
import { authFailed } from './refusals';
import type { SealKey } from './seal-key';
import type { SecondFactors } from './second-factors';
import type { SecondFactorsStore } from './second-factors.store';
import type { SignInGate } from './sign-in-gate';
import { stepOfCode, toBase32, TOTP_SECRET_BYTES, totpUri } from './totp';

const DAY_MS = 86_400_000;
/** A phone stands in for the authenticator app this long; then the app is asked for again. */
const DEVICE_DAYS = 90;
/** As long as a roster. */
const PASSKEY_DAYS = 400;
const MOST_KEYS = 8;

export interface EnrolPorts {
  readonly accounts: AccessStore;
  readonly store: SecondFactorsStore;
  readonly factors: SecondFactors;
  readonly gate: SignInGate;
  readonly sessions: OpenSession;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly leaves: Leaves;
  readonly key: () => SealKey;
  readonly factorRequired: boolean;
  /** Pages whose passkeys count here. */
  readonly origins: readonly string[];
}

/**
 * Sets up what an account signs in with besides its password. A stolen session changes nothing: replacing an app takes a code
 * of it, adding a key takes the password again. Every change leaves an audit leaf.
 */
export class EnrolFactors {
  constructor(private readonly ports: EnrolPorts) {}

  async list({ account }: Principal): Promise<Factors> {
    const { store, factorRequired } = this.ports;
    const totp = await store.totp(account);
    return { required: factorRequired, totpSince: totp?.confirmedAt ?? null, recoveryCodesLeft: await store.recoveryCodesLeft(account), keys: [...await store.keys(account, this.now())] };
  }

  /** A new secret, told this once. Refuses SECOND_FACTOR_WANTED where one is in use and no code of it came along, AUTH_FAILED for a wrong one. */
  async beginTotp(caller: Principal, code: string | undefined, address: string): Promise<TotpOffer> {
    const { account, platform, person, session } = caller;
    const { store, transactions, clock, key, leaves } = this.ports;
    const secret = clock.random(TOTP_SECRET_BYTES);
    const inUse = (await store.totp(account))?.confirmedAt ?? null;
    const prove = inUse === null ? undefined : await this.byCode(caller, code, address);
    await transactions.run(async (tx) => {
      await prove?.(tx);
      await store.offerTotp(tx, account, key().seal(account, secret), this.now());
      await leaves.insert(tx, { platform, kind: 'factor.begun', subject: person, facts: { factor: 'totp', session } });
    });
    const uri = totpUri(secret, account);
    return { secret: toBase32(secret), uri, qr: [...qrRows(uri)] };
  }

  /** The offered secret counts from now on: ten recovery codes and a whole session. Refuses AUTH_FAILED, WRONG_STATE without an offer. */
  async confirmTotp(caller: Principal, { code }: TotpConfirm, address: string): Promise<TotpConfirmed> {
    const { store, transactions, clock, key, gate, sessions, accounts, leaves } = this.ports;
    const row = await store.totp(caller.account);
    const sealed = row?.nextSealed ?? undefined;
    const secret = sealed === undefined ? undefined : key().open(caller.account, sealed);
    const account = await accounts.account(caller.account);
    if (sealed === undefined || secret === undefined || account === undefined) throw userError('WRONG_STATE', 'Begin with a new secret first.');
    const attempt = await gate.takeInside(caller, address);
    const step = stepOfCode(secret, code, clock.now(), 0);
    if (step === undefined) throw authFailed();
    const { shown, hashes } = await makeRecoveryCodes((bytes) => clock.random(bytes));
    const session = await transactions.run(async (tx) => {
      if (!(await store.confirmTotp(tx, caller.account, sealed, step, hashes, this.now()))) throw authFailed();
      await attempt.succeeded(tx);
      await accounts.endSession(tx, caller.session, this.now());
      await leaves.insert(tx, { platform: caller.platform, kind: 'factor.enrolled', subject: caller.person, facts: { factor: 'totp', session: caller.session } });
      return sessions.run(tx, account, 'totp', this.now());
    });
    attempt.done();
    return { recoveryCodes: [...shown], session };
  }

  /** Refuses AUTH_FAILED (password, code, or the key's own answer), KEY_UNUSABLE, KEY_EXISTS, KEYS_FULL. */
  async enrolKey(caller: Principal, { key, name, answer, password, code }: EnrolKey, address: string): Promise<Factors> {
    const { store, transactions, leaves, factors, gate, accounts, factorRequired, origins } = this.ports;
    if (factorRequired && caller.factor === 'enrol') throw userError('FORBIDDEN', 'Set up the authenticator app first.');
    if (!isUsableKey(key) || key.rp?.origins.every((origin) => origins.includes(origin)) === false) throw userError('KEY_UNUSABLE', 'This server cannot use such a key.');
    if ((await store.keys(caller.account, this.now())).length >= MOST_KEYS) throw userError('KEYS_FULL', `An account has ${MOST_KEYS} keys at most; remove one first.`, { status: 409 });
    const attempt = await gate.takeInside(caller, address);
    const account: AccountRow | undefined = await accounts.account(caller.account);
    const isRight = await isPassword(account?.passwordHash, password);
    const found = factorRequired ? await factors.judge(caller.account, { code }) : undefined;
    const now = this.now();
    const answeredUntil = endOfChallenge(answer.challenge, now, this.ports.key());
    if (!isRight || (factorRequired && found === undefined) || answeredUntil === undefined || !isAnswerOf(key, caller.account, answer)) throw authFailed();
    const isPasskey = key.alg === 'webauthn-es256';
    await transactions.run(async (tx) => {
      if (found !== undefined && !(await found.use(tx))) throw authFailed();
      if (!(await store.useChallenge(tx, answer.challenge, answeredUntil))) throw authFailed();
      if (!(await store.addKey(tx, caller.account, key, name, now, now + (isPasskey ? PASSKEY_DAYS : DEVICE_DAYS) * DAY_MS))) {
        throw userError('KEY_EXISTS', 'This key is enrolled already.', { status: 409 });
      }
      if (isPasskey) await store.useKey(tx, caller.account, key.keyId, passkeyCounter(answer.sig) ?? 0, now);
      await attempt.succeeded(tx);
      await leaves.insert(tx, { platform: caller.platform, kind: 'factor.enrolled', subject: caller.person, facts: { factor: isPasskey ? 'passkey' : 'device', keyId: key.keyId, session: caller.session } });
    });
    attempt.done();
    return this.list(caller);
  }

  /** A phone that is lost or given away. Refuses NOT_FOUND. */
  async removeKey(caller: Principal, keyId: string): Promise<void> {
    const { store, transactions, leaves } = this.ports;
    await transactions.run(async (tx) => {
      if (!(await store.removeKey(tx, caller.account, keyId))) throw userError('NOT_FOUND', 'You have no such key.');
      await leaves.insert(tx, { platform: caller.platform, kind: 'factor.removed', subject: caller.person, facts: { keyId, session: caller.session } });
    });
  }

  private async byCode(caller: Principal, code: string | undefined, address: string): Promise<(tx: Parameters<Parameters<Transactions['run']>[0]>[0]) => Promise<void>> {
    if (code === undefined) throw userError('SECOND_FACTOR_WANTED', 'Give a code of the app in use, or a recovery code.', { status: 401 });
    const attempt = await this.ports.gate.takeInside(caller, address);
    const found = await this.ports.factors.judge(caller.account, { code });
    return async (tx) => {
      if (found === undefined || !(await found.use(tx))) throw authFailed();
      await attempt.succeeded(tx);
    };
  }

  private now(): number {
    return Math.trunc(this.ports.clock.now());
  }
}

/** Rows of modules, 1 is dark: whoever shows it draws them, so that no markup travels. */
function qrRows(text: string): readonly string[] {
  const { data, size } = qrOf(text, { errorCorrectionLevel: 'M' }).modules;
  return Array.from({ length: size }, (_, row) => Array.from({ length: size }, (__, column) => (data[row * size + column] ? '1' : '0')).join(''));
}
