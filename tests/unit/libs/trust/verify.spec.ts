import type { Assignment } from '#libs/contracts';
import { pickAssignment, tombstoneOf, verifyApproval, verifyAssignment, verifyBeacon, verifyByDevice, verifyHead, verifyMessage, verifyStop, type Result, type TerminalAssignment } from '#libs/trust';
import { trustAfter } from '../../../support/admit-facts';
import { areaOf, buildWorld, chainOf, digestOf, NOW, platformOf, RESOURCE_CODE, rule, terminalOf, type World } from '../../../support/trust-builder';

const DAY = 86_400_000;
let world: World;
beforeAll(async () => { world = await buildWorld(); });

function said(result: Result<unknown>): string {
  return result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' ');
}

describe('verifyMessage', () => {
  it('answers the message with its digest, its author and the documents it stands on', async () => {
    const envelope = await world.message('t1');
    const verified = verifyMessage(world.trust, envelope, NOW);
    expect(verified).toMatchObject({ ok: true, value: { digest: digestOf(envelope), author: { person: { id: 't1-author' }, alg: 'ed25519' }, inGrace: false, unknownAreas: [] } });
  });
  it('names target areas that no charter declares, so that a platform can refuse them', async () => {
    const verified = verifyMessage(world.trust, await world.message('t1', { set: { targets: { areas: [areaOf('moon'), areaOf('v1-area')], terminals: [] } } }), NOW);
    expect(verified).toMatchObject({ ok: true, value: { unknownAreas: ['moon'] } });
    const sibling = verifyMessage(world.trustOf('v1'), await world.message('t1', { set: { targets: { areas: [areaOf('v1-area'), areaOf('v2-area')], terminals: [] } } }), NOW);
    expect(sibling).toMatchObject({ ok: true, value: { unknownAreas: ['v2-area'] } });
  });
  it('refuses an area known to lie outside the charter, also beside one inside', async () => {
    const areas = async (...names: string[]) => said(verifyMessage(world.trust, await world.message('t1', { set: { targets: { areas: names.map(areaOf), terminals: [] } } }), NOW));
    expect(await areas('t1-area', 'v1-area', 'v2-area')).toBe('ok');
    expect(await areas('t1-area', 'v3-area')).toBe('REJ_AREA targets.areas.1');
    expect(await areas('d-area')).toBe('REJ_AREA targets.areas.0');
  });
  it('refuses a window that ends before it begins, or at once', async () => {
    for (const notAfter of [NOW, NOW - 1]) {
      expect(said(verifyMessage(world.trust, await world.message('t1', { set: { notBefore: NOW, notAfter } }), NOW))).toBe('REJ_WINDOW notAfter');
    }
  });
  it('refuses a message with a second signature', async () => {
    expect(said(verifyMessage(world.trust, await world.message('t1', { by: [world.key('t1', 'author').signer, world.key('t1', 'approver-a').signer] }), NOW))).toBe('REJ_SHAPE signatures');
  });
});

describe('verifyApproval', () => {
  it('accepts a return as it accepts an approval, and answers who signed for which step', async () => {
    const envelope = await world.message('t1');
    const message = verifyMessage(world.trust, envelope, NOW);
    if (!message.ok) throw new Error(message.code);
    const returned = verifyApproval(world.trust, await world.approval('t1', envelope, 'approver-b', { set: { decision: 'return' } }), message.value, NOW);
    expect(returned).toMatchObject({ ok: true, value: { approval: { decision: 'return' }, signed: { person: 't1-approver-b', alg: 'es256', step: 'issue' } } });
  });
  it('refuses a signature older than its message, and one from the future; in between it has no age', async () => {
    const envelope = await world.message('t1', { set: { issuedAt: NOW - 60_000 } });
    const message = verifyMessage(world.trust, envelope, NOW);
    if (!message.ok) throw new Error(message.code);
    const at = async (signedAt: number, now = NOW) => said(verifyApproval(world.trust, await world.approval('t1', envelope, 'approver-a', { set: { signedAt } }), message.value, now));
    expect([await at(NOW - 360_001), await at(1), await at(NOW - 360_000)]).toEqual(['REJ_WINDOW signedAt', 'REJ_WINDOW signedAt', 'ok']);
    expect([await at(NOW + 300_001), await at(NOW + 300_000), await at(NOW, NOW + 30 * DAY)]).toEqual(['REJ_NOT_YET signedAt', 'ok', 'ok']);
  });
  it('holds a step to its unit', async () => {
    const [step] = rule(['emergency'], ['actual'], [], 1, 'none').steps;
    const policy = { version: 1, rules: [{ ...rule(['emergency'], ['actual'], [], 1, 'none'), steps: step === undefined ? [] : [{ ...step, unit: world.rosterPayload('d').units[0]?.id ?? null }] }] };
    const trust = trustAfter(world.trust, await world.roster('t1', { set: { policy, version: 2 } }));
    const envelope = await world.message('t1');
    const message = verifyMessage(trust, envelope, NOW);
    if (!message.ok) throw new Error(message.code);
    expect(said(verifyApproval(trust, await world.approval('t1', envelope, 'approver-a'), message.value, NOW))).toBe('REJ_APPROVER_ROLE step');
  });
});

describe('verifyStop', () => {
  const stop = async (...parts: Parameters<World['stop']>) => said(verifyStop(world.trust, await world.stop(...parts)));

  it("accepts the platform's dispatcher and any one of its stoppers", async () => {
    expect(await stop('t1')).toBe('ok');
    expect(await stop('t1', { by: [world.key('t1', 'stopper').signer] })).toBe('ok');
  });
  it("refuses everyone else: other roles, other platforms' keys, strangers, forgeries", async () => {
    expect(await stop('t1', { by: [world.key('t1', 'author').signer] })).toBe('REJ_KEY_USAGE stopper');
    expect(await stop('t1', { by: [world.platform('v1').dispatcher.signer] })).toBe('REJ_KEY_USAGE platform');
    expect(await stop('t1', { by: [world.key('v1', 'stopper').signer] })).toBe('REJ_KEY_USAGE platform');
    expect(await stop('t1', { by: [world.platform('t1').log.signer] })).toBe('REJ_KEY_USAGE');
    expect(await stop('t1', { by: [world.stranger.signer] })).toBe('REJ_KEY_UNKNOWN');
    const genuine = await world.stop('t1');
    const other = await world.stop('t1');
    expect(said(verifyStop(world.trust, { ...genuine, payload: other.payload }))).toBe('REJ_SIGNATURE');
    const person = await world.stop('t1', { by: [world.key('t1', 'stopper').signer] });
    expect(said(verifyStop(world.trust, { ...person, payload: other.payload }))).toBe('REJ_SIGNATURE');
  });
  it('stays inside the chartered areas, and reaches areas that only an assignment declares', async () => {
    expect(await stop('t1', { set: { area: areaOf('v1-area') } })).toBe('ok');
    expect(await stop('t1', { set: { area: areaOf('d-area') } })).toBe('REJ_AREA area');
    expect(await stop('v1', { set: { area: areaOf('v2-area') } })).toBe('REJ_AREA area');
    const cell = await world.stop('v1', { set: { area: areaOf('v1-cell') } });
    expect(said(verifyStop(world.trust, cell))).toBe('REJ_NOT_TARGETED area');
    expect(said(verifyStop(world.trust, cell, [{ id: areaOf('v1-cell'), parent: areaOf('v1-area') }]))).toBe('ok');
  });
  it('works after charter and roster expired, and without knowing the time; not by a key that was revoked before it', async () => {
    const expired = trustAfter(trustAfter(world.trust, await world.charter('t1', { set: { version: 2, expiresAt: NOW - DAY } })), await world.roster('t1', { set: { version: 2, expiresAt: NOW - DAY } }));
    expect(said(verifyStop(expired, await world.stop('t1')))).toBe('ok');
    const { record: { keyId }, signer } = world.key('t1', 'stopper');
    const judged = async (reason: 'left' | 'compromised', since: number) => {
      const trust = trustAfter(world.trust, await world.revocation('t1', { set: { entries: [{ keyId, reason, since }] } }));
      return verifyStop(trust, await world.stop('t1', { by: [signer], set: { issuedAt: NOW } }));
    };
    expect(said(await judged('left', NOW))).toMatch(/^REJ_KEY_REVOKED/);
    expect(said(await judged('compromised', NOW + 1))).toMatch(/^REJ_KEY_REVOKED/);
    expect(await judged('left', NOW + 1)).toMatchObject({ ok: true, value: { signerLeft: true } });
  });
  it('dated ahead counts from now, and is remembered for ten days', async () => {
    const verified = verifyStop(world.trust, await world.stop('t1', { set: { issuedAt: NOW + 300 * DAY } }));
    if (!verified.ok) throw new Error(verified.code);
    expect(tombstoneOf(verified.value, NOW)).toMatchObject({ tier: 'township', area: 't1-area', issuedAt: NOW + 5_000, until: NOW + 5_000 + 10 * DAY });
    expect(tombstoneOf(verified.value, null).issuedAt).toBe(NOW + 300 * DAY);
  });
});

describe('verifyBeacon', () => {
  it('accepts the dispatcher of any platform of the lineage, and no other', async () => {
    for (const [name, expected] of [['v1', 'ok'], ['t1', 'ok'], ['d', 'ok'], ['v2', 'REJ_LINEAGE platform'], ['t2', 'REJ_LINEAGE platform']] as const) {
      expect({ name, said: said(verifyBeacon(world.trust, await world.beacon(name), platformOf('v1'))) }).toEqual({ name, said: expected });
    }
    expect(said(verifyBeacon(world.trust, await world.beacon('t1', { by: [world.device.signer] }), platformOf('v1')))).toBe('REJ_KEY_UNKNOWN');
    expect(said(verifyBeacon(world.trust, await world.beacon('t1', { by: [world.platform('d').dispatcher.signer] }), platformOf('v1')))).toBe('REJ_KEY_USAGE platform');
    expect(said(verifyBeacon(world.trust, await world.stop('t1'), platformOf('v1')))).toBe('REJ_TYPE application/vnd.clarion.stop.v1+json');
  });
});

describe('assignments', () => {
  const entry = (set: Partial<Assignment['terminals'][number]> = {}): Assignment['terminals'][number] => ({
    terminal: terminalOf('v1-term-1'), deviceKeyId: world.device.record.keyId, areas: chainOf('v1'), resourceCode: RESOURCE_CODE, maxVolume: 'full', version: 1, ...set,
  });
  const assign = async (name: 'v1' | 'v2' | 't1', terminals: Assignment['terminals'], by?: Parameters<World['assignment']>[1]) =>
    verifyAssignment(world.trust, await world.assignment(name, { ...by, set: { terminals } }));
  const pick = async (result: Promise<Awaited<ReturnType<typeof assign>>>, current: TerminalAssignment | null): Promise<string> => {
    const verified = await result;
    if (!verified.ok) throw new Error(verified.code);
    return said(pickAssignment(world.trust, verified.value, terminalOf('v1-term-1'), world.device.record.keyId, current));
  };
  const held = (set: Partial<TerminalAssignment> = {}): TerminalAssignment => ({ ...entry(), platform: platformOf('v1'), ...set });

  it('are signed by one officer of the platform', async () => {
    expect(said(await assign('v1', [entry()]))).toBe('ok');
    expect(said(await assign('v1', [entry()], { by: [world.platform('v1').dispatcher.signer] }))).toBe('REJ_KEY_USAGE');
    expect(said(await assign('v1', [entry()], { by: world.officers('t2').slice(0, 1) }))).toBe('REJ_KEY_USAGE platform');
    expect(said(await assign('v1', [entry()], { by: [world.stranger.signer] }))).toBe('REJ_KEY_UNKNOWN');
  });
  it('agree with the areas that the charters declare', async () => {
    const cell = { id: areaOf('v1-cell'), parent: areaOf('v1-area') };
    expect(said(await assign('v1', [entry({ areas: [cell, ...chainOf('v1')] })]))).toBe('ok');
    expect(said(await assign('v1', [entry({ areas: [{ id: areaOf('v1-cell'), parent: areaOf('d-area') }, ...chainOf('v1')] })]))).toBe('REJ_AREA terminals.0.areas');
    expect(said(await assign('v1', [entry({ areas: chainOf('t1') })]))).toBe('REJ_AREA terminals.0.areas');
    expect(said(await assign('v1', [entry(), entry({ areas: [...chainOf('v1'), ...chainOf('v1')] })]))).toBe('REJ_AREA terminals.1.areas');
    expect(said(await assign('v1', [entry({ areas: chainOf('v1').map((area) => ({ ...area, parent: null })) })]))).toBe('REJ_AREA terminals.0.areas');
  });
  it('count for this terminal and this device only, and only with a higher version', async () => {
    expect(await pick(assign('v1', [entry()]), null)).toBe('ok');
    expect(await pick(assign('v1', [entry({ terminal: terminalOf('v1-term-2') })]), null)).toBe('REJ_TERMINAL deviceKeyId');
    expect(await pick(assign('v1', [entry({ deviceKeyId: world.stranger.record.keyId })]), null)).toBe('REJ_TERMINAL deviceKeyId');
    expect(await pick(assign('v1', [entry()]), held())).toBe('REJ_VERSION_ROLLBACK version');
    expect(await pick(assign('v1', [entry({ version: 2 })]), held())).toBe('ok');
  });
  it('move a terminal to another platform only with an officer of the one it leaves, or of one above that', async () => {
    const moved = entry({ version: 2, areas: chainOf('v2') });
    expect(await pick(assign('v2', [moved]), held())).toBe('ok');
    const away = entry({ version: 2, areas: chainOf('v2') });
    expect(await pick(assign('v2', [away]), held({ platform: platformOf('v3'), areas: chainOf('v3') }))).toBe('REJ_LINEAGE platform');
    expect(await pick(assign('v2', [away], { by: [...world.officers('v2').slice(0, 1), ...world.officers('v3').slice(0, 1)] }), held({ platform: platformOf('v3'), areas: chainOf('v3') }))).toBe('ok');
    expect(await pick(assign('v2', [away], { by: [...world.officers('v2').slice(0, 1), ...world.officers('d').slice(0, 1)] }), held({ platform: platformOf('v3'), areas: chainOf('v3') }))).toBe('ok');
  });
});

describe('verifyByDevice', () => {
  const device = () => ({ terminal: terminalOf('v1-term-1'), key: world.device.record });

  it('accepts receipts and events of this device about itself', async () => {
    expect(said(verifyByDevice(device(), await world.receipt('v1-term-1'), 'receipt'))).toBe('ok');
    expect(said(verifyByDevice(device(), await world.event('v1-term-1'), 'event'))).toBe('ok');
  });
  it('refuses another key, another terminal, another kind and changed bytes', async () => {
    expect(said(verifyByDevice(device(), await world.receipt('v1-term-2'), 'receipt'))).toBe('REJ_TERMINAL terminal');
    expect(said(verifyByDevice(device(), await world.receipt('v1-term-1', { by: [world.stranger.signer] }), 'receipt'))).toBe('REJ_KEY_UNKNOWN');
    expect(said(verifyByDevice(device(), await world.event('v1-term-1'), 'receipt'))).toBe('REJ_TYPE application/vnd.clarion.event.v1+json');
    const receipt = await world.receipt('v1-term-1');
    expect(said(verifyByDevice(device(), { ...receipt, payload: (await world.receipt('v1-term-1', { set: { state: 'done' } })).payload }, 'receipt'))).toBe('REJ_SIGNATURE');
    expect(said(verifyByDevice(device(), await world.receipt('v1-term-1', { by: [world.device.signer, world.stranger.signer] }), 'receipt'))).toBe('REJ_SHAPE signatures');
  });
});

describe('verifyHead', () => {
  it('accepts the log key of the platform it speaks of, and no other key', async () => {
    expect(said(verifyHead(world.trust, await world.head('t1')))).toBe('ok');
    expect(said(verifyHead(world.trust, await world.head('t1', { by: [world.platform('t1').dispatcher.signer] })))).toBe('REJ_KEY_USAGE');
    expect(said(verifyHead(world.trust, await world.head('t1', { by: [world.platform('d').log.signer] })))).toBe('REJ_KEY_USAGE platform');
  });
});
