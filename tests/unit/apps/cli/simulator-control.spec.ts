import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { askSimulatorBytes, SIMULATOR_SOCKET } from '../../../../apps/cli/src/simulator-control';

describe('questions to the simulator', () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'clarion-control-'));
  let connections = 0;
  const server = createServer((_, response) => { response.end('{}'); }).on('connection', () => { connections += 1; });
  beforeAll(async () => {
    mkdirSync(path.dirname(path.join(dataDir, SIMULATOR_SOCKET)), { recursive: true });
    await once(server.listen(path.join(dataDir, SIMULATOR_SOCKET)), 'listening');
  });
  afterAll(() => {
    server.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('take a connection each, so that none is lost on one that was closed meanwhile', async () => {
    for (let time = 0; time < 3; time += 1) {
      await askSimulatorBytes({ dataDir }, '/status', {});
      // What is kept is put aside for the next question in a turn of its own.
      await new Promise((resolve) => { setImmediate(resolve); });
    }
    expect(connections).toBe(3);
  });
});
