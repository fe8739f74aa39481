import { request } from 'node:http';
import { join } from 'node:path';
import type { z } from 'zod';
import { CliError, EXIT } from './cli-error';
import type { CliConfig } from './config';

export const SIMULATOR_SOCKET = 'run/simulator.sock';

/** One question, over a connection of its own, to the simulator's control socket, which only the demo has. */
export function askSimulatorBytes(config: Pick<CliConfig, 'dataDir'>, path: string, body: unknown): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const call = request({
      socketPath: join(config.dataDir, SIMULATOR_SOCKET), path, method: 'POST', headers: { 'content-type': 'application/json' },
      // A kept one is closed at the other end while whoever asks is busy for some seconds, and the next question is lost.
      agent: false,
    }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const answer = Buffer.concat(parts);
        if (response.statusCode === 200) resolve(answer);
        else reject(new CliError('SIMULATOR', `The simulator answered ${response.statusCode ?? 0}: ${answer.toString('utf8').slice(0, 200)}`));
      });
    });
    call.on('error', () => { reject(new CliError('UNREACHABLE', `No simulator answers in ${config.dataDir}`, EXIT.unreachable)); });
    call.end(JSON.stringify(body));
  });
}

export async function askSimulator<T>(config: Pick<CliConfig, 'dataDir'>, path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(JSON.parse((await askSimulatorBytes(config, path, body)).toString('utf8')));
}
