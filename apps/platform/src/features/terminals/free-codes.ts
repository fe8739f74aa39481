import type { Area } from '../areas';

/** GD/J 080 5.2: the level digit of a resource is that of the place it stands in. */
const LEVEL = { district: '4', township: '5', village: '6' } as const;
/** 0314 loudspeaker system, its own number 01 and up, 04 terminal. */
const SYSTEM = '0314';
const TERMINAL = '04';
const MOST = 99;

/** The next free 23-digit resource code of an area: terminals 01-99 of system 01, then of 02 and so on. Undefined when the area has no 12-digit code, or no number is left. */
export function freeResourceCode({ tier, codes }: Pick<Area, 'tier' | 'codes'>, taken: ReadonlySet<string>): string | undefined {
  const [code] = codes;
  if (code === undefined) return undefined;
  for (let system = 1; system <= MOST; system += 1) {
    for (let terminal = 1; terminal <= MOST; terminal += 1) {
      const candidate = `${LEVEL[tier]}${code}${SYSTEM}${two(system)}${TERMINAL}${two(terminal)}`;
      if (!taken.has(candidate)) return candidate;
    }
  }
  return undefined;
}

/** The next free id of an area, after those that are or were there. */
export function freeTerminalId(area: string, taken: ReadonlySet<string>): string {
  let number = 1;
  while (taken.has(`t-${area}-${number}`)) number += 1;
  return `t-${area}-${number}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
