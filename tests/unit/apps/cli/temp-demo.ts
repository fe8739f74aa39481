import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig, systemClock, type CliConfig, type Clock } from '../../../../apps/cli/src';

/** A folder of its own for the data and the keys of one demo. */
export function temporaryConfig(settings: Readonly<Record<string, string>> = {}): { readonly config: CliConfig; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'clarion-cli-'));
  return {
    config: readConfig({
      CLARION_DATA: join(folder, 'data'), CLARION_DEMO_KEYS: join(folder, 'people'), CLARION_SESSION: join(folder, 'session.json'),
      CLARION_PORT_OFFSET: '14000', ...settings,
    }),
    remove: () => { rmSync(folder, { recursive: true, force: true }); },
  };
}

export const NOW = 1_760_000_000_000;

/** The system's randomness with a clock that stands still. */
export const stillClock: Clock = { ...systemClock, now: () => NOW };
