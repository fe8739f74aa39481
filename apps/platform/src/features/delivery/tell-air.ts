import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { MessageId, TerminalId } from '#libs/contracts';
import { silences, type Isolation, type Restriction } from '#libs/domain';
import { isolationOf, tierOf, tombstoneOf, verifyStop } from '#libs/trust';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import { serverScope } from '../access';
import { Trust } from '../authority';
import { DISPATCH_STORE, type DispatchStore } from '../dispatch';
import { Followers, NOT_ON_AIR, type AirReader, type AirRecord, type OnTheAir, type Unbegun } from '../messages';
import { Terminals } from '../terminals';
import { DELIVERY_STORE, type DeliveryStore } from './delivery.store';
import { Isolates } from './isolates';
import { Restrictions } from './restrictions';

/** Tells messages what became of them on the air. */
@Injectable()
export class TellAir implements AirReader, OnModuleInit {
  private readonly everywhere = serverScope('tells what is on the air');

  constructor(
    @Inject(DELIVERY_STORE) private readonly store: DeliveryStore,
    @Inject(DISPATCH_STORE) private readonly dispatches: DispatchStore,
    private readonly followers: Followers,
    private readonly isolates: Isolates,
    private readonly trust: Trust,
    private readonly terminals: Terminals,
    private readonly narrowing: Restrictions,
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

  async silenced({ digest, platform, issuedAt }: Unbegun, terminals: readonly TerminalId[], now: number): Promise<readonly TerminalId[]> {
    const state = this.trust.state();
    const tier = tierOf(state, platform);
    if (tier === undefined) return [];
    const stops = (await this.dispatches.stops(this.everywhere, now)).flatMap(({ envelope, recordedAt }) => {
      const verified = verifyStop(state, envelope);
      return verified.ok ? [tombstoneOf(verified.value, recordedAt)] : [];
    });
    if (stops.length === 0) return [];
    return terminals.filter((terminal) => {
      const chain = this.terminals.areasOf(terminal).map((id) => ({ id, parent: null }));
      return stops.some((stop) => silences(stop, { digest, tier, issuedAt }, chain));
    });
  }

  async isolations(at: number): Promise<readonly Isolation[]> {
    return (await this.isolates.inForce(at)).map(({ verified }) => isolationOf(verified));
  }

  restrictions(now: number, tx?: Tx): Promise<readonly Restriction[]> {
    return this.narrowing.remembered(now, tx);
  }
}
