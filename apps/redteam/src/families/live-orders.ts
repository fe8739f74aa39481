import { orderSchema, stopAnswerSchema } from '#libs/contracts';
import { systemClock } from '../../../cli/src';
import { orderAttacks, type OrderAttack } from '../../../scripted-day/src/attacks/orders';
import { payloadDigest } from '../../../scripted-day/src/attacks/stolen-keys';
import type { Refusal } from '../../../scripted-day/src/simulator';
import { until } from '../../../scripted-day/src/until';
import type { Family } from '../attack';
import type { Range } from '../range';

const EVENTS_MS = 20_000;

/** Orders of every stolen thing through the link of running terminals, after a bulletin sounded and was stopped and a village's own message sounded. */
export const LIVE_ORDERS: Family = {
  family: 'stolen keys on the link of running terminals', threat: 'T20 T25 T27 T28 T29 T46 T51', where: 'district',
  run: async ({ range, tally }) => {
    const { cast } = range;
    const bulletin = await range.airBulletin();
    const village = await range.airVillage();
    tally.control('a bulletin of the district and a message of a village sounded at all their terminals', true);
    const stopper = await range.actor(cast.district, cast.stopper);
    await stopper.context.api.postStop(stopAnswerSchema, { messages: [bulletin.published.digest] });
    const silent = await until(10_000, async () => ((await range.cards()).some((card) => card.messageDigest === bulletin.published.digest && card.endedAt === null) ? undefined : true));
    tally.control('a genuine stop silenced the bulletin', silent === true);
    const since = systemClock.now();
    const attacks = await orderAttacks({
      keys: range.keys, bulletin: bulletin.order, village: village.order, district: cast.district, bulletinAuthor: cast.bulletinAuthor, bulletinApprovers: cast.bulletinApprovers,
      villagePlatform: cast.village, insideArea: cast.insideArea, outsideArea: cast.village,
    });
    const victims = bulletin.targets.slice(0, 4);
    const tried = attacks.map((attack) => {
      const order = orderSchema.safeParse(attack.order);
      return { ...attack, subject: order.success ? payloadDigest(order.data.dispatch) : null };
    });
    // What the terminals name in their refusals: of that the platform is to hear.
    const subjects = new Set<string>();
    const judge = ({ name, codes }: OrderAttack, refused: ReadonlyMap<string, Refusal>): void => {
      for (const victim of victims) tally.judged(`${name} at ${victim}`, refused.get(victim)?.code ?? 'nothing said', codes);
      for (const { subject } of refused.values()) if (subject !== null) subjects.add(subject);
    };
    // What comes too early is held ten seconds, in case the terminal's own clock is late: it is sent first and judged last.
    const held = await Promise.all(tried.flatMap((attack) => (attack.subject !== null && attack.codes.includes('REJ_NOT_YET') ? [range.injectHeld(victims, frameOf(attack), attack.subject).then(({ refused }) => ({ attack, refused }))] : [])));
    for (const attack of tried.filter((one) => !held.some((other) => other.attack === one))) judge(attack, await range.inject(victims, frameOf(attack)));
    for (const { attack, refused } of held) judge(attack, await refused());
    tally.alarmed(await alarmsOf(range, since, subjects));
    tally.heard('after the attacks', (await range.soundedWrongly(since)).length);
    const after = await range.airNotice([cast.insideArea]);
    tally.control('a genuine notice sounds after all that', after.targets.length > 0);
  },
};

function frameOf({ order }: OrderAttack): object {
  return { kind: 'order', order };
}

/** Of how many of these refused things the platform heard, by signed events. */
async function alarmsOf(range: Range, since: number, subjects: ReadonlySet<string>): Promise<number> {
  const heard = async (): Promise<number> => new Set((await range.events(since)).flatMap(({ subject }) => (subject !== null && subjects.has(subject) ? [subject] : []))).size;
  return await until(EVENTS_MS, async () => ((await heard()) >= subjects.size ? heard() : undefined)) ?? heard();
}
