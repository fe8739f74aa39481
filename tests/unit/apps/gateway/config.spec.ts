import { readConfig } from '../../../../apps/gateway/src/config';

describe('settings of the gateway', () => {
  it('listens on 127.0.0.1:8444 unless told otherwise', () => {
    expect(readConfig({ CLARION_DATA: '/data' })).toMatchObject({ bind: '127.0.0.1', port: 8444, dataDir: '/data', gatewayId: 'gateway', hostnames: [] });
  });

  it('adds the port offset and reads host names separated by commas or spaces', () => {
    const config = readConfig({ CLARION_DATA: '/data', CLARION_PORT_OFFSET: '10000', CLARION_HOSTNAMES: 'a.example, 10.0.0.1 b.example' });
    expect(config.port).toBe(18_444);
    expect(config.hostnames).toEqual(['a.example', '10.0.0.1', 'b.example']);
  });

  it('names every wrong variable at once and repeats no value', () => {
    expect(() => readConfig({ CLARION_PORT_OFFSET: 'secret', CLARION_LOG_LEVEL: 'loud' })).toThrow(/CONFIG_INVALID.*CLARION_PORT_OFFSET.*CLARION_LOG_LEVEL/s);
    expect(() => readConfig({ CLARION_PORT_OFFSET: 'secret' })).not.toThrow(/secret/);
  });
});
