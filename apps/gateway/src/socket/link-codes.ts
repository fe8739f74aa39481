/**
 * Why the gateway ends a connection: the code of the `refused` frame, with the WebSocket close code that follows it
 * (RFC 6455 7.4.1). Stable; docs/protocol.md section 4 explains each.
 */
export const LINK_CODES = {
  DEVICE_UNKNOWN: 1008,
  HELLO_SIGNATURE: 1008,
  HELLO_TIMEOUT: 1008,
  CLAIM_SIGNATURE: 1008,
  CLAIM_KEY: 1008,
  CLAIM_KEY_TAKEN: 1008,
  CLAIM_UNKNOWN: 1008,
  CLAIM_USED: 1008,
  CLAIM_EXPIRED: 1008,
  CLAIM_LOCKED: 1008,
  CLAIM_REFUSED: 1008,
  FRAME_TOO_LARGE: 1009,
  FRAME_INVALID: 1007,
  FRAME_BINARY: 1003,
  FRAME_UNEXPECTED: 1008,
  RATE_LIMIT: 1008,
  REPLACED: 1008,
  RECEIPTS_REFUSED: 1008,
  BUSY: 1013,
  PLATFORM_AWAY: 1013,
} as const;

export type LinkCode = keyof typeof LINK_CODES;

/** A peer that does not read is cut without a frame: there is no room for one. */
export type EndCode = LinkCode | 'SLOW';
