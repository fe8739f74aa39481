import { admit } from '#libs/trust';
import { codeOf, factsFor } from '../../../support/admit-facts';
import { buildWorld, NOW, type World } from '../../../support/trust-builder';

let world: World;
beforeAll(async () => { world = await buildWorld(); });

describe('admit: what plays', () => {
  it('plays an order of the own platform, at its time, with what must be written first', async () => {
    const { order } = await world.order('t1');
    const decision = admit(factsFor(world, 't1', order));
    expect(codeOf(decision)).toBe('play');
    expect(decision).toMatchObject({ how: 'join', joinRepetition: 1, startAt: NOW + 700, writes: { floor: { epoch: 1 }, journal: { state: 'accepted', repetition: 0, dispatches: 1 } } });
  });
});
