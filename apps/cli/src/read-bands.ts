import { classSchema, rosterSchema, volumeBandSchema, type DayBand, type VolumeHours } from '#libs/contracts';
import { NO_BANDS } from '#libs/domain';
import { CliError, EXIT } from './cli-error';

/** One word that cannot be meant: where it stands on the command line, and why. */
interface Fault { readonly path: string; readonly code: string; readonly message: string }
type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: string; readonly message: string };

const BAND = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;
const DAY_MINUTES = 1_440;

/** The hours that a roster sets; undefined: as they stand. */
export interface WantedHours {
  readonly quietHours: DayBand[] | undefined;
  readonly volumeHours: VolumeHours[] | undefined;
}

/**
 * Bands in China Standard Time: quiet ones such as `21:00-06:30`, volume ones such as `06:30-08:00=notice,governance:low`.
 * Reports every bad one at once: BAND_FORM, BAND_EMPTY (it begins where it ends, which could mean nothing or the whole
 * day), CLASS_UNKNOWN, CLASS_UNBOUND (emergency is never bounded), VOLUME_UNKNOWN, BANDS_TOO_MANY.
 */
export function readHours(words: { readonly quiet: readonly string[] | undefined; readonly volume: readonly string[] | undefined }): WantedHours {
  const faults: Fault[] = [];
  const quietHours = readAll(words.quiet, '--quiet', readBand, faults);
  const volumeHours = readAll(words.volume, '--volume', readVolume, faults);
  const { shape } = rosterSchema;
  if (quietHours !== undefined && !shape.quietHours.safeParse(quietHours).success) faults.push({ path: '--quiet', code: 'BANDS_TOO_MANY', message: 'a roster takes at most 4' });
  if (volumeHours !== undefined && !shape.volumeHours.safeParse(volumeHours).success) faults.push({ path: '--volume', code: 'BANDS_TOO_MANY', message: 'a roster takes at most 8' });
  const [first] = faults;
  if (first === undefined) return { quietHours, volumeHours };
  throw new CliError(first.code, `${faults.length === 1 ? 'One band' : `${faults.length} bands`} cannot be read; nothing was signed`, EXIT.usage, faults);
}

function readAll<T>(words: readonly string[] | undefined, option: string, read: (word: string) => Read<T>, faults: Fault[]): T[] | undefined {
  if (words === undefined) return undefined;
  if (words.length === 1 && words[0] === NO_BANDS) return [];
  return words.flatMap((word) => {
    const band = read(word);
    if (band.ok) return [band.value];
    faults.push({ path: `${option} ${word}`, code: band.code, message: band.message });
    return [];
  });
}

function readBand(word: string): Read<DayBand> {
  const [, fromHour, fromMinutes, toHour = '24', toMinutes = '00'] = BAND.exec(word) ?? [];
  if (fromHour === undefined || fromMinutes === undefined) return bad('BAND_FORM', 'is no band such as 21:00-06:30');
  const fromMinute = minutes(fromHour, fromMinutes);
  const toMinute = minutes(toHour, toMinutes);
  if (fromMinute === toMinute) return bad('BAND_EMPTY', 'begins where it ends; the whole day is 00:00-24:00');
  return { ok: true, value: { fromMinute, toMinute: toMinute === 0 ? DAY_MINUTES : toMinute } };
}

function readVolume(word: string): Read<VolumeHours> {
  const [, hours = '', names = '', level = ''] = /^([^=]*)=([^:]*):([^:]*)$/.exec(word) ?? [];
  if (hours === '') return bad('BAND_FORM', 'is no band such as 06:30-08:00=notice,governance:low');
  const band = readBand(hours);
  if (!band.ok) return band;
  const classes = names.split(',').map((name) => classSchema.safeParse(name));
  const known = classes.flatMap((one) => (one.success ? [one.data] : []));
  if (known.length < classes.length || new Set(known).size < known.length) return bad('CLASS_UNKNOWN', `takes each class once; there are: ${classSchema.options.join(', ')}`);
  if (known.includes('emergency')) return bad('CLASS_UNBOUND', 'an emergency is not bounded by the hour; ./clarion terminals cap bounds a terminal');
  const volume = volumeBandSchema.safeParse(level);
  if (!volume.success) return bad('VOLUME_UNKNOWN', `ends with a volume; there are: ${volumeBandSchema.options.join(', ')}`);
  return { ok: true, value: { ...band.value, classes: known, volume: volume.data } };
}

function bad(code: string, message: string): Read<never> {
  return { ok: false, code, message };
}

function minutes(hours: string, rest: string): number {
  return Number(hours) * 60 + Number(rest);
}
