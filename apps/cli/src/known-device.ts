import { z } from 'zod';
import type { CliConfig } from './config';
import { readJson, writePrivate } from './files';

const keptSchema = z.record(z.string(), z.string());

/** What this machine was told when the account signed in here before (docs/sign-in.md). It opens nothing: with it, guessing by others keeps nobody out here. */
export function knownDevice(config: CliConfig, account: string): string | undefined {
  return kept(config)[nameOf(config, account)];
}

/** Kept beside the session file, for its owner alone, and longer than any session. */
export function keepKnownDevice(config: CliConfig, account: string, token: string): void {
  writePrivate(fileOf(config), JSON.stringify({ ...kept(config), [nameOf(config, account)]: token }));
}

function fileOf({ sessionFile }: CliConfig): string {
  return `${sessionFile.replace(/\.json$/, '')}.known.json`;
}

function nameOf({ apiUrl }: CliConfig, account: string): string {
  return `${apiUrl} ${account}`;
}

/** A file that is damaged is as good as none. */
function kept(config: CliConfig): Readonly<Record<string, string>> {
  try {
    return keptSchema.catch({}).parse(readJson(fileOf(config)));
  } catch {
    return {};
  }
}
