import { LOUDSPEAKER_SYSTEM, resourceParts, TERMINAL_SUBTYPE, TIERS } from '#libs/domain';
import type { Tier } from '#libs/contracts';
import type { FaultCode } from './fault-words';

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
  else if (parts.type !== LOUDSPEAKER_SYSTEM) faults.push({ code: 'RESOURCE_TYPE_OTHER', words: { type: parts.type } });
  if (parts.subtype !== TERMINAL_SUBTYPE) faults.push({ code: 'RESOURCE_SUBTYPE', words: {} });
  if (parts.sequence === '00' || parts.typeSequence === '00') faults.push({ code: 'RESOURCE_SEQUENCE', words: {} });
  return faults;
}

/** GD/J 080 table 4, with the ranges that it leaves to the levels. */
function isResourceType(type: string): boolean {
  const number = Number(type);
  return type === '0001' || (number >= 101 && number <= 104) || (number >= 201 && number <= 203) || (number >= 301 && number <= 399);
}
