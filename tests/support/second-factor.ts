/**
 * An authenticator app and a phone, as a person has them, for tests against a server that wants a second factor.
 *
 *   const app = await enrolApp(server, 't1-author');          // password, secret, first code
 *   const caller = await server.signIn('t1-author', { code: app.code() });
 */
import { totpConfirmedSchema, totpOfferSchema, type Challenge, type EnrolledKey, type KeyAnswer } from '#libs/contracts';
import { toBase64 } from '#libs/envelope';
import { totpCode, totpStep } from '../../apps/platform/src/features/access/totp';
import { signInBytes } from '../../apps/platform/src/features/access/key-answer';
import { Caller, type PlatformServer } from './platform-server';
import { makeKey, type TestKey } from './trust-builder';

const STEP_MS = 30_000;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** What the phone reads from the QR code, and shows. */
export class AuthenticatorApp {
  readonly recoveryCodes: string[] = [];
  session: Caller | undefined;

  constructor(private readonly server: PlatformServer, readonly secret: Uint8Array) {}

  /** The code of now, or of so many steps away. */
  code(steps = 0): string {
    return totpCode(this.secret, totpStep(this.server.clock.now()) + steps);
  }

  /** One that was not used yet. */
  fresh(): string {
    this.server.clock.advance(STEP_MS);
    return this.code();
  }
}

/** From a password to an authenticator app that counts, with the whole session that it gave. */
export async function enrolApp(server: PlatformServer, account: string): Promise<AuthenticatorApp> {
  const first = await server.signIn(account);
  const offered = await first.post('/api/session/totp', {});
  if (offered.status !== 200) throw new Error(`no secret for ${account}: ${JSON.stringify(offered.body)}`);
  const app = new AuthenticatorApp(server, fromBase32(totpOfferSchema.parse(offered.body).secret));
  const confirmed = await first.post('/api/session/totp/confirm', { code: app.code() });
  if (confirmed.status !== 200) throw new Error(`not confirmed for ${account}: ${JSON.stringify(confirmed.body)}`);
  const { recoveryCodes, session } = totpConfirmedSchema.parse(confirmed.body);
  app.recoveryCodes.push(...recoveryCodes);
  app.session = new Caller(server.base, session.token);
  return app;
}

/** A key in a browser. */
export class Phone {
  private constructor(private readonly server: PlatformServer, readonly key: TestKey, readonly record: EnrolledKey) {}

  static async make(server: PlatformServer, alg: 'es256' | 'ed25519' = 'es256'): Promise<Phone> {
    const key = await makeKey(alg);
    return new Phone(server, key, { keyId: key.record.keyId, alg, spki: key.record.spki });
  }

  async challenge(): Promise<string> {
    return ((await this.server.call('POST', '/api/session/challenge')).body as Challenge).challenge;
  }

  async answer(account: string, challenge?: string): Promise<KeyAnswer> {
    const given = challenge ?? (await this.challenge());
    return { keyId: this.record.keyId, challenge: given, sig: toBase64(await this.key.signer.sign(signInBytes(account, given))) };
  }
}

export function fromBase32(text: string): Uint8Array {
  const bits = [...text].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Uint8Array.from({ length: Math.floor(bits.length / 8) }, (_, at) => Number.parseInt(bits.slice(at * 8, at * 8 + 8), 2));
}
