import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Message, MessageId } from '#libs/contracts';
import { mayReplace } from '#libs/domain';
import type { Clock } from '../../kernel/clock';
import type { Tx } from '../../kernel/database';
import { Leaves } from '../../kernel/leaf';
import { CLOCK } from '../../kernel/tokens';
import { serverScope } from '../access';
import { Followers, MessageAccess, type ApprovedMessage, type ReleaseFollower } from '../messages';
import { PlaceDispatch } from './place-dispatch';
import { PlaceStop } from './place-stop';

/** Hangs dispatching into the transactions of messages. */
@Injectable()
export class DispatchFollower implements ReleaseFollower, OnModuleInit {
  private readonly scope = serverScope('places dispatches');

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly followers: Followers,
    private readonly messages: MessageAccess,
    private readonly leaves: Leaves,
    private readonly placeDispatch: PlaceDispatch,
    private readonly placeStop: PlaceStop,
  ) {}

  onModuleInit(): void {
    this.followers.onRelease(this);
  }

  async released(tx: Tx, approved: ApprovedMessage): Promise<void> {
    await this.placeDispatch.run(tx, approved);
    const { id, verified: { message, digest } } = approved;
    if (message.drill?.kind !== 'platform') return this.endReplaced(tx, id, message);
    // No terminal is told of it, so nobody reports its end.
    await this.messages.complete(tx, this.scope, id, Math.trunc(this.clock.now()));
    await this.leaves.insert(tx, { platform: message.platform, kind: 'message.completed', subject: id, facts: { digest } });
  }

  takenBack(tx: Tx, message: Parameters<ReleaseFollower['takenBack']>[1]): Promise<void> {
    return this.placeStop.takenBack(tx, message);
  }

  /** A horn that does not take the message (away, quiet, isolated, without its sound) would go on with the replaced one. */
  private async endReplaced(tx: Tx, id: MessageId, { platform, mode, replaces, targets, author }: Message): Promise<void> {
    if (replaces === null || targets.areas.length === 0) return;
    const replaced = await this.messages.modeOf(this.scope, platform, replaces);
    if (replaced !== undefined && mayReplace(mode, replaced)) await this.placeStop.replaced(tx, { id, platform, digest: replaces, by: author }, targets.areas);
  }
}
