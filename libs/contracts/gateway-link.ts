import { z } from 'zod';
import { envelopeSchema } from './envelope-shape';
import { serverFrameSchema, terminalFrameSchema } from './device-link';
import { areaIdSchema, streamIdSchema, terminalIdSchema, unixMsSchema } from './ids';
import { softwareKeyRecordSchema } from './keys';
import { LIMITS } from './limits';

/**
 * Between the platform's API server and its gateway: JSON over HTTP on two Unix sockets in `$CLARION_DATA/run`
 * (0600, so only the server's own user). `platform.sock` answers the gateway, `gateway.sock` answers platform and STOP.
 */
export const PLATFORM_SOCKET = 'run/platform.sock';
export const GATEWAY_SOCKET = 'run/gateway.sock';
/** Blocks of living voice, from the platform to the gateway: u32 length (big-endian), block, and so on, on one connection. */
export const LIVE_SOCKET = 'run/live.sock';

const exchangeFrame = terminalFrameSchema.options[2];
const exchangeAnswer = serverFrameSchema.options[4];

export const platformRoutes = {
  /**
   * Every enrolled device key. The gateway keeps it in memory, asks again every 5 s with the last revision. `areas`: those
   * that a terminal's signed assignment says it stands in, none without one; the gateway counts by them whom a stop can silence.
   */
  directory: {
    path: '/internal/directory',
    request: z.strictObject({ revision: z.string() }),
    answer: z.strictObject({ revision: z.string(), devices: z.array(z.strictObject({ terminal: terminalIdSchema, key: softwareKeyRecordSchema, areas: z.array(areaIdSchema).optional() })).nullable() }),
  },
  /** One-use claim code; the gateway has verified that the key signed the nonce. */
  claim: {
    path: '/internal/claim',
    request: z.strictObject({ code: z.string(), physicalCode: z.string(), key: softwareKeyRecordSchema }),
    answer: z.discriminatedUnion('ok', [
      z.strictObject({ ok: z.literal(true), terminal: terminalIdSchema }),
      z.strictObject({ ok: z.literal(false), code: z.string() }),
    ]),
  },
  exchanges: {
    path: '/internal/exchanges',
    request: z.strictObject({ exchanges: z.array(z.strictObject({ terminal: terminalIdSchema, exchange: exchangeFrame })) }),
    answer: z.strictObject({ answers: z.array(z.strictObject({ terminal: terminalIdSchema, exchange: exchangeAnswer })) }),
  },
  /** Presence as it changes; on start the gateway sends `reset` with everyone it has. */
  presence: {
    path: '/internal/presence',
    request: z.strictObject({
      gateway: z.string(),
      reset: z.boolean(),
      changes: z.array(z.strictObject({ terminal: terminalIdSchema, online: z.boolean(), at: unixMsSchema, address: z.string() })),
    }),
    answer: z.strictObject({}),
  },
  /** What looks like an attack on the gateway's door: copies of one terminal, a hello with a key that does not count. */
  alarms: {
    path: '/internal/alarms',
    request: z.strictObject({ alarms: z.array(z.strictObject({ kind: z.enum(['clone', 'device-refused']), terminal: terminalIdSchema, code: z.string().nullable(), keyId: z.string().nullable(), at: unixMsSchema })).max(1_000) }),
    answer: z.strictObject({}),
  },
  /** Receipts and events, committed before the answer; `acks` is the highest counter per terminal without a gap. */
  receipts: {
    path: '/internal/receipts',
    request: z.strictObject({ receipts: z.array(z.strictObject({ terminal: terminalIdSchema, envelopes: z.array(envelopeSchema) })) }),
    answer: z.strictObject({ acks: z.array(z.strictObject({ terminal: terminalIdSchema, counter: z.int().min(0) })) }),
  },
} as const;

export const gatewayRoutes = {
  /** Sends one frame to the named terminals, or to all. The answer names those it was written to. */
  push: {
    path: '/push',
    request: z.strictObject({ terminals: z.array(terminalIdSchema).nullable(), frame: serverFrameSchema }),
    answer: z.strictObject({ written: z.array(terminalIdSchema) }),
  },
  /** A stop: to every terminal now, and to every terminal that says hello until it expires. */
  stop: {
    path: '/stop',
    request: z.strictObject({ stop: envelopeSchema, notAfter: unixMsSchema }),
    /** `written`: terminals told that stand in the stop's area, for no other obeys; `at`: the gateway's time. */
    answer: z.strictObject({ written: z.int(), at: unixMsSchema.optional() }),
  },
  /**
   * A living voice begins, and again after the gateway restarted: terminals may listen to it. Its blocks come over
   * `LIVE_SOCKET`. `delayMs` as granted, for the ring and for what counts as behind.
   */
  liveOpen: {
    path: '/live/open',
    request: z.strictObject({
      stream: streamIdSchema, delayMs: z.int().min(LIMITS.liveDelayMs.least).max(LIMITS.liveDelayMs.most), until: unixMsSchema,
    }),
    answer: z.strictObject({}),
  },
  /**
   * A beacon with leases, to those who listen to one of these streams. The answer: what the listeners of each report; a
   * stream that is not open here is left out, so the platform opens it again.
   */
  liveLease: {
    path: '/live/lease',
    request: z.strictObject({ streams: z.array(streamIdSchema).max(LIMITS.leases), beacon: envelopeSchema }),
    /** `lost`: terminals that listened, went without a word or were cut, and are not back. */
    answer: z.strictObject({ streams: z.array(z.strictObject({ stream: streamIdSchema, listening: z.int(), behind: z.int(), late: z.int(), refused: z.int(), lost: z.int() })) }),
  },
  /** No more blocks; those who listen keep what they have. */
  liveClose: { path: '/live/close', request: z.strictObject({ stream: streamIdSchema }), answer: z.strictObject({}) },
  status: {
    path: '/status',
    request: z.strictObject({}),
    answer: z.strictObject({ connected: z.int(), startedAt: unixMsSchema, framesIn: z.int(), framesOut: z.int(), refused: z.int() }),
  },
} as const;
