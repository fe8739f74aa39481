import type { Digest, Dispatch, Message, Order } from '#libs/contracts';
import { messageDurationMs } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import { digestOf, NOW, type OrderParts, type PlatformName, type World } from '../trust-builder';
import type { TestSound } from './fake-media';

const HOUR = 3_600_000;

/** A correct order that sounds these, by default twice with a second between; times are district Unix ms. */
export async function orderOf(world: World, name: PlatformName, sounds: readonly TestSound[], set: {
  readonly startAt: number; readonly notAfter?: number; readonly repeats?: number; readonly message?: Partial<Message>; readonly dispatch?: Partial<Dispatch>;
}): Promise<TestOrder> {
  const { startAt, notAfter = NOW + 2 * HOUR, repeats = 2 } = set;
  const opens = (set.message?.class ?? 'emergency') === 'emergency' ? 'siren' as const : 'chime' as const;
  const body = { segments: sounds.map(({ segment }, index) => (index === 0 ? { ...segment, role: opens } : segment)) };
  const message: Partial<Message> = { body, repeats, notAfter, gapMs: 1_000, ...set.message };
  const payload = world.messagePayload(name, message);
  const alone = payload.platform.startsWith('v') || (payload.class !== 'emergency' && payload.class !== 'advisory');
  const parts = await world.order(name, {
    message: { set: message },
    approvers: alone ? ['approver-a'] : ['approver-a', 'approver-b'],
    dispatch: { set: { startAt: Math.floor(startAt), notAfter, issuedAt: NOW, repeats, maxDurationMs: messageDurationMs(payload), ...set.dispatch } },
  });
  return testOrder(parts);
}

/** An order with its name and what it was made of. */
export interface TestOrder {
  readonly order: Order;
  readonly digest: Digest;
  readonly dispatchId: Dispatch['dispatchId'];
  readonly parts: OrderParts;
}

/** An emergency that lists its correction, and that correction with a stopper's consent; both ready to be sent. */
export async function correctedOf(world: World, name: PlatformName, sounds: readonly TestSound[], set: {
  readonly startAt: number; readonly correctionAt: number; readonly notAfter?: number; readonly repeats?: number; readonly by?: readonly TestSound[];
}): Promise<{ readonly original: TestOrder; readonly correction: TestOrder }> {
  const { startAt, correctionAt, notAfter = NOW + 2 * HOUR, repeats = 2, by = sounds } = set;
  const opening = (role: 'siren' | 'chime', list: readonly TestSound[]) => ({ segments: list.map(({ segment }, index) => (index === 0 ? { ...segment, role } : segment)) });
  const parts = await world.correctionOrder(name, {
    original: { set: { body: opening('siren', sounds), repeats, gapMs: 1_000, notAfter } },
    correction: { set: { body: opening('chime', by), repeats: 1, notAfter } },
    dispatch: { set: { startAt: Math.floor(correctionAt) } },
  });
  const { message, approvals } = parts.original;
  const dispatch = await world.dispatch(name, message, approvals, { set: { startAt: Math.floor(startAt), repeats } });
  const correction = { order: parts.order, message: parts.message, approvals: [], dispatch: parts.dispatch };
  return { original: testOrder(world.bind(message, approvals, dispatch)), correction: testOrder(correction) };
}

/** The stopped message again, with a stopper's consent given a second after the stop; `also`: other stops that it names. */
export async function resumedOf(world: World, name: PlatformName, stopped: TestOrder, stop: Envelope, set: { readonly startAt: number; readonly also?: readonly Envelope[] }): Promise<TestOrder> {
  const { order, dispatch } = await world.resumeOrder(name, stopped.parts, stop, { also: set.also ?? [], dispatch: { set: { startAt: Math.floor(set.startAt) } } });
  return testOrder({ ...stopped.parts, order, dispatch });
}

function testOrder(parts: OrderParts): TestOrder {
  const json = JSON.parse(Buffer.from(parts.order.dispatch.payload, 'base64').toString()) as { dispatchId: Dispatch['dispatchId'] };
  return { order: parts.order, digest: digestOf(parts.message), dispatchId: json.dispatchId, parts };
}
