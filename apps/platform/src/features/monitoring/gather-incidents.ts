import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { envelopeSchema, incidentIdSchema, platformIdSchema, terminalIdSchema, type PlatformId } from '#libs/contracts';
import { causeOf, endedBy, goesOn, wantsPosture, withFact, type Cause, type IncidentTrace, type NoticedFact, type Restriction } from '#libs/domain';
import { payloadTypeOf } from '#libs/envelope';
import { holdersOf, isRevoked, isSignedDispatch, lineageOf } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import type { Transactions, Tx } from '../../kernel/database';
import { Leaves } from '../../kernel/leaf';
import type { Log } from '../../kernel/log';
import { OutboxWorker, URGENT } from '../../kernel/outbox';
import { CLOCK, CONFIG, LOG, TRANSACTIONS } from '../../kernel/tokens';
import { serverScope } from '../access';
import { SECURITY_EVENTS } from '../audit';
import { ServerKeys, Trust } from '../authority';
import { PlaceRestriction, POSTURE_CLASSES, Restrictions } from '../delivery';
import { DISPATCH_STORE, type DispatchStore } from '../dispatch';
import { Terminals } from '../terminals';
import { INCIDENT_STORE, type IncidentRecord, type IncidentStore } from './incident.store';

const batchSchema = z.object({ facts: z.array(z.object({
  platform: platformIdSchema, terminal: terminalIdSchema.nullable(), at: z.number(), kind: z.string(), code: z.string().nullable(), subject: z.string().nullable(),
  keyIds: z.array(z.string()), payloadType: z.string().nullable().optional(), evidence: envelopeSchema.optional(),
})) });
type Fact = z.output<typeof batchSchema>['facts'][number];

const DISPATCH_TYPE = payloadTypeOf('dispatch');

/**
 * Gathers security events into incidents, one for each cause while it goes on, and answers an attack with a valid key by
 * a posture; all of one batch in one transaction. Events come through the outbox, at once and at least once.
 */
@Injectable()
export class GatherIncidents implements OnModuleInit {
  private readonly scope = serverScope('gathers incidents');

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
    @Inject(INCIDENT_STORE) private readonly store: IncidentStore,
    @Inject(DISPATCH_STORE) private readonly dispatches: DispatchStore,
    private readonly worker: OutboxWorker,
    private readonly trust: Trust,
    private readonly keys: ServerKeys,
    private readonly terminals: Terminals,
    private readonly restrictions: Restrictions,
    private readonly placeRestriction: PlaceRestriction,
    private readonly leaves: Leaves,
  ) {}

  onModuleInit(): void {
    this.worker.handle(SECURITY_EVENTS, (payload, row) => this.gather(batchSchema.parse(payload).facts, row.id), { ...URGENT, concurrency: 1 });
  }

  private async gather(facts: readonly Fact[], batch: string): Promise<void> {
    const now = Math.trunc(this.clock.now());
    const own = await this.dispatches.placed(this.scope, facts.flatMap(({ kind, subject }) => (kind === 'refused' && subject !== null ? [subject] : [])));
    const caused = facts.map((fact) => this.notice(fact, own)).flatMap((fact) => {
      const cause = causeOf(fact);
      return cause === undefined ? [] : [{ fact, cause }];
    });
    const groups = new Map<string, { readonly platform: PlatformId; readonly cause: Cause; readonly facts: NoticedFact[] }>();
    for (const { fact, cause } of caused) {
      const name = `${fact.platform} ${cause.kind} ${cause.cause}`;
      const group = groups.get(name) ?? { platform: fact.platform, cause, facts: [] };
      group.facts.push(fact);
      groups.set(name, group);
    }
    const ended = facts.flatMap((fact) => {
      const cause = endedBy(fact);
      return cause === undefined ? [] : [{ platform: fact.platform, cause }];
    });
    if (groups.size === 0 && ended.length === 0) return;
    await this.transactions.run(async (tx) => {
      await this.store.lockGathering(this.scope, tx);
      for (const { platform, cause, facts: alike } of groups.values()) await this.grow(tx, platform, cause, alike, batch, now);
      for (const { platform, cause } of ended) await this.end(tx, platform, cause, now);
    });
  }

  private notice(fact: Fact, own: ReadonlySet<string>): NoticedFact {
    const { subject, evidence, payloadType, keyIds } = fact;
    const signer = payloadType === DISPATCH_TYPE ? this.signerOf(keyIds) : null;
    const isProved = signer !== null && subject !== null && evidence !== undefined && isSignedDispatch(this.trust.state(), evidence, subject, signer);
    return { ...fact, isOwn: subject !== null && own.has(subject), signer, isProved };
  }

  /** Whose dispatcher key it is that this server holds and no roster or revocation took back. */
  private signerOf(keyIds: readonly string[]): PlatformId | null {
    const state = this.trust.state();
    const [keyId, ...others] = keyIds;
    if (keyId === undefined || others.length > 0) return null;
    // Another platform's roster may list the same public key: only this server knows whose it is.
    const holder = holdersOf(state, keyId).find((one) => one.use === 'dispatcher' && this.holdsKeyOf(one.platform, keyId));
    return holder?.use !== 'dispatcher' || isRevoked(state, holder.platform, keyId) !== undefined ? null : holder.platform;
  }

  private holdsKeyOf(platform: PlatformId, keyId: string): boolean {
    try {
      return this.keys.dispatcherOf(platform).key.keyId === keyId;
    } catch {
      return false;
    }
  }

  private async grow(tx: Tx, platform: PlatformId, cause: Cause, facts: readonly NoticedFact[], batch: string, now: number): Promise<void> {
    const found = await this.store.newest(this.scope, tx, platform, cause);
    const standing = found !== undefined && goesOn(found, now) ? found : undefined;
    if (standing?.lastBatch === batch) return;
    const trace = facts.reduce<IncidentTrace | undefined>((grown, fact) => withFact(grown, fact, now), standing);
    if (trace === undefined) return;
    const before: Omit<IncidentRecord, keyof IncidentTrace> = standing ?? { ...cause, id: incidentIdSchema.parse(this.clock.uuid()), platform, state: 'open', postureUntil: null, lastBatch: batch };
    const grown: IncidentRecord = { ...before, ...trace, lastBatch: batch };
    const postureUntil = await this.answer(tx, grown, facts.some(({ isProved }) => isProved), now) ?? grown.postureUntil;
    if (standing !== undefined) {
      await this.store.update(this.scope, tx, { ...grown, postureUntil });
      return;
    }
    await this.store.insert(this.scope, tx, { ...grown, postureUntil });
    await this.leaves.insert(tx, {
      platform, kind: 'incident.opened', subject: grown.id, facts: { kind: cause.kind, cause: cause.cause, codes: trace.codes, subjects: trace.subjects, keyIds: trace.keyIds, terminals: trace.terminals.length },
    });
    this.log.warn('monitoring.incident', { id: grown.id, platform, kind: cause.kind });
  }

  /** What stood by itself ends by itself; nobody has to close it. */
  private async end(tx: Tx, platform: PlatformId, cause: Cause, now: number): Promise<void> {
    const found = await this.store.newest(this.scope, tx, platform, cause);
    if (found === undefined) return;
    await this.store.handle(this.scope, tx, { id: found.id, state: 'closed', handledBy: null, handledAt: now, note: '已自动恢复 / ended by itself' });
    await this.leaves.insert(tx, { platform, kind: 'incident.closed', subject: found.id, facts: { by: null } });
  }

  /**
   * A posture over the areas of the platform that was attacked, signed by the nearest platform above the one whose key was
   * misused that this server hosts, else by that one itself: who has the key must not be the only one to say so.
   */
  private async answer(tx: Tx, incident: IncidentRecord, isProved: boolean, now: number): Promise<number | null> {
    const { signer, platform } = incident;
    if (signer === null) return null;
    const lineage = lineageOf(this.trust.state(), signer);
    const areas = this.trust.state().charters.get(platform)?.value.areas.map(({ id }) => id) ?? [];
    const standing = (await this.restrictions.remembered(now)).filter((one) => one.kind === 'posture' && lineage.includes(one.platform) && areas.includes(one.area) && one.notBefore <= now && isAnswer(one));
    const standingUntil = standing.reduce((latest, { notAfter }) => Math.max(latest, notAfter), incident.postureUntil ?? 0);
    const suspicion = { signer, isProved, witnesses: incident.witnesses.length, lastAt: incident.lastAt, isClosed: incident.state === 'closed' };
    const terminals = this.terminals.ofPlatforms(this.scope, [platform]).length;
    if (!wantsPosture(suspicion, { terminals, standingUntil, lengthMs: this.config.postureMs }, now)) return null;
    const by = [...lineage.filter((one) => one !== signer), signer];
    let ends = null;
    for (const area of areas) ends = await this.placeRestriction.posture(tx, { by, area, reason: `自动响应：发现冒用${signer}密钥的指令 / automatic: commands with the key of ${signer} that it did not send` });
    return ends;
  }
}

/** Whether it keeps silent what an answer of the platform's would: a weaker one stands in no answer's way. */
function isAnswer({ approvals, classes }: Restriction): boolean {
  return approvals === null && POSTURE_CLASSES.every((one) => classes.includes(one));
}
