import { documentsAnswerSchema, LIMITS, type EnvelopeShape, type PlatformId } from '#libs/contracts';
import { applyDocument, type TrustState } from '#libs/trust';
import { CliError, EXIT } from '../cli-error';
import type { Context } from '../command';
import { walked } from '../roster-in-force';
import { refuseOver } from './in-vain';
import { titleOf, type Paper } from './paper';
import { inOrder, shapeOf, trustOf, type Standing } from './standing';

const MOST_DOCUMENTS = 200;
/** Of one request; the rest is room for what surrounds the documents. */
const MOST_BYTES = LIMITS.apiBodyBytes - 8_192;

export interface Publication {
  readonly papers: readonly Paper[];
  readonly standing: Standing;
  /** Also where platforms would be left without documents. */
  readonly anyway: boolean;
  readonly dryRun: boolean;
}

/**
 * Puts signed papers in force, after trying here what they do: refuses INCOMPLETE and WOULD_BE_REFUSED with the
 * verifier's code, PAPER_OVER (it has ended), and WOULD_UNSEAT where a platform would be left without charter or roster because what it stands on
 * changes under it: what fell is never taken back, it has to be signed anew.
 */
export async function publishPapers(context: Context, { papers, standing, anyway, dryRun }: Publication): Promise<{ readonly published: readonly string[]; readonly fallen: readonly PlatformId[] }> {
  const unsigned = papers.find(({ envelope }) => envelope === undefined);
  if (unsigned !== undefined) throw new CliError('INCOMPLETE', `${unsigned.file} carries no signature`);
  if (!anyway) for (const paper of papers) refuseOver(paper, context.clock.now());
  const before = trustOf(standing);
  const { ordered, after } = gentlest(before, papers, context.clock.now());
  const fallen = [...before.charters.keys()].filter((platform) => !after.charters.has(platform) || (before.rosters.has(platform) && !after.rosters.has(platform)));
  if (fallen.length > 0 && !anyway) throw unseated(fallen);
  if (!dryRun) await send(context, before, ordered);
  for (const paper of ordered) context.say(`${titleOf(paper)} ${dryRun ? 'would be' : 'is'} in force / ${dryRun ? '可以生效' : '已生效'}`);
  if (fallen.length > 0) context.say(`without charter or roster now: ${fallen.join(', ')}`);
  if (!dryRun) context.say('terminals take them with their next exchange');
  return { published: ordered.map(titleOf), fallen };
}

/** Each request says exactly what it takes out of force; what the next one replaces is among it. */
async function send(context: Context, before: TrustState, papers: readonly Paper[]): Promise<void> {
  let state = before;
  for (const documents of inBatches(papers)) {
    const after = walked(state, documents);
    const alsoFalls = [...namesOf(state)].filter((name) => !namesOf(after).has(name));
    await context.api.post('/api/trust/documents', documentsAnswerSchema, { documents, ...(alsoFalls.length === 0 ? {} : { alsoFalls }) });
    state = after;
  }
}

/** The charters and rosters in force, as the platform's `alsoFalls` names them. */
export function namesOf({ charters, rosters }: TrustState): ReadonlySet<string> {
  return new Set([...[...charters.keys()].map((platform) => `charter:${platform}`), ...[...rosters.keys()].map((platform) => `roster:${platform}`)]);
}

interface Tried { readonly ordered: readonly Paper[]; readonly after: TrustState }

/** A district's charter that holds under the root in force as well goes before the new root: then nothing falls in between. */
function gentlest(before: TrustState, papers: readonly Paper[], now: number): Tried {
  const ordered = inOrder(papers);
  const top = ordered.filter((paper) => paper.word === 'charter' && paper.value.parent === null);
  const [first] = top;
  if (first !== undefined && ordered.some(({ word }) => word === 'root') && applyDocument(before, first.envelope, now).ok) {
    const charterFirst = [...top, ...ordered.filter((paper) => !top.includes(paper))];
    return { ordered: charterFirst, after: tried(before, charterFirst, now) };
  }
  return { ordered, after: tried(before, ordered, now) };
}

function tried(before: TrustState, ordered: readonly Paper[], now: number): TrustState {
  let state = before;
  for (const paper of ordered) {
    const next = applyDocument(state, paper.envelope, now);
    if (!next.ok) {
      throw new CliError(next.code === 'REJ_THRESHOLD' ? 'INCOMPLETE' : 'WOULD_BE_REFUSED', `${titleOf(paper)} (${paper.file}) would be refused by everybody: ${next.code}${next.at === undefined ? '' : ` at ${next.at}`}; nothing was sent`);
    }
    state = next.value;
  }
  return state;
}

function unseated(platforms: readonly PlatformId[]): CliError {
  return new CliError('WOULD_UNSEAT', `${platforms.length} platforms would be left without charter or roster, and could say nothing: ${platforms.slice(0, 12).join(', ')}${platforms.length > 12 ? ', ...' : ''}. `
    + 'Publish together with this what holds under both (of a root: the district\'s charter anew, signed by enough keys of the old root and of the new one), or what replaces it. --anyway lets them fall: each must then be signed anew as its next version; nothing was sent', EXIT.refused);
}

/** As few requests as the platform's limits allow, in order. */
function inBatches(papers: readonly Paper[]): readonly (readonly EnvelopeShape[])[] {
  const batches: EnvelopeShape[][] = [];
  let bytes = MOST_BYTES + 1;
  for (const { envelope } of papers) {
    if (envelope === undefined) continue;
    const shape = shapeOf(envelope);
    const size = JSON.stringify(shape).length + 1;
    const last = batches.at(-1);
    if (last === undefined || bytes + size > MOST_BYTES || last.length >= MOST_DOCUMENTS) {
      batches.push([shape]);
      bytes = size;
    } else {
      last.push(shape);
      bytes += size;
    }
  }
  return batches;
}
