import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import {
  areaViewSchema, claimCodeSchema, terminalIdSchema, terminalIssuedSchema, terminalViewSchema, trustViewSchema,
  type AreaView, type TerminalIssued, type TerminalView,
} from '#libs/contracts';
import { sha256Hex } from '#libs/suites';
import { CliError, EXIT } from '../cli-error';
import type { Context } from '../command';
import { demoSignIn } from '../demo/init';
import { readJson, writePrivate } from '../files';

/** What this machine remembers of the terminal that it is: file `terminal.json`. */
const ownSchema = z.strictObject({ terminal: terminalIdSchema, physicalCode: z.string(), claimCode: claimCodeSchema });
type Own = z.infer<typeof ownSchema>;

export interface OwnTerminal extends Own {
  /** Where it stands, by the platform's word. */
  readonly view: TerminalView;
  readonly area: AreaView;
  readonly folder: string;
  readonly rootFile: string;
  readonly caFile: string;
}

/** The village of examples/compose/notice.json, so that the first steps of the README sound here. */
const FIRST_AREA = 'jiaoqiao-01';
/** This machine stands beside the village's first loudspeaker, about a hundred metres off. */
const BESIDE_E6 = 1_000;

/**
 * The terminal that this machine is in the demo district: the one of last time, or a new one, issued with a one-use
 * claim code by an officer of the township. Every demo district gets one of its own. Refuses (DEMO_MISSING) without a
 * demo: in a real district an officer issues the terminal and hands the code over.
 */
export async function ownTerminal(context: Context, wantedArea: string | undefined): Promise<OwnTerminal> {
  const { passphrase, accounts } = demoSignIn(context.config);
  const [top] = accounts.filter(({ officerKey }) => officerKey !== null);
  if (top === undefined) throw new CliError('DEMO_MISSING', 'The district has no officer', EXIT.usage);
  await context.api.signIn(top.account, passphrase);
  const { root } = await context.api.get('/api/trust', trustViewSchema);
  const folder = join(context.config.terminalDir, sha256Hex(new TextEncoder().encode(root.payload)).slice(0, 12));
  const areas = await context.api.get('/api/areas', z.array(areaViewSchema));
  const terminals = await context.api.get('/api/terminals', z.array(terminalViewSchema));
  const file = join(folder, 'terminal.json');
  const kept = ownSchema.safeParse(readJson(file));
  const known = kept.success ? terminals.find(({ id }) => id === kept.data.terminal) : undefined;
  const moved = wantedArea !== undefined && known !== undefined && known.area !== wantedArea;
  const issued = known === undefined || moved ? await issue(context, areas, terminals, wantedArea) : known.state === 'expected' ? await codeAgain(context, known) : null;
  // Another terminal is another device: it gets a key of its own.
  const state = issued !== null && known?.id !== issued.terminal.id ? join(folder, issued.terminal.id) : join(folder, known?.id ?? '');
  const own: Own = issued === null ? ownOf(kept) : { terminal: issued.terminal.id, physicalCode: issued.terminal.physicalCode, claimCode: issued.claimCode };
  const view = issued?.terminal ?? known;
  const area = areas.find(({ id }) => id === view?.area);
  if (view === undefined || area === undefined) throw new CliError('AREA_UNKNOWN', 'The terminal stands nowhere that the platform knows', EXIT.refused);
  writePrivate(file, JSON.stringify(own));
  const rootFile = join(folder, 'root.json');
  writePrivate(rootFile, JSON.stringify(root));
  const caFile = join(folder, 'ca.pem');
  writePrivate(caFile, readCa(context));
  return { ...own, view, area, folder: state, rootFile, caFile };
}

async function issue(context: Context, areas: readonly AreaView[], terminals: readonly TerminalView[], wanted: string | undefined): Promise<TerminalIssued> {
  const villages = areas.filter(({ tier }) => tier === 'village');
  const area = wanted === undefined ? (villages.find(({ id }) => id === FIRST_AREA) ?? villages[0]) : areas.find(({ id, codes }) => id === wanted || codes.includes(wanted));
  if (area === undefined) throw new CliError('AREA_UNKNOWN', `There is no area "${wanted ?? ''}"; look with: ./clarion areas`, EXIT.usage);
  const neighbour = terminals.find((terminal) => terminal.area === area.id) ?? terminals[0];
  const mark = Buffer.from(context.clock.random(4)).toString('hex').toUpperCase();
  return context.api.post('/api/terminals', terminalIssuedSchema, {
    name: `${area.name}本机试听 ${mark}`.slice(0, 60), area: area.id, physicalCode: `TRY-${mark}`,
    latitudeE6: Math.round((neighbour?.latitude ?? 0) * 1e6) + BESIDE_E6, longitudeE6: Math.round((neighbour?.longitude ?? 0) * 1e6), naturalVillage: neighbour?.naturalVillage ?? '',
  });
}

function codeAgain(context: Context, { id }: TerminalView): Promise<TerminalIssued> {
  return context.api.post(`/api/terminals/${id}/claim-code`, terminalIssuedSchema, {});
}

function ownOf(kept: ReturnType<typeof ownSchema.safeParse>): Own {
  if (!kept.success) throw new CliError('TERMINAL_FILE', 'What this machine remembers of its terminal cannot be read', EXIT.usage);
  return kept.data;
}

function readCa({ config }: Context): string {
  const file = join(config.dataDir, 'pki', 'ca.pem');
  if (!existsSync(file)) throw new CliError('CA_MISSING', `${file} is not there: is the demo running on this machine (npm start)?`, EXIT.unreachable);
  return readFileSync(file, 'utf8');
}
