import { consentOffersSchema, messageDetailSchema, onAirSchema, type AreaId, type Digest, type MessageId, type OnAir } from '#libs/contracts';
import { STOP_MS } from '../api-client';
import type { Context } from '../command';
import { drillMark } from '../drill-mark';
import type { OfferKind } from './consent';
import { waitingIn } from './would-stop';

/** How long the platform is asked what may be taken back, and how often: it takes a moment until it has read the stop. */
const ASK_MS = 2_000;
const EVERY_MS = 250;

type CutRow = OnAir['messages'][number];
interface Offered {
  /** What the commands name: of a correction that was cut off, the message that it corrects. */
  readonly id: MessageId;
  readonly isCorrection: boolean;
  readonly kinds: readonly OfferKind[];
}

/** The commands with which a stopper takes a stop or what was heard back, as far as the platform offers them; silent for who is not signed in. */
export async function sayAfterStop(context: Context, stop: { readonly issuedAt: number; readonly area: AreaId | undefined; readonly messages: readonly Digest[] | undefined }, keyFile: string | undefined): Promise<void> {
  if (context.json || !context.api.isSignedIn()) return;
  let air: OnAir;
  try {
    air = await context.api.get('/api/on-air', onAirSchema, STOP_MS);
  } catch {
    // The stop is given; that the platform cannot be asked now changes nothing about it.
    return;
  }
  await sayWaiting(context, air, stop);
  const key = keyFile ?? 'STOPPER_KEY_FILE';
  const cut = air.messages.filter((row) => (row.state === 'dispatched' || row.state === 'stopped') && row.startAt !== null && row.startAt <= stop.issuedAt
    && (row.endsAt ?? 0) >= stop.issuedAt && (stop.messages === undefined || stop.messages.includes(row.messageDigest)));
  const offered = await Promise.all(cut.map((row) => Promise.race([ask(context, row), context.clock.sleep(ASK_MS + EVERY_MS)])));
  cut.forEach((row, at) => { sayOffered(context, row, offered[at], key); });
}

/**
 * What waited when the stop was given: the platform has ended what may sound nowhere else, and the rest stays silent there
 * even when the stop is taken back, for it had not begun.
 */
async function sayWaiting(context: Context, air: OnAir, stop: { readonly area: AreaId | undefined; readonly messages: readonly Digest[] | undefined }): Promise<void> {
  const waited = [...waitingIn(air), ...air.messages.filter((row) => row.state === 'stopped' && row.startAt === null)]
    .filter((row) => stop.messages === undefined || stop.messages.includes(row.messageDigest));
  for (const row of waited) {
    const detail = await context.api.get(`/api/messages/${encodeURIComponent(row.id)}`, messageDetailSchema).catch(() => undefined);
    if (detail === undefined || (detail.state !== 'stopped' && detail.silenced === 0)) continue;
    context.say(`${drillMark(row.mode)}${row.title} (${row.id}) waited: ${detail.state === 'stopped' ? 'it is over' : `silent at ${detail.silenced} terminals`}; to be heard there it is composed again / 待播消息已被停止，需要时请重新制作`);
  }
}

/** Asks until going on is offered, or the time is over; undefined when nobody answers. */
async function ask({ api, clock }: Context, row: CutRow): Promise<Offered | undefined> {
  const until = clock.now() + ASK_MS;
  try {
    const { correctionOf } = await api.get(`/api/messages/${encodeURIComponent(row.id)}`, messageDetailSchema);
    const id = correctionOf ?? row.id;
    for (;;) {
      const { offers } = await api.get(`/api/messages/${encodeURIComponent(id)}/consents`, consentOffersSchema);
      const kinds = offers.map(({ kind }) => kind);
      if (correctionOf !== null || kinds.includes('resume') || clock.now() >= until) return { id, isCorrection: correctionOf !== null, kinds };
      await clock.sleep(EVERY_MS);
    }
  } catch {
    return undefined;
  }
}

function sayOffered({ say }: Context, row: CutRow, offered: Offered | void, key: string): void {
  say(`${drillMark(row.mode)}${row.title}`);
  if (offered === undefined) {
    say(`  what may be taken back cannot be asked now; see ./clarion correct ${row.id} --dry-run / 暂时无法查询可否恢复或更正`);
    return;
  }
  const { id, isCorrection, kinds } = offered;
  if (kinds.includes('resume')) say(`  it was right after all (within 30 s) / 30 秒内可恢复:  ./clarion resume ${id} --key ${key}`);
  if (kinds.includes('correction')) say(`  it was a false alarm / 误发更正:  ./clarion correct ${id} --key ${key}`);
  if (kinds.includes('all-clear')) say(`  the danger is over / 解除:  ./clarion correct ${id} --all-clear --key ${key}`);
  if (isCorrection) say(`  this correction was cut off: it can be said again once its terminals have told that they fell silent; see ./clarion correct ${id} --dry-run / 更正被中断，可重新播出`);
  else if (kinds.length === 0) say('  nothing of it can be taken back / 没有可恢复或更正的内容');
}
