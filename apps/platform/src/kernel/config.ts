import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { operationalError } from './errors';

/** Listening ports of design 6; CLARION_PORT_OFFSET is added to each. */
const PORTS = { console: 8080, sign: 8081, consoleTls: 8443, devices: 8444, links: 8445, ebd: 8446, stop: 8447 } as const;

export type PortName = keyof typeof PORTS;

/** Every setting of the platform's processes. This file is the only reader of process.env in the platform. */
export interface Config {
  /** Without CLARION_DATABASE_URL the server is a demo: said on every page, and a real root is refused. */
  readonly demo: boolean;
  readonly dataDir: string;
  readonly keysDir: string;
  readonly database: {
    /** Run-time address; null when the embedded server is to be used. */
    readonly url: string | null;
    /** Address of the role that owns the tables, for migrations; the run-time one when not set. */
    readonly ownerUrl: string | null;
    readonly poolSize: number;
  };
  /** Address to listen on. 127.0.0.1 unless set: nothing is open to a network by accident. */
  readonly bind: string;
  readonly ports: Readonly<Record<PortName, number>>;
  /** Origins of the signing pages: the only ones whose pages the API answers across origins (CORS). */
  readonly signOrigins: readonly string[];
  /** The signing origin that this server looks at and tells the audit of; null where none was set. */
  readonly watchedSignOrigin: string | null;
  /** Origins of pages that may open the live feed or call the API from a browser. */
  readonly origins: readonly string[];
  /** How many proxies in front may be believed about the caller's address. */
  readonly trustedProxies: number;
  /** From the commit of the last signature to the first sample: time for the order to reach every terminal. */
  readonly startLeadMs: number;
  /** How long a posture answers the misuse of a valid key; 0: never by itself (docs/detection.md). */
  readonly postureMs: number;
  /** How long before it opens a drill that is heard must be planned. */
  readonly drillLeadHours: number;
  /** Which voice speaks; the built-in one when neither a command nor an address is set. */
  readonly speech: {
    readonly command: string | null;
    readonly args: readonly string[];
    readonly url: string | null;
    readonly voice: string | null;
    /** For one sentence. */
    readonly timeoutMs: number;
    /** Base lexicon; null for the one that ships. */
    readonly lexiconFile: string | null;
  };
  /** Room for recordings and their originals, bytes for each platform. */
  readonly mediaQuotaBytes: number;
  /** Names the sources that the server speaks from itself; null: it has none. */
  readonly liveSourcesFile: string | null;
  /** Where ffmpeg is looked for. */
  readonly ffmpeg: {
    readonly bin: string | null;
    readonly searchPath: string;
  };
  readonly signIn: {
    /** Whether a password alone opens nothing. Always, but on a demo that does not ask for it. */
    readonly factorRequired: boolean;
    /** A session nobody uses ends after this. */
    readonly idleMs: number;
    /** Requests of one account in a second, for long; ten times as many at once. */
    readonly requestsPerSecond: number;
  };
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
}

const integer = (least: number, most: number): z.ZodType<number> => z.coerce.number().int().min(least).max(most);
const postgresUrl = z.string().regex(/^postgres(ql)?:\/\/\S+$/, 'must begin with postgres://');

const Environment = z.object({
  CLARION_DATA: z.string().min(1).optional(),
  CLARION_KEYS: z.string().min(1).optional(),
  CLARION_DEMO: z.enum(['0', '1']).optional(),
  CLARION_DATABASE_URL: postgresUrl.optional(),
  CLARION_DATABASE_OWNER_URL: postgresUrl.optional(),
  CLARION_DATABASE_POOL: integer(2, 200).default(20),
  CLARION_BIND: z.string().min(1).default('127.0.0.1'),
  CLARION_PORT_OFFSET: integer(0, 50_000).default(0),
  CLARION_ORIGINS: z.string().default(''),
  CLARION_SIGN_ORIGIN: z.string().default('').transform((text) => text.split(/[\s,]+/).filter((one) => one !== '')).pipe(z.array(z.string().regex(/^https?:\/\/[^/\s]+$/, 'must be an origin, without a path'))),
  CLARION_TRUSTED_PROXIES: integer(0, 8).default(0),
  CLARION_START_LEAD_MS: integer(0, 60_000).default(700),
  CLARION_DRILL_LEAD_HOURS: integer(0, 720).optional(),
  CLARION_MEDIA_QUOTA_MIB: integer(1, 10_000_000).default(8_192),
  CLARION_LIVE_SOURCES: z.string().startsWith('/', 'must be an absolute path').optional(),
  CLARION_SPEECH_COMMAND: z.string().min(1).optional(),
  CLARION_SPEECH_ARGS: z.string().transform(argumentList).pipe(z.array(z.string().max(4_096), 'must be a JSON array of strings').max(64)).default([]),
  CLARION_SPEECH_URL: z.string().regex(/^https?:\/\/\S+$/, 'must begin with http:// or https://').optional(),
  CLARION_SPEECH_VOICE: z.string().min(1).max(80).optional(),
  CLARION_SPEECH_TIMEOUT_MS: integer(500, 120_000).default(30_000),
  CLARION_SPEECH_LEXICON: z.string().min(1).optional(),
  CLARION_SECOND_FACTOR: z.enum(['required', 'off']).optional(),
  CLARION_IDLE_MINUTES: integer(1, 720).default(30),
  CLARION_POSTURE_MINUTES: integer(0, 60).default(60),
  CLARION_REQUESTS_PER_SECOND: integer(5, 100_000).default(100),
  CLARION_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  FFMPEG_BIN: z.string().startsWith('/', 'must be an absolute path').optional(),
  PATH: z.string().default(''),
  XDG_STATE_HOME: z.string().optional(),
}).refine((env) => env.CLARION_SPEECH_COMMAND === undefined || env.CLARION_SPEECH_URL === undefined, { path: ['CLARION_SPEECH_URL'], message: 'one voice only: not together with CLARION_SPEECH_COMMAND' })
  .refine((env) => env.CLARION_SECOND_FACTOR !== 'off' || isDemo(env), { path: ['CLARION_SECOND_FACTOR'], message: 'only a demo may do without' });

/** Without a database of its own nobody's installation is at stake. */
function isDemo(env: { readonly CLARION_DEMO?: '0' | '1' | undefined; readonly CLARION_DATABASE_URL?: string | undefined }): boolean {
  return env.CLARION_DEMO === '1' || env.CLARION_DATABASE_URL === undefined;
}

function argumentList(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Where a demo keeps its data: a folder PostgreSQL's own account can reach when we are root. */
export function defaultDataDir(stateHome: string | undefined, isRoot: boolean, home: string): string {
  if (isRoot) return '/var/lib/clarion-demo';
  return path.join(stateHome !== undefined && path.isAbsolute(stateHome) ? stateHome : path.join(home, '.local', 'state'), 'clarion');
}

/** Reads the settings. Refuses with CONFIG_INVALID naming every wrong variable at once, never its value. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path: [name = ''], message }) => ({ path: String(name), code: 'INVALID_SETTING', sentence: message }));
    const sentences = fields.map((field) => `${field.path}: ${field.sentence}`).join('; ');
    throw operationalError('CONFIG_INVALID', `These settings are not valid: ${sentences}`, { fields });
  }
  const env = parsed.data;
  const dataDir = path.resolve(env.CLARION_DATA ?? defaultDataDir(env.XDG_STATE_HOME, process.getuid?.() === 0, os.homedir()));
  const at = (port: number): number => port + env.CLARION_PORT_OFFSET;
  const loopback = (port: number): readonly string[] => [`http://localhost:${port}`, `http://127.0.0.1:${port}`];
  const signOrigins = env.CLARION_SIGN_ORIGIN.length > 0 ? env.CLARION_SIGN_ORIGIN : loopback(at(PORTS.sign));
  const own = [...loopback(at(PORTS.console)), ...signOrigins];
  const demo = isDemo(env);
  return {
    demo,
    dataDir,
    keysDir: path.resolve(env.CLARION_KEYS ?? path.join(dataDir, 'keys')),
    database: {
      url: env.CLARION_DATABASE_URL ?? null,
      ownerUrl: env.CLARION_DATABASE_OWNER_URL ?? env.CLARION_DATABASE_URL ?? null,
      poolSize: env.CLARION_DATABASE_POOL,
    },
    mediaQuotaBytes: env.CLARION_MEDIA_QUOTA_MIB * 1_048_576,
    liveSourcesFile: env.CLARION_LIVE_SOURCES ?? null,
    ffmpeg: { bin: env.FFMPEG_BIN ?? null, searchPath: env.PATH },
    bind: env.CLARION_BIND,
    ports: {
      console: at(PORTS.console),
      sign: at(PORTS.sign),
      consoleTls: at(PORTS.consoleTls),
      devices: at(PORTS.devices),
      links: at(PORTS.links),
      ebd: at(PORTS.ebd),
      stop: at(PORTS.stop),
    },
    signOrigins,
    watchedSignOrigin: env.CLARION_SIGN_ORIGIN[0] ?? null,
    origins: [...own, ...env.CLARION_ORIGINS.split(/[\s,]+/).filter((origin) => origin !== '')],
    trustedProxies: env.CLARION_TRUSTED_PROXIES,
    startLeadMs: env.CLARION_START_LEAD_MS,
    // A demo is there to be tried out at once.
    drillLeadHours: env.CLARION_DRILL_LEAD_HOURS ?? (demo ? 0 : 24),
    speech: {
      command: env.CLARION_SPEECH_COMMAND ?? null,
      args: env.CLARION_SPEECH_ARGS,
      url: env.CLARION_SPEECH_URL ?? null,
      voice: env.CLARION_SPEECH_VOICE ?? null,
      timeoutMs: env.CLARION_SPEECH_TIMEOUT_MS,
      lexiconFile: env.CLARION_SPEECH_LEXICON ?? null,
    },
    postureMs: env.CLARION_POSTURE_MINUTES * 60_000,
    signIn: {
      factorRequired: (env.CLARION_SECOND_FACTOR ?? (demo ? 'off' : 'required')) === 'required',
      idleMs: env.CLARION_IDLE_MINUTES * 60_000,
      requestsPerSecond: env.CLARION_REQUESTS_PER_SECOND,
    },
    logLevel: env.CLARION_LOG_LEVEL,
  };
}
