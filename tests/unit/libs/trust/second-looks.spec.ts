import { drillIdSchema, type Message } from '#libs/contracts';
import { filesOf } from '#libs/domain';
import { isVoid, judgeOrder, verifyApproval, verifyMessage, type Result } from '#libs/trust';
import { trustAfter } from '../../../support/admit-facts';
import { buildWorld, digestOf, NOW, unitOf, type World } from '../../../support/trust-builder';

/** Rules that hold twice in an order, or on one side only, and were asked in no test by themselves. */
let world: World;
beforeAll(async () => { world = await buildWorld(); });
const said = (result: Result<unknown>): string => (result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' '));

describe('a correction', () => {
  it('of a drill that stayed silent is not one that is heard: same plan, same kind', async () => {
    const plan = drillIdSchema.parse(world.nextId());
    const drill = (kind: 'front-end' | 'terminal', of = plan): Partial<Message> => ({ mode: 'drill', drill: { plan: of, kind } });
    const judge = async (correction: Partial<Message>, original: Partial<Message>) => said(judgeOrder(world.trust, (await world.correctionOrder('t1', { correction: { set: correction }, original: { set: original } })).order, NOW));
    expect(await judge(drill('terminal'), drill('terminal'))).toBe('ok');
    expect(await judge(drill('terminal'), drill('front-end'))).toBe('REJ_CORRECTION drill');
    expect(await judge(drill('terminal', drillIdSchema.parse(world.nextId())), drill('terminal'))).toBe('REJ_CORRECTION drill');
  });
  it('names no permit and brings none', async () => {
    const permit = await world.permit('v1');
    const { order } = await world.correctionOrder('v1');
    expect(said(judgeOrder(world.trust, { ...order, permit }, NOW))).toBe('REJ_PERMIT permit');
    const naming = await world.correctionOrder('v1', { dispatch: { set: { permit: digestOf(permit) } } });
    expect(said(judgeOrder(world.trust, naming.order, NOW))).toBe('REJ_PERMIT permit');
  });
});

describe('a unit that lists its classes', () => {
  it('speaks in these and in no other', async () => {
    const units = [{ id: unitOf('t1-office'), name: 'office', classes: ['emergency' as const] }];
    const trust = trustAfter(world.trust, await world.roster('t1', { set: { version: 2, units } }));
    expect(said(verifyMessage(trust, await world.message('t1'), NOW))).toBe('ok');
    const body = { segments: [{ ...filesOf(world.messagePayload('t1').body)[0], role: 'chime' }] } as Message['body'];
    expect(said(verifyMessage(trust, await world.message('t1', { set: { class: 'notice', severity: 'none', body } }), NOW))).toBe('REJ_UNIT class');
  });
});

describe('an approval', () => {
  it('by a listed person without the step\'s role is refused by itself, before anybody counts', async () => {
    const envelope = await world.message('t1');
    const message = verifyMessage(world.trust, envelope, NOW);
    if (!message.ok) throw new Error(message.code);
    expect(said(verifyApproval(world.trust, await world.approval('t1', envelope, 'approver-a'), message.value, NOW))).toBe('ok');
    expect(said(verifyApproval(world.trust, await world.approval('t1', envelope, 'stopper'), message.value, NOW))).toBe('REJ_APPROVER_ROLE step');
  });
});

describe('an order made under a newer roster than the one that fell', () => {
  it('is not void with it', async () => {
    const judged = judgeOrder(world.trust, (await world.order('t1')).order, NOW);
    if (!judged.ok) throw new Error(judged.code);
    const [first] = world.platform('t1').officers;
    if (first === undefined) throw new Error('the world has officers');
    const fell = trustAfter(world.trust, await world.revocation('t1', { set: { entries: [{ keyId: first.key.record.keyId, reason: 'compromised', since: NOW }] }, by: world.officers('t1').slice(2) }));
    const { dispatch } = judged.value;
    const newer = { ...judged.value, dispatch: { ...dispatch, minVersions: { ...dispatch.minVersions, rosters: { ...dispatch.minVersions.rosters, [dispatch.platform]: 2 } } } };
    expect([isVoid(fell, judged.value), isVoid(fell, newer)]).toEqual([true, false]);
  });
});
