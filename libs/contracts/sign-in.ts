import { z } from 'zod';
import { base64Schema, keyIdSchema, personIdSchema, plainText, platformIdSchema, unixMsSchema } from './ids';
import { roleSchema, tierSchema } from './words';

/** What besides the password opened a session; `off` where this server asks for nothing, `enrol` until the first one is set up. */
export const factorSchema = z.enum(['totp', 'recovery', 'device', 'passkey', 'off', 'enrol']);

/** POST /api/session/challenge (public): what a key signs to show that it is there now. Good once, for two minutes. */
export const challengeSchema = z.strictObject({ challenge: z.string().regex(/^[A-Za-z0-9_-]{43,128}$/), expiresAt: unixMsSchema });

/** A key's answer to a challenge: `sig` over PAE('clarion-sign-in.v1', {"account", "challenge"}) as RFC 8785 JSON. */
export const keyAnswerSchema = z.strictObject({
  keyId: keyIdSchema,
  challenge: challengeSchema.shape.challenge,
  sig: base64Schema.min(1).max(2_048),
});

export const accountSchema = plainText(64).min(1);
export const passwordSchema = z.string().min(1).max(256);
/** Six digits of the authenticator app, or one of the ten recovery codes. */
export const codeSchema = z.string().regex(/^[0-9A-Za-z -]{6,24}$/);

/** What a device was told when it signed in before, or an officer's unlock code: tries with it are counted apart. It opens nothing. */
const knownSchema = z.string().min(15).max(64);

/** POST /api/session (public): sign in. `code` or `device` is the second factor; a server that wants one says SECOND_FACTOR_WANTED. */
export const signInSchema = z.strictObject({ account: accountSchema, password: passwordSchema, code: codeSchema.optional(), device: keyAnswerSchema.optional(), known: knownSchema.optional() });
/** POST /api/session/passkey (public): a passkey with user verification is both factors. */
export const passkeySignInSchema = z.strictObject({ account: accountSchema, passkey: keyAnswerSchema, known: knownSchema.optional() });
export const sessionSchema = z.strictObject({
  token: z.string(), expiresAt: unixMsSchema, account: z.string(), person: personIdSchema, platform: platformIdSchema,
  tier: tierSchema, roles: z.array(roleSchema), title: z.string(), demo: z.boolean(),
  /** `enrol`: this session may set up a second factor and nothing else. */
  factor: factorSchema.optional(),
  /** Told when the device was not known: it keeps this and sends it along at later sign-ins. */
  known: z.string().optional(),
});
/** GET /api/session: `idleAt` is when it ends unless somebody does something before. */
export const ownSessionSchema = sessionSchema.omit({ token: true, demo: true, known: true }).extend({ factor: factorSchema, idleAt: unixMsSchema });

/** GET /api/accounts: who may sign in, for officers and administrators; never how. Counts leave out what is over. */
export const accountViewSchema = z.strictObject({
  account: z.string(), platform: platformIdSchema, person: personIdSchema, title: z.string(),
  sessions: z.int().optional(), lastSeenAt: unixMsSchema.nullable().optional(), totp: z.boolean().optional(), keys: z.int().optional(),
});
/** What a password has to be at least; what else is guessable is PASSWORD_WEAK. */
const newPasswordSchema = z.string().min(12).max(256);
/** Three groups of five: no letter that is read for another one. */
const setupCodeSchema = z.string().min(15).max(40);
/** POST /api/accounts/:account/setup: a code with which the person sets a password, told this once; the old one counts no more. */
export const accountSetupSchema = z.strictObject({ account: z.string(), setup: z.string(), expiresAt: unixMsSchema });
/** POST /api/session/setup (public): the code opens once, and only this. */
export const setUpPasswordSchema = z.strictObject({ account: accountSchema, setup: setupCodeSchema, password: newPasswordSchema });
/** POST /api/session/password: `code` of the second factor where the account has one. */
export const changePasswordSchema = z.strictObject({ password: passwordSchema, next: newPasswordSchema, code: codeSchema.optional() });
/** POST /api/accounts/:account/unlock: a code that the person sends as `known` at the next sign-in, told this once. */
export const unlockedAccountSchema = z.strictObject({ account: z.string(), unlock: z.string(), expiresAt: unixMsSchema });
/** POST /api/accounts/:account/revoke: ends the sessions; with `factors` also forgets every second factor (a lost phone). */
export const revokeAccountSchema = z.strictObject({ factors: z.boolean() });
export const revokedAccountSchema = z.strictObject({ account: z.string(), sessions: z.int(), keys: z.int(), totp: z.boolean() });

export type Factor = z.infer<typeof factorSchema>;
export type Challenge = z.infer<typeof challengeSchema>;
export type KeyAnswer = z.infer<typeof keyAnswerSchema>;
export type SignIn = z.infer<typeof signInSchema>;
export type PasskeySignIn = z.infer<typeof passkeySignInSchema>;
export type Session = z.infer<typeof sessionSchema>;
export type OwnSession = z.infer<typeof ownSessionSchema>;
export type AccountSetup = z.infer<typeof accountSetupSchema>;
export type SetUpPassword = z.infer<typeof setUpPasswordSchema>;
export type ChangePassword = z.infer<typeof changePasswordSchema>;
export type AccountView = z.infer<typeof accountViewSchema>;
export type UnlockedAccount = z.infer<typeof unlockedAccountSchema>;
export type RevokeAccount = z.infer<typeof revokeAccountSchema>;
export type RevokedAccount = z.infer<typeof revokedAccountSchema>;
