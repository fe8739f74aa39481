import { z } from 'zod';
import { areaViewSchema, deliveryViewSchema, terminalViewSchema, type AreaView, type MessageDetail } from '#libs/contracts';
import { CliError } from '../cli-error';
import type { Context } from '../command';
import { readMessageEnvelope } from '../signing';

export interface WouldDispatch { readonly terminals: number; readonly again: boolean }

/** Whom a dispatch would reach, by the platform's own rules. Refuses STATE_CONFLICT, TERMINALS_NOT_HERE, NOTHING_INTERRUPTED, TERMINAL_NOT_INTERRUPTED, REJ_EXPIRED. */
export async function wouldDispatch(context: Context, detail: MessageDetail, terminals: readonly string[]): Promise<WouldDispatch> {
  if (!['approved', 'dispatched', 'completed'].includes(detail.state)) throw new CliError('STATE_CONFLICT', `The message is ${detail.state}; only an approved or dispatched message can be dispatched`);
  if (detail.notAfter <= context.clock.now()) throw new CliError('REJ_EXPIRED', `The message may not sound after ${new Date(detail.notAfter).toISOString()}`);
  if (detail.state !== 'approved') return { terminals: await interrupted(context, detail, terminals), again: true };
  if (terminals.length > 0) throw new CliError('TERMINALS_NOT_HERE', 'A held message is released to all its targets; name no terminals');
  return { terminals: await targeted(context, detail), again: false };
}

async function interrupted(context: Context, detail: MessageDetail, terminals: readonly string[]): Promise<number> {
  const list = await context.api.get(`/api/messages/${detail.id}/deliveries`, z.array(deliveryViewSchema));
  const may = list.filter((row) => row.reason === 'INTERRUPTED' && row.state === 'failed' && list.filter((other) => other.terminal === row.terminal).length < 2).map((row) => String(row.terminal));
  const refused = terminals.find((terminal) => !may.includes(terminal));
  if (refused !== undefined) throw new CliError('TERMINAL_NOT_INTERRUPTED', `${refused} did not report an interruption of this message, or had its second dispatch`);
  if (may.length === 0) throw new CliError('NOTHING_INTERRUPTED', 'No terminal reported an interruption, so nothing can be dispatched again');
  return terminals.length > 0 ? new Set(terminals).size : may.length;
}

/** Assigned terminals that stand in a target area or are named, by the signed bytes. */
async function targeted(context: Context, detail: MessageDetail): Promise<number> {
  const { targets } = readMessageEnvelope(detail.envelope).message;
  const areas = await context.api.get('/api/areas', z.array(areaViewSchema));
  const within = new Set<string>(targets.areas);
  for (let size = -1; size !== within.size;) {
    size = within.size;
    areas.filter((area: AreaView) => area.parent !== null && within.has(area.parent)).forEach((area) => within.add(area.id));
  }
  const fleet = await context.api.get('/api/terminals', z.array(terminalViewSchema));
  return fleet.filter((row) => row.state === 'assigned' && (within.has(row.area) || targets.terminals.includes(row.id))).length;
}

/** What a withdrawal would stop. Refuses a message that is over (STATE_CONFLICT). */
export function wouldWithdraw({ state, tally }: MessageDetail): { readonly sounding: number; readonly waiting: number } {
  if (!['submitted', 'returned', 'approved', 'dispatched'].includes(state)) throw new CliError('STATE_CONFLICT', `The message is ${state}; it cannot be taken back any more`);
  return { sounding: tally.audible, waiting: tally.queued + tally.sent + tally.acked };
}
