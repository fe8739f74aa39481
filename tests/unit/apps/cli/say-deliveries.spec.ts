import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clarion, FakePlatform, sessionOf } from './fake-platform';

const folder = mkdtempSync(join(tmpdir(), 'clarion-receipts-'));
let platform: FakePlatform;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  platform = await FakePlatform.start();
  writeFileSync(join(folder, 'session.json'), JSON.stringify(sessionOf('district-qxj-author', 'jingkai')));
  environment = { CLARION_URL: platform.url, CLARION_DATA: join(folder, 'data'), CLARION_DEMO_KEYS: join(folder, 'people'), CLARION_SESSION: join(folder, 'session.json') };
});
beforeEach(() => { platform.forget(); });
afterAll(async () => {
  await platform.stop();
  rmSync(folder, { recursive: true, force: true });
});

const idOf = (n: number): string => `0197a3b0-000${n}-7000-8000-00000000000${n}`;
const row = (dispatch: number, terminal: string, set: object): object => ({
  dispatchId: idOf(dispatch), terminal, name: terminal, platform: 'jingkai', state: 'done', reason: null, refusal: null, repetition: 1, onlineAtDispatch: true,
  sentAt: 1, ackedAt: 1, audibleAt: 1, doneAt: 1, receivedAt: 1, corrects: null, ...set,
});

describe('receipts', () => {
  it('stand by dispatch, each with its kind, and a superseded one is counted apart', async () => {
    platform.on(`GET /api/messages/${idOf(9)}/deliveries`, [
      row(1, 't-a', { state: 'failed', reason: 'STOPPED', superseded: true }), row(1, 't-b', { state: 'done' }),
      row(2, 't-a', { resumed: true }), row(3, 't-a', { corrects: 'correction', state: 'audible' }), row(4, 't-b', { corrects: 'all-clear', voice: { blocks: 90, late: 4, lost: 10 } }),
    ]);
    const { code, out } = await clarion(['receipts', idOf(9)], environment);
    expect([code, out.split('\n')]).toEqual([0, [
      `dispatch ${idOf(1)}: 1 done, 0 failed, 0 open of 1; 1 superseded by a later dispatch / 已被后续下发取代`, '  t-b                      done',
      `dispatch ${idOf(2)} (resumed after a stop / 恢复播出): 1 done, 0 failed, 0 open of 1`, '  t-a                      done',
      `dispatch ${idOf(3)} (correction / 更正): 0 done, 0 failed, 1 open of 1`, '  t-a                      audible',
      `dispatch ${idOf(4)} (all-clear / 解除): 1 done, 0 failed, 0 open of 1`, '  t-b                      done  90 blocks of voice, 4 late, 10 lost / 语音块', '',
    ]]);
  });

  it('are partial where the newest dispatch to a terminal failed', async () => {
    platform.on(`GET /api/messages/${idOf(9)}/deliveries`, [row(1, 't-a', { state: 'failed', reason: 'FETCH_FAIL' })]);
    expect(await clarion(['receipts', idOf(9)], environment)).toMatchObject({ code: 3, out: expect.stringContaining('FETCH_FAIL') as string });
  });
});
