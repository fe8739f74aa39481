import { z } from 'zod';
import { digestSchema, personIdSchema, platformIdSchema } from './ids';

/**
 * A file of the audit, one canonical JSON text (RFC 8785) per line, in this order: `export`, documents, devices, then
 * each log with its leaves in order, and `end`. What a leaf names by its digest follows that leaf at once as `signed`;
 * a head follows the last leaf it covers (docs/audit.md). Fields are as loose as a second verifier in another language
 * can hold them without a schema: what counts is proved from the signatures inside.
 */
export const EXPORT_FORMAT = 'clarion-audit.v1';

const envelope = z.strictObject({
  payloadType: z.string(), payload: z.string(), signatures: z.array(z.strictObject({ keyid: z.string(), sig: z.string() })),
});
const count = z.int().min(0);

export const exportLineSchema = z.discriminatedUnion('line', [
  /** Whose logs follow, tiers from the top down; `details` says whether names and texts from the side table come along. */
  z.strictObject({ line: z.literal('export'), format: z.literal(EXPORT_FORMAT), at: count, platforms: z.array(z.string()), details: z.boolean() }),
  /** Root, charter, roster or revocation, in the order in which the server accepted them. */
  z.strictObject({ line: z.literal('document'), envelope }),
  /** A key that a terminal signs its records with; an enrolment or an assignment names it. */
  z.strictObject({ line: z.literal('device'), terminal: z.string(), key: z.strictObject({ keyId: z.string(), alg: z.string(), spki: z.string() }) }),
  /** `size`: leaves under the newest signed head; younger ones are in the next export. */
  z.strictObject({ line: z.literal('log'), platform: z.string(), size: count }),
  /** `hash` as the server numbered it: SHA-256(0x00 || UTF-8 of body). */
  z.strictObject({ line: z.literal('leaf'), seq: count, hash: z.string(), body: z.string() }),
  z.strictObject({ line: z.literal('signed'), envelope }),
  /** SHA-256(salt || UTF-8 of value) stands in the leaf's `details`. */
  z.strictObject({ line: z.literal('detail'), field: z.string(), salt: z.string(), value: z.string() }),
  z.strictObject({ line: z.literal('head'), envelope }),
  /** Lines before this one. */
  z.strictObject({ line: z.literal('end'), lines: count }),
]);
export type ExportLine = z.infer<typeof exportLineSchema>;

/** What a leaf's body says, in every log: ids, codes and digests; of names and texts only salted hashes. */
export const leafBodySchema = z.strictObject({
  id: z.string(), platform: z.string(), kind: z.string(), subject: z.string(), at: count,
  facts: z.record(z.string(), z.unknown()), details: z.record(z.string(), z.string()).optional(),
});
export type LeafBody = z.infer<typeof leafBodySchema>;

/** The first fault of an export. Each says which part of the file is not what was signed. */
export const AUDIT_FAULTS = [
  'LINE_MALFORMED', 'FILE_CUT', 'ROOT_FOREIGN', 'DOCUMENT_REFUSED', 'DOCUMENT_UNNAMED', 'DEVICE_REFUSED', 'DEVICE_UNNAMED',
  'LEAF_MISSING', 'LEAF_REPEATED', 'LEAF_CHANGED', 'LEAF_FOREIGN', 'LEAF_UNSIGNED', 'HEAD_REFUSED', 'HEAD_TIME', 'HEAD_DIFFERS',
  'SIGNED_MISSING', 'SIGNED_DIFFERS', 'SIGNED_REFUSED', 'DISPATCH_UNFOUNDED', 'DETAIL_DIFFERS', 'WITNESS_DIFFERS', 'LOG_CUT',
] as const;
export const auditFaultSchema = z.enum(AUDIT_FAULTS);
export type AuditFaultCode = z.infer<typeof auditFaultSchema>;

const COUNTED = [
  'documents', 'devices', 'logs', 'leaves', 'heads', 'messages', 'approvals', 'dispatches', 'consents', 'stops', 'isolates', 'restrictions', 'permits', 'assignments', 'records', 'details', 'witnesses',
] as const;
export type AuditCount = (typeof COUNTED)[number];

/**
 * What a verifier says of a file. A fault has its place: the line (from 1), and where it lies in a log the first leaf
 * in doubt (`seq`, from 0) and the last (`through`): the same one where the file tells exactly.
 */
export const auditVerdictSchema = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), root: digestSchema, demo: z.boolean(), counts: z.record(z.enum(COUNTED), count) }),
  z.strictObject({
    ok: z.literal(false), code: auditFaultSchema, line: z.int().min(1), platform: z.string().nullable(), seq: count.nullable(), through: count.nullable(),
  }),
]);
export type AuditVerdict = z.infer<typeof auditVerdictSchema>;

/** One row that is not what was signed or what a leaf tells: its table, what tells it from the others, and what is wrong with it. */
export const rowFaultSchema = z.strictObject({ platform: z.string(), table: z.string(), row: z.string(), code: z.string() });
/**
 * GET /api/audit/check, and POST, which begins one where none runs: every stored signed byte against its signature and the
 * leaf that names it, every row against the leaf that tells of it. `faults` of the last one that ended, of the platforms in
 * scope; `more` were found beyond them.
 */
export const rowCheckSchema = z.strictObject({
  running: z.boolean(), startedAt: count.nullable(), finishedAt: count.nullable(), rows: count, faults: z.array(rowFaultSchema), more: count,
});
export type RowFault = z.infer<typeof rowFaultSchema>;
export type RowCheck = z.infer<typeof rowCheckSchema>;

/** POST /api/audit/erasures: of a person who is in no roster in force any more. */
export const erasureSchema = z.strictObject({ platform: platformIdSchema, person: personIdSchema });
/** How many accounts, and how many names and texts beside the log, are gone. */
export const erasedPersonSchema = z.strictObject({ platform: platformIdSchema, person: personIdSchema, accounts: count, details: count });
export type Erasure = z.infer<typeof erasureSchema>;
export type ErasedPerson = z.infer<typeof erasedPersonSchema>;
