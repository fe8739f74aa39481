import { Inject, Injectable } from '@nestjs/common';
import { LIMITS, stopIdSchema, type Digest, type MessageId, type PlatformId, type Stop } from '#libs/contracts';
import { outermost } from '#libs/domain';
import { encodePayload } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import type { Clock } from '../../kernel/clock';
import type { Tx } from '../../kernel/database';
import { Leaves } from '../../kernel/leaf';
import { Outbox } from '../../kernel/outbox';
import { CLOCK } from '../../kernel/tokens';
import { serverScope } from '../access';
import { ServerKeys, Trust } from '../authority';
import { DISPATCH_STORE, type DispatchStore } from './dispatch.store';
import { STOP_PLACED, type StopPlaced } from './events';

/** Signs the stop of one taken-back message, for each area of its platform that lies in no other, in the caller's transaction. */
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

  async run(tx: Tx, message: { readonly id: MessageId; readonly platform: PlatformId; readonly digest: Digest; readonly by: string }): Promise<void> {
    const issuedAt = Math.trunc(this.clock.now());
    await this.store.closeWithdrawn(this.scope, tx, message.id);
    const areas = this.trust.state().charters.get(message.platform)?.value.areas ?? [];
    for (const area of outermost(areas, areas.map(({ id }) => id))) {
      const stop: Stop = {
        stopId: stopIdSchema.parse(this.clock.uuid()),
        platform: message.platform,
        issuedAt,
        notAfter: issuedAt + LIMITS.stopKeepMs,
        area,
        scope: { kind: 'messages', messages: [message.digest] },
      };
      const envelope = await signEnvelope('stop', encodePayload(stop), [this.keys.dispatcherOf(message.platform)]);
      await this.store.insertStop(this.scope, tx, { stop, envelope, requestedBy: message.by }, issuedAt);
      await this.leaves.insert(tx, {
        platform: message.platform, kind: 'stop.placed', subject: message.id, facts: { stopId: stop.stopId, area, messages: [message.digest] },
      });
      const placed: StopPlaced = { stopId: stop.stopId, stop: envelope, notAfter: stop.notAfter, by: message.by };
      await this.outbox.put(tx, STOP_PLACED, { ...placed });
    }
  }
}
