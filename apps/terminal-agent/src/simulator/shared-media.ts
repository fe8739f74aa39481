import type { Digest } from '#libs/contracts';
import type { Shelf } from '../hardware/disk';
import type { MediaOutcome, MediaRequest, MediaSource } from '../media/media-source';

/** Files just fetched are handed on from memory to this many. */
const KEPT = 16;

/**
 * One fetch for all units of the process that want the same file at the same time or shortly after; each still verifies
 * or shares the verified sound. The twelve named units fetch for themselves.
 */
export function sharedSource(source: MediaSource): MediaSource {
  const fetching = new Map<Digest, Promise<{ readonly outcome: MediaOutcome; readonly bytes: Uint8Array }>>();
  const kept: Digest[] = [];
  const fetchOnce = (wanted: MediaRequest) => {
    const running = fetching.get(wanted.sha256);
    if (running !== undefined) return running;
    const chunks: Uint8Array[] = [];
    const made = source.fetch({ sha256: wanted.sha256, from: 0, token: wanted.token, isRevoked: (chain) => wanted.isRevoked(chain), onStart: () => undefined, onChunk: (bytes) => chunks.push(bytes) > 0 })
      .then((outcome) => {
        if (outcome.kind !== 'complete') fetching.delete(wanted.sha256);
        return { outcome, bytes: new Uint8Array(Buffer.concat(chunks)) };
      });
    fetching.set(wanted.sha256, made);
    kept.push(wanted.sha256);
    if (kept.length > KEPT) {
      const oldest = kept.shift();
      if (oldest !== undefined) fetching.delete(oldest);
    }
    return made;
  };
  return {
    fetch: async (wanted) => {
      const { outcome, bytes } = await fetchOnce(wanted);
      if (outcome.kind === 'refused') return outcome;
      wanted.onStart(wanted.from);
      return wanted.onChunk(bytes.subarray(wanted.from)) ? outcome : { kind: 'cut' };
    },
  };
}

/** One shelf for all units: a file lies there once, until the last unit that put or read it removes it. */
export function sharedShelf(shelf: Shelf): { shelfOf(terminal: string): Shelf } {
  const holders = new Map<string, Set<string>>();
  const held = (sha256: string, terminal: string) => {
    const set = holders.get(sha256) ?? new Set<string>();
    holders.set(sha256, set.add(terminal));
    return set;
  };
  const writes = new Map<string, Promise<void>>();
  return {
    shelfOf: (terminal) => ({
      get: async (sha256) => {
        await writes.get(sha256);
        const bytes = await shelf.get(sha256);
        if (bytes !== null) held(sha256, terminal);
        return bytes;
      },
      put: (sha256, bytes) => {
        const isFirst = held(sha256, terminal).size === 1;
        const known = writes.get(sha256);
        if (!isFirst && known !== undefined) return known;
        const written = shelf.put(sha256, bytes);
        writes.set(sha256, written);
        return written;
      },
      remove: async (sha256) => {
        const set = held(sha256, terminal);
        set.delete(terminal);
        if (set.size > 0) return;
        holders.delete(sha256);
        writes.delete(sha256);
        await shelf.remove(sha256);
      },
    }),
  };
}
