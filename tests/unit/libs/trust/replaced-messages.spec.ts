import { drillIdSchema, type Message } from '#libs/contracts';
import { admit } from '#libs/trust';
import { ENTRY, factsFor } from '../../../support/admit-facts';
import { buildWorld, digestNamed, NOW, type World } from '../../../support/trust-builder';

let world: World;
beforeAll(async () => { world = await buildWorld(); });

/** What the terminal makes of a message of this mode that names one as replaced, of which it remembers that mode, or nothing. */
async function decided(mode: Message['mode'], remembered: Message['mode'] | null): Promise<string> {
  const replaces = digestNamed('the one before');
  const drill = mode === 'drill' ? { plan: drillIdSchema.parse(world.nextId()), kind: 'terminal' as const } : null;
  const { order } = await world.order('t1', { message: { set: { mode, drill, replaces } } });
  const journal = remembered === null ? new Map() : new Map([[replaces as string, { ...ENTRY, state: 'playing' as const, mode: remembered, until: NOW + 1_000_000 }]]);
  const decision = admit(factsFor(world, 't1', order, { journal }));
  return decision.kind === 'refuse' ? `${decision.code} ${decision.at ?? ''}` : decision.kind;
}

describe('a message that replaces another (design 2 "drill": it can never become actual)', () => {
  it('is of its mode: no drill ends what is meant, and what is meant ends no drill', async () => {
    expect(await decided('actual', 'actual')).toBe('play');
    expect(await decided('drill', 'drill')).toBe('play');
    expect(await decided('drill', 'actual')).toBe('REJ_CEILING replaces');
    expect(await decided('actual', 'drill')).toBe('REJ_CEILING replaces');
  });
  it('is played where nothing is known of the other', async () => {
    expect(await decided('actual', null)).toBe('play');
    expect(await decided('drill', null)).toBe('play');
  });
});
