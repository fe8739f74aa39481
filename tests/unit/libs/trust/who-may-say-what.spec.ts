import type { LiveBody, Message, Order } from '#libs/contracts';
import { filesOf } from '#libs/domain';
import { applyDocument, judgeOrder, verifyMessage, type TrustState } from '#libs/trust';
import { liveMessage } from '../../../support/live-evidence';
import { sessionKey } from '../../../support/live-voice';
import { buildWorld, NOW, unitOf, type World } from '../../../support/trust-builder';

/** Every platform may say emergencies of severity red and nothing else; each has a second unit with nobody in it. */
let world: World;
beforeAll(async () => {
  world = await buildWorld({
    charters: (charter) => ({ ...charter, ceilings: { classes: ['emergency'], severities: ['red'], modes: ['actual'] } }),
    rosters: (roster) => ({ ...roster, units: [...roster.units, { id: unitOf('other-office'), name: '另一单位', classes: [] }] }),
  });
});

const ofMessage = async (set: Partial<Message>): Promise<string> => {
  const result = verifyMessage(world.trust, await world.message('t1', { set }), NOW);
  return result.ok ? 'ok' : `${result.code} ${result.at ?? ''}`;
};
const ofOrder = (order: unknown, trust: TrustState = world.trust): string => {
  const result = judgeOrder(trust, order, NOW);
  return result.ok ? 'ok' : `${result.code} ${result.at ?? ''}`;
};

describe('a message', () => {
  it('is its signer\'s own: not in the name of another person, not of another listed unit', async () => {
    expect(await ofMessage({})).toBe('ok');
    expect(await ofMessage({ author: world.personId('t1', 'approver-a') })).toBe('REJ_AUTHOR ');
    expect(await ofMessage({ unit: unitOf('other-office') })).toBe('REJ_UNIT unit');
  });

  it('stays below the ceilings of its charter in class, severity and mode', async () => {
    const { body } = world.messagePayload('t1');
    const chimeFirst = { segments: filesOf(body).map((segment, at) => (at === 0 ? { ...segment, role: 'chime' as const } : segment)) };
    expect(await ofMessage({ class: 'notice', body: chimeFirst })).toBe('REJ_CEILING class');
    expect(await ofMessage({ severity: 'orange' })).toBe('REJ_CEILING severity');
    expect(await ofMessage({ mode: 'test' })).toBe('REJ_CEILING mode');
  });

  it('is a voice that the server itself says in the class daily alone, and no louder than that', async () => {
    const wide = await buildWorld();
    const of = async (set: Partial<Message>, held: Partial<LiveBody> = { held: 'platform' }): Promise<string> => {
      const result = verifyMessage(wide.trust, await wide.message('t1', { set: { ...liveMessage(sessionKey(), held), ...set } }), NOW);
      return result.ok ? 'ok' : `${result.code} ${result.at ?? ''}`;
    };
    expect(await of({ class: 'daily' })).toBe('ok');
    expect(await of({ class: 'daily', volume: 'low' })).toBe('ok');
    expect(await of({ class: 'daily', volume: 'high' })).toBe('REJ_CEILING volume');
    expect(await of({ class: 'daily', volume: 'high' }, {})).toBe('ok');
    expect(await of({ class: 'daily', volume: 'full' })).toBe('REJ_CEILING volume');
    for (const kind of ['emergency', 'advisory', 'notice', 'governance'] as const) expect(await of({ class: kind })).toBe('REJ_CEILING class');
    expect(await of({ class: 'governance' }, {})).toBe('ok');
    expect(await of({ class: 'daily', notAfter: NOW + 5 * 3_600_000 })).toBe('REJ_WINDOW notAfter');
    expect(await of({ class: 'daily', repeats: 2 })).toBe('REJ_REPEATS repeats');
  });

  it('has a siren in an emergency alone, at no place of anything else', async () => {
    const wide = await buildWorld();
    const sounding = (...roles: readonly ('siren' | 'chime' | 'recording')[]) => ({ segments: roles.flatMap((role) => filesOf(wide.messagePayload('t1').body).slice(0, 1).map((segment) => ({ ...segment, role }))) });
    const of = async (set: Partial<Message>): Promise<string> => {
      const result = verifyMessage(wide.trust, await wide.message('t1', { set }), NOW);
      return result.ok ? 'ok' : `${result.code} ${result.at ?? ''}`;
    };
    expect(await of({ body: sounding('siren', 'recording', 'siren') })).toBe('ok');
    expect(await of({ class: 'notice', severity: 'none', body: sounding('chime', 'recording') })).toBe('ok');
    expect(await of({ class: 'notice', severity: 'none', body: sounding('chime', 'recording', 'siren') })).toBe('REJ_CEILING body.segments.2.role');
  });

  it('is dated ahead by no more than clocks differ: it would outlive a stop of everything before it', async () => {
    expect(await ofMessage({ issuedAt: NOW + 5_000 })).toBe('ok');
    expect(await ofMessage({ issuedAt: NOW + 5_001 })).toBe('REJ_NOT_YET issuedAt');
  });
});

describe('an order', () => {
  it('has no part that nobody judges, and no more approvals than anybody may make us check', async () => {
    const { order } = await world.order('t1');
    const [approval] = order.approvals;
    const many: Order['approvals'] = Array.from({ length: 9 }, () => approval).filter((one) => one !== undefined);
    expect(ofOrder(order)).toBe('ok');
    expect(ofOrder({ ...order, note: null })).toBe('REJ_SHAPE order');
    expect(ofOrder({ ...order, approvals: many })).toBe('REJ_SHAPE order');
  });

  it('starts inside its window, whose end is outside', async () => {
    const { notBefore, notAfter } = world.messagePayload('t1');
    const startingAt = async (startAt: number) => ofOrder((await world.order('t1', { dispatch: { set: { startAt } } })).order);
    expect([await startingAt(notBefore - 1), await startingAt(notBefore), await startingAt(notAfter - 1), await startingAt(notAfter)]).toEqual(['REJ_WINDOW startAt', 'ok', 'ok', 'REJ_WINDOW startAt']);
  });

  it('is dispatched by its own platform\'s dispatcher, not by that of one below', async () => {
    const { order } = await world.order('t1', { dispatch: { by: [world.platform('v1').dispatcher.signer] } });
    expect(ofOrder(order)).toBe('REJ_KEY_USAGE platform');
  });

  it.each(['author', 'approver-a'] as const)('does not count the %s who has left', async (who) => {
    const { keyId } = world.key('t1', who).record;
    const left = applyDocument(world.trust, await world.revocation('t1', { set: { entries: [{ keyId, reason: 'left', since: NOW - 1_000 }] } }), NOW);
    if (!left.ok) throw new Error(left.code);
    expect(ofOrder((await world.order('t1')).order, left.value)).toMatch(/^REJ_KEY_REVOKED /);
  });
});
