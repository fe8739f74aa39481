import { documentsAnswerSchema, eventViewSchema, keyIdSchema, platformIdSchema, revocationSchema, terminalViewSchema, trustViewSchema, type Order } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { z } from 'zod';
import { signPayload, systemClock } from '../../../cli/src';
import { approvalsOf, dispatchOf, payloadDigest, readPayload, recorded, type StolenKeys } from '../attacks/stolen-keys';
import { percentiles, type Percentiles } from '../figures';
import type { Stage } from '../stage';
import { until } from '../until';

export interface RevocationFigures {
  /** From the officer's revocation to the refusal of what the key signed, by terminal. */
  readonly revokedMs: Percentiles;
  /** From a forged order at one terminal to the event at the platform, as its API gives it. */
  readonly refusedShownMs: Percentiles;
}

const ALL_WITHIN_MS = 60_000;
const MOST_WITHIN_MS = 10_000;
const SHOWN_WITHIN_MS = 2_000;
const SHOWN_TRIES = 20;
/** So far ahead of the bulletin that the day has not used it: what is refused uses up no number. */
const UNUSED_SEQ = 400;
/** An approver of the district who has no part in the day. */
const REVOKED = 'district-jtz-officer';

/** An approver's key is revoked while a thief tries it at every terminal that is online: when does the last one refuse it for that reason? */
export async function revoke(stage: Stage, keys: StolenKeys, bulletin: Order): Promise<RevocationFigures> {
  const { district } = stage.cast;
  const refusedShownMs = await shown(stage, keys, bulletin);
  const approver = await keys.person(district, REVOKED);
  const attempt = await approvedByOne(stage, keys, bulletin);
  const online = await onlineTerminals(stage);
  const before = await refusedBy(stage, online, attempt);
  stage.checks.add('revocation: before it the key counts, and one approval is too few', before.size === online.length && [...before.values()].every(({ code }) => code === 'REJ_APPROVAL_MISSING'), `${before.size} of ${online.length} refused, ${codesOf(before)}`);

  const since = systemClock.now();
  await postRevocation(stage, keys, approver.key.keyId);
  const revokedAt = new Map<string, number>();
  await until(ALL_WITHIN_MS, async () => {
    const rest = online.filter((terminal) => !revokedAt.has(terminal));
    for (const [terminal, { code, at }] of await refusedBy(stage, rest, await approvedByOne(stage, keys, bulletin))) {
      if (code === 'REJ_KEY_REVOKED') revokedAt.set(terminal, at);
    }
    return revokedAt.size === online.length ? true : undefined;
  }, 250);
  const revokedMs = percentiles([...revokedAt.values()].map((at) => at - since));
  stage.checks.add('revocation: known on 95 % of the terminals online within 10 s', share(revokedAt, since, MOST_WITHIN_MS) >= 0.95 * online.length, `p95 ${revokedMs.p95} ms`);
  stage.checks.add('revocation: known on all of them within 60 s', share(revokedAt, since, ALL_WITHIN_MS) === online.length, `${revokedAt.size} of ${online.length}, max ${revokedMs.max} ms`);
  return { revokedMs, refusedShownMs };
}

function share(revokedAt: ReadonlyMap<string, number>, since: number, withinMs: number): number {
  return [...revokedAt.values()].filter((at) => at - since <= withinMs).length;
}

function codesOf(refused: ReadonlyMap<string, { readonly code: string }>): string {
  return [...new Set([...refused.values()].map(({ code }) => code))].join(' ');
}

/** Each forged order at one terminal; asked often whether the platform shows it. */
async function shown(stage: Stage, keys: StolenKeys, bulletin: Order): Promise<Percentiles> {
  const [victim] = await onlineTerminals(stage);
  const officer = await stage.actor(stage.cast.district, stage.cast.bulletinAuthor);
  const took: number[] = [];
  for (let at = 0; at < SHOWN_TRIES && victim !== undefined; at += 1) {
    const forged = await dispatchOf(recorded(bulletin).dispatch, bulletin.message, bulletin.approvals, keys.attacker, { repeats: 1 });
    const since = systemClock.now();
    await stage.simulator.inject([victim], { kind: 'order', order: forged });
    const seen = await until(SHOWN_WITHIN_MS * 5, async () => {
      const events = await officer.context.api.get('/api/events?count=50', z.array(eventViewSchema));
      return events.some(({ subject }) => subject === payloadDigest(forged.dispatch)) ? systemClock.now() - since : undefined;
    }, 20);
    if (seen !== undefined) took.push(seen);
    // A terminal tells one cause at once and then gathers: the next forgery is a new one, not a flood.
    await systemClock.sleep(1_500);
  }
  const refusedShownMs = percentiles(took);
  stage.checks.add('a refused command is shown within 2 s', took.length === SHOWN_TRIES && refusedShownMs.max <= SHOWN_WITHIN_MS, `${took.length} of ${SHOWN_TRIES}, p50 ${refusedShownMs.p50} ms, max ${refusedShownMs.max} ms`);
  return refusedShownMs;
}

/** The bulletin under one approval of the key in question: never enough to sound, and judged only after the key itself was. */
async function approvedByOne({ cast }: Stage, keys: StolenKeys, bulletin: Order): Promise<Order> {
  const was = recorded(bulletin);
  const [base] = was.approvals;
  if (base === undefined) throw new Error('the bulletin has no approval');
  const approvals = await approvalsOf(bulletin.message, base, [{ person: REVOKED, signer: await keys.person(cast.district, REVOKED) }]);
  return dispatchOf(was.dispatch, bulletin.message, approvals, await keys.dispatcher(cast.district), { seq: was.dispatch.seq + UNUSED_SEQ });
}

async function refusedBy(stage: Stage, terminals: readonly string[], order: Order): Promise<ReadonlyMap<string, { readonly code: string; readonly at: number }>> {
  const since = systemClock.now();
  const subject = payloadDigest(order.dispatch);
  const answers = async () => new Map((await stage.simulator.refusals(since)).filter((refusal) => refusal.subject === subject).map((refusal) => [refusal.terminal, refusal]));
  await stage.simulator.inject(terminals, { kind: 'order', order });
  await until(10_000, async () => ((await answers()).size >= terminals.length ? true : undefined), 50);
  return answers();
}

async function onlineTerminals(stage: Stage): Promise<readonly string[]> {
  const { context } = await stage.actor(stage.cast.district, stage.cast.bulletinAuthor);
  return (await context.api.get('/api/terminals', z.array(terminalViewSchema))).filter(({ online }) => online).map(({ id }) => id);
}

async function postRevocation(stage: Stage, keys: StolenKeys, keyId: string): Promise<void> {
  const { cast: { district, officer } } = stage;
  const { context } = await stage.actor(district, officer);
  const view = await context.api.get('/api/trust', trustViewSchema);
  const held = view.revocations.map((envelope) => revocationSchema.parse(readPayload(envelope))).find(({ platform }) => platform === district);
  const now = systemClock.now();
  const revocation = revocationSchema.parse({
    ...held, platform: platformIdSchema.parse(district), version: (held?.version ?? 0) + 1, issuedAt: now,
    entries: [...(held?.entries ?? []), { keyId: keyIdSchema.parse(keyId), reason: 'compromised', since: now }],
  });
  await context.api.post('/api/revocations', documentsAnswerSchema, { documents: [await signPayload('revocation', encodePayload(revocation), await keys.officer(district, officer))] });
}
