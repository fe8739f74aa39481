import { stopIdSchema } from '#libs/contracts';
import { silences } from '#libs/domain';
import { withStop } from '../../../../../apps/terminal-agent/src/admit/fold-stops';
import { Journal } from '../../../../../apps/terminal-agent/src/admit/journal';
import { areaOf, digestNamed } from '../../../../support/trust-builder';
import { FakeDisk } from '../../../../support/terminal-agent/fake-disk';

const NOW = 1_800_000_000_000;
const idOf = (index: number) => stopIdSchema.parse(`0197a3b0-000b-7000-8000-${String(index).padStart(12, '0')}`);
const chain = [{ id: areaOf('t1-area'), parent: null }];

function stop(index: number, messages: readonly string[] | null, tier: 'township' | 'village' = 'township') {
  return {
    stopId: idOf(index), tier, area: areaOf('t1-area'), issuedAt: NOW + index, until: NOW + index + 1_000, notAfter: NOW + index + 500, signerLeft: false, folded: false,
    scope: messages === null ? { kind: 'all' as const } : { kind: 'messages' as const, messages: messages.map(digestNamed) },
  };
}

describe('stops that a terminal keeps', () => {
  it('are bounded however many come, and none of them ceases to hold', () => {
    const given = Array.from({ length: 500 }, (_, index) => stop(index, [`a${index}`, `b${index}`]));
    const kept = given.reduce<ReturnType<typeof withStop<(typeof given)[number]>>>((stops, added) => withStop(stops, added, 60), []);
    expect(kept.length).toBeLessThan(25);
    for (const { issuedAt, scope } of given) {
      for (const digest of scope.kind === 'all' ? [] : scope.messages) {
        expect(kept.some((one) => silences(one, { digest, issuedAt, tier: 'township' }, chain))).toBe(true);
        expect(kept.some((one) => silences(one, { digest, issuedAt, tier: 'district' }, chain))).toBe(false);
      }
    }
    expect(kept.some((one) => silences(one, { digest: digestNamed('said later'), issuedAt: NOW + 500, tier: 'township' }, chain))).toBe(false);
    expect(Math.max(...kept.map(({ until }) => until))).toBe(NOW + 499 + 1_000);
  });

  it('stay as they were given while they are few, and of another tier whatever happens to these', () => {
    const few = [stop(1, ['a']), stop(2, null), stop(3, ['b'], 'village')];
    const kept = few.reduce<ReturnType<typeof withStop<(typeof few)[number]>>>((stops, added) => withStop(stops, added, 60), []);
    expect(kept).toEqual(few);
    const more = Array.from({ length: 100 }, (_, index) => stop(10 + index, ['x'])).reduce((stops, added) => withStop(stops, added, 60), kept);
    expect(more).toContainEqual(few[2]);
  });

  it('do not grow when what was folded is sent again', () => {
    const given = Array.from({ length: 60 }, (_, index) => stop(index, ['a']));
    const kept = given.reduce<ReturnType<typeof withStop<(typeof given)[number]>>>((stops, added) => withStop(stops, added, 60), []);
    expect(withStop(kept, stop(0, ['a']), 60)).toBe(kept);
  });

  it('keep the journal small: a stopper whose key was stolen fills no flash', () => {
    const journal = new Journal(new FakeDisk());
    const messages = Array.from({ length: 64 }, (_, index) => `m${index}`);
    for (let index = 0; index < 300; index += 1) {
      const { notAfter, folded: _folded, ...given } = stop(index, messages);
      expect(journal.addStop(given, notAfter)).toBe(true);
    }
    expect(JSON.stringify(journal.stops).length).toBeLessThan(200_000);
  });
});
