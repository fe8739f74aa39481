import { onAirSchema, type AreaId, type Digest, type OnAir } from '#libs/contracts';
import type { Context } from '../command';
import { drillMark } from '../drill-mark';

/** The commands with which a stopper takes a stop or what was heard back, ready to be typed; silent for who is not signed in. */
export async function sayAfterStop(context: Context, stop: { readonly issuedAt: number; readonly area: AreaId | undefined; readonly messages: readonly Digest[] | undefined }, keyFile: string | undefined): Promise<void> {
  if (!context.api.isSignedIn()) return;
  let air: OnAir;
  try {
    air = await context.api.get('/api/on-air', onAirSchema);
  } catch {
    // The stop is given; that the platform cannot be asked now changes nothing about it.
    return;
  }
  const key = keyFile ?? 'STOPPER_KEY_FILE';
  const cut = air.messages.filter((row) => (row.state === 'dispatched' || row.state === 'stopped') && row.startAt !== null && row.startAt <= stop.issuedAt
    && (row.endsAt ?? 0) >= stop.issuedAt && (stop.messages === undefined || stop.messages.includes(row.messageDigest)));
  for (const row of cut) {
    context.say(`${drillMark(row.mode)}${row.title}`);
    context.say(`  it was right after all (within 30 s) / 30 秒内可恢复:  ./clarion resume ${row.id} --key ${key}`);
    context.say(`  it was a false alarm / 误发更正:  ./clarion correct ${row.id} --key ${key}`);
    context.say(`  the danger is over / 解除:  ./clarion correct ${row.id} --all-clear --key ${key}`);
  }
}
