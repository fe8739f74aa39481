import type { Message } from '#libs/contracts';
import type { Refusal } from './protocol-refusals';
import { areaOf, digestNamed, NOW, type World } from './trust-builder';

const HOUR = 3_600_000;

/** Restrictions: what each keeps silent and what not, and one case for each rule by which one is refused. */
export async function restrictions(world: World): Promise<readonly Refusal[]> {
  type Given = Parameters<World['restriction']>;
  const placed = async (name: Given[0], signing: Given[1] = {}) => ({ kind: 'restriction', restriction: await world.restriction(name, signing) });
  const kept = async (...given: Given) => ({ frame: await placed(...given), expect: 'restricted' });
  const refused = async (name: string, expect: string, set: NonNullable<Given[1]>['set'], by?: NonNullable<Given[1]>['by']): Promise<Refusal> =>
    ({ name, steps: [{ frame: await placed('v1', { ...(set === undefined ? {} : { set }), ...(by === undefined ? {} : { by }) }), expect }] });
  const chime = { segments: [{ sha256: digestNamed('chime'), bytes: 9, role: 'chime' as const, durationMs: 2_000 }] };
  const said = async (expect: string, { from = 'v1' as const, approvers = ['approver-a'], at = NOW, set = {} }: { from?: 'v1' | 't1'; approvers?: readonly string[]; at?: number; set?: Partial<Message> } = {}) => {
    const message = { class: 'notice' as const, severity: 'none' as const, body: chime, ...set };
    const { order } = await world.order(from, { message: { set: message }, approvers, dispatch: { set: { startAt: at, issuedAt: Math.min(at, NOW) } } });
    return { frame: { kind: 'order', order }, expect, now: at };
  };
  const emergency = { frame: { kind: 'order', order: (await world.order('v1')).order }, expect: 'play' };
  const period = { kind: 'period', approvals: null, notAfter: NOW + 48 * HOUR } as const;
  const flawed = await placed('v1');
  const [signature] = flawed.restriction.signatures;
  const sig = signature?.sig ?? '';
  const forged = { ...flawed.restriction, signatures: [{ keyid: signature?.keyid ?? '', sig: `${sig.startsWith('A') ? 'B' : 'A'}${sig.slice(1)}` }] };
  return [
    { name: 'a posture keeps a notice silent and no emergency', steps: [await kept('v1'), await said('REJ_RESTRICTED'), emergency] },
    { name: 'what a restriction does not name sounds', steps: [await kept('v1', { set: { classes: ['daily', 'governance'] } }), await said('play')] },
    {
      name: 'a period that asks for two approvals lets pass what two approved',
      steps: [await kept('v1', { set: { ...period, approvals: 2 } }), await said('REJ_RESTRICTED'), await said('play', { approvers: ['approver-a', 'approver-c'] })],
    },
    { name: 'of two restrictions the strictest counts', steps: [await kept('v1', { set: { ...period, approvals: 2 } }), await kept('v1'), await said('REJ_RESTRICTED', { approvers: ['approver-a', 'approver-c'] })] },
    { name: 'a period begins by itself', steps: [await kept('v1', { set: { ...period, notBefore: NOW + HOUR } }), await said('play'), await said('REJ_RESTRICTED', { at: NOW + HOUR })] },
    { name: 'a posture ends by itself', steps: [await kept('v1', { set: { notAfter: NOW + HOUR } }), await said('REJ_RESTRICTED', { at: NOW + HOUR - 1 }), await said('play', { at: NOW + HOUR })] },
    { name: 'a village\'s restriction does not reach its township\'s notice', steps: [await kept('v1'), await said('play', { from: 't1' })] },
    { name: 'a township\'s restriction reaches the notices of its villages', steps: [await kept('t1'), await said('REJ_RESTRICTED'), await said('REJ_RESTRICTED', { from: 't1' })] },
    { name: 'a restriction for the neighbouring village means nothing here', steps: [{ frame: await placed('t1', { set: { area: areaOf('v2-area') } }), expect: 'ignored' }, await said('play')] },
    { name: 'a restriction of a township outside the lineage means nothing here', steps: [{ frame: await placed('t2'), expect: 'ignored' }, await said('play')] },
    { name: 'one bit of a restriction\'s signature is wrong', steps: [{ frame: { kind: 'restriction', restriction: forged }, expect: 'REJ_SIGNATURE' }, await said('play')] },
    await refused('a posture by a stopper', 'REJ_KEY_USAGE', {}, [world.key('v1', 'stopper').signer]),
    await refused('a posture by an officer', 'REJ_KEY_USAGE', {}, world.officers('v1')),
    await refused('a period by a dispatcher', 'REJ_KEY_USAGE', period, [world.platform('v1').dispatcher.signer]),
    await refused('a period by one officer where two must', 'REJ_THRESHOLD', period, world.officers('v1').slice(0, 1)),
    await refused('a posture for more than an hour', 'REJ_WINDOW', { notAfter: NOW + HOUR + 1 }),
    await refused('a period for more than sixty days', 'REJ_WINDOW', { ...period, notAfter: NOW + 61 * 24 * HOUR }),
    await refused('a posture that is over', 'REJ_EXPIRED', { issuedAt: NOW - HOUR, notBefore: NOW - HOUR, notAfter: NOW }),
    await refused('a restriction dated ahead', 'REJ_NOT_YET', { issuedAt: NOW + 300_001, notBefore: NOW + 300_001, notAfter: NOW + HOUR }),
    await refused('a village restricts its township', 'REJ_AREA', { area: areaOf('t1-area') }),
    await refused('a restriction that names emergencies', 'REJ_SCHEMA', { classes: ['notice', 'emergency' as never] }),
    await refused('a period that names advisories', 'REJ_SCHEMA', { ...period, classes: ['advisory'] }),
  ];
}
