import { Inject, Injectable } from '@nestjs/common';
import { envelopeSchema, type MessageDetail, type MessageView } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Log } from '../../kernel/log';
import type { Scope } from '../../kernel/scope';
import { CLOCK, LOG } from '../../kernel/tokens';
import { serverScope } from '../access';
import { Trust } from '../authority';
import { Terminals } from '../terminals';
import { Followers } from './followers';
import { MESSAGE_STORE, type MessageListFilter, type MessageRecord, type MessageStore } from './message.store';
import { messageIn, messageView } from './message-view';
import { SaidBefore } from './said-before';
import { altered, isMessageId, notFound } from './refusals';

/** Messages in a scope as people see them. */
@Injectable()
export class ReadMessages {
  private readonly everywhere = serverScope('tells whom a waiting message will reach, and where it will be silent');

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(MESSAGE_STORE) private readonly store: MessageStore,
    private readonly trust: Trust,
    private readonly followers: Followers,
    private readonly terminals: Terminals,
    @Inject(LOG) private readonly log: Log,
    private readonly saidBefore: SaidBefore,
  ) {}

  /** Newest first. */
  async list(scope: Scope, filter: MessageListFilter): Promise<readonly MessageView[]> {
    return this.views(scope, await this.store.list(scope, filter));
  }

  /** One message with its signed bytes; refuses with NOT_FOUND what is out of scope as well. */
  async detail(scope: Scope, id: string): Promise<MessageDetail> {
    const record = isMessageId(id) ? await this.store.find(scope, id) : undefined;
    if (record === undefined) throw notFound();
    const [view] = await this.views(scope, [record]);
    if (view === undefined) throw altered('its signed bytes cannot be read');
    const approvals = await this.store.approvals(scope, [record.id]);
    return {
      ...view,
      envelope: envelopeSchema.parse(record.envelope),
      approvals: approvals.flatMap(({ envelope }) => envelopeSchema.safeParse(envelope).data ?? []),
      ...(await this.ahead(record)),
      correctionEnvelopes: (await this.store.corrections(scope, [record.id])).flatMap(({ envelope }) => envelopeSchema.safeParse(envelope).data ?? []),
    };
  }

  async view(scope: Scope, id: string): Promise<MessageView> {
    const { envelope: _envelope, approvals: _approvals, correctionEnvelopes: _corrections, silenced: _silenced, reach: _reach, ...view } = await this.detail(scope, id);
    return view;
  }

  /** Of what waits: whom it would reach now, and where a stop keeps it silent. */
  private async ahead(record: MessageRecord): Promise<Pick<MessageDetail, 'silenced' | 'reach'>> {
    const message = messageIn(record);
    if (message === undefined || (record.state !== 'submitted' && record.state !== 'approved')) return { silenced: 0, reach: null };
    const areas = this.trust.state().charters.get(record.platform)?.value.areas ?? [];
    const ids = (await this.terminals.targeted(this.everywhere, message.targets, areas.map(({ id }) => id))).terminals.map(({ id }) => id);
    const connected = this.terminals.onlineIds(this.everywhere);
    const silenced = await this.followers.silenced({ digest: record.digest, platform: record.platform, issuedAt: message.issuedAt }, ids, Math.trunc(this.clock.now()));
    return { silenced: silenced.length, reach: { terminals: ids.length, online: ids.filter((id) => connected.has(id)).length } };
  }

  private async views(scope: Scope, records: readonly MessageRecord[]): Promise<readonly MessageView[]> {
    const ids = records.map(({ id }) => id);
    const approvals = ids.length === 0 ? [] : await this.store.approvals(scope, ids);
    const [air, corrections, originals] = await Promise.all([
      this.followers.air(scope, ids), this.store.corrections(scope, ids), this.store.originals(scope, records.map(({ digest }) => digest)),
    ]);
    const saidBefore = await this.saidBefore.of(scope, records.flatMap((record) => messageIn(record) ?? []));
    const state = this.trust.state();
    return records.flatMap((record) => {
      const message = messageIn(record);
      // One edited row must not hide the others; whoever opens it is told.
      if (message === undefined) {
        this.log.error('messages.altered', { id: record.id });
        return [];
      }
      return [messageView(state, record, message, {
        approvals: approvals.filter((approval) => approval.message === record.id),
        corrections: corrections.filter((correction) => correction.message === record.id),
        correctionOf: originals.get(record.digest) ?? null,
        air: air.get(record.id),
        now: this.clock.now(),
        saidBefore: saidBefore(message),
      })];
    });
  }
}
