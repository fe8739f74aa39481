import type { LiveGrant } from '#libs/trust';
import { makeSound } from './make-sound';

/** Runs as a process of its own: takes a grant and its record, answers once, ends; ends with its parent too. */
process.on('disconnect', () => process.exit());
process.once('message', ({ grant, record }: { readonly grant: LiveGrant; readonly record: Uint8Array }) => {
  process.send?.(makeSound(grant, record), () => { process.disconnect(); });
});
