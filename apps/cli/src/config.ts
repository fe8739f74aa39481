import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { profileSchema, type Profile } from '#libs/contracts';
import { CliError, EXIT } from './cli-error';

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
  /** Whether a demo that is set up has quiet hours at night; CLARION_DEMO_QUIET_HOURS=off says no. */
  readonly demoQuietHours: boolean;
  /** What a demo or imported district that is set up signs with: CLARION_PROFILE, `open` or `gm` (SM2 with SM3). */
  readonly profile: Profile;
  /** What this machine keeps when it plays the terminal (`terminal try`). */
  readonly terminalDir: string;
  /** What players and a terminal agent started from here get of the caller's environment: nothing of Clarion's own. */
  readonly agentEnvironment: Readonly<Record<string, string>>;
}

/** Reads the settings. An empty variable counts as not set. Refuses (SETTING) a port offset that is no number of ports, and an address that is none. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): CliConfig {
  const env = (name: string): string | undefined => environment[name] === '' ? undefined : environment[name];
  const portOffset = Number(env('CLARION_PORT_OFFSET') ?? '0');
  if (!Number.isInteger(portOffset) || portOffset < 0 || portOffset > 50_000) {
    throw new CliError('SETTING', 'CLARION_PORT_OFFSET is not a whole number between 0 and 50000', EXIT.usage);
  }
  const profile = profileSchema.safeParse(env('CLARION_PROFILE') ?? 'open');
  if (!profile.success) throw new CliError('SETTING', 'CLARION_PROFILE is open or gm', EXIT.usage);
  for (const name of ['CLARION_URL', 'CLARION_STOP_URL', 'CLARION_DEVICE_URL']) {
    const url = env(name);
    if (url !== undefined && !URL.canParse(url)) throw new CliError('SETTING', `${name} is no address such as http://localhost:8080`, EXIT.usage);
  }
  const dataDir = resolve(env('CLARION_DATA') ?? defaultDataDir(env('XDG_STATE_HOME')));
  return {
    apiUrl: env('CLARION_URL') ?? `http://localhost:${8080 + portOffset}`,
    stopUrl: env('CLARION_STOP_URL') ?? `http://localhost:${8447 + portOffset}`,
    deviceUrl: env('CLARION_DEVICE_URL') ?? `wss://127.0.0.1:${8444 + portOffset}`,
    dataDir,
    keysDir: resolve(env('CLARION_KEYS') ?? join(dataDir, 'keys')),
    demoKeysDir: resolve(env('CLARION_DEMO_KEYS') ?? join(homedir(), '.clarion-demo')),
    sessionFile: env('CLARION_SESSION') ?? join(homedir() === '/' ? tmpdir() : homedir(), '.clarion-session.json'),
    passphraseFile: env('CLARION_PASSPHRASE_FILE'),
    portOffset,
    demoQuietHours: env('CLARION_DEMO_QUIET_HOURS') !== 'off',
    profile: profile.data,
    terminalDir: resolve(env('CLARION_TERMINAL_STATE') ?? join(homedir(), '.clarion-terminal')),
    agentEnvironment: Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined && !/^(CLARION_|npm_|NODE_OPTIONS$|NOTIFY_SOCKET$)/.test(entry[0]))),
  };
}

/** The same folder that the platform chooses without CLARION_DATA. */
function defaultDataDir(stateHome: string | undefined): string {
  if (process.getuid?.() === 0) return '/var/lib/clarion-demo';
  return join(stateHome !== undefined && isAbsolute(stateHome) ? stateHome : join(homedir(), '.local', 'state'), 'clarion');
}
