import { systemClock } from '../../../cli/src';
import { receiptSchema } from '#libs/contracts';
import { fromBase64, parseStrictJson } from '#libs/envelope';
import { firstStarts, percentiles, startSkew, type CardStart, type Percentiles } from '../figures';
import { bulletinDraft, villageDraft } from '../scripts';
import type { Stage } from '../stage';
import { until } from '../until';
import { approved, deliveriesOf, receiptsOf, submitted, type Published } from './publish';

export interface SoundFigures {
  readonly targeted: number;
  readonly audible: number;
  readonly approveToAudibleMs: Percentiles;
  readonly startSkewMs: Percentiles;
  readonly lateStarts: number;
  readonly audibleToReceiptMs: Percentiles;
}

/** Steps 1 and 2: the red bulletin for three townships, and at the same time a village outside speaks to its own. */
export async function soundBulletin(stage: Stage): Promise<{ readonly bulletin: Published; readonly village: Published; readonly figures: SoundFigures }> {
  const { cast, checks } = stage;
  const author = await stage.actor(cast.district, cast.bulletinAuthor);
  const approvers = [await stage.actor(cast.district, cast.bulletinApprovers[0]), await stage.actor(cast.district, cast.bulletinApprovers[1])];
  const clerk = await stage.actor(cast.village, `${cast.village}-clerk`);
  const head = await stage.actor(cast.village, `${cast.village}-head`);
  const bulletin = await submitted(author, await bulletinDraft(author, cast));
  const village = await submitted(clerk, await villageDraft(clerk, cast));
  // Reading and listening takes people a while; terminals fetch the audio meanwhile.
  await systemClock.sleep(4_000);
  const [detail] = await Promise.all([approved(bulletin, approvers), approved(village, [head])]);
  const deliveries = await deliveriesOf(bulletin);
  stage.remember(bulletin, deliveries.map((row) => row.terminal));
  stage.remember(village, (await deliveriesOf(village)).map((row) => row.terminal));
  const online = deliveries.filter((row) => row.onlineAtDispatch).map((row) => row.terminal);
  const covered = await until(15_000, async () => {
    const rows = await deliveriesOf(bulletin);
    return rows.filter((row) => row.onlineAtDispatch).every((row) => row.audibleAt !== null) ? rows : undefined;
  });
  const cards = await stage.cards();
  const starts = firstStarts(cards, bulletin.digest);
  const started = new Set(starts.map((card) => card.terminal));
  checks.add('bulletin: every terminal online at dispatch sounds', online.length > 0 && online.every((terminal) => started.has(terminal)), `${started.size} of ${online.length}`);
  checks.add('bulletin: coverage fills from signed receipts', covered !== undefined, `${(covered ?? await deliveriesOf(bulletin)).filter((row) => row.audibleAt !== null).length} proved audible`);
  checks.add('bulletin: source unit and reference are in the signed bytes', detail.sourceUnit !== null && detail.sourceRef !== null, `${detail.sourceUnit ?? ''} ${detail.sourceRef ?? ''}`);
  const own = firstStarts(cards, village.digest);
  checks.add('a village outside speaks at the same time to its own', own.length > 0 && own.every((card) => stage.messages.get(village.digest)?.targets.has(card.terminal) === true), `${own.length} terminals of ${cast.village}`);
  const { skew, lateStarts } = startSkew(starts);
  const byTerminal = new Map(starts.map((card) => [card.terminal, card]));
  const approvedAt = detail.approvedAt ?? Number.POSITIVE_INFINITY;
  return {
    bulletin, village,
    figures: {
      targeted: deliveries.length,
      audible: started.size,
      approveToAudibleMs: percentiles(online.flatMap((terminal) => delayOf(byTerminal.get(terminal), approvedAt))),
      startSkewMs: skew, lateStarts,
      audibleToReceiptMs: await receiptDelays(bulletin, byTerminal),
    },
  };
}

function delayOf(card: CardStart | undefined, since: number): readonly number[] {
  return card === undefined ? [] : [card.startedAt - since];
}

/** From the first sample on the card to the commit of the receipt that proves it. */
async function receiptDelays(message: Published, starts: ReadonlyMap<string, CardStart>): Promise<Percentiles> {
  const delays: number[] = [];
  for (const row of await receiptsOf(message)) {
    const json = parseStrictJson(fromBase64(row.envelope.payload) ?? new Uint8Array());
    const receipt = json.ok ? receiptSchema.safeParse(json.value) : undefined;
    const card = starts.get(row.terminal);
    if (receipt?.success === true && receipt.data.state === 'audible' && receipt.data.repetition === 1 && card !== undefined) delays.push(row.receivedAt - card.startedAt);
  }
  return percentiles(delays);
}
