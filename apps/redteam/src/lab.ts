import { approvalSchema, dispatchSchema, messageSchema, type Approval, type Dispatch, type Message } from '#libs/contracts';
import { filesOf } from '#libs/domain';
import { admit, type AdmitFacts, type TrustState } from '#libs/trust';
import type { Envelope } from '#libs/envelope';
import { codeOf, factsFor } from '../../../tests/support/admit-facts';
import { buildWorld, payloadOf, type OrderParts, type PlatformName, type World } from '../../../tests/support/trust-builder';

/** A genuine order that a thief may have seen on the wire, read. */
export interface Genuine extends OrderParts {
  readonly platform: PlatformName;
  /** A terminal that it is for. */
  readonly at: PlatformName;
  readonly said: Message;
  readonly bound: Dispatch;
  readonly granted: readonly Approval[];
}

/** A signed district in memory, with every key at hand, for what needs a terminal's decision and no district. */
export class Lab {
  private readonly trusts = new Map<PlatformName, TrustState>();

  private constructor(readonly world: World, readonly recorded: readonly Genuine[]) {}

  static async open(): Promise<Lab> {
    const world = await buildWorld();
    const lab = new Lab(world, []);
    const all: Genuine[] = [];
    const classes = ['emergency', 'advisory', 'notice'] as const;
    for (let round = 0; round < 7; round += 1) {
      const severity = round % 2 === 0 ? 'red' as const : 'orange' as const;
      const chime = (message: Message['class']) => (message === 'emergency' ? 'siren' as const : 'chime' as const);
      for (const [platform, at] of [['d', 'v1'], ['t1', 'v1'], ['v1', 'v1']] as const) {
        const set = { class: classes[round % 3] ?? 'emergency', severity };
        const body = { segments: filesOf(world.messagePayload(platform).body).map((segment, index) => (index === 0 ? { ...segment, role: chime(set.class) } : segment)) };
        const isAlone = platform === 'v1' || set.class === 'notice';
        all.push(lab.read(platform, at, await world.order(platform, { message: { set: { ...set, body } }, approvers: isAlone ? ['approver-a'] : ['approver-a', 'approver-b'] })));
      }
    }
    return new Lab(world, all);
  }

  read(platform: PlatformName, at: PlatformName, parts: OrderParts): Genuine {
    return { ...parts, platform, at, said: messageSchema.parse(json(parts.message)), bound: dispatchSchema.parse(json(parts.dispatch)), granted: parts.approvals.map((approval) => approvalSchema.parse(json(approval))) };
  }

  /** What a terminal of `at` decides: a refusal's code, or `play`, `expired`, `hold`, ... */
  judge(at: PlatformName, order: unknown, set: Partial<AdmitFacts> = {}): string {
    return codeOf(admit(factsFor(this.world, at, order, { trust: this.trustOf(at), ...set })));
  }

  /** The documents of that terminal's lineage, and no others. */
  trustOf(at: PlatformName): TrustState {
    const known = this.trusts.get(at) ?? this.world.trustOf(at);
    this.trusts.set(at, known);
    return known;
  }
}

function json(envelope: Envelope): unknown {
  return JSON.parse(new TextDecoder().decode(payloadOf(envelope)));
}
