import { Inject, Injectable } from '@nestjs/common';
import { receiptSchema, type PlatformId } from '#libs/contracts';
import { afterReceipt, contradictsBody, type DeliveryFacts } from '#libs/domain';
import { unverifiedPayload } from '#libs/envelope';
import type { Database } from '../../kernel/database';
import { DATABASE } from '../../kernel/tokens';
import { AuditEvidence, type KeptRecord, type UnsaidRow } from '../audit';
import { storedEnvelope } from '../messages';

const PAGE = 5_000;
const NOTHING: DeliveryFacts = { state: 'sent', reason: null, refusal: null, repetition: 0, counter: null, ackedAt: null, audibleAt: null, doneAt: null, voice: null };

const VOICE = ['blocks', 'late', 'lost'] as const;

interface Told { readonly terminal: string; readonly platform: PlatformId; readonly state: string; readonly repeats: number; readonly isLive: boolean; readonly voice: DeliveryFacts['voice']; readonly receipts: readonly string[] }

/** Rows of deliveries that their terminals' signed receipts do not bear out, and orders to be silent that no leaf tells of (threats T61). */
@Injectable()
export class PgUnsaidDeliveries {
  constructor(@Inject(DATABASE) private readonly database: Database, evidence: AuditEvidence) {
    evidence.provideUnsaid(() => this.orders());
    evidence.provideLong(() => this.deliveries());
    evidence.provideRecords(() => this.records());
  }

  private orders(): Promise<readonly UnsaidRow[]> {
    const placed = (table: 'isolate' | 'restriction'): string =>
      `SELECT o.platform, '${table.toUpperCase()}_UNSAID' AS code, '${table}' AS "table", o.digest AS row FROM ${table} o
        WHERE NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.platform = o.platform AND l.subject = o.id::text AND l.kind = '${table}.placed' AND o.digest ~ '^[0-9a-f]{64}$' AND strpos(l.body, '"' || o.digest || '"') > 0)`;
    return this.database.query<UnsaidRow & { readonly platform: PlatformId }>(`${placed('isolate')} UNION ALL ${placed('restriction')}`);
  }

  /** Dispatch by dispatch: what was heard, and what was not, as the receipts have it. */
  private async *deliveries(): AsyncGenerator<readonly UnsaidRow[]> {
    const dispatches = await this.database.query<{ readonly id: string }>('SELECT id FROM dispatch ORDER BY id');
    for (const { id } of dispatches) {
      const told = await this.database.query<Told>(
        `SELECT v.terminal, v.platform, v.state, d.repeats, m.session_key IS NOT NULL AS "isLive",
                CASE WHEN v.voice_blocks IS NOT NULL THEN json_build_object('blocks', v.voice_blocks, 'late', v.voice_late, 'lost', v.voice_lost) END AS voice,
                ARRAY(SELECT r.envelope FROM device_record r WHERE r.message_digest = d.message_digest AND r.terminal = v.terminal AND r.dispatch = v.dispatch AND r.word = 'receipt' ORDER BY r.counter) AS receipts
           FROM delivery v JOIN dispatch d ON d.id = v.dispatch JOIN message m ON m.id = v.message WHERE v.dispatch = $1`,
        [id],
      );
      yield told.filter(contradicts).map(({ platform, terminal }) => ({ platform, code: 'DELIVERY_UNSAID', table: 'delivery', row: `${id} ${terminal}` }));
    }
  }

  private async *records(): AsyncGenerator<readonly KeptRecord[]> {
    for (let after: readonly [string, number] = ['', 0]; ;) {
      const rows = await this.database.query<{ readonly platform: PlatformId; readonly terminal: string; readonly counter: string; readonly at: string }>(
        'SELECT platform, terminal, counter, received_at AS at FROM device_record WHERE (terminal, counter) > ($1, $2) ORDER BY terminal, counter LIMIT $3', [...after, PAGE],
      );
      yield rows.map(({ platform, terminal, counter, at }) => ({ platform, terminal, counter: Number(counter), receivedAt: Number(at) }));
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = [last.terminal, Number(last.counter)];
    }
  }
}

/**
 * Sound that no receipt proves, or proof of sound that the row does not show. What the platform itself decides (sent,
 * failed for want of an answer, stopped) no terminal signs; it is not judged here.
 */
function contradicts({ state, repeats, isLive, voice, receipts }: Told): boolean {
  const { state: proved, voice: told } = receipts.reduce<DeliveryFacts>((facts, text) => {
    const receipt = receiptSchema.safeParse(unverifiedPayload(storedEnvelope(text))).data;
    return receipt === undefined || contradictsBody(receipt, isLive) ? facts : afterReceipt(facts, receipt, repeats);
  }, NOTHING);
  const heard = ['audible', 'done'];
  if ((voice !== null || state === 'done') && VOICE.some((of) => voice?.[of] !== told?.[of])) return true;
  return (heard.includes(state) && !heard.includes(proved) && !(state === 'audible' && proved === 'failed')) || (proved === 'done' && state !== 'done') || (state === 'done' && proved !== 'done') || (state === 'acked' && receipts.length === 0);
}
