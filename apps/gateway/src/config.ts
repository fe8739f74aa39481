import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';

/** Port of the device link (design 6); CLARION_PORT_OFFSET is added to it. */
const DEVICE_PORT = 8444;

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Every setting of the gateway. This file is its only reader of process.env. */
export interface GatewayConfig {
  readonly dataDir: string;
  /** Address to listen on. 127.0.0.1 unless set: nothing is open to a network by accident. */
  readonly bind: string;
  readonly port: number;
  /** Name under which this gateway reports presence. */
  readonly gatewayId: string;
  /** Names and addresses, besides localhost, that terminals use to reach this server; they enter its certificate. */
  readonly hostnames: readonly string[];
  /** Named in a district CA that this gateway makes itself because none is there. */
  readonly district: string;
  readonly logLevel: LogLevel;
}

const integer = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

const environmentSchema = z.object({
  CLARION_DATA: z.string().min(1).optional(),
  CLARION_BIND: z.string().min(1).default('127.0.0.1'),
  CLARION_PORT_OFFSET: integer(0, 50_000).default(0),
  CLARION_DEVICE_PORT: integer(0, 65_535).optional(),
  CLARION_GATEWAY_ID: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/).default('gateway'),
  CLARION_HOSTNAMES: z.string().default(''),
  CLARION_DISTRICT: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/).default('district'),
  CLARION_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  XDG_STATE_HOME: z.string().optional(),
});

/** Reads the settings. Refuses with CONFIG_INVALID, naming every wrong variable at once, never its value. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): GatewayConfig {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const sentences = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    throw new Error(`CONFIG_INVALID: these settings are not valid: ${sentences}`);
  }
  const env = parsed.data;
  return {
    dataDir: path.resolve(env.CLARION_DATA ?? defaultDataDir(env.XDG_STATE_HOME)),
    bind: env.CLARION_BIND,
    port: env.CLARION_DEVICE_PORT ?? DEVICE_PORT + env.CLARION_PORT_OFFSET,
    gatewayId: env.CLARION_GATEWAY_ID,
    hostnames: env.CLARION_HOSTNAMES.split(/[\s,]+/).filter((name) => name !== ''),
    district: env.CLARION_DISTRICT,
    logLevel: env.CLARION_LOG_LEVEL,
  };
}

/** The same folder that the platform chooses without CLARION_DATA. */
function defaultDataDir(stateHome: string | undefined): string {
  if (process.getuid?.() === 0) return '/var/lib/clarion-demo';
  const base = stateHome !== undefined && path.isAbsolute(stateHome) ? stateHome : path.join(os.homedir(), '.local', 'state');
  return path.join(base, 'clarion');
}
