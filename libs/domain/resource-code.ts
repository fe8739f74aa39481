import type { Tier } from '#libs/contracts';
import { TIERS } from './classes';

/** The parts of a 23-digit resource code (GD/J 080 5.2). */
export interface ResourceParts {
  readonly level: string;
  readonly area: string;
  readonly type: string;
  readonly typeSequence: string;
  readonly subtype: string;
  readonly sequence: string;
}

/** Loudspeaker system, and terminal in it (GD/J 080 5.2). */
export const LOUDSPEAKER_SYSTEM = '0314';
export const TERMINAL_SUBTYPE = '04';
const MOST = 99;

export function resourceParts(code: string): ResourceParts | undefined {
  const [, level, area, type, typeSequence, subtype, sequence] = /^(\d)(\d{12})(\d{4})(\d{2})(\d{2})(\d{2})$/.exec(code) ?? [];
  if (level === undefined || area === undefined || type === undefined || typeSequence === undefined || subtype === undefined || sequence === undefined) return undefined;
  return { level, area, type, typeSequence, subtype, sequence };
}

/**
 * Gives numbers to terminals that have none: after the highest of the same level and area, 01 to 99, then the next type
 * sequence. What was ever given (`taken`, retired terminals' codes among them) is never given again, gaps included.
 */
export class ResourceNumbers {
  private readonly highest = new Map<string, number>();

  constructor(taken: Iterable<string>) {
    for (const code of taken) {
      const parts = resourceParts(code);
      if (parts === undefined || parts.type !== LOUDSPEAKER_SYSTEM || parts.subtype !== TERMINAL_SUBTYPE) continue;
      const place = parts.level + parts.area;
      this.highest.set(place, Math.max(this.highest.get(place) ?? 0, indexOf(Number(parts.typeSequence), Number(parts.sequence))));
    }
  }

  /** The next code of the area; undefined when all 99 x 99 are behind. */
  next(tier: Tier, areaCode: string): string | undefined {
    const place = `${TIERS[tier].number}${areaCode}`;
    const index = (this.highest.get(place) ?? 0) + 1;
    if (index > MOST * MOST) return undefined;
    this.highest.set(place, index);
    return `${place}${LOUDSPEAKER_SYSTEM}${two(Math.ceil(index / MOST))}${TERMINAL_SUBTYPE}${two(((index - 1) % MOST) + 1)}`;
  }
}

function indexOf(typeSequence: number, sequence: number): number {
  return Math.max(0, (typeSequence - 1) * MOST + sequence);
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
