import { fromBase64 } from '#libs/envelope';
import type { SoftwareAlg } from './key-record';
import { softwareSuiteOf } from './suites';

/** scrypt (RFC 7914): cost `N` (a power of two), block size `r`, parallelism `p`; `salt` canonical base64. */
export type KeyFileKdf = {
  readonly name: 'scrypt';
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: string;
};

/** One private key at rest. Binary fields are canonical base64; `iv` 12 bytes, `tag` 16 bytes. */
export type KeyFile = {
  readonly format: 'clarion-key.v1';
  readonly alg: SoftwareAlg;
  readonly keyId: string;
  readonly spki: string;
  readonly kdf: KeyFileKdf;
  readonly cipher: 'aes-256-gcm';
  readonly iv: string;
  readonly tag: string;
  readonly data: string;
};

/** 128 MiB and some tenths of a second for each guess. */
export const DEFAULT_COST = { N: 2 ** 17, r: 8, p: 1 } as const;
/** Above, a hostile file would eat the memory of whoever opens it; below, guessing is cheap. */
const MIN_N = 2 ** 14;
const MAX_N = 2 ** 18;
const SALT_BYTES = { min: 16, max: 64 } as const;
const MAX_DATA_BYTES = 512;
export const IV_BYTES = 12;
export const TAG_BYTES = 16;

const FILE_FIELDS = ['format', 'alg', 'keyId', 'spki', 'kdf', 'cipher', 'iv', 'tag', 'data'];
const KDF_FIELDS = ['name', 'N', 'r', 'p', 'salt'];

/** The file as a typed value, or undefined unless it has exactly our fields, lengths and an affordable cost. */
export function readKeyFile(value: unknown): KeyFile | undefined {
  const file = exactRecord(value, FILE_FIELDS);
  if (file === undefined || file['format'] !== 'clarion-key.v1' || file['cipher'] !== 'aes-256-gcm') return undefined;
  const { alg, keyId, spki, iv, tag, data } = file;
  const kdf = readKdf(file['kdf']);
  if (kdf === undefined || typeof alg !== 'string' || typeof keyId !== 'string' || typeof spki !== 'string') return undefined;
  if (!hasBytes(iv, IV_BYTES, IV_BYTES) || !hasBytes(tag, TAG_BYTES, TAG_BYTES) || !hasBytes(data, 1, MAX_DATA_BYTES)) return undefined;
  const suite = softwareSuiteOf(alg);
  if (suite === undefined) return undefined;
  return { format: 'clarion-key.v1', alg: suite.alg, keyId, spki, kdf, cipher: 'aes-256-gcm', iv, tag, data };
}

/** The derivation's parameters, or undefined when they are malformed, too cheap or too dear. */
export function readKdf(value: unknown): KeyFileKdf | undefined {
  const kdf = exactRecord(value, KDF_FIELDS);
  if (kdf === undefined || kdf['name'] !== 'scrypt' || kdf['r'] !== 8 || kdf['p'] !== 1) return undefined;
  const { N, salt } = kdf;
  if (typeof N !== 'number' || N < MIN_N || N > MAX_N || !Number.isInteger(Math.log2(N))) return undefined;
  return hasBytes(salt, SALT_BYTES.min, SALT_BYTES.max) ? { name: 'scrypt', N, r: 8, p: 1, salt } : undefined;
}

function hasBytes(value: unknown, min: number, max: number): value is string {
  if (typeof value !== 'string' || value.length > 4 * Math.ceil(max / 3)) return false;
  const bytes = fromBase64(value);
  return bytes !== undefined && bytes.length >= min && bytes.length <= max;
}

function exactRecord(value: unknown, names: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const record = Object.fromEntries(Object.entries(value));
  if (Object.keys(record).length !== names.length) return undefined;
  return names.every((name) => Object.hasOwn(record, name)) ? record : undefined;
}
