import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fleetSchema } from '#libs/contracts';
import { readConfig as readCliConfig, type CliConfig } from '../../cli/src';
import { readConfig as readSupervisorConfig, type SupervisorConfig } from '../../supervisor/src/config';
import type { Cast } from './cast';

/** Added to every port, so that the day runs beside a demo that is already up (design 6). */
export const PORT_OFFSET = 10_000;

/** Folders and ports of one scripted day: its own, removed at its end. */
export interface Setting {
  readonly dir: string;
  readonly cli: CliConfig;
  readonly supervisor: SupervisorConfig;
  remove(): void;
}

/** The caller's environment with this day's own folders and ports; the only reader of process.env here. */
export function makeSetting(portOffset: number, environment: Readonly<Record<string, string | undefined>> = process.env): Setting {
  // PostgreSQL under root runs as another account and must be able to reach the folder.
  const dir = mkdtempSync(path.join(process.getuid?.() === 0 ? '/var/tmp' : tmpdir(), 'clarion-day-'));
  chmodSync(dir, 0o711);
  const own = {
    ...environment,
    CLARION_DATA: path.join(dir, 'data'), CLARION_DEMO_KEYS: path.join(dir, 'keys'), CLARION_SESSION: path.join(dir, 'session.json'),
    CLARION_KEYS: path.join(dir, 'data', 'keys'), CLARION_PORT_OFFSET: String(portOffset),
    // The day is played at any hour; it signs quiet hours of its own where it needs them.
    CLARION_DEMO_QUIET_HOURS: 'off',
    // Its attacks use stolen keys: the answer to them would keep the day's own notices silent for an hour.
    CLARION_POSTURE_MINUTES: '0',
    CLARION_DATABASE_URL: undefined, CLARION_DATABASE_OWNER_URL: undefined, CLARION_URL: undefined, CLARION_STOP_URL: undefined, CLARION_DEVICE_URL: undefined,
  };
  const given = Object.fromEntries(Object.entries(own).filter((entry): entry is [string, string] => entry[1] !== undefined));
  return { dir, cli: readCliConfig(given), supervisor: readSupervisorConfig(given), remove: () => { rmSync(dir, { recursive: true, force: true }); } };
}

/** Marks these terminals as held offline for the next start; gives their ids. */
export function holdOffline(setting: Setting, isHeld: Cast['isHeld']): readonly string[] {
  const file = path.join(setting.cli.dataDir, 'simulator', 'fleet.json');
  const fleet = fleetSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const terminals = fleet.terminals.map((terminal, index) => ({ ...terminal, heldOffline: isHeld(terminal, index) }));
  writeFileSync(file, JSON.stringify({ ...fleet, terminals }), { mode: 0o600 });
  return terminals.filter((terminal) => terminal.heldOffline).map((terminal) => terminal.id);
}
