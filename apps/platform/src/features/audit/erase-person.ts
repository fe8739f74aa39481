import { leafBodySchema, type ErasedPerson, type PersonId, type PlatformId } from '#libs/contracts';
import type { Transactions } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import type { Leaves } from '../../kernel/leaf';
import { scopeOf, type Accounts, type Principal } from '../access';
import type { AuditStore, LeafWithDetails } from './audit.store';

/** Where a leaf says who did it, or whom it is about. */
const NAMES_PERSON = ['person', 'by', 'author'] as const;

/**
 * Erases a person who has left: the accounts with their sessions and factors, and whatever names and texts the side table
 * keeps beside leaves of the platform that name the person, or one of the accounts in such a text. The salts go with them, so that the hashes in the leaves tell
 * nothing any more; the leaves stay, and with them every proof. Refuses PERSON_STANDS while a roster gives the person a
 * role, NOT_FOUND where nothing is kept, PLATFORM_FOREIGN outside the caller's scope.
 */
export class ErasePerson {
  constructor(
    private readonly store: AuditStore,
    private readonly accounts: Accounts,
    private readonly transactions: Transactions,
    private readonly leaves: Leaves,
  ) {}

  async run(caller: Principal, platform: PlatformId, person: PersonId): Promise<ErasedPerson> {
    const scope = scopeOf(caller);
    if (!scope.covers(platform)) throw userError('PLATFORM_FOREIGN', 'The platform is outside your scope.', { status: 404 });
    return this.transactions.run(async (tx) => {
      const erased = await this.accounts.erase(tx, platform, person);
      if (erased === 'standing') throw userError('PERSON_STANDS', 'The roster in force gives this person a role; publish one without the person first.', { status: 409 });
      const named = (await this.store.leavesWithDetails(scope, tx, platform)).filter((leaf) => isAbout(leaf, person, erased));
      const details = await this.store.eraseDetails(scope, tx, named.map(({ id }) => id));
      if (erased.length === 0 && details === 0) throw userError('NOT_FOUND', 'Nothing is kept of such a person.');
      await this.leaves.insert(tx, { platform, kind: 'person.erased', subject: person, facts: { accounts: erased.length, details, by: caller.person } });
      return { platform, person, accounts: erased.length, details };
    });
  }
}

function isAbout({ subject, body, values }: LeafWithDetails, person: PersonId, accounts: readonly string[]): boolean {
  const facts = leafBodySchema.safeParse(jsonOf(body)).data?.facts ?? {};
  return subject === person || NAMES_PERSON.some((name) => facts[name] === person) || values.some((value) => value === person || accounts.includes(value));
}

/** Undefined of a body that somebody edited: it names nobody. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
