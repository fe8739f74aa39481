import { z } from 'zod';
import { base64Schema, digestSchema, keyIdSchema, personIdSchema, plainText, platformIdSchema, unixMsSchema, versionSchema } from './ids';
import { keyRecordSchema } from './keys';
import { keyAnswerSchema } from './sign-in';
import { algSchema, classSchema, roleSchema, severitySchema } from './words';

/** Why a person asks for another key: the first one; the old one is in somebody else's hands, or may be; it was merely changed. */
export const keyReasonSchema = z.enum(['new', 'lost', 'changed']);

/**
 * What a person asks of the officers: this key is mine, put it into the roster. Signed by the new key itself over
 * PAE('clarion-key-request.v1', these fields as RFC 8785 JSON): whoever asks holds it. The SHA-256 of those bytes is the
 * request's id, and its fingerprint is what the officer compares with the person's own screen.
 */
export const keyRequestSchema = z.strictObject({
  platform: platformIdSchema,
  person: personIdSchema,
  key: keyRecordSchema,
  /** The key that goes when this one comes; null with the reason `new` and with no other. */
  replaces: keyIdSchema.nullable(),
  reason: keyReasonSchema,
  madeAt: unixMsSchema,
}).refine(({ replaces, reason }) => (replaces === null) === (reason === 'new'), 'only a new key replaces none');

/** POST /api/keys/requests; the same as a QR code on the person's screen. */
export const signedKeyRequestSchema = z.strictObject({ request: keyRequestSchema, sig: base64Schema.min(1).max(2_048) });
/** GET /api/keys/requests: the caller's own, or for an officer those of every platform in reach. What it says proves nothing. */
export const keyRequestViewSchema = signedKeyRequestSchema.extend({
  id: digestSchema, receivedAt: unixMsSchema, expiresAt: unixMsSchema,
  /** An officer will not grant it, and says why; told to whoever asked until the request is over. */
  refused: z.strictObject({ by: z.string(), reason: z.string(), at: unixMsSchema }).optional(),
});
/** POST /api/keys/requests/:id/refusal. */
export const keyRefusalSchema = z.strictObject({ reason: plainText(200).min(1) });

/** POST /api/keys/possession: `sig` over PAE('clarion-possession.v1', {"challenge", "keyId", "person", "platform"}), a challenge of POST /api/session/challenge. */
export const possessionSchema = keyAnswerSchema;
/** GET /api/keys: keys of the roster in force with what is known of their holders. `stale`: it does not count as usable any more. */
export const keyStandingSchema = z.strictObject({
  platform: platformIdSchema, person: personIdSchema, keyId: keyIdSchema, alg: algSchema,
  /** When it was last shown, or first seen in a roster; null before this server looked. */
  shownAt: unixMsSchema.nullable(), dueAt: unixMsSchema.nullable(), state: z.enum(['shown', 'due', 'stale', 'revoked']),
});

/** GET /api/trust/can-sign: of each platform in reach, whether enough people could sign at this moment. */
export const canSignSchema = z.strictObject({
  platform: platformIdSchema, name: z.string(), checkedAt: unixMsSchema,
  /** Whether every case below has enough. */
  enough: z.boolean(),
  persons: z.array(z.strictObject({
    person: personIdSchema, roles: z.array(roleSchema), able: z.boolean(),
    /** `fallen`: the roster that names them is not in force any more. */
    why: z.enum(['no-key', 'revoked', 'stale', 'fallen']).nullable(),
  })),
  /** What has to be signed before anybody here can sign again, and by how many of whom (officers, or keys of the root); empty where charter and roster stand. */
  unsigned: z.array(z.strictObject({ word: z.enum(['charter', 'roster']), version: versionSchema, threshold: z.int(), signers: z.array(z.string()) })),
  /** One for each kind of message of which the policy asks the same. */
  cases: z.array(z.strictObject({
    classes: z.array(classSchema), severities: z.array(severitySchema),
    /** n of m approvers can sign now, k are needed before air. */
    able: z.int(), of: z.int(), needs: z.int(),
    verification: z.enum(['none', 'one', 'all']),
    enough: z.boolean(),
    /** What lacks: an author besides them, approvers, or one whose key counts as verified. */
    lacks: z.enum(['author', 'approvers', 'verified']).nullable(),
  })),
});

/** POST /api/papers: drafts of rosters for others to sign. They are no authority; after seven days they are gone. */
export const newPapersSchema = z.strictObject({
  papers: z.array(z.strictObject({
    /** Base64 of exactly what is to be signed. */
    payload: base64Schema.min(4).max(44_000),
    /** SHA-256 of the roster in force from which its author set out. */
    onto: digestSchema,
    /** Ids of the key requests that it grants. */
    requests: z.array(digestSchema).max(64),
  })).min(1).max(100),
});
/** GET /api/papers. Whoever signs reads `payload`, not the rest. */
export const paperViewSchema = z.strictObject({
  digest: digestSchema, platform: platformIdSchema, version: versionSchema, onto: digestSchema,
  payload: base64Schema,
  signatures: z.array(z.strictObject({ keyid: keyIdSchema, sig: base64Schema })),
  signedBy: z.array(personIdSchema), threshold: z.int(),
  /** The roster has moved on since: it has to be drafted anew. */
  stale: z.boolean(),
  requests: z.array(digestSchema), draftedBy: z.string(), receivedAt: unixMsSchema, expiresAt: unixMsSchema,
});
/** POST /api/papers/signatures: one officer's signatures; papers that are complete with them are published together, or none is. */
export const paperSignaturesSchema = z.strictObject({
  signatures: z.array(z.strictObject({ digest: digestSchema, keyid: keyIdSchema, sig: base64Schema.min(1).max(2_048) })).min(1).max(200),
});
export const paperSignaturesAnswerSchema = z.strictObject({ published: z.array(digestSchema), waiting: z.array(digestSchema) });
export const papersAnswerSchema = z.strictObject({ papers: z.array(digestSchema) });

export type KeyReason = z.infer<typeof keyReasonSchema>;
export type KeyRequest = z.infer<typeof keyRequestSchema>;
export type SignedKeyRequest = z.infer<typeof signedKeyRequestSchema>;
export type KeyRequestView = z.infer<typeof keyRequestViewSchema>;
export type KeyRefusal = z.infer<typeof keyRefusalSchema>;
export type PossessionAnswer = z.infer<typeof possessionSchema>;
export type KeyStanding = z.infer<typeof keyStandingSchema>;
export type CanSign = z.infer<typeof canSignSchema>;
export type NewPapers = z.infer<typeof newPapersSchema>;
export type PaperView = z.infer<typeof paperViewSchema>;
export type PaperSignatures = z.infer<typeof paperSignaturesSchema>;
export type PaperSignaturesAnswer = z.infer<typeof paperSignaturesAnswerSchema>;
