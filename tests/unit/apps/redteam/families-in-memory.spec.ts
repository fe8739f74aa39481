import { HASTE } from '../../../../apps/redteam/src/families/haste';
import { LIVE_BLOCKS } from '../../../../apps/redteam/src/families/live-blocks';
import { OLD_APPROVALS } from '../../../../apps/redteam/src/families/old-approvals';
import { SECOND_WORDS } from '../../../../apps/redteam/src/families/second-words';
import { ROLLBACK } from '../../../../apps/redteam/src/families/rollback';
import { SIGNING_ORIGIN } from '../../../../apps/redteam/src/families/signing-origin';
import { SIGNERS } from '../../../../apps/redteam/src/families/signers';
import { TIME } from '../../../../apps/redteam/src/families/time';
import { THIRTY_DAYS } from '../../../../apps/redteam/src/families/thirty-days';
import { thinRun } from '../../../support/thin-run';

describe('a thin run on the terminal\'s decision', () => {
  it.each([HASTE, LIVE_BLOCKS, OLD_APPROVALS, SECOND_WORDS, THIRTY_DAYS, ROLLBACK, SIGNERS, SIGNING_ORIGIN, TIME].map((family) => [family.family, family] as const))('of %s: nothing sounds, each by the right code', async (_, family) => {
    const row = await thinRun(family);
    expect(row.wrong).toEqual([]);
    expect(row.controls.filter(({ ok }) => !ok)).toEqual([]);
    expect(row).toMatchObject({ sounded: 0, through: 0, refused: row.tried, rightCode: row.tried });
    expect(row.tried).toBeGreaterThan(0);
    expect(row.controls.length).toBeGreaterThan(0);
  });
});
