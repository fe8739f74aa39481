import { Agent } from 'node:https';
import { createHttpsMedia } from '../../../../../apps/terminal-agent/src/uplink/https-media';
import { digestNamed } from '../../../../support/trust-builder';

describe('media over HTTPS', () => {
  it('counts a request that cannot even be made as cut', async () => {
    const source = createHttpsMedia('https://127.0.0.1:20001', new Agent(), []);
    expect(await source.fetch({ sha256: digestNamed('x'), from: 0, token: 'not for\na header', onStart: () => undefined, onChunk: () => true, isRevoked: () => false })).toEqual({ kind: 'cut' });
  });
});
