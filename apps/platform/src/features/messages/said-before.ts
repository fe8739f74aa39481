import { Inject, Injectable } from '@nestjs/common';
import type { Digest, Message, MessageView } from '#libs/contracts';
import { changedSince } from '#libs/domain';
import type { FieldError } from '../../kernel/errors';
import type { Scope } from '../../kernel/scope';
import { Followers } from './followers';
import { MESSAGE_STORE, type MessageStore } from './message.store';
import { messageIn } from './message-view';

/** What a message says again (重播): of the same platform, shown beside it to whoever approves, and nothing more. */
@Injectable()
export class SaidBefore {
  constructor(
    @Inject(MESSAGE_STORE) private readonly store: MessageStore,
    private readonly followers: Followers,
  ) {}

  /** Why it cannot say that again: no message of its platform has the digest. */
  async faults(scope: Scope, { platform, saysAgain }: Pick<Message, 'platform' | 'saysAgain'>): Promise<readonly FieldError[]> {
    if (saysAgain === undefined || await this.store.modeOf(scope, platform, saysAgain) !== undefined) return [];
    return [{ path: 'saysAgain', code: 'SAYS_AGAIN_UNKNOWN', sentence: 'No message of this platform has this digest.' }];
  }

  /** By the digest of what is said again, how a message compares with it. */
  async of(scope: Scope, messages: readonly Message[]): Promise<(message: Message) => MessageView['saidBefore']> {
    const digests = [...new Set(messages.flatMap(({ saysAgain }) => saysAgain ?? []))];
    const records = await this.store.byDigest(scope, digests);
    const air = await this.followers.air(scope, records.map(({ id }) => id));
    const before = new Map<Digest, (typeof records)[number]>(records.map((record) => [record.digest, record]));
    return (message) => {
      const record = message.saysAgain === undefined ? undefined : before.get(message.saysAgain);
      const said = record === undefined || record.platform !== message.platform ? undefined : messageIn(record);
      if (record === undefined || said === undefined) return null;
      const heard = (air.get(record.id)?.dispatches ?? []).map(({ startAt }) => startAt);
      return { message: record.id, digest: record.digest, heardAt: heard.length === 0 ? null : Math.min(...heard), changed: [...changedSince(message, said)] };
    };
  }
}
