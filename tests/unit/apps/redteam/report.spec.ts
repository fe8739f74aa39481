import { seededRandom } from '../../../support/seeded-random';
import { Tally, type Family, type Scene } from '../../../../apps/redteam/src/attack';
import { FORGERIES } from '../../../../apps/redteam/src/families/forgeries';
import { ROOT } from '../../../../apps/redteam/src/families/rollback';
import { Lab } from '../../../../apps/redteam/src/lab';
import { reportOf } from '../../../../apps/redteam/src/report';

const FAMILY: Family = { family: 'a family', threat: 'T25', where: 'admit', run: () => Promise.resolve() };

function rowAfter(happen: (tally: Tally) => void) {
  const tally = new Tally();
  happen(tally);
  return tally.row(FAMILY, 1);
}
const refusedRight = (tally: Tally): void => {
  tally.control('the genuine one plays', true);
  for (let n = 0; n < 100; n += 1) tally.judged('forged', 'REJ_SIGNATURE', ['REJ_SIGNATURE']);
};

describe('the attack suite\'s verdict', () => {
  it('holds when all was refused by the right code and the genuine went through', () => {
    expect(reportOf([rowAfter(refusedRight)], [], 1).totals).toMatchObject({ tried: 100, refused: 100, rightCode: 100, sounded: 0, held: true });
  });

  it.each<[string, (tally: Tally) => void]>([
    ['one attack sounded', (tally) => { tally.judged('forged', 'play', ['REJ_SIGNATURE']); }],
    ['a thief was let in, and nothing sounded', (tally) => { tally.judged('hello again', 'welcome', ['DEVICE_UNKNOWN']); }],
    ['somebody who must not got an answer', (tally) => { tally.judged('a list with a stolen token', '200', ['401']); }],
    ['something was taken', (tally) => { tally.judged('a message without its author', 'ACCEPTED', ['REJ_KEY_UNKNOWN']); }],
    ['a tampering was not noticed', (tally) => { tally.judged('a leaf taken out', 'unnoticed', ['LEAF_MISSING d 4-4']); }],
    ['only its sound was missing', (tally) => { tally.judged('forged', 'wait-media', ['REJ_SIGNATURE']); }],
    ['something broke instead of refusing', (tally) => { tally.judged('forged', 'UNEXPECTED fetch failed', ['REJ_SIGNATURE']); }],
    ['a card recorded a sound that nobody had a right to', (tally) => { tally.heard('after it', 1); }],
    ['more than one in a hundred had another code', (tally) => { for (const at of [1, 2]) tally.judged(`forged ${at}`, 'REJ_SHAPE', ['REJ_SIGNATURE']); }],
    ['the genuine thing did not go through', (tally) => { tally.control('the genuine one plays', false); }],
  ])('does not hold when %s', (_, happen) => {
    const row = rowAfter((tally) => {
      refusedRight(tally);
      happen(tally);
    });
    expect(reportOf([row], [], 1).totals.held).toBe(false);
  });

  it('does not hold for a small family that refuses by other codes, in the shade of a large one', () => {
    const small = rowAfter((tally) => {
      tally.control('the genuine one plays', true);
      for (const at of [1, 2, 3]) tally.judged(`forged ${at}`, 'REJ_SHAPE', ['REJ_SIGNATURE']);
    });
    const large = rowAfter((tally) => { for (let n = 0; n < 100; n += 1) refusedRight(tally); });
    const { totals } = reportOf([large, small], [], 1);
    expect(totals).toMatchObject({ refused: totals.tried, through: 0, unclear: ['a family'], held: false });
    expect(totals.rightShare).toBeGreaterThan(0.99);
  });

  it('does not hold for a family that tried nothing, nor for one without a genuine thing beside it', () => {
    expect(reportOf([rowAfter(refusedRight), rowAfter((tally) => { tally.control('fine', true); })], [], 1).totals.held).toBe(false);
    expect(reportOf([rowAfter((tally) => { tally.judged('forged', 'REJ_SIGNATURE', ['REJ_SIGNATURE']); })], [], 1).totals.held).toBe(false);
  });

  it('holds of the thefts alone, and does not when nothing was tried at all', () => {
    const theft = [{ stolen: 'a key', within: 'nowhere', tried: 3, sounded: 0, soundedAt: [], asExpected: true }];
    expect([reportOf([], theft, 1).totals.held, reportOf([], [], 1).totals.held]).toEqual([true, false]);
  });

  it('does not hold when a stolen key did more, or less, than it may', () => {
    const theft = { stolen: 'an approver', within: 'nowhere', tried: 9, sounded: 1, soundedAt: ['v1'], asExpected: false };
    expect(reportOf([rowAfter(refusedRight)], [theft], 1).totals).toMatchObject({ held: false, theftOutside: 1 });
  });
});

describe('a thin run in memory', () => {
  it.each(['forged', 'the root'])('refuses everything of %s by the right code', async (word) => {
    const lab = await Lab.open();
    for (const family of [...FORGERIES, ROOT].filter((one) => one.family.startsWith(word))) {
      const tally = new Tally();
      const scene: Scene = { tally, random: seededRandom(7), thin: 1_000, whole: false, lab, get range(): never { throw new Error('no district'); } };
      await family.run(scene);
      const row = tally.row(family, 1);
      expect(row.wrong).toEqual([]);
      expect(row).toMatchObject({ sounded: 0, refused: row.tried });
      expect(row.controls.filter(({ ok }) => !ok)).toEqual([]);
    }
  });
});
