import { hash, verify } from '@node-rs/argon2';

/** OWASP's least for argon2id: 19 MiB, two passes, one lane (facts/threats 3.4). */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The work that was asked for last. */
let last: Promise<unknown> = Promise.resolve();

/**
 * One at a time: forty people who sign in at once cost 19 MiB, not 19 for each thread of Node's pool, and leave that
 * pool's other threads to the files and sounds of everybody else.
 */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = last.then(work);
  last = mine.catch(() => undefined);
  return mine;
}

/** PHC string of a new password. */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password, COST));
}

/** Compared against when the account is unknown, so that the answer takes as long as for a known one. */
let decoy: Promise<string> | undefined;

/** Whether the password belongs to the hash. Without a hash it works as long and says no. */
export async function isPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword('decoy');
  const against = passwordHash ?? (await decoy);
  try {
    const matches = await inTurn(() => verify(against, password));
    return matches && passwordHash !== undefined;
  } catch {
    // A hash that is not readable opens nothing.
    return false;
  }
}
