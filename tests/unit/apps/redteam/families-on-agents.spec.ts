import { CLOCKS_SET } from '../../../../apps/redteam/src/families/clocks-set';
import { CORRUPTED_STATE } from '../../../../apps/redteam/src/families/corrupted-state';
import { LIVE_VOICES } from '../../../../apps/redteam/src/families/live-voices';
import { MEDIA_RACES } from '../../../../apps/redteam/src/families/media-races';
import { SOURCE_POINTED_AWAY } from '../../../../apps/redteam/src/families/source-pointed-away';
import { STOP_LOST } from '../../../../apps/redteam/src/families/stop-lost';
import { TERMINAL_KEY } from '../../../../apps/redteam/src/families/terminal-key';
import { UPPER_TIER } from '../../../../apps/redteam/src/families/upper-tier';
import { WITHHELD_NEWS } from '../../../../apps/redteam/src/families/withheld-news';
import { thinRun } from '../../../support/thin-run';

describe('a thin run on whole terminals', () => {
  it.each([LIVE_VOICES, STOP_LOST, CORRUPTED_STATE, MEDIA_RACES, SOURCE_POINTED_AWAY, TERMINAL_KEY, UPPER_TIER, WITHHELD_NEWS, CLOCKS_SET].map((family) => [family.family, family] as const))('of %s: nothing sounds, each by the right code', async (_, family) => {
    const row = await thinRun(family);
    expect(row.wrong).toEqual([]);
    expect(row).toMatchObject({ sounded: 0, refused: row.tried, rightCode: row.tried });
    expect(row.tried).toBeGreaterThan(0);
    expect(row.controls.filter(({ ok }) => !ok)).toEqual([]);
    expect(row.controls.length).toBeGreaterThan(0);
  });
});
