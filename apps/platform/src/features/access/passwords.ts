import { hash, verify } from '@node-rs/argon2';

/** OWASP's least for argon2id: 19 MiB, two passes, one lane (facts/threats 3.4). */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** PHC string of a new password. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, COST);
}

/** Compared against when the account is unknown, so that the answer takes as long as for a known one. */
let decoy: Promise<string> | undefined;

/** Whether the password belongs to the hash. Without a hash it works as long and says no. */
export async function isPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword('decoy');
  const against = passwordHash ?? (await decoy);
  try {
    const matches = await verify(against, password);
    return matches && passwordHash !== undefined;
  } catch {
    // A hash that is not readable opens nothing.
    return false;
  }
}
