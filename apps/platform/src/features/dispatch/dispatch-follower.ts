import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Tx } from '../../kernel/database';
import { Followers, type ApprovedMessage, type ReleaseFollower } from '../messages';
import { PlaceDispatch } from './place-dispatch';
import { PlaceStop } from './place-stop';

/** Hangs dispatching into the transactions of messages. */
@Injectable()
export class DispatchFollower implements ReleaseFollower, OnModuleInit {
  constructor(
    private readonly followers: Followers,
    private readonly placeDispatch: PlaceDispatch,
    private readonly placeStop: PlaceStop,
  ) {}

  onModuleInit(): void {
    this.followers.onRelease(this);
  }

  async released(tx: Tx, approved: ApprovedMessage): Promise<void> {
    await this.placeDispatch.run(tx, approved);
  }

  takenBack(tx: Tx, message: Parameters<ReleaseFollower['takenBack']>[1]): Promise<void> {
    return this.placeStop.run(tx, message);
  }
}
