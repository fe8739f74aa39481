import { z } from 'zod';
import { envelopeSchema, orderSchema } from './envelope-shape';
import { LIMITS } from './limits';
import { digestSchema, messageIdSchema, plainText, platformIdSchema, streamIdSchema, unixMsSchema } from './ids';
import { classSchema, refusalCodeSchema } from './words';

/**
 * The source link (design 5 "Live"): a microphone page or `./clarion source` brings signed blocks over one WebSocket at
 * `LIVE_PATH` of the API server, subprotocol `clarion.live.v1`. Text frames are JSON objects of the two lists below, one a
 * frame; binary frames are blocks (libs/envelope `live-block`). The first frame is `speak`; nothing but `time` is answered
 * before it.
 */
export const LIVE_SUBPROTOCOL = 'clarion.live.v1';
export const LIVE_PATH = '/live';
/** A source that has left may come back so long; then its voice is over. */
export const SOURCE_AWAY_MS = 20_000;

/** Frames from the source. */
export const liveSourceFrameSchema = z.discriminatedUnion('kind', [
  /** Who speaks, by access token, and under which dispatched grant of his own. The same again after a broken connection. */
  z.strictObject({ kind: z.literal('speak'), token: z.string().min(16).max(2_048), message: messageIdSchema }),
  /** Time probe, as on the device link. */
  z.strictObject({ kind: z.literal('time'), t1: z.number() }),
]);

/** Why a voice may not begin or has ended. */
export const liveEndSchema = z.enum([
  /** The source said END, or sent nothing for `SOURCE_AWAY_MS`. */
  'LIVE_SAID', 'LIVE_AWAY',
  /** The grant's longest or its window is over; it was stopped or withdrawn. Too many blocks of this connection were refused: it ends, the voice is away. */
  'LIVE_OVER', 'LIVE_STOPPED', 'LIVE_BLOCKS_REFUSED',
  /** Somebody else speaks there: `holder`, `until`. */
  'LIVE_TAKEN',
  /** No such message, none with a living voice, not the caller's, not dispatched. */
  'LIVE_UNKNOWN', 'LIVE_NOT_YOURS', 'LIVE_NOT_DISPATCHED',
  /** The same voice is spoken over another connection, a block of which was taken; token not good (any more); frame not of this protocol; the server ends. */
  'LIVE_REPLACED', 'LIVE_AUTH', 'LIVE_SHAPE', 'LIVE_SHUTDOWN',
]);

/** Frames to the source. */
export const liveServerFrameSchema = z.discriminatedUnion('kind', [
  /**
   * The turn is the caller's. Blocks from `nextSeq` on are taken; `startAt`: the dispatch's, when the opening begins;
   * `endsAt`: no sample is heard after it.
   */
  z.strictObject({ kind: z.literal('ready'), stream: streamIdSchema, nextSeq: z.int().min(1), startAt: unixMsSchema, endsAt: unixMsSchema }),
  /** Every block up to this one is on record and on its way, or refused. */
  z.strictObject({ kind: z.literal('taken'), seq: z.int().min(0) }),
  z.strictObject({ kind: z.literal('refused-block'), seq: z.int().min(0).nullable(), code: refusalCodeSchema }),
  /** Once a second: terminals meant, that listen, that have proved that they sound it, that are behind. */
  z.strictObject({ kind: z.literal('heard'), targeted: z.int(), listening: z.int(), proved: z.int(), behind: z.int() }),
  /** Something of higher rank has so many of the loudspeakers, the longest until then; null: all are the speaker's again. */
  z.strictObject({ kind: z.literal('preempted'), by: z.strictObject({ title: plainText(LIMITS.titleChars), holder: plainText(80), until: unixMsSchema, terminals: z.int() }).nullable() }),
  z.strictObject({ kind: z.literal('time'), t1: z.number(), t2: z.number(), t3: z.number() }),
  /** The connection ends after this frame. */
  z.strictObject({ kind: z.literal('ended'), code: liveEndSchema, holder: plainText(80).nullable(), until: unixMsSchema.nullable() }),
]);

/** GET /api/live: voices that live and that lived, newest first. */
export const liveViewSchema = z.strictObject({
  stream: streamIdSchema, message: messageIdSchema, messageDigest: digestSchema, platform: platformIdSchema,
  title: z.string(), class: classSchema,
  /** The platform's own server speaks, from a source of its own; null where a person does. */
  held: z.literal('platform').nullable().default(null),
  /** Who speaks: name and office as the roster has them. */
  holder: z.string(),
  state: z.enum(['speaking', 'away', 'ended']),
  startedAt: unixMsSchema, endedAt: unixMsSchema.nullable(), ended: liveEndSchema.nullable(),
  /** The last block on record; blocks that were refused. */
  lastSeq: z.int().min(0), refused: z.int().min(0),
});

/**
 * GET /api/live/:stream/evidence: what proves a recorded voice (its blocks, GET /api/live/:stream/blocks) to somebody who
 * has nothing but the root (`./clarion live verify`).
 */
export const liveEvidenceSchema = z.strictObject({
  stream: streamIdSchema,
  /** As it was dispatched when the voice began: dispatch, message, approvals, permit. */
  order: orderSchema,
  /** The first root; the root rotations stand in `documents`. */
  root: envelopeSchema,
  /**
   * Root rotations, charters, rosters and revocations of the lineage, in the order in which the platform accepted them:
   * those in force when it was dispatched (its `minVersions`), and everything accepted since.
   */
  documents: z.array(envelopeSchema).max(1_000),
});

export type LiveEvidence = z.infer<typeof liveEvidenceSchema>;
export type LiveSourceFrame = z.infer<typeof liveSourceFrameSchema>;
export type LiveServerFrame = z.infer<typeof liveServerFrameSchema>;
export type LiveEnd = z.infer<typeof liveEndSchema>;
export type LiveView = z.infer<typeof liveViewSchema>;
