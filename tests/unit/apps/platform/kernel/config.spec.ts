import { defaultDataDir, readConfig } from '../../../../../apps/platform/src/kernel/config';

describe('the settings', () => {
  it('work without any variable, and are a demo on 127.0.0.1 then', () => {
    const config = readConfig({});
    expect(config).toMatchObject({ demo: true, bind: '127.0.0.1', database: { url: null, ownerUrl: null }, ports: { console: 8080, devices: 8444, stop: 8447 } });
    expect(config.keysDir).toBe(`${config.dataDir}/keys`);
  });

  it('add one offset to every port', () => {
    expect(readConfig({ CLARION_PORT_OFFSET: '10000' }).ports).toEqual({ console: 18080, sign: 18081, consoleTls: 18443, devices: 18444, links: 18445, ebd: 18446, stop: 18447 });
  });

  it('are no demo with a database of the site, unless it is said to be one', () => {
    const url = 'postgres://app:x@db/clarion';
    expect(readConfig({ CLARION_DATABASE_URL: url })).toMatchObject({ demo: false, database: { url, ownerUrl: url } });
    expect(readConfig({ CLARION_DATABASE_URL: url, CLARION_DEMO: '1' }).demo).toBe(true);
  });

  it('refuse every wrong variable at once and never repeat its value', () => {
    const wrong = { CLARION_PORT_OFFSET: 'many', CLARION_LOG_LEVEL: 'loud', CLARION_DATABASE_URL: 'mysql://root:hunter2@db' };
    try {
      readConfig(wrong);
      throw new Error('accepted');
    } catch (cause) {
      expect(cause).toMatchObject({ code: 'CONFIG_INVALID', family: 'operational' });
      expect((cause as { fields: { path: string }[] }).fields.map(({ path }) => path).sort()).toEqual(['CLARION_DATABASE_URL', 'CLARION_LOG_LEVEL', 'CLARION_PORT_OFFSET']);
      expect(String(cause)).not.toContain('hunter2');
    }
  });

  it('name one voice: a command with its arguments, or an address, not both', () => {
    expect(readConfig({}).speech).toEqual({ command: null, args: [], url: null, voice: null, timeoutMs: 30_000, lexiconFile: null });
    expect(readConfig({ CLARION_SPEECH_COMMAND: '/opt/tts', CLARION_SPEECH_ARGS: '["--speed","{speed}"]', CLARION_SPEECH_VOICE: 'xiaoyan' }).speech).toMatchObject({ command: '/opt/tts', args: ['--speed', '{speed}'], voice: 'xiaoyan' });
    for (const wrong of [{ CLARION_SPEECH_URL: 'ftp://a' }, { CLARION_SPEECH_COMMAND: '/opt/tts', CLARION_SPEECH_URL: 'http://a' }, { CLARION_SPEECH_ARGS: '--speed' }, { CLARION_SPEECH_ARGS: '[1]' }]) {
      expect(() => readConfig(wrong)).toThrow('CONFIG_INVALID');
    }
  });

  it('take an empty variable for one that is not set', () => {
    expect(readConfig({ CLARION_PORT_OFFSET: '', CLARION_DATABASE_URL: '' }).demo).toBe(true);
  });

  it('keep a demo where PostgreSQL can reach it', () => {
    expect(defaultDataDir(undefined, true, '/root')).toBe('/var/lib/clarion-demo');
    expect(defaultDataDir(undefined, false, '/home/li')).toBe('/home/li/.local/state/clarion');
    expect(defaultDataDir('/data/state', false, '/home/li')).toBe('/data/state/clarion');
    expect(defaultDataDir('relative', false, '/home/li')).toBe('/home/li/.local/state/clarion');
  });
});
