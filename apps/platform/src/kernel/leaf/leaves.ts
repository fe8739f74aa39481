import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { encodePayload } from '#libs/envelope';
import type { Clock } from '../clock';
import { notify } from '../database/notifications';
import type { Tx } from '../database/tx';
import { CLOCK } from '../tokens';

/** Ids, codes, digests, integers, and lists of them. No names, no phones, no message text. */
export type LeafFact = string | number | boolean | null | readonly LeafFact[] | { readonly [name: string]: LeafFact };

export interface Leaf {
  /** Whose log it goes to. */
  readonly platform: string;
  /** "<feature>.<fact>", for example "approval.signed". */
  readonly kind: string;
  /** Id of what it tells of: a message, a terminal, a person. */
  readonly subject: string;
  readonly facts: Readonly<Record<string, LeafFact>>;
  /**
   * Personal or free text that may have to be erased one day: kept in a side table, and only its salted hash
   * stands in the leaf, so every proof stays valid after the erasure.
   */
  readonly details?: Readonly<Record<string, string>>;
}

/** Wakes the sequencer (features/audit). */
export const LEAF_CHANNEL = 'audit_leaf';

/** SHA-256(salt || UTF-8 of the value): what a leaf says of a detail. */
export function detailHash(salt: Uint8Array, value: string): string {
  return createHash('sha256').update(salt).update(value, 'utf8').digest('hex');
}

/**
 * Inserts an audit leaf in the caller's transaction, so a change and its leaf are there together or not at all.
 * Leaves are not ordered here: the sequencer numbers them (design 4). The body is canonical JSON (RFC 8785) of
 * {id, platform, kind, subject, at, facts, details?}.
 */
@Injectable()
export class Leaves {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /** Returns the leaf's id. Throws what `encodePayload` throws when a fact is not strict JSON. */
  async insert(tx: Tx, leaf: Leaf): Promise<string> {
    const [id = ''] = await this.insertAll(tx, [leaf]);
    return id;
  }

  /** Many at once, with two statements however many they are. */
  async insertAll(tx: Tx, leaves: readonly Leaf[]): Promise<readonly string[]> {
    if (leaves.length === 0) return [];
    const rows = leaves.map((leaf) => this.rowOf(leaf));
    await tx.execute(
      'INSERT INTO audit_leaf (id, platform, kind, subject, body) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])',
      [rows.map(({ id }) => id), leaves.map(({ platform }) => platform), leaves.map(({ kind }) => kind), leaves.map(({ subject }) => subject), rows.map(({ body }) => body)],
    );
    const kept = rows.flatMap(({ id, details }) => details.map((detail) => ({ id, ...detail })));
    if (kept.length > 0) {
      await tx.execute(
        'INSERT INTO audit_person_detail (leaf_id, field, salt, value) SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[])',
        [kept.map(({ id }) => id), kept.map(({ field }) => field), kept.map(({ salt }) => Buffer.from(salt)), kept.map(({ value }) => value)],
      );
    }
    for (const platform of new Set(leaves.map((leaf) => leaf.platform))) await notify(tx, LEAF_CHANNEL, platform);
    return rows.map(({ id }) => id);
  }

  private rowOf({ platform, kind, subject, facts, details = {} }: Leaf): LeafRow {
    const id = this.clock.uuid();
    const kept = Object.entries(details).map(([field, value]) => ({ field, value, salt: this.clock.random(16) }));
    const hashes = Object.fromEntries(kept.map(({ field, value, salt }) => [field, detailHash(salt, value)]));
    const body = { id, platform, kind, subject, at: Math.trunc(this.clock.now()), facts, ...(kept.length === 0 ? {} : { details: hashes }) };
    return { id, body: new TextDecoder().decode(encodePayload(body)), details: kept };
  }
}

interface LeafRow {
  readonly id: string;
  readonly body: string;
  readonly details: readonly { readonly field: string; readonly value: string; readonly salt: Uint8Array }[];
}
