import type { LeafBody, PayloadWord } from '#libs/contracts';

/** Signed bytes that a leaf names. `name` finds them in a store; `digest` is null where the leaf holds one digest over all. */
export interface NamedBytes {
  readonly word: PayloadWord | 'record';
  readonly name: string;
  readonly digest: string | null;
}

/** A receipt or event of a terminal, by its own counter; '' of what names none. */
export function recordName(terminal: unknown, counter: unknown): string {
  return typeof terminal === 'string' && typeof counter === 'number' ? `${terminal} ${counter}` : '';
}

/**
 * The signed bytes behind a leaf, in the order in which they follow it in an export. Leaves of other kinds name none;
 * the trust documents that a leaf names stand at the beginning of the file.
 */
export function namedBy({ kind, subject, facts }: LeafBody): readonly NamedBytes[] {
  switch (kind) {
    case 'message.submitted': return [fact(facts, 'digest'), ...list(facts['corrections'])].map((digest) => ({ word: 'message', name: digest, digest }));
    case 'approval.signed':
    case 'approval.returned':
    case 'approval.late': return [{ word: 'approval', name: `${subject} ${fact(facts, 'person')}`, digest: fact(facts, 'approval') }];
    case 'dispatch.placed': return one('dispatch', fact(facts, 'dispatch'));
    case 'consent.correct':
    case 'consent.resume': return one('consent', fact(facts, 'consent'));
    case 'stop.placed': return [{ word: 'stop', name: fact(facts, 'stopId'), digest: fact(facts, 'stop') }];
    case 'stop.imported': return [{ word: 'stop', name: subject, digest: fact(facts, 'stop') }];
    case 'isolate.placed': return one('isolate', fact(facts, 'isolate'));
    case 'restriction.placed': return one('restriction', fact(facts, 'restriction'));
    case 'permit.used': return one('permit', fact(facts, 'permit'));
    case 'assignment.accepted': return one('assignment', subject);
    case 'receipts.taken': return records(facts['records']);
    default: return [];
  }
}

function one(word: PayloadWord, digest: string): readonly NamedBytes[] {
  return [{ word, name: digest, digest }];
}

/** `[terminal, counter, ...]` for each terminal, in the order of terminals and counters. */
function records(value: unknown): readonly NamedBytes[] {
  const groups: readonly unknown[] = Array.isArray(value) ? value : [];
  return groups.flatMap((group) => {
    const [terminal, ...counters]: readonly unknown[] = Array.isArray(group) ? group : [];
    return counters.map((counter) => ({ word: 'record' as const, name: recordName(terminal, counter), digest: null }));
  });
}

/** A fact that should be a string; '' names nothing and fits nothing. */
export function fact(facts: LeafBody['facts'], name: string): string {
  const value = facts[name];
  return typeof value === 'string' ? value : '';
}

function list(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
