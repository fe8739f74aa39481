import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { WatchExpiry } from '../../../../../apps/platform/src/features/authority/keys/watch-expiry';
import { useMessageFlow } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { until } from '../../../../support/until';

const DAY = 86_400_000;
const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);

interface Seen { readonly kind: string; readonly platform: string; readonly state: string; readonly cause: string }
const incidents = async (): Promise<readonly Seen[]> =>
  ((await (await server.signIn('d-stopper')).get('/api/incidents?state=all&count=200')).body as readonly Seen[]).filter(({ kind }) => kind === 'papers-expire');
const standing = async (): Promise<readonly string[]> => (await incidents()).filter(({ state }) => state === 'open').map(({ platform, cause }) => `${platform} ${cause}`).sort();
const look = async (): Promise<void> => {
  await server.app.get(WatchExpiry, { strict: false }).check();
  await flow.settle();
};

describe('papers that end', () => {
  it('are told once for each stage to those who must sign, by name, and the alarm before ends by itself', async () => {
    const ends = [...(await (await server.signIn('d-stopper')).get('/api/platforms')).body as readonly { readonly expiresAt: number }[]].map(({ expiresAt }) => expiresAt);
    const first = Math.min(...ends);
    await look();
    expect(await incidents()).toEqual([]);

    server.clock.advance(first - server.clock.now() - 29 * DAY);
    await look();
    await look();
    await until(async () => (await standing()).length > 0);
    const month = await standing();
    expect(month).toContain('t1 within-30: 2 of t1-officer-1, t1-officer-2, t1-officer-3');
    expect(month.filter((line) => line.startsWith('t1 '))).toHaveLength(1);
    expect(month.filter((line) => line.startsWith('v'))).toEqual([]);

    server.clock.advance(23 * DAY);
    await look();
    await until(async () => (await standing()).some((line) => line.includes('within-7')));
    expect((await standing()).filter((line) => line.startsWith('t1 '))).toEqual(['t1 within-7: 2 of t1-officer-1, t1-officer-2, t1-officer-3']);

    server.clock.advance(7 * DAY);
    await look();
    await until(async () => (await standing()).some((line) => line.includes('grace')));
    expect((await incidents()).filter(({ platform }) => platform === 't1')).toHaveLength(3);
  });
});
