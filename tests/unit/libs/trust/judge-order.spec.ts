import { judgeOrder, type Result } from '#libs/trust';
import { trustAfter } from '../../../support/admit-facts';
import { areaOf, buildWorld, digestOf, NOW, terminalOf, type World } from '../../../support/trust-builder';

const HOUR = 3_600_000;
let world: World;
beforeAll(async () => { world = await buildWorld(); });

function said(result: Result<unknown>): string {
  return result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' ');
}

describe('judgeOrder: what a platform knows of its own order before it sends it', () => {
  it('answers what was verified and every key it stands on, the dispatcher first', async () => {
    const { order, message, approvals, dispatch } = await world.order('t1');
    const judged = judgeOrder(world.trust, order, NOW);
    if (!judged.ok) throw new Error(judged.code);
    expect(judged.value.dispatchDigest).toBe(digestOf(dispatch));
    expect(judged.value.message.digest).toBe(digestOf(message));
    expect(judged.value.approvals.map((approval) => approval.digest)).toEqual(approvals.map(digestOf));
    expect(judged.value.keyIds).toEqual([
      world.platform('t1').dispatcher.record.keyId, ...['author', 'approver-a', 'approver-b'].map((who) => world.key('t1', who).record.keyId),
    ]);
  });

  it('ends with the window and begins five seconds before it', async () => {
    const { order } = await world.order('t1');
    expect(said(judgeOrder(world.trust, order, NOW + 2 * HOUR - 1))).toBe('ok');
    expect(said(judgeOrder(world.trust, order, NOW + 2 * HOUR))).toBe('REJ_EXPIRED notAfter');
    const message = { notBefore: NOW + 60_000 };
    const early = await world.order('t1', { message: { set: message }, dispatch: { set: { startAt: NOW + 60_000 } } });
    expect(said(judgeOrder(world.trust, early.order, NOW + 54_999))).toBe('REJ_NOT_YET notBefore');
    expect(said(judgeOrder(world.trust, early.order, NOW + 55_000))).toBe('ok');
  });

  it('refuses a dispatch to areas or terminals beyond its message, and takes one to fewer', async () => {
    const to = (areas: readonly string[], terminals: readonly string[]) => ({ areas: areas.map(areaOf), terminals: terminals.map(terminalOf) });
    const judge = async (message: ReturnType<typeof to>, dispatch: ReturnType<typeof to>): Promise<string> =>
      said(judgeOrder(world.trust, (await world.order('t1', { message: { set: { targets: message } }, dispatch: { set: { targets: { ...dispatch, heard: null } } } })).order, NOW));
    expect(await judge(to(['v1-area', 'v2-area'], []), to(['v2-area'], []))).toBe('ok');
    expect(await judge(to(['v1-area'], []), to(['v1-area', 'v2-area'], []))).toBe('REJ_TARGETS_EXCEED targets.areas');
    expect(await judge(to([], ['a', 'b']), to([], ['b']))).toBe('ok');
    expect(await judge(to([], ['a', 'b']), to([], ['b', 'c']))).toBe('REJ_TARGETS_EXCEED targets.terminals');
    expect(await judge(to(['v1-area'], []), to([], ['c']))).toBe('ok');
  });

  it('refuses what the policy is silent about, with approvals and without any', async () => {
    const silent = { version: 1, rules: world.rosterPayload('t1').policy.rules.map((rule) => ({ ...rule, classes: ['governance' as const] })) };
    const trust = trustAfter(world.trust, await world.roster('t1', { set: { version: 2, policy: silent } }));
    expect(said(judgeOrder(trust, (await world.order('t1', { approvers: [] })).order, NOW))).toBe('REJ_POLICY');
    expect(said(judgeOrder(trust, (await world.order('t1')).order, NOW))).toBe('REJ_POLICY approvals.0');
  });

  it('refuses a payload of more than 64 KiB by its size, before any signature', async () => {
    const { order, dispatch } = await world.order('t1');
    const sized = (bytes: number) => said(judgeOrder(world.trust, { ...order, dispatch: { ...dispatch, payload: Buffer.alloc(bytes, 32).toString('base64') } }, NOW));
    expect([sized(65_536), sized(65_537)]).toEqual(['REJ_SIGNATURE', 'REJ_SIZE']);
  });

  it('refuses a revoked dispatcher', async () => {
    const { order } = await world.order('t1');
    const keyId = world.platform('t1').dispatcher.record.keyId;
    const trust = trustAfter(world.trust, await world.revocation('t1', { set: { entries: [{ keyId, reason: 'left', since: NOW }] } }));
    expect(said(judgeOrder(trust, order, NOW))).toBe(`REJ_KEY_REVOKED ${keyId}`);
  });
});
