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
  };
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
