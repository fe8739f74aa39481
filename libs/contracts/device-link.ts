import { z } from 'zod';
import { envelopeSchema, orderSchema } from './envelope-shape';
import { base64Schema, digestSchema, nonceSchema, plainText, streamIdSchema, terminalIdSchema, unixMsSchema } from './ids';
import { softwareKeyRecordSchema } from './keys';
import { headRefSchema } from './proof';
import { versionsSchema } from './trust';

/**
 * The device link (design 5): one WebSocket over TLS, subprotocol `clarion.device.v1`, one JSON object a text frame.
 * `docs/protocol.md` tells it in words. A binary frame is one block of living voice (libs/envelope `live-block`), from the server only.
 */
export const DEVICE_SUBPROTOCOL = 'clarion.device.v1';
export const DEVICE_PATH = '/device';
/** Bytes that a device key signs: ASCII word, a zero byte, then the server's nonce as ASCII hex, a zero byte and the terminal id or claim code. */
export const HELLO_CONTEXT = 'clarion-device-hello.v1';
export const CLAIM_CONTEXT = 'clarion-device-claim.v1';

/** A block's number; 0 where there is none. */
const liveSeqSchema = z.int().min(0).max(0xffff_ffff);

export const healthSchema = z.strictObject({
  state: z.enum(['ready', 'degraded', 'emergency-only', 'silent', 'time-unknown', 'unassigned']),
  playing: digestSchema.nullable(),
  volumePermille: z.int().min(0).max(1000),
  muted: z.boolean(),
  /** Whether the amplifier drew current when it last had to; `unknown` where nothing measures it. */
  amplifier: z.enum(['ok', 'no-current', 'unknown']),
  /** Until when tiers above are shut out here. */
  isolatedUntil: unixMsSchema.nullable(),
  supply: z.enum(['mains', 'battery']),
  clockOffsetMs: z.int().nullable(),
  spooledReceipts: z.int().min(0),
  freeDiskMiB: z.int().min(0),
});

/** Frames from the server to the terminal. */
export const serverFrameSchema = z.discriminatedUnion('kind', [
  /** First frame on every connection. */
  z.strictObject({ kind: z.literal('challenge'), nonce: nonceSchema, serverTime: unixMsSchema }),
  /** The claim code was accepted: the terminal now is `terminal`; it goes on with `hello` on the same connection. */
  z.strictObject({ kind: z.literal('claimed'), terminal: terminalIdSchema }),
  /** Hello accepted. `mediaToken` is the bearer token for GET /media/<sha256>, of letters that a header may hold. */
  z.strictObject({ kind: z.literal('welcome'), mediaToken: z.string().min(16).max(128).regex(/^[A-Za-z0-9_-]+$/) }),
  /** The connection ends after this frame. */
  z.strictObject({ kind: z.literal('refused'), code: z.string().min(3).max(40) }),
  z.strictObject({
    kind: z.literal('exchange'),
    beacon: envelopeSchema.nullable(),
    /** Documents newer than the versions the terminal reported, in the order in which they must be read. */
    documents: z.array(envelopeSchema),
    /** Sent when the terminal's `held` differs from the platform's view: stops first, then orders. */
    stops: z.array(envelopeSchema),
    isolates: z.array(envelopeSchema),
    /** Left out where there are none. */
    restrictions: z.array(envelopeSchema).optional(),
    orders: z.array(orderSchema),
  }),
  z.strictObject({ kind: z.literal('prefetch'), media: z.array(z.strictObject({ sha256: digestSchema, bytes: z.int().min(1) })).max(64) }),
  z.strictObject({ kind: z.literal('order'), order: orderSchema }),
  z.strictObject({ kind: z.literal('stop'), stop: envelopeSchema }),
  z.strictObject({ kind: z.literal('isolate'), isolate: envelopeSchema }),
  z.strictObject({ kind: z.literal('restriction'), restriction: envelopeSchema }),
  z.strictObject({ kind: z.literal('document'), document: envelopeSchema }),
  /** Everything up to and including this counter is committed at the platform and may leave the spool. */
  z.strictObject({ kind: z.literal('ack'), counter: z.int().min(0) }),
  /** While a voice is live, every 2 s to those who listen: a beacon with its `leases`. */
  z.strictObject({ kind: z.literal('lease'), beacon: envelopeSchema }),
  /** Answer to a time probe: t1 as sent, t2 received, t3 answered, in ms with fractions, on the district's time scale. */
  z.strictObject({ kind: z.literal('time'), t1: z.number(), t2: z.number(), t3: z.number() }),
]);

/** Frames from the terminal to the server. */
export const terminalFrameSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('claim'), code: z.string().regex(/^[0-9A-Z]{16}$/), physicalCode: plainText(64).min(1),
    key: softwareKeyRecordSchema, sig: base64Schema,
  }),
  z.strictObject({ kind: z.literal('hello'), terminal: terminalIdSchema, keyId: digestSchema, agent: plainText(40), sig: base64Schema }),
  /** Every 30 s and at once after hello: the heartbeat and the question for what is missing. */
  z.strictObject({
    kind: z.literal('exchange'),
    health: healthSchema,
    counter: z.int().min(0),
    versions: versionsSchema.nullable(),
    assignmentVersion: z.int().min(0),
    /** SHA-256 of the sorted ids of unexpired dispatches and stops and digests of unexpired isolates and restrictions that it has seen, joined by line feeds. */
    held: digestSchema,
    /** The newest log head that a beacon showed: a platform whose log is shorter knows that it has forgotten. Left out where there is none. */
    head: headRefSchema.optional(),
    /** Set at boot and until a beacon with this nonce came. */
    nonce: nonceSchema.nullable(),
  }),
  z.strictObject({ kind: z.literal('receipts'), envelopes: z.array(envelopeSchema).min(1).max(50) }),
  z.strictObject({ kind: z.literal('time'), t1: z.number() }),
  /** Wants the blocks of a stream from the one after `lastSeq` on; 0: it has none. Again after each welcome while the voice is live. */
  z.strictObject({ kind: z.literal('listen'), stream: streamIdSchema, lastSeq: liveSeqSchema }),
  z.strictObject({ kind: z.literal('unlisten'), stream: streamIdSchema }),
  /** Once a second while it listens: the last block it took, how many were late, how many it refused, and how much voice lies ready. */
  z.strictObject({ kind: z.literal('progress'), stream: streamIdSchema, lastSeq: liveSeqSchema, late: z.int().min(0), refused: z.int().min(0), bufferMs: z.int().min(0).max(60_000) }),
]);

export type Health = z.infer<typeof healthSchema>;
export type ServerFrame = z.infer<typeof serverFrameSchema>;
export type TerminalFrame = z.infer<typeof terminalFrameSchema>;
export type ExchangeRequest = Extract<TerminalFrame, { kind: 'exchange' }>;
export type ExchangeAnswer = Extract<ServerFrame, { kind: 'exchange' }>;
