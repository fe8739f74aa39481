import type { Digest, Dispatch, Message, Order } from '#libs/contracts';
import { messageDurationMs } from '#libs/domain';
import { digestOf, NOW, type PlatformName, type World } from '../trust-builder';
import type { TestSound } from './fake-media';

const HOUR = 3_600_000;

/** A correct order that sounds these, by default twice with a second between; times are district Unix ms. */
export async function orderOf(world: World, name: PlatformName, sounds: readonly TestSound[], set: {
  readonly startAt: number; readonly notAfter?: number; readonly repeats?: number; readonly message?: Partial<Message>; readonly dispatch?: Partial<Dispatch>;
}): Promise<{ readonly order: Order; readonly digest: Digest; readonly dispatchId: Dispatch['dispatchId'] }> {
  const { startAt, notAfter = NOW + 2 * HOUR, repeats = 2 } = set;
  const body = { segments: sounds.map(({ segment }, index) => (index === 0 ? { ...segment, role: 'siren' as const } : segment)) };
  const message: Partial<Message> = { body, repeats, notAfter, gapMs: 1_000, ...set.message };
  const payload = world.messagePayload(name, message);
  const alone = payload.platform.startsWith('v') || (payload.class !== 'emergency' && payload.class !== 'advisory');
  const parts = await world.order(name, {
    message: { set: message },
    approvers: alone ? ['approver-a'] : ['approver-a', 'approver-b'],
    dispatch: { set: { startAt: Math.floor(startAt), notAfter, issuedAt: NOW, repeats, maxDurationMs: messageDurationMs(payload), ...set.dispatch } },
  });
  const json = JSON.parse(Buffer.from(parts.order.dispatch.payload, 'base64').toString()) as { dispatchId: Dispatch['dispatchId'] };
  return { order: parts.order, digest: digestOf(parts.message), dispatchId: json.dispatchId };
}
