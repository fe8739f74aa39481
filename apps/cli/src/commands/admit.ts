import { assignmentDraftAnswerSchema, assignmentSchema, documentsAnswerSchema, terminalViewSchema, trustViewSchema, type AreaId, type Assignment, type Charter, type EnvelopeShape, type TerminalId, type TerminalView } from '#libs/contracts';
import { encodePayload, parseStrictJson } from '#libs/envelope';
import type { Signer } from '#libs/suites';
import type { TrustState } from '#libs/trust';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error';
import type { Context } from '../command';
import { confirm } from '../confirm';
import { chartersOf, notAnOfficer } from '../roster-in-force';
import { decodePayload, signPayload } from '../signing';

/** How many documents go in one request. */
const AT_ONCE = 20;

interface Batch { readonly assignment: Assignment; readonly payload: Uint8Array }
interface Drafted { readonly batches: readonly Batch[]; readonly terminals: ReadonlyMap<TerminalId, TerminalView>; readonly charters: readonly Charter[] }

export interface Admit {
  /** The terminals that the officer means; none: all that wait. */
  readonly only: readonly TerminalId[];
  readonly signer: Signer;
  readonly root: TrustState | undefined;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/**
 * Shows an officer every terminal that waits: where it stands, how loud it may be, and its device key; asks, signs, hands
 * in. Batches of platforms whose officer this key is not are left, and said. Refuses NOT_WAITING, NOT_AN_OFFICER,
 * PAYLOAD_DIFFERS, NOT_CONFIRMED; then nothing was signed.
 */
export async function admit(context: Context, { only, signer, root, dryRun, yes }: Admit): Promise<number> {
  const { batches, terminals, charters } = await draftedBatches(context, root);
  const chosen = narrowed(batches, only);
  const mine = chosen.filter(({ assignment }) => charters.some(({ platform, officers }) => platform === assignment.platform && officers.some(({ key }) => key.keyId === signer.key.keyId)));
  for (const { assignment } of chosen.filter((batch) => !mine.includes(batch))) {
    context.say(`${assignment.terminals.length} of ${assignment.platform} wait for its own officers`);
  }
  const entries = mine.flatMap(({ assignment }) => assignment.terminals);
  if (chosen.length > 0 && mine.length === 0) throw notAnOfficer(signer.key.keyId, [...new Set(chosen.map(({ assignment }) => assignment.platform))].join(', '));
  show(context, mine, terminals, charters);
  if (entries.length > 0) {
    context.say(`${entries.length} terminals; ${root === undefined ? 'areas and officers by the server\'s word (--root ROOT_FILE makes sure of them)' : 'areas and officers hold under the root that you brought'}`);
    context.say('Whoever held the claim code made that key: compare the physical code with the plate on the box / 请与设备铭牌核对物理码');
  }
  if (!dryRun && entries.length > 0) {
    await confirm(context, yes, `Sign where these ${entries.length} terminals stand? 签署？`);
    await handIn(context, mine.map((batch) => ({ batch, signer })));
    context.say(`admitted ${entries.length} terminals`);
  } else if (entries.length === 0) context.say('no terminal waits for a signature');
  context.give({ admitted: dryRun ? 0 : entries.length, ...(dryRun ? { dryRun: true, terminals: entries } : {}) });
  return EXIT.ok;
}

/** For programs that act as officers do: signs every batch for whose platform `signerFor` has a signer, once it says what the platform shows. */
export async function admitEnrolled(context: Context, signerFor: (platform: string) => Signer | undefined): Promise<number> {
  const { batches } = await draftedBatches(context, undefined);
  const signed = batches.flatMap((batch) => {
    const signer = signerFor(batch.assignment.platform);
    return signer === undefined ? [] : [{ batch, signer }];
  });
  await handIn(context, signed);
  return signed.reduce((sum, { batch }) => sum + batch.assignment.terminals.length, 0);
}

async function handIn(context: Context, signed: readonly { readonly batch: Batch; readonly signer: Signer }[]): Promise<void> {
  const documents: EnvelopeShape[] = [];
  for (const { batch, signer } of signed) documents.push(await signPayload('assignment', batch.payload, signer));
  for (let at = 0; at < documents.length; at += AT_ONCE) await context.api.post('/api/assignments', documentsAnswerSchema, { documents: documents.slice(at, at + AT_ONCE) });
}

/** The drafts, each compared with the terminals as the platform shows them and with the areas as charters declare them. Refuses PAYLOAD, PAYLOAD_DIFFERS. */
async function draftedBatches(context: Context, root: TrustState | undefined): Promise<Drafted> {
  const drafts = await context.api.post('/api/assignments/draft', assignmentDraftAnswerSchema, {});
  if (drafts.batches.length === 0) return { batches: [], terminals: new Map(), charters: [] };
  const terminals = new Map((await context.api.get('/api/terminals', z.array(terminalViewSchema))).map((view) => [view.id, view]));
  const charters = chartersOf(await context.api.get('/api/trust', trustViewSchema), root);
  const batches = drafts.batches.map(({ platform, payload, terminals: count }): Batch => {
    const bytes = decodePayload(payload);
    const json = parseStrictJson(bytes);
    const assignment = json.ok ? assignmentSchema.safeParse(json.value).data : undefined;
    if (assignment === undefined) throw new CliError('PAYLOAD', 'The server gave a payload that is no assignment');
    if (assignment.platform !== platform || assignment.terminals.length !== count) throw differs([{ path: platform, what: 'platform or number of terminals' }]);
    return { assignment, payload: bytes };
  });
  const parents = new Map(charters.flatMap(({ areas }) => areas.map(({ id, parent }) => [id, parent] as const)));
  const seen = new Set<TerminalId>();
  const faults = batches.flatMap(({ assignment }) => assignment.terminals.flatMap((entry) => {
    const twice = seen.has(entry.terminal);
    seen.add(entry.terminal);
    const what = [...twice ? ['twice'] : [], ...differences(assignment, entry, terminals.get(entry.terminal), parents)];
    return what.length === 0 ? [] : [{ path: entry.terminal, what: what.join(', ') }];
  }));
  if (faults.length > 0) throw differs(faults);
  return { batches, terminals, charters };
}

type Entry = Assignment['terminals'][number];

function differences(assignment: Assignment, entry: Entry, view: TerminalView | undefined, parents: ReadonlyMap<AreaId, AreaId | null>): readonly string[] {
  if (view === undefined) return ['terminal'];
  const facts: Readonly<Record<string, boolean>> = {
    state: view.state === 'enrolled' || view.state === 'assigned',
    platform: view.platform === assignment.platform,
    deviceKeyId: String(view.deviceKeyId) === String(entry.deviceKeyId),
    areas: JSON.stringify(chainOf(view.area, parents)) === JSON.stringify(entry.areas.map(({ id, parent }) => [id, parent])),
    resourceCode: view.resourceCode === entry.resourceCode,
    maxVolume: view.maxVolume === entry.maxVolume,
    version: entry.version === view.assignmentVersion + 1,
  };
  return Object.keys(facts).filter((name) => facts[name] !== true);
}

/** An area and those above it by the charters; undefined where they do not lead to the top. */
function chainOf(area: AreaId, parents: ReadonlyMap<AreaId, AreaId | null>): readonly (readonly [AreaId, AreaId | null])[] | undefined {
  const chain: (readonly [AreaId, AreaId | null])[] = [];
  for (let at: AreaId | null = area; at !== null;) {
    const parent = parents.get(at);
    if (parent === undefined || chain.length > parents.size) return undefined;
    chain.push([at, parent]);
    at = parent;
  }
  return chain;
}

function differs(faults: readonly { readonly path: string; readonly what: string }[]): CliError {
  return new CliError('PAYLOAD_DIFFERS', 'The assignments to sign do not say what the platform shows and its charters declare; nothing was signed', EXIT.refused,
    faults.map(({ path, what }) => ({ path, code: 'PAYLOAD_DIFFERS', message: what })));
}

/** Only the terminals that were named, as a payload of our own with the same entries. */
function narrowed(batches: readonly Batch[], only: readonly TerminalId[]): readonly Batch[] {
  if (only.length === 0) return batches;
  const waiting = batches.flatMap(({ assignment }) => assignment.terminals.map(({ terminal }) => terminal));
  const missing = only.filter((terminal) => !waiting.includes(terminal));
  if (missing.length > 0) throw new CliError('NOT_WAITING', `No signature is waited for by ${missing.join(', ')}`);
  return batches.flatMap(({ assignment }) => {
    const terminals = assignment.terminals.filter(({ terminal }) => only.includes(terminal));
    return terminals.length === 0 ? [] : [{ assignment: { ...assignment, terminals }, payload: encodePayload({ ...assignment, terminals }) }];
  });
}

function show({ say }: Context, batches: readonly Batch[], terminals: ReadonlyMap<TerminalId, TerminalView>, charters: readonly Charter[]): void {
  const names = new Map(charters.flatMap(({ areas }) => areas.map(({ id, name }) => [id, name] as const)));
  for (const { assignment } of batches) {
    say(`${assignment.platform}: ${assignment.terminals.length} terminals`);
    for (const { terminal, areas, resourceCode, maxVolume, version, deviceKeyId } of assignment.terminals) {
      say(`  ${terminal}  ${terminals.get(terminal)?.name ?? ''}  ${terminals.get(terminal)?.physicalCode ?? ''}`);
      say(`      ${areas.map(({ id }) => `${names.get(id) ?? ''} (${id})`).join(' < ')}`);
      say(`      resource code ${resourceCode}, at most ${maxVolume}, version ${version}`);
      say(`      device key ${(deviceKeyId.slice(0, 32).match(/.{4}/g) ?? []).join(' ')}`);
    }
  }
}
