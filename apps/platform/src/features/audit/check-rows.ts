import { createHash } from 'node:crypto';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { KeptEvidence, namedBy, type NamedBytes } from '#libs/audit';
import { leafBodySchema, platformIdSchema, type PlatformId, type RowCheck, type RowFault } from '#libs/contracts';
import { canonicalJson, parseEnvelope, unverifiedPayload, type Envelope } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import type { Clock } from '../../kernel/clock';
import type { Log } from '../../kernel/log';
import type { Scope } from '../../kernel/scope';
import { Ticker } from '../../kernel/ticker';
import type { AuditStore, NumberedLeaf } from './audit.store';
import { fromTheTop, subjectOf, type AuditEvidence, type KeptBytes, type UnsaidRow } from './evidence';
import { RecordRanges } from './record-ranges';
import type { SecurityEvents } from './security-events';
import type { WatchLogs } from './watch-logs';

const LOOK_EVERY_MS = 60_000;
const FIRST_AFTER_MS = 15 * 60_000;
const EVERY_MS = 24 * 3_600_000;
/** The daily round takes at most so great a part of the time, one in so many; whoever asks for one waits less. */
const DAILY_SHARE = 10;
const ASKED_SHARE = 2;
/** A page: few enough that nothing else waits for it. */
const PAGE = 50;
/** Faults that are kept and told one by one; the rest is counted. */
const MOST_FAULTS = 500;
/** Of one round on one platform: an incident names no more. */
const MOST_TOLD = 16;
/** A record is taken and its leaf numbered within this. */
const NAMED_WITHIN_MS = 30_000;

interface Round { readonly faults: RowFault[]; rows: number; pause(): Promise<void> }

/**
 * Reads everything that is signed in the database again, once a day and when an auditor asks (threats T61): each row's
 * bytes against the digest in its leaf, against the signature, and against the columns beside it; and each row against the
 * leaf that must tell of it. What does not fit is an event of its platform that names table and row, and so an incident.
 * Page by page, with a pause after each as long as the share says: a database of years takes longer, and no more of the server.
 */
export class CheckRows implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly ticker: Ticker;
  private dueAt: number;
  private stopped = false;
  private running: Promise<void> | undefined;
  private last: Omit<RowCheck, 'running'> = { startedAt: null, finishedAt: null, rows: 0, faults: [], more: 0 };

  constructor(
    private readonly store: AuditStore, private readonly events: SecurityEvents, private readonly evidence: AuditEvidence, private readonly logs: WatchLogs,
    private readonly clock: Clock, private readonly log: Log, private readonly scope: Scope,
  ) {
    this.dueAt = clock.monotonicMs() + FIRST_AFTER_MS;
    this.ticker = new Ticker('audit.check-rows', LOOK_EVERY_MS, () => this.look(), log);
  }

  onApplicationBootstrap(): void {
    this.ticker.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.ticker.stop();
    await this.running;
  }

  /** Begins one unless one runs. */
  begin(scope: Scope): RowCheck {
    this.running ??= this.run(ASKED_SHARE).catch((cause: unknown) => { this.log.error('audit.check-failed', {}, cause); }).finally(() => { this.running = undefined; });
    return this.seen(scope);
  }

  /** The last one that ended, as far as the scope reaches. */
  seen(scope: Scope): RowCheck {
    const faults = this.last.faults.filter(({ platform }) => scope.covers(platformIdSchema.parse(platform)));
    return { ...this.last, running: this.running !== undefined, faults, more: scope.platforms === null || faults.length === this.last.faults.length ? this.last.more : 0 };
  }

  private async look(): Promise<void> {
    const begun = this.clock.monotonicMs();
    if (begun < this.dueAt || this.running !== undefined) return;
    this.running = this.run(DAILY_SHARE).finally(() => { this.running = undefined; });
    this.dueAt = begun + EVERY_MS;
    await this.running;
  }

  /** One whole round, the logs themselves first. */
  async run(share = 1): Promise<void> {
    const startedAt = Math.trunc(this.clock.now());
    let since = this.clock.monotonicMs();
    const round: Round = {
      faults: [], rows: 0,
      pause: async () => {
        const worked = this.clock.monotonicMs() - since;
        await new Promise((resolve) => { setTimeout(resolve, worked * (share - 1)); });
        since = this.clock.monotonicMs();
      },
    };
    for (const [platform, { code, seq }] of await this.logs.run()) this.fault(round, { platform, table: 'audit_leaf', row: String(seq), code });
    await this.rows(round);
    for (const row of await this.evidence.unsaid()) this.fault(round, row);
    for await (const page of this.evidence.unsaidLong()) {
      for (const row of page) this.fault(round, row);
      await round.pause();
      if (this.stopped) return;
    }
    await this.tell(round, startedAt);
  }

  /** From the leaves to the rows, and the records of the terminals back to the leaves. */
  private async rows(round: Round): Promise<void> {
    // Sizes first: what is accepted while this runs belongs to the next round.
    const sizes = await this.store.sizes(this.scope);
    const platforms = [...sizes.keys()];
    const kept = new KeptEvidence();
    const documents = await this.evidence.documents();
    const inOrder = [...new Set([...fromTheTop(documents), ...platforms])].filter((platform) => sizes.has(platform));
    for (const [place, document] of documents.entries()) {
      const envelope = envelopeIn(document.envelope);
      const row = document.digest;
      round.rows += 1;
      if (!kept.document(envelope, place)) this.fault(round, { platform: document.platform, table: 'trust_document', row, code: 'DOCUMENT_REFUSED' });
      else if (digestOf(envelope) !== document.digest) this.fault(round, { platform: document.platform, table: 'trust_document', row, code: 'ROW_DIFFERS' });
    }
    for (const { terminal, key } of await this.store.enrolledKeys(this.scope, platforms, sizes)) kept.device(terminal, key);
    const named = new RecordRanges();
    const begunAt = this.clock.now();
    for (const platform of inOrder) {
      const size = sizes.get(platform) ?? 0;
      kept.log(platform);
      for (let from = 0; from < size && !this.stopped; from += PAGE) {
        await this.page(round, kept, named, platform, await this.store.leaves(this.scope, platform, from, Math.min(PAGE, size - from)));
        await round.pause();
      }
      for (const { code, named: one } of kept.end()) this.fault(round, this.faultOf(platform, one, code));
    }
    for await (const page of this.evidence.records()) {
      if (this.stopped) return;
      for (const { platform, terminal, counter, receivedAt } of page) {
        const isLate = receivedAt > begunAt - NAMED_WITHIN_MS && receivedAt < this.clock.now() + NAMED_WITHIN_MS;
        if (!isLate && !named.has(terminal, counter)) this.fault(round, { platform, table: 'device_record', row: `${terminal} ${counter}`, code: 'RECORD_UNSAID' });
      }
      await round.pause();
    }
  }

  private async page(round: Round, kept: KeptEvidence, named: RecordRanges, platform: PlatformId, leaves: readonly NumberedLeaf[]): Promise<void> {
    // A leaf that somebody made unreadable is found by its hash.
    const read = leaves.flatMap((leaf) => {
      const body = leafBodySchema.safeParse(jsonOf(leaf.body)).data;
      return body === undefined ? [] : [{ ...leaf, body }];
    });
    const find = await this.evidence.find(this.scope, read.flatMap(({ body }) => namedBy(body)).filter(({ name }) => name !== ''));
    for (const { seq, body } of read) {
      for (const { word, name } of namedBy(body)) {
        const [terminal = '', counter] = name.split(' ');
        if (word === 'record') named.add(terminal, Number(counter));
      }
      const faults = kept.leaf(seq, body, (one) => {
        const bytes = find(one);
        round.rows += 1;
        if (bytes === undefined) return undefined;
        const envelope = envelopeIn(bytes.envelope);
        if (differs(bytes, envelope)) this.fault(round, this.faultOf(platform, one, 'ROW_DIFFERS'));
        return envelope;
      });
      for (const { code, named: one } of faults) this.fault(round, this.faultOf(platform, one, code));
    }
    const sides = await this.store.details(this.scope, read.map(({ id }) => id));
    for (const { leaf, field, salt, value } of sides) {
      const stated = read.find(({ id }) => id === leaf)?.body.details?.[field];
      const hash = createHash('sha256').update(Buffer.from(salt, 'base64')).update(value, 'utf8').digest('hex');
      if (hash !== stated) this.fault(round, { platform, table: 'audit_person_detail', row: `${leaf} ${field}`, code: 'DETAIL_DIFFERS' });
    }
  }

  private faultOf(platform: PlatformId, { word, name }: NamedBytes, code: string): UnsaidRow {
    return { platform, table: this.evidence.tableOf(word), row: name, code };
  }

  private fault(round: Round, { platform, table, row, code }: UnsaidRow): void {
    if (!round.faults.some((known) => known.table === table && known.row === row && known.code === code)) round.faults.push({ platform, table, row, code });
  }

  private async tell({ faults, rows }: Round, startedAt: number): Promise<void> {
    const now = Math.trunc(this.clock.now());
    const told = new Map<string, number>();
    for (const { platform, table, row, code } of faults) {
      const count = (told.get(platform) ?? 0) + 1;
      told.set(platform, count);
      if (count > MOST_TOLD) continue;
      this.log.error('audit.row-altered', { platform, table, row, code });
      await this.events.recordAlone({ platform: platformIdSchema.parse(platform), terminal: null, at: now, kind: 'audit-fault', code, subject: subjectOf({ table, row }), keyIds: [] });
    }
    this.last = { startedAt, finishedAt: now, rows, faults: faults.slice(0, MOST_FAULTS), more: Math.max(0, faults.length - MOST_FAULTS) };
    this.log.info('audit.rows-checked', { rows, faults: faults.length });
  }
}

/** What the columns say is not what was signed. */
function differs({ columns = {} }: KeptBytes, envelope: Envelope): boolean {
  const payload = unverifiedPayload(envelope);
  const signed: Readonly<Record<string, unknown>> = typeof payload === 'object' && payload !== null ? { ...payload } : {};
  return Object.entries(columns).some(([name, value]) => signed[name] === undefined || canonicalJson(signed[name]) !== canonicalJson(value));
}

function digestOf(envelope: Envelope): string {
  const parsed = parseEnvelope(envelope);
  return parsed.ok ? sha256Hex(parsed.payload) : '';
}

function envelopeIn(text: string): Envelope {
  const parsed = parseEnvelope(jsonOf(text));
  return parsed.ok ? parsed.envelope : { payloadType: '', payload: '', signatures: [] };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
