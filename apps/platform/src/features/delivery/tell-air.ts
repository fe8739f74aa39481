import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { MessageId } from '#libs/contracts';
import type { Isolation } from '#libs/domain';
import { isolationOf } from '#libs/trust';
import type { Scope } from '../../kernel/scope';
import { serverScope } from '../access';
import { DISPATCH_STORE, type DispatchStore } from '../dispatch';
import { Followers, NOT_ON_AIR, type AirReader, type AirRecord, type OnTheAir } from '../messages';
import { DELIVERY_STORE, type DeliveryStore } from './delivery.store';
import { Isolates } from './isolates';

/** Tells messages what became of them on the air. */
@Injectable()
export class TellAir implements AirReader, OnModuleInit {
  private readonly everywhere = serverScope('tells what is on the air');

  constructor(
    @Inject(DELIVERY_STORE) private readonly store: DeliveryStore,
    @Inject(DISPATCH_STORE) private readonly dispatches: DispatchStore,
    private readonly followers: Followers,
    private readonly isolates: Isolates,
  ) {}

  onModuleInit(): void {
    this.followers.readAirFrom(this);
  }

  async air(scope: Scope, ids: readonly MessageId[]): Promise<ReadonlyMap<MessageId, AirRecord>> {
    const [tallies, dispatches] = await Promise.all([this.store.tallies(scope, ids), this.dispatches.dispatchesOf(scope, ids)]);
    const sent = new Set([...tallies.keys(), ...dispatches.map(({ message }) => message)]);
    return new Map([...sent].map((id) => [id, {
      tally: tallies.get(id) ?? NOT_ON_AIR.tally,
      dispatches: dispatches.filter(({ message }) => message === id).map(({ id: dispatchId, startAt, issuedAt }) => ({ dispatchId, startAt, issuedAt })),
    }]));
  }

  async onAir(ids: readonly MessageId[]): Promise<ReadonlyMap<MessageId, OnTheAir>> {
    return this.store.openDispatches(this.everywhere, ids);
  }

  async isolations(at: number): Promise<readonly Isolation[]> {
    return (await this.isolates.inForce(at)).map(({ verified }) => isolationOf(verified));
  }
}
