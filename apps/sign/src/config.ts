import path from 'node:path';
import { z } from 'zod';

/** Ports of design 6; CLARION_PORT_OFFSET is added to each. */
const PORTS = { console: 8080, sign: 8081, consoleTls: 8443 } as const;

/** Every setting of the process that serves the signing pages. This file is its only reader of process.env. */
export interface SignConfig {
  /** Address to listen on. 127.0.0.1 unless set: nothing is open to a network by accident. */
  readonly bind: string;
  readonly port: number;
  /** Origins under which the pages may be opened; the loopback's always. */
  readonly origins: readonly string[];
  /** Origin of the API as browsers reach it; null: the console's port under the name that the page was opened under. */
  readonly api: string | null;
  readonly apiPorts: { readonly http: number; readonly https: number };
  /** Whether a proxy of ours stands in front and may say that the page was opened over https. */
  readonly behindProxy: boolean;
  /** The bundle. */
  readonly folder: string;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
}

const integer = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const ORIGIN = /^https?:\/\/(?:[a-z0-9.-]{1,253}|\[[0-9a-f:]{2,39}\])(?::[0-9]{1,5})?$/;
const origin = z.string().regex(ORIGIN, 'must be an origin like https://sign.example.org, without a path');

const environmentSchema = z.object({
  CLARION_BIND: z.string().min(1).default('127.0.0.1'),
  CLARION_PORT_OFFSET: integer(0, 50_000).default(0),
  CLARION_SIGN_ORIGIN: z.string().default('').transform((text) => text.split(/[\s,]+/).filter((one) => one !== '')).pipe(z.array(origin)),
  CLARION_API_ORIGIN: origin.optional(),
  CLARION_TRUSTED_PROXIES: integer(0, 8).default(0),
  CLARION_SIGN_PAGES: z.string().min(1).optional(),
  CLARION_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

/** Reads the settings. Refuses with CONFIG_INVALID, naming every wrong variable at once, never its value. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): SignConfig {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const sentences = parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`).join('; ');
    throw new Error(`CONFIG_INVALID: these settings are not valid: ${sentences}`);
  }
  const env = parsed.data;
  const at = (port: number): number => port + env.CLARION_PORT_OFFSET;
  return {
    bind: env.CLARION_BIND,
    port: at(PORTS.sign),
    origins: env.CLARION_SIGN_ORIGIN,
    api: env.CLARION_API_ORIGIN ?? null,
    apiPorts: { http: at(PORTS.console), https: at(PORTS.consoleTls) },
    behindProxy: env.CLARION_TRUSTED_PROXIES > 0,
    folder: path.resolve(env.CLARION_SIGN_PAGES ?? path.join(__dirname, '../../../pages/sign')),
    logLevel: env.CLARION_LOG_LEVEL,
  };
}
