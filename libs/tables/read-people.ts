import { classSchema, roleSchema, type MessageClass, type Policy, type Role } from '#libs/contracts';
import { Names, sayTwice } from './names';
import { peopleMissing } from './people-needed';
import type { PlatformDraft } from './read-platforms';
import type { RowReader } from './row-reader';
import { rowsBy } from './rows-by';
import { CLASS_WORDS, ROLE_WORDS } from './words';
import { readPublicKey } from './public-key';

const NAME_CHARS = 60;
const NO_UNITS = new Names<UnitDraft>([]);
const ACCOUNT_CHARS = 64;
/** What a roster holds (libs/contracts). */
const MOST_PEOPLE = 64;
const MOST_UNITS = 32;
const MOST_OFFICERS = 8;
const MOST_KEYS = 4;

export interface UnitDraft {
  readonly reader: RowReader;
  readonly platform: PlatformDraft | undefined;
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly classes: readonly MessageClass[] | undefined;
}

export interface PersonDraft {
  readonly reader: RowReader;
  readonly platform: PlatformDraft | undefined;
  readonly unit: UnitDraft | undefined;
  readonly id: string | undefined;
  readonly title: string | undefined;
  readonly roles: readonly Role[] | undefined;
  readonly account: string | undefined;
  readonly keys: readonly string[] | undefined;
  readonly officerKey: string | undefined;
}

/** Reads the units of the platforms. */
export function readUnits(rows: readonly RowReader[], platforms: readonly PlatformDraft[]): readonly UnitDraft[] {
  const names = new Names(platforms);
  const drafts = rows.map((reader): UnitDraft => ({
    reader,
    platform: names.find(reader.reference('platform', true), reader, 'platform', 'PLATFORM_UNKNOWN'),
    id: reader.id('id', true),
    name: reader.text('name', NAME_CHARS, true),
    classes: reader.choices('classes', CLASS_WORDS, classSchema.options, false),
  }));
  const byPlatform = rowsBy(drafts, ({ platform }) => platform);
  for (const platform of platforms) {
    const own = byPlatform.get(platform) ?? [];
    sayTwice(own.map(({ reader, id }) => ({ reader, value: id })), 'id', 'ID_TWICE');
    if (own.length === 0 && rows.length > 0) platform.reader.say('PLATFORM_WITHOUT_UNIT', 'id');
    if (own.length > MOST_UNITS) platform.reader.say('TOO_MANY_OF', 'id', { limit: MOST_UNITS, zh: '发布单位', en: 'units' });
  }
  return drafts;
}

/** Reads the people, and asks of every platform whether they are enough for the policy that it will run under. */
export function readPeople(rows: readonly RowReader[], platforms: readonly PlatformDraft[], units: readonly UnitDraft[], policy: Policy): readonly PersonDraft[] {
  const names = new Names(platforms);
  const unitNames = new Map([...rowsBy(units, ({ platform }) => platform)].map(([platform, own]) => [platform, new Names(own)]));
  const drafts = rows.map((reader) => readPerson(reader, names, unitNames));
  sayTwice(drafts.map(({ reader, account }) => ({ reader, value: account })), 'account', 'ACCOUNT_TWICE');
  // An id that is the account has been told as such.
  sayTwice(drafts.map(({ reader, id, account }) => ({ reader, value: reader.isEmpty('id') && id === account ? undefined : id })), 'id', 'ID_TWICE');
  sayTwice(drafts.flatMap(({ reader, keys, officerKey }) => [...keys ?? [], officerKey].map((value) => ({ reader, value }))), 'key', 'KEY_TWICE');
  if (rows.length > 0) {
    const homeless = drafts.some((person) => person.platform === undefined);
    const staff = rowsBy(drafts, ({ platform }) => platform);
    for (const platform of platforms) {
      const own = staff.get(platform) ?? [];
      if (own.length > MOST_PEOPLE) platform.reader.say('TOO_MANY_OF', 'id', { limit: MOST_PEOPLE, zh: '人员', en: 'people' });
      const officers = own.filter((person) => person.roles?.includes('officer') === true).length;
      if (officers > MOST_OFFICERS) platform.reader.say('TOO_MANY_OF', 'id', { limit: MOST_OFFICERS, zh: '密钥管理员', en: 'officers' });
      // A row that could not be read may be the one that is missing: its own fault is told already.
      if (own.some((person) => person.roles === undefined) || homeless) continue;
      for (const missing of peopleMissing(platform, own, policy)) platform.reader.say('PLATFORM_LACKS_PEOPLE', 'id', missing);
    }
  }
  return drafts;
}

function readPerson(reader: RowReader, names: Names<PlatformDraft>, unitNames: ReadonlyMap<PlatformDraft, Names<UnitDraft>>): PersonDraft {
  const platform = names.find(reader.reference('platform', true), reader, 'platform', 'PLATFORM_UNKNOWN');
  const unitRef = reader.reference('unit', true);
  const unit = platform === undefined ? undefined : (unitNames.get(platform) ?? NO_UNITS).find(unitRef, reader, 'unit', 'UNIT_UNKNOWN');
  const written = reader.id('id', false);
  const title = reader.text('title', NAME_CHARS, true);
  const roles = reader.choices('roles', ROLE_WORDS, roleSchema.options, true);
  if (roles?.includes('administrator') === true) {
    const signing = roles.find((role) => role !== 'administrator' && role !== 'auditor');
    if (signing !== undefined) reader.say('ADMINISTRATOR_SIGNS', 'roles', { role: ROLE_WORDS[signing][0], word: signing });
  }
  const account = reader.id('account', true);
  const id = written === '' ? account : written;
  if (account !== undefined && account.length > ACCOUNT_CHARS) reader.say('TOO_LONG', 'account', { limit: ACCOUNT_CHARS });
  const keys = reader.isEmpty('key') ? [] : reader.codes('key', readPublicKey);
  if (keys !== undefined && keys.length > MOST_KEYS) reader.say('TOO_MANY_KEYS', 'key', { limit: MOST_KEYS });
  const officerKey = reader.code('officerKey', false, readPublicKey);
  return { reader, platform, unit, id, title, roles, account, keys, officerKey };
}
