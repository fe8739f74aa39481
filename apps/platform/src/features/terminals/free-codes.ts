import { ResourceNumbers } from '#libs/domain';
import type { Area } from '../areas';

/** The next 23-digit resource code of an area, by the rule of the district's tables: what was ever given is never given again. Undefined when the area has no 12-digit code, or no number is left. */
export function freeResourceCode({ tier, codes }: Pick<Area, 'tier' | 'codes'>, taken: ReadonlySet<string>): string | undefined {
  const [code] = codes;
  return code === undefined ? undefined : new ResourceNumbers(taken).next(tier, code);
}

/** The next free id of an area, after those that are or were there. */
export function freeTerminalId(area: string, taken: ReadonlySet<string>): string {
  let number = 1;
  while (taken.has(`t-${area}-${number}`)) number += 1;
  return `t-${area}-${number}`;
}
