import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

const logLevelSchema = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info');

/** Settings of the simulator. */
export interface SimulatorConfig {
  readonly dataDir: string;
  readonly logLevel: LogLevel;
}

/** Where a terminal's sound goes. */
export type SoundSetting =
  /** Through a player: `auto`, or its name; PATH taken apart. */
  | { readonly kind: 'player'; readonly player: string; readonly device: string | null; readonly latencyMs: number; readonly folders: readonly string[] }
  /** Files instead of sound, for a machine without a device. */
  | { readonly kind: 'wav'; readonly folder: string }
  /** Nowhere: everything but the noise, and every item is reported as not heard (SILENT). */
  | { readonly kind: 'none' };

/** Settings of one real terminal. */
export interface TerminalConfig {
  /** Where the device key and all state lie; never shared between terminals. */
  readonly stateDir: string;
  /** `https://host:8444` of the gateway. */
  readonly gatewayUrl: string;
  /** PEM of the district CA, the only one that servers are trusted under. */
  readonly caFile: string;
  /** The root document as JSON, pinned at installation. */
  readonly rootFile: string;
  readonly demo: boolean;
  /** Null once the terminal is enrolled. */
  readonly claimCode: string | null;
  readonly physicalCode: string;
  readonly batteryClock: boolean;
  readonly sound: SoundSetting;
  readonly serviceManager: { readonly listens: boolean; readonly watchdogUs: number | null };
  readonly logLevel: LogLevel;
}

const simulatorSchema = z.object({
  CLARION_DATA: z.string().min(1).optional(),
  CLARION_LOG_LEVEL: logLevelSchema,
  XDG_STATE_HOME: z.string().optional(),
});

const yesNo = (otherwise: 'yes' | 'no') => z.enum(['yes', 'no']).default(otherwise).transform((word) => word === 'yes');

const terminalSchema = z.object({
  CLARION_TERMINAL_STATE: z.string().min(1),
  CLARION_GATEWAY_URL: z.url({ protocol: /^https$/ }),
  CLARION_CA_FILE: z.string().min(1),
  CLARION_ROOT_FILE: z.string().min(1),
  CLARION_TERMINAL_DEMO: yesNo('no'),
  CLARION_CLAIM_CODE: z.string().regex(/^[0-9A-Z]{16}$/).optional(),
  CLARION_PHYSICAL_CODE: z.string().min(1).max(64),
  CLARION_BATTERY_CLOCK: yesNo('no'),
  CLARION_SOUND: z.string().regex(/^(auto|none|aplay|pacat|play|ffplay|wav:.+)$/, 'auto, none, wav:FOLDER or the name of a player').default('auto'),
  CLARION_SOUND_DEVICE: z.string().regex(/^[^-\s][^\s]*$/).optional(),
  CLARION_SOUND_LATENCY_MS: z.coerce.number().int().min(0).max(5_000).default(150),
  PATH: z.string().default(''),
  NOTIFY_SOCKET: z.string().optional(),
  WATCHDOG_USEC: z.coerce.number().int().min(1).optional(),
  CLARION_LOG_LEVEL: logLevelSchema,
});

/** Settings that are missing or wrong, all at once, by name and never with their value. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** This file is the only reader of process.env in this app. */
export function readSimulatorConfig(environment: Environment = process.env): SimulatorConfig {
  const env = parse(simulatorSchema, environment);
  return { dataDir: path.resolve(env.CLARION_DATA ?? defaultDataDir(env.XDG_STATE_HOME)), logLevel: env.CLARION_LOG_LEVEL };
}

export function readTerminalConfig(environment: Environment = process.env): TerminalConfig {
  const env = parse(terminalSchema, environment);
  return {
    stateDir: path.resolve(env.CLARION_TERMINAL_STATE), gatewayUrl: env.CLARION_GATEWAY_URL, caFile: env.CLARION_CA_FILE, rootFile: env.CLARION_ROOT_FILE,
    demo: env.CLARION_TERMINAL_DEMO, claimCode: env.CLARION_CLAIM_CODE ?? null, physicalCode: env.CLARION_PHYSICAL_CODE,
    batteryClock: env.CLARION_BATTERY_CLOCK, logLevel: env.CLARION_LOG_LEVEL,
    sound: soundOf(env), serviceManager: { listens: env.NOTIFY_SOCKET !== undefined, watchdogUs: env.WATCHDOG_USEC ?? null },
  };
}

function soundOf(env: z.output<typeof terminalSchema>): SoundSetting {
  const { CLARION_SOUND: wish } = env;
  if (wish === 'none') return { kind: 'none' };
  if (wish.startsWith('wav:')) return { kind: 'wav', folder: path.resolve(wish.slice('wav:'.length)) };
  return { kind: 'player', player: wish, device: env.CLARION_SOUND_DEVICE ?? null, latencyMs: env.CLARION_SOUND_LATENCY_MS, folders: env.PATH.split(path.delimiter) };
}

function parse<T>(schema: z.ZodType<T>, environment: Environment): T {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigError(`These settings are not valid: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`);
}

/** The same folder that the platform chooses without CLARION_DATA. */
function defaultDataDir(stateHome: string | undefined): string {
  if (process.getuid?.() === 0) return '/var/lib/clarion-demo';
  const base = stateHome !== undefined && path.isAbsolute(stateHome) ? stateHome : path.join(os.homedir(), '.local', 'state');
  return path.join(base, 'clarion');
}
