import type { KeyRequestView, PersonId, PlatformId } from '#libs/contracts';
import type { Tx } from '../../../kernel/database';
import type { Scope } from '../../../kernel/scope';

/** A key of a roster in force, by platform. */
export interface KeyAt {
  readonly platform: PlatformId;
  readonly keyId: string;
}

/** A key of a person in a roster. */
export interface PersonKey extends KeyAt {
  readonly person: PersonId;
}

/** An alarm about papers that end, by whose it is and what it says. */
export interface EndingAt {
  readonly platform: PlatformId;
  readonly cause: string;
}

/** Open key requests, when keys were shown, of which platforms too few could sign, and which papers' ends were told. */
export interface KeysStore {
  /** Those of `person` alone, or everybody's in scope; oldest first. */
  requests(scope: Scope, now: number, person?: PersonId): Promise<readonly KeyRequestView[]>;
  /** False when the same one is there already. Also removes what is over. */
  addRequest(scope: Scope, tx: Tx, request: KeyRequestView, account: string): Promise<boolean>;
  /** Open ones. */
  countRequests(scope: Scope, tx: Tx, platform: PlatformId, person: PersonId, now: number): Promise<number>;
  /** Turned down: open no longer, kept for its person to read why. False when it is not there, or was turned down before. */
  refuseRequest(scope: Scope, tx: Tx, id: string, refused: NonNullable<KeyRequestView['refused']>): Promise<boolean>;
  /** Removes those that ask for keys which these persons have now; what was removed. */
  removeAnswered(scope: Scope, tx: Tx, answered: readonly PersonKey[]): Promise<readonly { readonly id: string; readonly platform: PlatformId; readonly person: PersonId }[]>;
  /** What was removed. */
  removeRequests(scope: Scope, tx: Tx, ids: readonly string[]): Promise<readonly { readonly id: string; readonly platform: PlatformId; readonly person: PersonId }[]>;
  /** Unix ms by `platform keyId`: the later of shown and first seen. */
  shown(scope: Scope): Promise<ReadonlyMap<string, number>>;
  seeFirst(scope: Scope, keys: readonly KeyAt[], at: number): Promise<void>;
  show(scope: Scope, tx: Tx, key: KeyAt, at: number): Promise<void>;
  shortages(scope: Scope): Promise<ReadonlySet<PlatformId>>;
  /** False when it was so before: somebody else has told of it. */
  beginShortage(scope: Scope, tx: Tx, platform: PlatformId, since: number): Promise<boolean>;
  endShortage(scope: Scope, tx: Tx, platform: PlatformId): Promise<boolean>;
  /** Alarms about papers that end which were told and have not ended. */
  endings(scope: Scope): Promise<readonly EndingAt[]>;
  /** False when it was so before: somebody else has told of it. */
  beginEnding(scope: Scope, tx: Tx, ending: EndingAt, since: number): Promise<boolean>;
  endEnding(scope: Scope, tx: Tx, ending: EndingAt): Promise<boolean>;
}
export const KEYS_STORE = Symbol('KEYS_STORE');

export function nameOfKey({ platform, keyId }: KeyAt): string {
  return `${platform} ${keyId}`;
}
