import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { MessageId } from '#libs/contracts';
import type { Scope } from '../../kernel/scope';
import { DISPATCH_STORE, type DispatchStore } from '../dispatch';
import { Followers, NOT_ON_AIR, type AirReader, type AirRecord } from '../messages';
import { DELIVERY_STORE, type DeliveryStore } from './delivery.store';

/** Tells messages what became of them on the air. */
@Injectable()
export class TellAir implements AirReader, OnModuleInit {
  constructor(
    @Inject(DELIVERY_STORE) private readonly store: DeliveryStore,
    @Inject(DISPATCH_STORE) private readonly dispatches: DispatchStore,
    private readonly followers: Followers,
  ) {}

  onModuleInit(): void {
    this.followers.readAirFrom(this);
  }

  async air(scope: Scope, ids: readonly MessageId[]): Promise<ReadonlyMap<MessageId, AirRecord>> {
    const [tallies, dispatches] = await Promise.all([this.store.tallies(scope, ids), this.dispatches.dispatchesOf(scope, ids)]);
    return new Map([...tallies].map(([id, tally]) => [id, {
      ...NOT_ON_AIR,
      tally,
      dispatches: dispatches.filter(({ message }) => message === id).map(({ id: dispatchId, startAt, issuedAt }) => ({ dispatchId, startAt, issuedAt })),
    }]));
  }
}
