import { Inject, Injectable } from '@nestjs/common';
import { envelopeSchema, type MessageDetail, type MessageView } from '#libs/contracts';
import type { Scope } from '../../kernel/scope';
import { Trust } from '../authority';
import { Followers } from './followers';
import { MESSAGE_STORE, type MessageListFilter, type MessageRecord, type MessageStore } from './message.store';
import { messageView } from './message-view';
import { isMessageId, notFound } from './refusals';

/** Messages in a scope as people see them. */
@Injectable()
export class ReadMessages {
  constructor(
    @Inject(MESSAGE_STORE) private readonly store: MessageStore,
    private readonly trust: Trust,
    private readonly followers: Followers,
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
    if (view === undefined) throw notFound();
    const approvals = await this.store.approvals(scope, [record.id]);
    return {
      ...view,
      envelope: envelopeSchema.parse(record.envelope),
      approvals: approvals.map(({ envelope }) => envelopeSchema.parse(envelope)),
    };
  }

  async view(scope: Scope, id: string): Promise<MessageView> {
    const { envelope: _envelope, approvals: _approvals, ...view } = await this.detail(scope, id);
    return view;
  }

  private async views(scope: Scope, records: readonly MessageRecord[]): Promise<readonly MessageView[]> {
    const ids = records.map(({ id }) => id);
    const approvals = ids.length === 0 ? [] : await this.store.approvals(scope, ids);
    const air = await this.followers.air(scope, ids);
    const state = this.trust.state();
    return records.map((record) => messageView(state, record, approvals.filter(({ message }) => message === record.id), air.get(record.id)));
  }
}
