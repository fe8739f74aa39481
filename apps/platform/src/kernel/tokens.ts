/**
 * Injection tokens for the kernel's interfaces (classes are injected by themselves):
 *   constructor(@Inject(CLOCK) private readonly clock: Clock) {}
 */
export const CLOCK = Symbol('clarion clock');
export const CONFIG = Symbol('clarion config');
export const DATABASE = Symbol('clarion database');
/** The same object as DATABASE, for verbs that only need `run`. */
export const TRANSACTIONS = Symbol('clarion transactions');
export const LOG = Symbol('clarion log');
