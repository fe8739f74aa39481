import { HOSTILE_UPLOADS } from '../../../../apps/redteam/src/families/hostile-uploads';
import { flacOfHours } from '../../../../apps/redteam/src/uploads/flac-bomb';
import { thinRun } from '../../../support/thin-run';

describe('a thin run at the upload door', () => {
  it('refuses what is no recording, and takes what is one', async () => {
    const row = await thinRun(HOSTILE_UPLOADS);
    expect(row.wrong).toEqual([]);
    expect(row.controls.filter(({ ok }) => !ok)).toEqual([]);
    expect(row).toMatchObject({ sounded: 0, through: 0, refused: row.tried, rightCode: row.tried });
    expect(row.tried).toBeGreaterThan(5);
  }, 60_000);

  it('has a bomb of hours that is no larger than a line', () => {
    expect(flacOfHours(10).length).toBeLessThan(80);
  });
});
