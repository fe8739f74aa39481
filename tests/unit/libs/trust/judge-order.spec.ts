import { judgeOrder } from '#libs/trust';
import { buildWorld, NOW, type World } from '../../../support/trust-builder';

let world: World;
beforeAll(async () => { world = await buildWorld(); });

describe('judgeOrder', () => {
  it('accepts an order that author, two approvers and the dispatcher signed', async () => {
    const { order } = await world.order('t1');
    const judged = judgeOrder(world.trust, order, NOW);
    expect(judged).toMatchObject({ ok: true });
  });
});
