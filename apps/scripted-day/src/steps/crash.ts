import { z } from 'zod';
import { terminalViewSchema } from '#libs/contracts';
import { systemClock } from '../../../cli/src';
import { noticeDraft } from '../scripts';
import type { Stage } from '../stage';
import { until } from '../until';
import { approved, deliveriesOf, isFinal, submitted, type Published } from './publish';

/** Step 5: the platform dies between commit and send, a terminal between floor and first sample. */
export async function crashes(stage: Stage): Promise<void> {
  await platformDies(stage);
  await terminalDies(stage);
}

async function platformDies(stage: Stage): Promise<void> {
  const { cast, system, checks } = stage;
  const author = await stage.actor(cast.district, cast.noticeAuthor);
  const approver = await stage.actor(cast.district, cast.noticeApprover);
  const message = await submitted(author, await noticeDraft(author, cast.crashAreas, 1, 60_000));
  await systemClock.sleep(2_000);
  // With the gateway held nothing can be sent, so the commit stands alone when the platform dies.
  await system.hold('gateway');
  const detail = await approved(message, [approver]);
  await system.kill('platform');
  const sentBefore = (await stage.cards()).filter((card) => card.messageDigest === message.digest).length;
  await system.raise('gateway');
  const rows = await until(45_000, async () => {
    const deliveries = await deliveriesOf(message);
    return deliveries.length > 0 && deliveries.every((row) => isFinal(row) || (!row.onlineAtDispatch && stage.heldOffline.includes(row.terminal))) ? deliveries : undefined;
  }, 500);
  await remember(stage, message);
  const sounded = new Set((await stage.cards()).filter((card) => card.messageDigest === message.digest).map((card) => card.terminal));
  const done = (rows ?? []).filter((row) => row.state === 'done').length;
  checks.add('platform killed between commit and send: committed', detail.state === 'dispatched' && sentBefore === 0, `${detail.state}, ${sentBefore} had it before the kill`);
  checks.add('platform killed between commit and send: nothing is lost', rows !== undefined && done > 0 && sounded.size === done, `${done} done, ${sounded.size} sounded of ${rows?.length ?? 0}`);
}

async function terminalDies(stage: Stage): Promise<void> {
  const { cast, simulator, checks } = stage;
  const author = await stage.actor(cast.district, cast.noticeAuthor);
  const approver = await stage.actor(cast.district, cast.noticeApprover);
  const area = cast.crashAreas[0] ?? cast.insideArea;
  const message = await submitted(author, await noticeDraft(author, [area], 1, 60_000));
  await systemClock.sleep(2_000);
  const victim = (await aTerminalIn(stage, area)) ?? '';
  await simulator.crash(victim, 'after-floor');
  await approved(message, [approver]);
  // It dies when its turn comes, which is after what it may be playing; booted earlier it would die afterwards.
  await until(30_000, async () => ((await online(stage, victim)) ? undefined : true));
  await simulator.boot(victim);
  const row = await until(40_000, async () => (await deliveriesOf(message)).find((delivery) => delivery.terminal === victim && isFinal(delivery)), 500);
  await remember(stage, message);
  const sounded = (await stage.cards()).filter((card) => card.messageDigest === message.digest && card.terminal === victim);
  checks.add('terminal killed between floor and first sample: never repeated, reported', row?.reason === 'INTERRUPTED' && sounded.length === 0, `${victim} ${row?.state ?? 'no final state'} ${row?.reason ?? ''}, sounded ${sounded.length}`);
}

async function online(stage: Stage, terminal: string): Promise<boolean> {
  const author = await stage.actor(stage.cast.district, stage.cast.noticeAuthor);
  return (await author.context.api.get('/api/terminals', z.array(terminalViewSchema))).some((view) => view.id === terminal && view.online);
}

/** An online terminal in the area that the rehearsal speaks to. */
async function aTerminalIn(stage: Stage, area: string): Promise<string | undefined> {
  return (await stage.terminalsIn(area)).find((terminal) => terminal.online)?.id;
}

async function remember(stage: Stage, message: Published): Promise<void> {
  stage.remember(message, (await deliveriesOf(message)).map((row) => row.terminal));
}
