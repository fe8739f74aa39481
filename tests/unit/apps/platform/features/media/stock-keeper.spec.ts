import { StockKeeper } from '../../../../../../apps/platform/src/features/media/stock-keeper';
import type { MediaStore } from '../../../../../../apps/platform/src/features/media/media.store';
import { silentLog, type Log } from '../../../../../../apps/platform/src/kernel/log';
import { DrivenClock } from '../../../../../support/driven-clock';

describe('the stock of sounds', () => {
  it('outlives a database that goes away while it is made, and says so', async () => {
    let asked = 0;
    const store = {
      sounds: async () => {
        asked += 1;
        if (asked > 1) throw new Error('the database is gone');
        return [];
      },
    } as unknown as MediaStore;
    const said: string[] = [];
    const log: Log = { ...silentLog, error: (code: string) => { said.push(code); } };
    const none = {} as never;
    const keeper = new StockKeeper(new DrivenClock(0), none, store, none, [], log, none, none);
    await keeper.onApplicationBootstrap();
    await keeper.made();
    expect(said).toEqual(['media.stock-not-made']);
  });
});
