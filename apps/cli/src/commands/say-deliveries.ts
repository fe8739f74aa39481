import type { DeliveryView } from '#libs/contracts';
import type { Context } from '../command';

/** Deliveries by their dispatch, in the order given: what kind of dispatch it is, how it ended, one line for each terminal whose newest it is. */
export function sayDeliveries({ say }: Context, list: readonly DeliveryView[]): void {
  for (const dispatch of new Set(list.map(({ dispatchId }) => dispatchId))) {
    const rows = list.filter((row) => row.dispatchId === dispatch);
    const latest = rows.filter(({ superseded }) => !superseded);
    const count = (states: readonly DeliveryView['state'][]): number => latest.filter(({ state }) => states.includes(state)).length;
    const [done, failed] = [count(['done']), count(['failed'])];
    const older = rows.length - latest.length;
    const tally = latest.length === 0 ? 'none is the newest of its terminal' : `${done} done, ${failed} failed, ${latest.length - done - failed} open of ${latest.length}`;
    say(`dispatch ${dispatch}${kindOf(rows[0])}: ${tally}${older === 0 ? '' : `; ${older} superseded by a later dispatch / 已被后续下发取代`}`);
    for (const row of latest) say(`  ${`${row.terminal.padEnd(24)} ${row.state.padEnd(8)} ${row.reason ?? ''} ${row.refusal ?? ''}`.trimEnd()}${row.voice === null ? '' : `  ${row.voice.blocks} blocks of voice, ${row.voice.late} late, ${row.voice.lost} lost / 语音块${row.voice.held === true ? '; held by the server / 由服务器播出' : ''}`}`);
  }
}

function kindOf(row: DeliveryView | undefined): string {
  if (row?.corrects === 'correction') return ' (correction / 更正)';
  if (row?.corrects === 'all-clear') return ' (all-clear / 解除)';
  return row?.resumed === true ? ' (resumed after a stop / 恢复播出)' : '';
}
