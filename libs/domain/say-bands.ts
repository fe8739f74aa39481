import type { DayBand, VolumeHours } from '#libs/contracts';

/** What stands for no band at all, in both directions. */
export const NO_BANDS = 'none';

/** `21:00-06:30 22:00-24:00`, as `hours set` takes them; `none` without any. */
export function sayQuiet(bands: readonly DayBand[]): string {
  return bands.length === 0 ? NO_BANDS : bands.map(sayBand).join(' ');
}

/** `06:30-08:00=notice,governance:low`, likewise. */
export function sayVolume(rows: readonly VolumeHours[]): string {
  return rows.length === 0 ? NO_BANDS : rows.map((row) => `${sayBand(row)}=${row.classes.join(',')}:${row.volume}`).join(' ');
}

function sayBand({ fromMinute, toMinute }: DayBand): string {
  return `${sayMinute(fromMinute)}-${sayMinute(toMinute)}`;
}

function sayMinute(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
