/**
 * Limits that only the gateway has; what peers and other programs share stands in `LIMITS` of libs/contracts.
 * Units are in the names.
 */
export const GATEWAY_LIMITS = {
  /** Connections of any kind, TLS handshakes included. */
  connections: 10_000,
  /** WebSockets without an accepted hello; when full the oldest makes room, because a genuine hello takes one round trip. */
  guests: 4_096,
  /** From the accepted WebSocket to the accepted hello. */
  helloMs: 10_000,
  /** Longer than the hello: in a storm of thousands every handshake ends late, and cutting them off only repeats the work. */
  tlsHandshakeMs: 30_000,
  httpRequestMs: 20_000,
  /** Bytes that may wait unread in user space for one socket; above it the terminal is slow and reconnects. */
  queuedBytesPerSocket: 1_048_576,
  /** Of what is more than that at once (stops in force, a large answer) so much is written each time the terminal has read all. */
  pageBytes: 262_144,
  /** After the close frame, before the socket is cut. */
  closeGraceMs: 2_000,
  /** A quiet socket is asked by a ping. */
  pingAfterMs: 30_000,
  /** Exchanges, receipts and presence changes are gathered this long into one request. */
  gatherMs: 50,
  exchangesPerBatch: 100,
  exchangeBatchesAtOnce: 2,
  receiptsPerBatch: 250,
  /** Characters of one request to the platform. */
  receiptCharsPerBatch: 240_000,
  /** Envelopes of one terminal that may wait; above it the gateway reads no more from it while the platform takes them, and drops what comes while it does not. */
  receiptsPerTerminal: 200,
  /** Characters of all envelopes that wait; above it the same for every terminal that sends receipts. */
  receiptCharsQueued: 32_000_000,
  presenceChangesQueued: 20_000,
  alarmsQueued: 1_000,
  platformTimeoutMs: 10_000,
  platformAnswerBytes: 67_108_864,
  controlBodyBytes: 1_048_576,
  directoryEveryMs: 5_000,
  /** While the platform is away. */
  directoryRetryMs: 1_000,
  /** Two pulls asked for by unknown terminals are at least this far apart. */
  directoryOnDemandMs: 250,
  /** A claim made here is kept until a directory that knows it arrives, or this long. */
  claimMemoryMs: 3_000,
  /** Networks from which refused claims are remembered. */
  claimNetworks: 10_000,
  stopsInForce: 1_000,
  /** Everybody who says hello is told all of them. */
  stopsInForceBytes: 4_194_304,
  stopFileBytes: 262_144,
  /** How long terminals wait for the disk before they are told of a stop all the same. */
  stopFileMs: 500,
  mediaDownloadsPerTerminal: 4,
  mediaDownloadsAtOnce: 1_000,
  /** Without one byte taken by the terminal. */
  mediaStallMs: 30_000,
  /** Blocks of one living voice that are remembered; in time the ladder needs somewhat more than `liveCutMs`. */
  liveBlocksKept: 1_024,
  /** What a newcomer gets is this much older than the voice's delay at most, and who is this much behind it is told of. */
  liveBehindMs: 1_000,
  /** Whoever has left a block unread this long gets no new ones until it has read what it has. */
  liveSkipMs: 3_000,
  /** The same, and whoever has not reported this long is cut; it comes back at what is said then. */
  liveCutMs: 10_000,
  /** Bytes that wait in user space for one socket, above which it gets no more blocks. */
  liveQueuedBytes: 32_768,
  /** Blocks of a voice that was just closed may still be on their way from the platform. */
  liveClosedMs: 10_000,
  shutdownMs: 2_000,
} as const;
