import type { AreaId, Assignment, PlatformId } from '#libs/contracts';
import { admit, applyDocument, judgeKept, pickAssignment, verifyAssignment, type Result, type TerminalAssignment } from '#libs/trust';
import type { Signer } from '#libs/suites';
import { codeOf, factsFor, trustAfter } from '../../../support/admit-facts';
import { areaOf, buildWorld, chainOf, NOW, personOf, platformOf, RESOURCE_CODE, terminalOf, type World } from '../../../support/trust-builder';

let world: World;
beforeAll(async () => { world = await buildWorld(); });
const said = (result: Result<unknown>): string => (result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' '));
type Areas = Assignment['terminals'][number]['areas'];

describe('the place of a terminal', () => {
  const standingIn = async (areas: Areas): Promise<string> => said(verifyAssignment(world.trustOf('v1'), await world.assignment('v1', {
    set: { terminals: [{ terminal: terminalOf('v1-term-1'), deviceKeyId: world.device.record.keyId, areas, resourceCode: RESOURCE_CODE, maxVolume: 'full', version: 1 }] },
  })));

  it('reaches up to the district, so that no officer alone shuts the tiers above out for good', async () => {
    const [village, township, district] = chainOf('v1');
    if (village === undefined || township === undefined || district === undefined) throw new Error('three areas');
    expect(await standingIn([village, township, district])).toBe('ok');
    expect(await standingIn([{ id: areaOf('v1-cell'), parent: village.id }, village, township, district])).toBe('ok');
    expect(await standingIn([village])).toBe('REJ_AREA terminals.0.areas');
    expect(await standingIn([village, township])).toBe('REJ_AREA terminals.0.areas');
    expect(await standingIn([village, district])).toBe('REJ_AREA terminals.0.areas');
  });
});

describe('an area that its platform gave up', () => {
  const FORMER = areaOf('v1-former');
  /** What a terminal that stood there when it was the village's says of a message to these areas and to itself, dispatched to itself alone. */
  async function decide(areas: readonly AreaId[]): Promise<readonly [string, string]> {
    const { areas: [own, ...others] } = world.charterPayload('v1');
    if (own === undefined) throw new Error('an area');
    const both = trustAfter(world.trust, await world.charter('v1', { set: { version: 2, areas: [own, ...others, { id: FORMER, parent: own.parent, name: '划出的组', codes: ['360123000098'] }] } }));
    const places = [...chainOf('v1'), { id: FORMER, parent: own.parent }];
    const assigned = verifyAssignment(both, await world.assignment('v1', {
      set: { terminals: [{ terminal: terminalOf('v1-term-1'), deviceKeyId: world.device.record.keyId, areas: places, resourceCode: RESOURCE_CODE, maxVolume: 'full', version: 1 }] },
    }));
    if (!assigned.ok) throw new Error(assigned.code);
    const assignment = pickAssignment(both, assigned.value, terminalOf('v1-term-1'), world.device.record.keyId, null);
    if (!assignment.ok) throw new Error(assignment.code);
    const trust = trustAfter(both, await world.charter('v1', { set: { version: 3 } }));
    const itself = [terminalOf('v1-term-1')];
    const { order } = await world.order('v1', { message: { set: { targets: { areas: [...areas], terminals: itself } } }, dispatch: { set: { targets: { areas: [], terminals: itself, heard: null } } } });
    return [codeOf(admit(factsFor(world, 'v1', order, { trust, assignment: assignment.value }))), said(judgeKept(trust, order, assignment.value))];
  }

  it('is no target of a message any more, though a narrower dispatch names only the terminal that still stands in it', async () => {
    expect(await decide([FORMER])).toEqual(['REJ_AREA', 'REJ_AREA targets']);
    expect(await decide([areaOf('v1-area'), FORMER])).toEqual(['REJ_AREA', 'REJ_AREA targets']);
    expect(await decide([areaOf('v1-area')])).toEqual(['play', 'ok']);
  });
});

describe('a platform whose charter fell', () => {
  it('is nobody else\'s child: another township cannot charter it under itself', async () => {
    const officer = world.platform('t1').officers[0];
    if (officer === undefined) throw new Error('an officer');
    // The first officer of t1, who signed v1's charter, is found out: it falls.
    const found = await world.revocation('d', { set: { entries: [{ keyId: officer.key.record.keyId, reason: 'compromised', since: NOW }] } });
    const fallen = trustAfter(world.trust, found);
    expect(fallen.charters.has(platformOf('v1'))).toBe(false);
    const charter = world.charterPayload('v1');
    const taken = await world.charter('v1', {
      set: { parent: 't2' as PlatformId, version: 9, areas: [{ id: areaOf('v9-area'), parent: areaOf('t2-area'), name: '别处', codes: ['360123000009'] }], officers: charter.officers.map(({ key }, at) => ({ person: personOf(`thief-${at}`), key })) },
      by: world.officers('t2').slice(0, 2),
    });
    expect(said(applyDocument(fallen, taken, NOW))).toBe('REJ_LINEAGE parent');
    const again = await world.charter('v1', { set: { version: 2 }, by: world.officers('t1').slice(1, 3) });
    expect(said(applyDocument(fallen, again, NOW))).toBe('ok');
  });

  it('leaves its terminals to those above it that stand, and to nobody beside', async () => {
    const officer = world.platform('t1').officers[0];
    if (officer === undefined) throw new Error('an officer');
    const fallen = trustAfter(world.trust, await world.revocation('d', { set: { entries: [{ keyId: officer.key.record.keyId, reason: 'compromised', since: NOW }] } }));
    const current: TerminalAssignment = {
      platform: platformOf('v1'), terminal: terminalOf('v1-term-1'), deviceKeyId: world.device.record.keyId, areas: chainOf('v1'), resourceCode: RESOURCE_CODE, maxVolume: 'full', version: 1,
    };
    const moved = async (by: readonly Signer[]): Promise<string> => {
      const assignment = verifyAssignment(fallen, await world.assignment('v3', {
        set: { terminals: [{ ...current, areas: chainOf('v3'), version: 2 }].map(({ platform: _left, ...entry }) => entry) }, by,
      }));
      return assignment.ok ? said(pickAssignment(fallen, assignment.value, current.terminal, current.deviceKeyId, current)) : assignment.code;
    };
    const [own, district] = [world.officers('v3')[0], world.officers('d')[0]];
    if (own === undefined || district === undefined) throw new Error('officers');
    expect(await moved([own, district])).toBe('ok');
    expect(await moved([own])).toBe('REJ_LINEAGE platform');
  });
});

describe('a platform', () => {
  it.each(['constructor', 'prototype'])('is not called %s, for nothing that names versions by platform could be signed any more', async (name) => {
    const charter = world.charterPayload('v1');
    const named = await world.charter('v1', { set: { platform: name as PlatformId, areas: charter.areas.map((area) => ({ ...area, id: areaOf('v9-area') })) } });
    expect(said(applyDocument(world.trust, named, NOW))).toBe('REJ_SCHEMA platform');
  });
});
