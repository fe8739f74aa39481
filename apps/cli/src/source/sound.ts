import type { PaceKind } from '#libs/domain';

/** What a source says, 20 ms after 20 ms. */
export interface Sound {
  readonly kind: PaceKind;
  readonly bitrate: number;
  /** How long it is where that is known, ms. */
  readonly durationMs?: number;
  readonly frames: AsyncIterable<Int16Array>;
  /** Nothing more is wanted of it. */
  close(): void;
}
