import { judgeSeq } from '#libs/domain';
import { admit } from '#libs/trust';
import { Journal } from '../../../../../apps/terminal-agent/src/admit/journal';
import { factsFor } from '../../../../support/admit-facts';
import { FakeDisk } from '../../../../support/terminal-agent/fake-disk';
import { buildWorld, digestOf, NOW, platformOf, type OrderParts } from '../../../../support/trust-builder';

const HOUR = 3_600_000;

function accepted(journal: Journal, decision: ReturnType<typeof admit>): void {
  if (decision.kind !== 'play') throw new Error(`it does not play: ${decision.kind}`);
  const { dispatch, dispatchDigest } = decision.order;
  journal.accept(decision.writes, { digest: dispatchDigest, notAfter: dispatch.notAfter, platform: platformOf('t1'), replaces: null, corrects: null });
}

it('what was accepted raises the floor of its dispatcher each time, and is known a day longer than its window', async () => {
  const world = await buildWorld();
  const journal = new Journal(new FakeDisk());
  const orders: readonly OrderParts[] = [await world.order('t1'), await world.order('t1')];
  const { keyId } = world.platform('t1').dispatcher.record;
  for (const order of orders) {
    const decision = admit(factsFor(world, 't1', order.order, { floors: journal.floors, seenDispatches: journal.seenDispatches }));
    accepted(journal, decision);
    const seq = decision.kind === 'play' ? decision.order.dispatch.seq : 0;
    const window = journal.floors.get(keyId)?.window;
    expect(window === undefined ? 'none' : judgeSeq(window, seq)).toBe('replay');
  }
  const [first] = orders;
  const digest = first === undefined ? '' : digestOf(first.dispatch);
  journal.prune(NOW + 3 * HOUR);
  expect(journal.hasSeen(digest)).toBe(true);
  journal.prune(NOW + 30 * HOUR);
  expect(journal.hasSeen(digest)).toBe(false);
});
