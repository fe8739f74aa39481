import { Client } from 'pg';
import { z } from 'zod';
import { draftSchema, eventViewSchema, orderSchema, type Order } from '#libs/contracts';
import { systemClock } from '../../../cli/src';
import { apiAttacks } from '../attacks/api';
import { databaseAttacks } from '../attacks/database';
import { orderAttacks, type OrderAttack } from '../attacks/orders';
import { StolenKeys } from '../attacks/stolen-keys';
import { noticeDraft } from '../scripts';
import type { Stage } from '../stage';
import { until } from '../until';
import type { Published } from './publish';
import { revoke, type RevocationFigures } from './revocation';

export interface AttackFigures extends RevocationFigures { readonly forgedTried: number; readonly forgedSounded: number }

const VICTIMS = 24;

/** Step 4: every stolen thing in turn, straight to terminals and through the API. No sound, the right code, a security event. */
export async function attack(stage: Stage, bulletin: Published, village: Published): Promise<AttackFigures> {
  const { cast, checks } = stage;
  const keys = await StolenKeys.open(stage.config);
  const scene = {
    keys, bulletin: await recordedOrder(stage, bulletin), village: await recordedOrder(stage, village), district: cast.district,
    bulletinAuthor: cast.bulletinAuthor, bulletinApprovers: cast.bulletinApprovers, villagePlatform: cast.village,
    insideArea: cast.insideArea, outsideArea: cast.village,
  };
  const victims = [...(stage.messages.get(bulletin.digest)?.targets ?? [])].filter((terminal) => !stage.heldOffline.includes(terminal)).slice(0, VICTIMS);
  const since = systemClock.now();
  let tried = 0;
  for (const one of await orderAttacks(scene)) {
    tried += victims.length;
    await tryOrder(stage, one, victims);
  }
  await checkEvents(stage, since);
  const api = await apiAttacks({
    author: await stage.actor(cast.district, cast.noticeAuthor), approver: await stage.actor(cast.district, cast.noticeApprover),
    villageHead: await stage.actor(cast.village, `${cast.village}-head`), villageClerk: await stage.actor(cast.village, `${cast.village}-clerk`),
    attacker: keys.attacker,
    wanted: draftSchema.parse(await noticeDraft(await stage.actor(cast.district, cast.noticeAuthor), [cast.insideArea], 1, 300_000)),
  });
  for (const attempt of api) checks.add(`API: ${attempt.name}`, attempt.expected.includes(attempt.code), attempt.code);
  const revoked = await revoke(stage, keys, scene.bulletin);
  const edits = await databaseAttacks(stage, keys, scene.bulletin);
  for (const edit of edits) checks.add(`database: ${edit.name}`, edit.ok, edit.detail);
  tried += api.length + edits.length;
  await systemClock.sleep(2_000);
  // What was in force may go on; what an attack made sound is a message of nobody's, one that was over, or one at a foreign terminal.
  const sounded = (await stage.cards()).filter((card) => card.startedAt > since && (
    stage.messages.get(card.messageDigest)?.targets.has(card.terminal) !== true || [bulletin.digest, village.digest].includes(card.messageDigest)));
  checks.add('no attack made a sound', sounded.length === 0, `${tried} tried, ${sounded.length} sounded`);
  return { forgedTried: tried, forgedSounded: sounded.length, ...revoked };
}

/** Hands one forged order to every victim as if it had come over its link, and waits for each one's refusal. */
async function tryOrder(stage: Stage, one: OrderAttack, victims: readonly string[]): Promise<void> {
  const since = systemClock.now();
  await stage.simulator.inject(victims, { kind: 'order', order: one.order });
  const codes = await until(12_000, async () => {
    const refused = (await stage.simulator.refusals(since)).filter((refusal) => victims.includes(refusal.terminal));
    return new Set(refused.map((refusal) => refusal.terminal)).size === victims.length ? new Set(refused.map((refusal) => refusal.code)) : undefined;
  }, 100);
  const right = codes !== undefined && [...codes].every((code) => one.codes.some((expected) => expected === code));
  stage.checks.add(`terminal: ${one.name}`, right, codes === undefined ? 'not every terminal refused' : [...codes].join(' '));
}

async function checkEvents(stage: Stage, since: number): Promise<void> {
  const officer = await stage.actor(stage.cast.district, stage.cast.bulletinAuthor);
  const seen = await until(20_000, async () => {
    const events = (await officer.context.api.get('/api/events?count=1000', z.array(eventViewSchema))).filter((event) => event.receivedAt >= since && event.kind === 'refused');
    const codes = new Set(events.map((event) => event.code));
    return ['REJ_KEY_UNKNOWN', 'REJ_SIGNATURE', 'REJ_APPROVER_REPEATED', 'REJ_EXPIRED', 'REJ_STOPPED', 'REJ_TARGETS_EXCEED'].every((code) => codes.has(code)) ? codes : undefined;
  });
  stage.checks.add('refused commands are signed security events at the platform', seen !== undefined, seen === undefined ? 'some code never arrived' : [...seen].join(' '));
}

/** The order as it went over the air, read where a thief with the database would read it. */
export async function recordedOrder(stage: Stage, message: Published): Promise<Order> {
  const client = new Client({ connectionString: stage.system.ownerDatabaseUrl });
  await client.connect();
  try {
    const found = await client.query<{ order_text: string }>('SELECT order_text FROM dispatch WHERE message = $1 ORDER BY issued_at LIMIT 1', [message.id]);
    return orderSchema.parse(JSON.parse(found.rows[0]?.order_text ?? 'null'));
  } finally {
    await client.end();
  }
}
