import { z } from 'zod';
import type { Disk } from './disk';

export type StateRead<T> =
  | { readonly kind: 'whole'; readonly value: T }
  | { readonly kind: 'missing' }
  | { readonly kind: 'corrupt' };

/** One kind of state as JSON in one file of the unit's disk: what lies there, and a writer that saves what its owner holds at that moment. */
export interface StateFile<T> {
  load(): Promise<StateRead<T>>;
  /** Resolves when everything that had changed by now is on the disk. Calls while a write runs share the next one. */
  save(): Promise<void>;
}

/** Refuses (as `corrupt`) what is not JSON of this shape, whole checksum or not. */
export function stateFile<T>(disk: Disk, name: string, schema: z.ZodType<T>, snapshot: () => T): StateFile<T> {
  let waiting: Promise<void> | undefined;
  let running: Promise<void> = Promise.resolve();
  return {
    load: async () => {
      const read = await disk.read(name);
      if (read.kind !== 'whole') return read;
      const value = parseState(schema, read.bytes);
      return value === undefined ? { kind: 'corrupt' } : { kind: 'whole', value };
    },
    save: () => {
      waiting ??= running.catch(() => undefined).then(() => {
        waiting = undefined;
        running = disk.writeDurably(name, new TextEncoder().encode(JSON.stringify(snapshot())));
        return running;
      });
      return waiting;
    },
  };
}

function parseState<T>(schema: z.ZodType<T>, bytes: Uint8Array): T | undefined {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    const parsed = schema.safeParse(json);
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
