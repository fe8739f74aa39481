import type { MessageClass, PlaceKind, Role, Tier } from '#libs/contracts';
import type { Box } from './coordinates';

/** A district as its tables say, checked: every reference is an id that exists, parents come before children. */
export interface District {
  readonly areas: readonly AreaEntry[];
  readonly platforms: readonly PlatformEntry[];
  readonly units: readonly UnitEntry[];
  readonly people: readonly PersonEntry[];
  readonly terminals: readonly TerminalEntry[];
  readonly naturalVillages: readonly NaturalVillageEntry[];
  readonly publicPlaces: readonly PublicPlaceEntry[];
}

export interface AreaEntry {
  readonly id: string;
  readonly name: string;
  readonly tier: Tier;
  readonly parent: string | null;
  /** The code in force first, old ones after it. */
  readonly codes: readonly string[];
  readonly platform: string;
  /** Of the district only: where its terminals may stand. */
  readonly box: Box | null;
}

export interface PlatformEntry {
  readonly id: string;
  readonly name: string;
  readonly tier: Tier;
  readonly parent: string | null;
  readonly areas: readonly string[];
}

export interface UnitEntry { readonly platform: string; readonly id: string; readonly name: string; readonly classes: readonly MessageClass[] }

export interface PersonEntry {
  readonly platform: string;
  readonly unit: string;
  readonly id: string;
  readonly title: string;
  readonly roles: readonly Role[];
  readonly account: string;
  /** Base64 SPKI as written: the keys that the person signs messages with. */
  readonly keys: readonly string[];
  /** Likewise, what an officer signs documents with; empty when it is not known. */
  readonly officerKey: string;
}

export interface TerminalEntry {
  readonly id: string;
  readonly name: string;
  readonly platform: string;
  readonly area: string;
  readonly physicalCode: string;
  readonly resourceCode: string;
  /** WGS84; null when the tables do not say. */
  readonly longitude: number | null;
  readonly latitude: number | null;
  readonly horns: number;
  readonly households: number;
  readonly naturalVillage: string;
  readonly sim: string;
}

export interface NaturalVillageEntry { readonly area: string; readonly name: string; readonly households: number }

export interface PublicPlaceEntry {
  readonly name: string;
  readonly kind: PlaceKind;
  readonly area: string;
  readonly people: number;
  readonly longitude: number | null;
  readonly latitude: number | null;
}
