import type { SoftwareKeyRecord, TerminalId } from '#libs/contracts';
import { generateKey } from '#libs/suites';
import { Directory } from '../../../../../apps/gateway/src/hello/directory';
import type { Device } from '../../../../../apps/gateway/src/hello/directory-cache';
import { FakeClock, LogRecord, ScriptedPlatform } from '../fakes';

const t = (id: string) => id as TerminalId;
const aKey = async () => (await generateKey('ed25519')).key as unknown as SoftwareKeyRecord;

function directory(onDisk?: readonly Device[]) {
  const clock = new FakeClock();
  const platform = new ScriptedPlatform();
  const state = { revision: '1', devices: [] as Device[] };
  platform.respond = (_path, { revision }: { revision: string }) =>
    ({ ok: true, value: { revision: state.revision, devices: revision === state.revision ? null : state.devices } });
  const revoked: string[] = [];
  const saved: (readonly Device[])[] = [];
  const cache = { read: () => Promise.resolve(onDisk), write: (devices: readonly Device[]) => { saved.push(devices); return Promise.resolve(); } };
  return { clock, platform, state, revoked, saved, directory: new Directory(clock, new LogRecord(), platform, cache, (terminal) => revoked.push(terminal)) };
}

describe('the directory of device keys', () => {
  it('answers from disk before the platform has ever answered', async () => {
    const key = await aKey();
    const { directory: devices, platform } = directory([{ terminal: t('a'), key }]);
    await devices.load();
    platform.isUp = false;
    platform.respond = () => ({ ok: false, why: 'away', status: null });
    expect(await devices.keyOf(t('a'), key.keyId)).toEqual(key);
    expect(await devices.keyOf(t('b'), key.keyId)).toBeUndefined();
  });

  it('asks with the last revision and keeps what it has when nothing changed', async () => {
    const key = await aKey();
    const { directory: devices, platform, state, clock } = directory();
    state.devices = [{ terminal: t('a'), key }];
    await devices.pull();
    clock.ms += 5_000;
    await devices.pullIfDue();
    expect(platform.calls.map(({ request }) => request)).toEqual([{ revision: '' }, { revision: '1' }]);
    expect(devices.size).toBe(1);
  });

  it('pulls every five seconds while the platform answers, every second while it does not', async () => {
    const { directory: devices, platform, clock } = directory();
    await devices.pull();
    clock.ms += 4_999;
    await devices.pullIfDue();
    expect(platform.calls).toHaveLength(1);
    platform.isUp = false;
    await devices.pullIfDue();
    expect(platform.calls).toHaveLength(2);
  });

  it('tells of a key that was taken away and of one that changed', async () => {
    const [one, two, three] = [await aKey(), await aKey(), await aKey()];
    const { directory: devices, state, revoked } = directory([{ terminal: t('a'), key: one }, { terminal: t('b'), key: two }, { terminal: t('c'), key: three }]);
    await devices.load();
    state.devices = [{ terminal: t('b'), key: three }, { terminal: t('c'), key: three }];
    await devices.pull();
    expect(revoked).toEqual(['a', 'b']);
  });

  it('keeps a fresh claim that an older directory does not show, but not for ever', async () => {
    const key = await aKey();
    const { directory: devices, state, revoked, clock } = directory();
    await devices.learn(t('a'), key);
    await devices.pull();
    expect(await devices.keyOf(t('a'), key.keyId)).toEqual(key);
    expect(revoked).toEqual([]);
    clock.ms += 61_000;
    state.revision = '2';
    await devices.pull();
    expect(revoked).toEqual(['a']);
  });

  it('lets a claim go whose key was taken away before any directory showed it, although nothing changes any more', async () => {
    const key = await aKey();
    const { directory: devices, revoked, clock } = directory();
    await devices.learn(t('a'), key);
    await devices.pull();
    expect(revoked).toEqual([]);
    clock.ms += 5_000;
    await devices.pullIfDue();
    expect(revoked).toEqual(['a']);
    expect(await devices.keyOf(t('a'), key.keyId)).toBeUndefined();
  });

  it('writes what it learned to disk', async () => {
    const key = await aKey();
    const { directory: devices, saved } = directory();
    await devices.learn(t('a'), key);
    expect(saved).toEqual([[{ terminal: 'a', key }]]);
  });
});
