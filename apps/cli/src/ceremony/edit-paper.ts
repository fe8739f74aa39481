import { digestSchema, personIdSchema, roleSchema, unitIdSchema, type Charter, type Person, type Role, type Roster } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readWord } from '../command';
import { readPublicKey } from './new-key';
import type { Paper } from './paper';

/** One change of a draft that has a command of its own; everything else is edited in the file. */
export interface Edit {
  readonly verb: 'add-person' | 'remove-person' | 'set-roles' | 'add-key' | 'remove-key' | 'add-permit' | 'remove-permit' | 'add-officer' | 'remove-officer';
  /** A person, the beginning of a key id, or the digest of a permit. */
  readonly subject: string;
  readonly unit: string | undefined;
  readonly roles: readonly string[];
  readonly publicKeys: readonly string[];
}

/** The document with the change made. Refuses PERSON_KNOWN, PERSON_UNKNOWN, KEY_UNKNOWN, and words that are none. */
export function editPaper(paper: Paper, edit: Edit): Charter | Roster {
  switch (paper.word) {
    case 'charter': return editCharter(paper.value, edit);
    case 'roster': return editRoster(paper.value, edit);
    case 'root': throw misused('a root is drafted anew: ./clarion root rotate');
  }
}

function editCharter(charter: Charter, { verb, subject, publicKeys }: Edit): Charter {
  const person = personOf(subject);
  if (verb === 'remove-officer') {
    if (!charter.officers.some((officer) => officer.person === person)) throw unknown(subject);
    return { ...charter, officers: charter.officers.filter((officer) => officer.person !== person) };
  }
  const [key, ...more] = publicKeys;
  if (verb !== 'add-officer' || key === undefined || more.length > 0) throw misused('an officer is added with one --public KEY');
  return { ...charter, officers: [...charter.officers, { person, key: readPublicKey(key) }] };
}

function editRoster(roster: Roster, edit: Edit): Roster {
  const { verb, subject, publicKeys } = edit;
  if (verb === 'remove-key') {
    const kept = roster.persons.map((person) => ({ ...person, keys: person.keys.filter(({ keyId }) => !keyId.startsWith(subject)) }));
    if (!/^[0-9a-f]{8,64}$/.test(subject) || kept.every(({ keys }, at) => keys.length === roster.persons[at]?.keys.length)) throw new CliError('KEY_UNKNOWN', `Nobody in it has a key that begins with "${subject}" (8 digits at least)`, EXIT.usage);
    return { ...roster, persons: kept };
  }
  if (verb === 'add-permit' || verb === 'remove-permit') {
    const digest = readWord(digestSchema, subject, 'is not a permit\'s digest; ./clarion permit ls', 'roster');
    const others = (roster.permits ?? []).filter((one) => one !== digest);
    if (verb === 'remove-permit' && others.length === roster.permits?.length) throw new CliError('PERMIT_UNKNOWN', 'It is not listed', EXIT.usage);
    return { ...roster, permits: verb === 'add-permit' ? [...others, digest] : others };
  }
  const id = personOf(subject);
  const known = roster.persons.find((person) => person.id === id);
  if (verb === 'add-person') {
    if (known !== undefined) throw new CliError('PERSON_KNOWN', `${subject} stands in it already`, EXIT.usage);
    const [home] = roster.units;
    const unit = edit.unit === undefined && roster.units.length === 1 ? home?.id : readWord(unitIdSchema, edit.unit ?? '', `is no unit; there are: ${roster.units.map((one) => one.id).join(', ')}`, 'roster add-person');
    if (unit === undefined || !roster.units.some((one) => one.id === unit)) throw misused(`there is no such unit; there are: ${roster.units.map((one) => one.id).join(', ')}`);
    return { ...roster, persons: [...roster.persons, { id, unit, roles: rolesOf(edit), keys: publicKeys.map(readPublicKey) }] };
  }
  if (known === undefined) throw unknown(subject);
  const others = (change: (person: Person) => Person): Roster => ({ ...roster, persons: roster.persons.map((person) => (person === known ? change(person) : person)) });
  switch (verb) {
    case 'remove-person': return { ...roster, persons: roster.persons.filter((person) => person !== known) };
    case 'set-roles': return others((person) => ({ ...person, roles: rolesOf(edit) }));
    case 'add-key':
      if (publicKeys.length === 0) throw misused('which key? --public KEY');
      return others((person) => ({ ...person, keys: [...person.keys, ...publicKeys.map(readPublicKey)] }));
    case 'add-officer':
    case 'remove-officer': throw misused('officers stand in the charter');
  }
}

function rolesOf({ roles }: Edit): Role[] {
  const wanted = roles.flatMap((one) => one.split(',')).map((one) => readWord(roleSchema, one, `is no role; there are: ${roleSchema.options.join(', ')}`, 'roster'));
  if (wanted.length === 0) throw misused('which roles? --role ROLE');
  return [...new Set(wanted)];
}

function personOf(subject: string) {
  return readWord(personIdSchema, subject, 'is not a person id', 'roster');
}

function unknown(subject: string): CliError {
  return new CliError('PERSON_UNKNOWN', `${subject} does not stand in it`, EXIT.usage);
}

function misused(sentence: string): CliError {
  return new CliError('USAGE', sentence, EXIT.usage);
}
