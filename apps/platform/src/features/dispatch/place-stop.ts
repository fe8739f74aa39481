import { Inject, Injectable } from '@nestjs/common';
import { LIMITS, stopIdSchema, type AreaId, type Digest, type MessageId, type PlatformId, type Stop } from '#libs/contracts';
import { outermost, type AreaChain } from '#libs/domain';
import { encodePayload } from '#libs/envelope';
import { sha256Hex, signEnvelope } from '#libs/suites';
import type { Clock } from '../../kernel/clock';
import type { Tx } from '../../kernel/database';
import { Leaves } from '../../kernel/leaf';
import { Outbox } from '../../kernel/outbox';
import { CLOCK } from '../../kernel/tokens';
import { serverScope } from '../access';
import { ServerKeys, Trust } from '../authority';
import { DISPATCH_STORE, type DispatchStore } from './dispatch.store';
import { STOP_PLACED, type StopPlaced } from './events';

/** A message that shall not sound, and why: `id` is what the log names, the message itself or the one in its place. */
interface Ended {
  readonly id: MessageId;
  readonly platform: PlatformId;
  readonly digest: Digest;
  readonly by: string;
}

/**
 * Signs the stops of one message, in the caller's transaction: of a taken-back one for each area of its platform that
 * lies in no other, of a replaced one for the areas of the message in its place. A horn that was away keeps to it as well.
 */
@Injectable()
export class PlaceStop {
  private readonly scope = serverScope('stops taken-back messages');

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(DISPATCH_STORE) private readonly store: DispatchStore,
    private readonly trust: Trust,
    private readonly keys: ServerKeys,
    private readonly leaves: Leaves,
    private readonly outbox: Outbox,
  ) {}

  async takenBack(tx: Tx, message: Ended): Promise<void> {
    await this.store.closeWithdrawn(this.scope, tx, message.id);
    await this.place(tx, message, this.declared(message.platform).map(({ id }) => id));
  }

  /** Elsewhere it goes on; its deliveries close by what the terminals say. */
  replaced(tx: Tx, message: Ended, areas: readonly AreaId[]): Promise<void> {
    return this.place(tx, message, areas);
  }

  private declared(platform: PlatformId): AreaChain {
    return this.trust.state().charters.get(platform)?.value.areas ?? [];
  }

  private async place(tx: Tx, message: Ended, areas: readonly AreaId[]): Promise<void> {
    const issuedAt = Math.trunc(this.clock.now());
    for (const area of outermost(this.declared(message.platform), areas)) {
      const stop: Stop = {
        stopId: stopIdSchema.parse(this.clock.uuid()),
        platform: message.platform,
        issuedAt,
        notAfter: issuedAt + LIMITS.stopKeepMs,
        area,
        scope: { kind: 'messages', messages: [message.digest] },
      };
      const payload = encodePayload(stop);
      const envelope = await signEnvelope('stop', payload, [this.keys.dispatcherOf(message.platform)]);
      await this.store.insertStop(this.scope, tx, { stop, envelope }, issuedAt);
      await this.leaves.insert(tx, {
        platform: message.platform, kind: 'stop.placed', subject: message.id, facts: { stopId: stop.stopId, stop: sha256Hex(payload), area, messages: [message.digest] },
      });
      const placed: StopPlaced = { stopId: stop.stopId, stop: envelope, notAfter: stop.notAfter, by: message.by };
      await this.outbox.put(tx, STOP_PLACED, { ...placed });
    }
  }
}
