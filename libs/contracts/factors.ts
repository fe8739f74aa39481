import { z } from 'zod';
import { base64Schema, keyIdSchema, plainText, unixMsSchema } from './ids';
import { codeSchema, keyAnswerSchema, passwordSchema, sessionSchema } from './sign-in';

/** POST /api/session/totp begins; the secret counts once a code of it came back. `code` (of the app in use, or a recovery code) to replace one. */
export const totpBeginSchema = z.strictObject({ code: codeSchema.optional() });
export const totpOfferSchema = z.strictObject({
  /** Base32, for typing it in. */
  secret: z.string().regex(/^[A-Z2-7]{32}$/),
  uri: z.string(),
  /** The same as a QR code, row by row, 1 is dark: drawn by whoever shows it. */
  qr: z.array(z.string().regex(/^[01]+$/)),
});
export const totpConfirmSchema = z.strictObject({ code: z.string().regex(/^[0-9]{6}$/) });
/** The ten recovery codes are told this once; the session is a new one, with everything the roles allow. */
export const totpConfirmedSchema = z.strictObject({ recoveryCodes: z.array(z.string()).length(10), session: sessionSchema });

/** A key that a browser, a phone or a program made: `rp` (whose passkey it is) belongs to webauthn-es256 alone. */
export const enrolledKeySchema = z.strictObject({
  keyId: keyIdSchema,
  alg: z.enum(['ed25519', 'es256', 'webauthn-es256']),
  spki: base64Schema.min(1).max(1_024),
  rp: z.strictObject({ id: z.string().min(1).max(253), origins: z.array(z.string().min(1).max(300)).min(1).max(4) }).optional(),
});
/** POST /api/session/keys: a second factor for 90 days, or a passkey. `answer` is the key's own, over a fresh challenge; the password is asked for again. */
export const enrolKeySchema = z.strictObject({
  key: enrolledKeySchema, name: plainText(40).min(1), answer: keyAnswerSchema, password: passwordSchema, code: codeSchema.optional(),
});
export const keyViewSchema = z.strictObject({
  keyId: keyIdSchema, alg: enrolledKeySchema.shape.alg, name: z.string(), enrolledAt: unixMsSchema, expiresAt: unixMsSchema, usedAt: unixMsSchema.nullable(),
});
/** GET /api/session/factors: what the caller signs in with. */
export const factorsSchema = z.strictObject({
  required: z.boolean(), totpSince: unixMsSchema.nullable(), recoveryCodesLeft: z.int(), keys: z.array(keyViewSchema),
});

export type TotpBegin = z.infer<typeof totpBeginSchema>;
export type TotpOffer = z.infer<typeof totpOfferSchema>;
export type TotpConfirm = z.infer<typeof totpConfirmSchema>;
export type TotpConfirmed = z.infer<typeof totpConfirmedSchema>;
export type EnrolledKey = z.infer<typeof enrolledKeySchema>;
export type EnrolKey = z.infer<typeof enrolKeySchema>;
export type KeyView = z.infer<typeof keyViewSchema>;
export type Factors = z.infer<typeof factorsSchema>;
