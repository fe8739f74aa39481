import type { DeliveryRecord } from './delivery.store';

/** Columns of a delivery `v` joined with its dispatch `d`. */
export const DELIVERY_COLUMNS = `v.dispatch, v.terminal, v.message, v.platform, v.state, v.reason, v.refusal, v.repetition, v.counter,
  v.acked_at, v.audible_at, v.done_at, v.voice_blocks, v.voice_late, v.voice_lost, v.pushes, d.repeats,
  (SELECT m.session_key IS NOT NULL FROM message m WHERE m.id = v.message) AS is_live`;

export interface DeliveryColumns {
  readonly dispatch: string;
  readonly terminal: string;
  readonly message: string;
  readonly platform: string;
  readonly state: DeliveryRecord['state'];
  readonly reason: DeliveryRecord['reason'];
  readonly refusal: DeliveryRecord['refusal'];
  readonly repetition: number;
  readonly counter: string | null;
  readonly acked_at: string | null;
  readonly audible_at: string | null;
  readonly done_at: string | null;
  readonly voice_blocks: string | null;
  readonly voice_late: string | null;
  readonly voice_lost: string | null;
  readonly pushes: number;
  readonly repeats: number;
  readonly is_live: boolean;
}

export function deliveryOf(row: DeliveryColumns): DeliveryRecord {
  return {
    dispatchId: row.dispatch as DeliveryRecord['dispatchId'],
    terminal: row.terminal as DeliveryRecord['terminal'],
    message: row.message as DeliveryRecord['message'],
    platform: row.platform as DeliveryRecord['platform'],
    state: row.state,
    reason: row.reason,
    refusal: row.refusal,
    repetition: row.repetition,
    counter: numberOf(row.counter),
    ackedAt: numberOf(row.acked_at),
    audibleAt: numberOf(row.audible_at),
    doneAt: numberOf(row.done_at),
    voice: voiceIn(row),
    pushes: row.pushes,
    repeats: row.repeats,
    isLive: row.is_live,
  };
}

export function voiceIn(row: Pick<DeliveryColumns, 'voice_blocks' | 'voice_late' | 'voice_lost'>): DeliveryRecord['voice'] {
  return row.voice_blocks === null ? null : { blocks: Number(row.voice_blocks), late: Number(row.voice_late), lost: Number(row.voice_lost) };
}

/** PostgreSQL gives bigint as text. */
export function numberOf(text: string | null): number | null {
  return text === null ? null : Number(text);
}
