import type { DayBand, VolumeHours } from '#libs/contracts';
import { sayQuiet, sayVolume } from '#libs/domain';
import { CliError } from '../cli-error';
import { readHours } from '../read-bands';

const CST_MS = 8 * 3_600_000;
const TIMES = ['issuedAt', 'expiresAt', 'since'];
const ZONED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** A document as a person edits it: one field a line, times with their zone, hours as `hours set` takes them. Loses nothing. */
export function toDraft(document: object): string {
  return `${JSON.stringify(document, (name, value: unknown) => {
    if (typeof value === 'number' && TIMES.includes(name)) return sayTime(value);
    if (name === 'quietHours' && Array.isArray(value)) return words(sayQuiet(value.filter(isBand)));
    if (name === 'volumeHours' && Array.isArray(value)) return words(sayVolume(value.filter(isVolume)));
    return value;
  }, 2)}\n`;
}

/** What a draft means; numbers as they are signed are left as they stand. Refuses hours that cannot be meant. */
export function fromDraft(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => fromDraft(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]: [string, unknown]) => [name, meant(name, part)]));
}

function meant(name: string, part: unknown): unknown {
  if (typeof part === 'string' && TIMES.includes(name)) return ZONED.test(part) ? Date.parse(part) : part;
  if (isWords(part) && name === 'quietHours') return readHours({ quiet: none(part), volume: undefined }).quietHours;
  if (isWords(part) && name === 'volumeHours') return readHours({ quiet: undefined, volume: none(part) }).volumeHours;
  return fromDraft(part);
}

function none(list: readonly string[]): readonly string[] {
  return list.length === 0 ? ['none'] : list;
}

function words(said: string): readonly string[] {
  return said === 'none' ? [] : said.split(' ');
}

/** `2027-12-27T10:00:00+08:00`; milliseconds only where they are not nought. */
function sayTime(at: number): string {
  if (!Number.isSafeInteger(at) || Math.abs(at) > 8.6e15 - CST_MS) throw new CliError('PAPER_FILE', 'a time in it is none');
  return `${new Date(at + CST_MS).toISOString().replace('Z', '').replace(/\.000$/, '')}+08:00`;
}

function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function isBand(value: unknown): value is DayBand {
  return typeof value === 'object' && value !== null && 'fromMinute' in value && 'toMinute' in value;
}

function isVolume(value: unknown): value is VolumeHours {
  return isBand(value) && 'volume' in value && 'classes' in value;
}
