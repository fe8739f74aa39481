/** Why the gateway ends a connection: the code of the `refused` frame. Stable; docs/protocol.md explains each. */
export type LinkCode =
  | 'DEVICE_UNKNOWN' | 'HELLO_SIGNATURE' | 'HELLO_TIMEOUT'
  | 'CLAIM_SIGNATURE' | 'CLAIM_KEY' | 'CLAIM_KEY_TAKEN' | 'CLAIM_UNKNOWN' | 'CLAIM_USED' | 'CLAIM_EXPIRED' | 'CLAIM_REFUSED'
  | 'FRAME_TOO_LARGE' | 'FRAME_INVALID' | 'FRAME_BINARY' | 'FRAME_UNEXPECTED' | 'RATE_LIMIT'
  | 'REPLACED' | 'SLOW' | 'BUSY' | 'PLATFORM_AWAY' | 'RECEIPTS_REFUSED';

/** WebSocket close code beside the `refused` frame (RFC 6455 7.4.1). */
export function closeCodeOf(code: LinkCode): number {
  switch (code) {
    case 'FRAME_TOO_LARGE': return 1009;
    case 'FRAME_BINARY': return 1003;
    case 'FRAME_INVALID': return 1007;
    case 'BUSY':
    case 'PLATFORM_AWAY': return 1013;
    case 'DEVICE_UNKNOWN': case 'HELLO_SIGNATURE': case 'HELLO_TIMEOUT':
    case 'CLAIM_SIGNATURE': case 'CLAIM_KEY': case 'CLAIM_KEY_TAKEN': case 'CLAIM_UNKNOWN': case 'CLAIM_USED': case 'CLAIM_EXPIRED': case 'CLAIM_REFUSED':
    case 'FRAME_UNEXPECTED': case 'RATE_LIMIT': case 'REPLACED': case 'SLOW': case 'RECEIPTS_REFUSED': return 1008;
  }
}
