import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Settings of the command line; the only reader of the environment here (style 6). */
export interface CliConfig {
  readonly apiUrl: string;
  readonly stopUrl: string;
  readonly deviceUrl: string;
  readonly dataDir: string;
  readonly keysDir: string;
  readonly demoKeysDir: string;
  readonly sessionFile: string;
  readonly passphraseFile: string | undefined;
  readonly portOffset: number;
}

export function readConfig(env: NodeJS.ProcessEnv = process.env): CliConfig {
  const portOffset = Number(env['CLARION_PORT_OFFSET'] ?? '0');
  const demoKeysDir = env['CLARION_DEMO_KEYS'] ?? join(homedir(), '.clarion-demo');
  const dataDir = env['CLARION_DATA'] ?? defaultDataDir(env);
  return {
    apiUrl: env['CLARION_URL'] ?? `http://localhost:${8080 + portOffset}`,
    stopUrl: env['CLARION_STOP_URL'] ?? `http://localhost:${8447 + portOffset}`,
    deviceUrl: env['CLARION_DEVICE_URL'] ?? `wss://127.0.0.1:${8444 + portOffset}`,
    dataDir,
    keysDir: env['CLARION_KEYS'] ?? join(dataDir, 'keys'),
    demoKeysDir,
    sessionFile: env['CLARION_SESSION'] ?? join(homedir() === '/' ? tmpdir() : homedir(), '.clarion-session.json'),
    passphraseFile: env['CLARION_PASSPHRASE_FILE'],
    portOffset,
  };
}

function defaultDataDir(env: NodeJS.ProcessEnv): string {
  if (process.getuid?.() === 0) return '/var/lib/clarion-demo';
  return join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'clarion');
}
