import { LIMITS } from '#libs/contracts';

/** What a caller of the API may send. Times in milliseconds. */
export const HTTP_LIMITS = {
  bodyBytes: LIMITS.apiBodyBytes,
  jsonDepth: 32,
  headerBytes: 16_384,
  /** A request whose headers or body do not come within this time is closed. */
  headersMs: 10_000,
  requestMs: 120_000,
  keepAliveMs: 20_000,
} as const;
