import { Inject, Injectable } from '@nestjs/common';
import { setImmediate as breathe } from 'node:timers/promises';
import type { EnvelopeShape, Receipt, SecurityEvent, TerminalId } from '#libs/contracts';
import { afterReceipt, afterRefusal, contradictsBody } from '#libs/domain';
import { wordOf } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { unreadByDevice, verifyByDevice } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Transactions, Tx } from '../../kernel/database';
import { Leaves } from '../../kernel/leaf';
import { CLOCK, TRANSACTIONS } from '../../kernel/tokens';
import { serverScope } from '../access';
import { AuditLog, SecurityEvents, type SecurityEventFact } from '../audit';
import { payloadDigest } from '../messages';
import { Terminals } from '../terminals';
import { CompleteMessages } from './complete-messages';
import { DELIVERY_STORE, type CounterState, type DeliveryRecord, type DeliveryStore, type DeviceRecord } from './delivery.store';
import { recordName } from './record-name';

/** What one terminal sent in one batch. */
export interface SentByTerminal {
  readonly terminal: TerminalId;
  readonly envelopes: readonly EnvelopeShape[];
}

/** A verified record with what it says. */
type Read = { readonly record: DeviceRecord } & ({ readonly word: 'receipt'; readonly receipt: Receipt } | { readonly word: 'event'; readonly event: SecurityEvent });

/** A device's own signature under something that no contract here knows. */
interface Unread { readonly record: DeviceRecord; readonly fact: SecurityEventFact }

interface ReadBatch { readonly read: readonly Read[]; readonly refused: readonly SecurityEventFact[]; readonly unread: readonly Unread[] }

/** Records that one leaf names; a leaf is bounded like a payload. */
const RECORDS_IN_LEAF = 400;

/** Signatures verified before the loop may do something else. */
const AT_ONCE = 50;

/**
 * Takes what terminals signed: verifies each by its device key, then stores records, deliveries, events and leaves of
 * the whole batch in one transaction, a few statements in all. A record seen before changes nothing; another payload
 * under a used counter is a security event. What a device signed but nobody here can read is kept as evidence and its
 * number counts as used, so that nothing after it waits for ever; so is a receipt that speaks of a voice where none was, or of none at its end. Answers, after the commit, the highest counter of each terminal without a gap.
 */
@Injectable()
export class AcceptReceipts {
  private readonly scope = serverScope('takes receipts');

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(DELIVERY_STORE) private readonly store: DeliveryStore,
    private readonly terminals: Terminals,
    private readonly events: SecurityEvents,
    private readonly audit: AuditLog,
    private readonly leaves: Leaves,
    private readonly completeMessages: CompleteMessages,
  ) {}

  async run(batch: readonly SentByTerminal[]): Promise<readonly CounterState[]> {
    const now = Math.trunc(this.clock.now());
    const { read, refused, unread } = await this.readAll(batch, now);
    const senders = [...new Set(batch.map(({ terminal }) => terminal))].filter((terminal) => this.terminals.platformOf(terminal) !== undefined).sort();
    return this.transactions.run(async (tx) => {
      await this.store.lockCounters(this.scope, tx, senders);
      const kept = await this.store.keepRecords(this.scope, tx, [...read, ...unread].map(({ record }) => record), now);
      const fresh = read.filter(({ record }) => kept.fresh.has(recordName(record)));
      const reused = read.filter(({ record }) => kept.conflicting.has(recordName(record)))
        .map(({ record }) => factOf(record, { kind: 'counter-reused', code: 'REJ_COUNTER', subject: record.payloadDigest, keyIds: [] }));
      const touched = await this.moveDeliveries(tx, fresh, now);
      await this.events.record(tx, [...refused, ...unread.flatMap(({ record, fact }) => (kept.fresh.has(recordName(record)) ? [fact] : [])), ...reused, ...touched.facts, ...fresh.flatMap(eventFacts), ...await this.contradicted(tx, fresh, now)]);
      await this.leaf(tx, [...fresh, ...unread.filter(({ record }) => kept.fresh.has(recordName(record)))], touched.moved);
      await this.completeMessages.run(tx, [...new Set(touched.moved.map(({ message }) => message))], now);
      return this.store.advanceCounters(this.scope, tx, senders);
    });
  }

  private async readAll(batch: readonly SentByTerminal[], now: number): Promise<ReadBatch> {
    const read = new Map<string, Read>();
    const refused: SecurityEventFact[] = [];
    const unread = new Map<string, Unread>();
    let verified = 0;
    for (const { terminal, envelopes } of batch) {
      const key = this.terminals.deviceKey(terminal);
      const platform = this.terminals.platformOf(terminal);
      if (key === undefined || platform === undefined) continue;
      for (const envelope of envelopes) {
        verified += 1;
        if (verified % AT_ONCE === 0) await breathe();
        const result = wordOf(envelope.payloadType) === 'event' ? verifyByDevice({ terminal, key }, envelope, 'event') : verifyByDevice({ terminal, key }, envelope, 'receipt');
        if (!result.ok) {
          const fact: SecurityEventFact = { platform, terminal, at: now, kind: 'receipt-refused', code: result.code, subject: payloadDigest(envelope), keyIds: envelope.signatures.map(({ keyid }) => keyid) };
          const odd = unreadByDevice({ terminal, key }, envelope);
          if (odd === undefined) refused.push(fact);
          else {
            const record: DeviceRecord = { terminal, platform, counter: odd.counter, word: odd.word, payloadDigest: odd.digest, dispatchId: null, messageDigest: null, at: now, envelope };
            unread.set(recordName(record), { record, fact });
          }
          continue;
        }
        const { payload, digest } = result.value;
        const common = { terminal, platform, counter: payload.counter, payloadDigest: digest, at: payload.at, envelope };
        const one: Read = 'dispatchId' in payload
          ? { word: 'receipt', receipt: payload, record: { ...common, word: 'receipt', dispatchId: payload.dispatchId, messageDigest: payload.messageDigest } }
          : { word: 'event', event: payload, record: { ...common, word: 'event', dispatchId: null, messageDigest: null } };
        // The same counter twice in one batch: the first stays, as it would have one batch later.
        const name = recordName(one.record);
        if (!read.has(name)) read.set(name, one);
      }
    }
    return { read: [...read.values()].sort((a, b) => a.record.counter - b.record.counter), refused, unread: [...unread.values()].filter(({ record }) => !read.has(recordName(record))) };
  }

  /** A database that was put back, or rewritten, is not the one whose heads the terminals were shown: seen with their first word. */
  private async contradicted(tx: Tx, fresh: readonly Read[], now: number): Promise<readonly SecurityEventFact[]> {
    const witnessed = fresh.flatMap((one) => (one.word === 'receipt' ? one.receipt.head : one.event.head) ?? []);
    return (await this.audit.contradictedBy(tx, witnessed)).map(({ witnessed: { platform, rootHash }, code }) => ({
      platform, terminal: null, at: now, kind: 'log-contradicted', code, subject: rootHash, keyIds: [],
    }));
  }

  private async moveDeliveries(tx: Tx, fresh: readonly Read[], now: number): Promise<{ readonly moved: readonly DeliveryRecord[]; readonly facts: readonly SecurityEventFact[] }> {
    const receipts = fresh.flatMap((one) => (one.word === 'receipt' ? [one] : []));
    const refusals = fresh.flatMap((one) => (one.word === 'event' && one.event.kind === 'refused' && one.event.code !== null && one.event.subject !== null
      ? [{ terminal: one.record.terminal, payloadDigest: one.event.subject, code: one.event.code }] : []));
    const before = await this.store.lockDeliveries(this.scope, tx, receipts.map(({ record, receipt }) => ({ dispatchId: receipt.dispatchId, terminal: record.terminal })));
    const states = new Map(before.map((delivery) => [deliveryName(delivery), delivery]));
    const facts: SecurityEventFact[] = [];
    for (const { record, receipt } of receipts) {
      const delivery = states.get(deliveryName({ dispatchId: receipt.dispatchId, terminal: record.terminal }));
      if (delivery === undefined) facts.push(factOf(record, { kind: 'receipt-without-dispatch', code: null, subject: receipt.messageDigest, keyIds: [] }));
      else if (contradictsBody(receipt, delivery.isLive)) facts.push(factOf(record, { kind: 'receipt-refused', code: 'REJ_SCHEMA', subject: record.payloadDigest, keyIds: [] }));
      else states.set(deliveryName(delivery), { ...delivery, ...afterReceipt(delivery, receipt, delivery.repeats) });
    }
    for (const found of await this.store.lockByPayload(this.scope, tx, refusals)) {
      const refusal = refusals.find(({ terminal, payloadDigest: subject }) => terminal === found.terminal && subject === found.payloadDigest);
      const delivery = states.get(deliveryName(found)) ?? found;
      if (refusal !== undefined) states.set(deliveryName(found), { ...delivery, ...afterRefusal(delivery, refusal.code) });
    }
    const moved = [...states.values()];
    await this.store.update(this.scope, tx, moved, now);
    return { moved, facts };
  }

  /**
   * A leaf per message and batch, and per platform for what belongs to no message: which records of which terminals, and
   * one digest over theirs in the order of terminal and counter. A batch after a long outage becomes several leaves.
   */
  private async leaf(tx: Tx, fresh: readonly (Read | Unread)[], moved: readonly DeliveryRecord[]): Promise<void> {
    const messages = new Map(moved.map((delivery) => [deliveryName(delivery), delivery.message]));
    const groups = new Map<string, { readonly platform: DeviceRecord['platform']; readonly subject: string; readonly records: DeviceRecord[] }>();
    for (const { record } of fresh) {
      const message = record.dispatchId === null ? undefined : messages.get(deliveryName({ dispatchId: record.dispatchId, terminal: record.terminal }));
      // A message of an upper platform is heard at terminals of several: each platform's log holds its own terminals' word.
      const name = `${message ?? 'events'} ${record.platform}`;
      const group = groups.get(name) ?? { platform: record.platform, subject: message ?? 'events', records: [] };
      group.records.push(record);
      groups.set(name, group);
    }
    const leaves = [...groups.values()].flatMap(({ platform, subject, records }) => {
      records.sort((a, b) => (a.terminal < b.terminal ? -1 : a.terminal > b.terminal ? 1 : a.counter - b.counter));
      return chunksOf(records, RECORDS_IN_LEAF).map((some) => ({ platform, kind: 'receipts.taken', subject, facts: { count: some.length, digest: wholeOf(some), records: countersOf(some) } }));
    });
    await this.leaves.insertAll(tx, leaves);
  }
}

function deliveryName({ dispatchId, terminal }: { readonly dispatchId: string; readonly terminal: string }): string {
  return `${dispatchId} ${terminal}`;
}

function chunksOf<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));
}

function wholeOf(records: readonly DeviceRecord[]): string {
  return sha256Hex(new TextEncoder().encode(records.map(({ payloadDigest: digest }) => digest).join('\n')));
}

/** `[terminal, counter, ...]` for each terminal, of records in that order. */
function countersOf(records: readonly DeviceRecord[]): readonly (readonly [string, ...number[]])[] {
  const counters = new Map<string, number[]>();
  for (const { terminal, counter } of records) counters.set(terminal, [...(counters.get(terminal) ?? []), counter]);
  return [...counters].map(([terminal, own]) => [terminal, ...own] as const);
}

function eventFacts(one: Read): readonly SecurityEventFact[] {
  return one.word === 'event' ? [{ ...factOf(one.record, one.event), payloadType: one.event.payloadType, ...(one.event.evidence === undefined ? {} : { evidence: one.event.evidence }) }] : [];
}

function factOf(record: DeviceRecord, { kind, code, subject, keyIds }: Pick<SecurityEventFact, 'kind' | 'code' | 'subject' | 'keyIds'>): SecurityEventFact {
  return { platform: record.platform, terminal: record.terminal, at: record.at, kind, code, subject, keyIds };
}
