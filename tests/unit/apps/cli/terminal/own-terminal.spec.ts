import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ApiClient } from '../../../../../apps/cli/src/api-client';
import type { Context } from '../../../../../apps/cli/src/command';
import { readConfig } from '../../../../../apps/cli/src/config';
import { ownTerminal } from '../../../../../apps/cli/src/terminal/own-terminal';

interface Row { readonly id: string; readonly area: string; readonly state: string; readonly physicalCode: string; readonly latitude: number; readonly longitude: number; readonly naturalVillage: string }

const base = mkdtempSync(path.join(os.tmpdir(), 'clarion-own-terminal-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const areas = ['lehua-01', 'jiaoqiao-01'].map((id) => ({ id, parent: null, name: id, tier: 'village', platform: id, codes: [], terminals: 1, online: 0 }));
let terminals: Row[];
let posted: { readonly at: string; readonly body: Record<string, unknown> }[];
let signedIn: string[];
let context: Context;

/** A platform in memory: it hands out terminals and codes as the real one does. */
function fakeApi(): ApiClient {
  const issued = (terminal: Row) => ({ terminal, claimCode: `CODE${String(posted.length).padStart(12, '0')}`, claimUntil: 1 });
  return {
    signIn: (account: string) => { signedIn.push(account); return Promise.resolve({}); },
    get: (at: string) => Promise.resolve(at === '/api/trust' ? { root: { payloadType: 'root', payload: 'cm9vdA==', signatures: [] } } : at === '/api/areas' ? areas : terminals),
    post: (at: string, _schema: unknown, body: Record<string, unknown>) => {
      posted.push({ at, body });
      if (at !== '/api/terminals') return Promise.resolve(issued(terminals.find(({ id }) => at.includes(id)) as Row));
      const row: Row = { id: `t-${String(body['area'])}-9`, area: String(body['area']), state: 'expected', physicalCode: String(body['physicalCode']), latitude: 0, longitude: 0, naturalVillage: '' };
      terminals = [...terminals, row];
      return Promise.resolve(issued(row));
    },
  } as unknown as ApiClient;
}

beforeEach(() => {
  const home = mkdtempSync(path.join(base, 'home-'));
  const config = readConfig({ CLARION_DATA: path.join(home, 'data'), CLARION_DEMO_KEYS: path.join(home, 'keys'), CLARION_TERMINAL_STATE: path.join(home, 'terminal') });
  mkdirSync(path.join(config.dataDir, 'pki'), { recursive: true });
  writeFileSync(path.join(config.dataDir, 'pki', 'ca.pem'), 'the CA');
  mkdirSync(config.demoKeysDir);
  writeFileSync(path.join(config.demoKeysDir, 'passphrase'), 'words');
  writeFileSync(path.join(config.demoKeysDir, 'accounts.json'), JSON.stringify([{ account: 'top-officer', title: 'officer', keyFile: null, platform: 'd', officerKey: 'officers/d', signsFor: ['d'] }]));
  terminals = ['lehua-01', 'jiaoqiao-01'].map((area) => ({ id: `t-${area}-1`, area, state: 'assigned', physicalCode: area, latitude: 28.7, longitude: 115.8, naturalVillage: '东头' }));
  [posted, signedIn] = [[], []];
  const clock = { monotonic: () => 0, now: () => 0, sleep: () => Promise.resolve(), random: (count: number) => new Uint8Array(count).fill(7), uuid: () => '', uuid7: () => '' };
  context = { config, clock, api: fakeApi(), json: false, say: () => undefined, give: () => undefined };
});

describe('the terminal that this machine is', () => {
  it('is issued at the first time by an officer, in the village of the README\'s first message, beside its loudspeaker', async () => {
    const own = await ownTerminal(context, undefined);
    expect(signedIn).toEqual(['top-officer']);
    expect(posted).toMatchObject([{ at: '/api/terminals', body: { area: 'jiaoqiao-01', physicalCode: 'TRY-07070707', latitudeE6: 28_701_000, longitudeE6: 115_800_000, naturalVillage: '东头' } }]);
    expect(own).toMatchObject({ terminal: 't-jiaoqiao-01-9', physicalCode: 'TRY-07070707', claimCode: 'CODE000000000001' });
  });

  it('is the same one the next time, without asking for anything', async () => {
    const first = await ownTerminal(context, undefined);
    terminals = terminals.map((row) => (row.id === first.terminal ? { ...row, state: 'assigned' } : row));
    const second = await ownTerminal(context, undefined);
    expect(posted).toHaveLength(1);
    expect([second.terminal, second.folder]).toEqual([first.terminal, first.folder]);
  });

  it('gets another code while nobody enrolled with the first one', async () => {
    const first = await ownTerminal(context, undefined);
    const second = await ownTerminal(context, undefined);
    expect(posted.map(({ at }) => at)).toEqual(['/api/terminals', `/api/terminals/${first.terminal}/claim-code`]);
    expect([second.terminal, second.claimCode === first.claimCode, second.folder === first.folder]).toEqual([first.terminal, false, true]);
  });

  it('in another village is another one, with a folder and so a device key of its own', async () => {
    const first = await ownTerminal(context, undefined);
    const second = await ownTerminal(context, 'lehua-01');
    expect(second.terminal).toBe('t-lehua-01-9');
    expect(second.folder).not.toBe(first.folder);
    await expect(ownTerminal(context, 'nowhere')).rejects.toMatchObject({ code: 'AREA_UNKNOWN' });
  });

  it('is none where there is no demo', async () => {
    rmSync(path.join(context.config.demoKeysDir, 'accounts.json'));
    await expect(ownTerminal(context, undefined)).rejects.toMatchObject({ code: 'DEMO_MISSING' });
  });
});
