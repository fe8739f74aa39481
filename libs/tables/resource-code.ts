import { TIERS } from '#libs/domain';
import type { Tier } from '#libs/contracts';
import type { FaultCode } from './fault-words';

/** The parts of a 23-digit resource code (GD/J 080 5.2). */
export interface ResourceParts {
  readonly level: string;
  readonly area: string;
  readonly type: string;
  readonly typeSequence: string;
  readonly subtype: string;
  readonly sequence: string;
}

const LOUDSPEAKERS = '0314';
const TERMINAL = '04';
const MOST = 99;

export function resourceParts(code: string): ResourceParts | undefined {
  const [, level, area, type, typeSequence, subtype, sequence] = /^(\d)(\d{12})(\d{4})(\d{2})(\d{2})(\d{2})$/.exec(code) ?? [];
  if (level === undefined || area === undefined || type === undefined || typeSequence === undefined || subtype === undefined || sequence === undefined) return undefined;
  return { level, area, type, typeSequence, subtype, sequence };
}

export interface ResourceFault { readonly code: FaultCode; readonly words: Readonly<Record<string, string | number>> }

/** What is wrong with the code of a terminal that stands in this area; every wrong part is told. */
export function resourceFaults(code: string, area: { readonly tier: Tier; readonly codes: readonly string[] }): readonly ResourceFault[] {
  const parts = resourceParts(code);
  if (parts === undefined) return [{ code: 'CODE_NOT_DIGITS', words: {} }];
  const level = String(TIERS[area.tier].number);
  const faults: ResourceFault[] = [];
  if (parts.level !== level) faults.push({ code: 'RESOURCE_LEVEL', words: { expected: level, tier: TIERS[area.tier].zh } });
  if (!area.codes.includes(parts.area)) faults.push({ code: 'RESOURCE_AREA', words: { expected: area.codes[0] ?? '' } });
  if (!isResourceType(parts.type)) faults.push({ code: 'RESOURCE_TYPE', words: { type: parts.type } });
  else if (parts.type !== LOUDSPEAKERS) faults.push({ code: 'RESOURCE_TYPE_OTHER', words: { type: parts.type } });
  if (parts.subtype !== TERMINAL) faults.push({ code: 'RESOURCE_SUBTYPE', words: {} });
  if (parts.sequence === '00' || parts.typeSequence === '00') faults.push({ code: 'RESOURCE_SEQUENCE', words: {} });
  return faults;
}

/** GD/J 080 table 4, with the ranges that it leaves to the levels. */
function isResourceType(type: string): boolean {
  const number = Number(type);
  return type === '0001' || (number >= 101 && number <= 104) || (number >= 201 && number <= 203) || (number >= 301 && number <= 399);
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
      if (parts === undefined || parts.type !== LOUDSPEAKERS || parts.subtype !== TERMINAL) continue;
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
    return `${place}${LOUDSPEAKERS}${two(Math.ceil(index / MOST))}${TERMINAL}${two(((index - 1) % MOST) + 1)}`;
  }
}

function indexOf(typeSequence: number, sequence: number): number {
  return Math.max(0, (typeSequence - 1) * MOST + sequence);
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
