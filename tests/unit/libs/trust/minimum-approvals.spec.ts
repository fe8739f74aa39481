import type { Charter } from '#libs/contracts';
import { applyDocument } from '#libs/trust';
import { buildWorld, NOW, type PlatformName, type World } from '../../../support/trust-builder';

type Rows = Charter['minimumApprovals'];
type Tier = Charter['tier'];

const row = (tier: Tier, approvals: number): Rows[number] => ({ class: 'emergency', tier, approvals });
let world: World;
beforeAll(async () => { world = await buildWorld(); });

/** What the verifier says of a township's or village's minimums, below a district with these. */
async function below(district: Rows, platform: PlatformName, own: Rows): Promise<string> {
  const above = applyDocument(world.trust, await world.charter('d', { set: { minimumApprovals: district, version: 2 } }), NOW);
  if (!above.ok) throw new Error(`district: ${above.code} ${above.at ?? ''}`);
  const parent = platform === 't1' ? above : applyDocument(above.value, await world.charter('t1', { set: { minimumApprovals: district.filter(({ tier }) => tier !== 'district'), version: 2 } }), NOW);
  if (!parent.ok) throw new Error(`township: ${parent.code} ${parent.at ?? ''}`);
  const child = applyDocument(parent.value, await world.charter(platform, { set: { minimumApprovals: own, version: 3 } }), NOW);
  return child.ok ? 'ok' : `${child.code} ${child.at ?? ''}`;
}

describe('a charter\'s minimum of approvals', () => {
  it('of the district for itself and its townships leaves a village free to run with one', async () => {
    expect(await below([row('district', 2), row('township', 2)], 'v1', [])).toBe('ok');
  });

  it('may be raised by a child, never lowered', async () => {
    expect(await below([row('township', 2)], 't1', [row('township', 3)])).toBe('ok');
    expect(await below([row('township', 2)], 't1', [row('township', 1)])).toBe('REJ_WIDENS minimumApprovals');
    expect(await below([row('township', 2)], 't1', [])).toBe('REJ_WIDENS minimumApprovals');
  });

  it('for villages is handed on by the township between them', async () => {
    expect(await below([row('village', 2)], 't1', [])).toBe('REJ_WIDENS minimumApprovals');
    expect(await below([row('village', 2)], 't1', [row('village', 2)])).toBe('ok');
    expect(await below([row('village', 2)], 'v1', [])).toBe('REJ_WIDENS minimumApprovals');
  });

  it('for the tier above binds nobody below', async () => {
    expect(await below([row('district', 4)], 't1', [])).toBe('ok');
  });
});
