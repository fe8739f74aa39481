import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrapSchema, keyIdSchema, trustViewSchema, type Charter, type EnvelopeShape, type PlatformId, type Root } from '#libs/contracts';
import type { ComparedDocument } from '#libs/domain';
import { verifiedSignatures, type Signer } from '#libs/suites';
import { trustFromRoot, type TrustState } from '#libs/trust';
import { CliError, EXIT } from '../cli-error';
import type { Context } from '../command';
import { readInputJson } from '../files';
import { readRoot, walked, type TrustView } from '../roster-in-force';
import { platformOf, readPaper, signedPaper, type Paper, type PaperWord } from './paper';

/** What a ceremony knows of the documents that are there already, and whose word that is. */
export interface Standing {
  /** What holds under the root that was brought along; undefined without one. */
  readonly trust: TrustState | undefined;
  /** Everything that was named, by files or by the server; nothing of it is proved. */
  readonly papers: readonly Paper[];
  readonly revocations: readonly EnvelopeShape[];
  /** What was in force and fell, by the word of whoever named it: the next version is drafted from it, and compared with nothing. */
  readonly fallen?: readonly Paper[];
}

export interface StandingOptions {
  /** The district's root, from the officer's own hands. */
  readonly root: string | undefined;
  /** Files or folders that hold documents: a bootstrap file, `trust export`, a root, a folder of papers. */
  readonly trust: readonly string[];
  /** Whether a server may be asked where no file says what is in force. */
  readonly askServer: boolean;
}

/** Gathers what is in force. Without files it asks the server, when somebody is signed in. */
export async function standingOf(context: Context, { root, trust, askServer }: StandingOptions): Promise<Standing> {
  const state = root === undefined ? undefined : readRoot(root);
  const named = trust.map((path) => readTrust(path));
  if (trust.length === 0 && askServer && context.api.isSignedIn()) named.push(documentsIn('the server', await context.api.get('/api/trust', trustViewSchema)));
  const papers = [...named.flatMap((one) => one.papers), ...(root === undefined ? [] : [readPaper(root)])];
  const revocations = named.flatMap((one) => one.revocations);
  const held = state === undefined ? undefined : walked(state, inReadingOrder(papers, revocations));
  if (held?.charters.size === 0 && papers.some(({ word, envelope }) => word === 'charter' && envelope !== undefined)) {
    context.say(`nothing of what is in force holds under ${root ?? ''}: is it another district's root, or one that is not in force yet? / 现行文件均不在此根之下，请核对根文件`);
  }
  return { trust: held, papers, revocations, fallen: named.flatMap((one) => one.fallen ?? []) };
}

/** Charters before revocations before rosters, each from the district down. */
function inReadingOrder(papers: readonly Paper[], revocations: readonly EnvelopeShape[]): readonly unknown[] {
  const of = (words: readonly PaperWord[]): readonly unknown[] => inOrder(papers.filter(({ word }) => words.includes(word))).flatMap(({ envelope }) => envelope ?? []);
  return [...of(['root', 'charter']), ...revocations, ...of(['roster'])];
}

/** What holds under the root that was brought, or else under the one that is named: then it is the word of whoever named it. Refuses ROOT_UNKNOWN. */
export function trustOf(standing: Standing): TrustState {
  if (standing.trust !== undefined) return standing.trust;
  const root = rootOf(standing);
  const paper = standing.papers.find((one) => one.word === 'root' && one.value === root);
  const trust = root === undefined ? undefined : trustFromRoot(paper?.envelope, { demo: root.demo });
  if (trust?.ok !== true) throw new CliError('ROOT_UNKNOWN', 'No root is known here: sign in (./clarion sign-in --account ACCOUNT), or name what is in force with --trust FILE', EXIT.usage);
  return walked(trust.value, inReadingOrder(standing.papers, standing.revocations));
}

/** The document of this kind that stands before a paper, and whether its reader can be sure of that. */
export interface Before<W extends PaperWord> {
  readonly value: ComparedDocument[W];
  readonly vouched: boolean;
}

/** `signers`: whoever will sign; a document that carries the signature of each of them is their own. */
export function beforeOf(standing: Standing, paper: Paper, signers: readonly Signer[]): Before<PaperWord> | undefined {
  const held = heldUnder(standing.trust, paper);
  if (held !== undefined) return held.digest === paper.digest ? undefined : { value: held.value, vouched: true };
  const [newest] = standing.papers
    .filter((one) => one.word === paper.word && platformOf(one) === platformOf(paper) && one.digest !== paper.digest && one.envelope !== undefined)
    .sort((a, b) => b.value.version - a.value.version);
  return newest === undefined ? undefined : { value: newest.value, vouched: carriesAll(newest, signers) };
}

function heldUnder(trust: TrustState | undefined, paper: Paper): { readonly value: ComparedDocument[PaperWord]; readonly digest: string } | undefined {
  switch (paper.word) {
    case 'root': return trust?.root;
    case 'charter': return trust?.charters.get(paper.value.platform);
    case 'roster': return trust?.rosters.get(paper.value.platform);
  }
}

function carriesAll({ envelope, payload }: Paper, signers: readonly Signer[]): boolean {
  if (envelope === undefined || signers.length === 0) return false;
  return verifiedSignatures(envelope, payload, signers.map(({ key }) => key)).length === signers.length;
}

/** The charter of a platform: what holds under the root first, then the newest that is named. */
export function charterOf(standing: Standing, among: readonly Paper[], platform: PlatformId): Charter | undefined {
  const held = standing.trust?.charters.get(platform)?.value;
  if (held !== undefined) return held;
  return newest([...standing.papers, ...among].flatMap((paper) => (paper.word === 'charter' && paper.value.platform === platform ? [paper.value] : [])));
}

/** The root of this version, or the newest. */
export function rootOf(standing: Standing, version?: number): Root | undefined {
  const roots = [...(standing.trust === undefined ? [] : standing.trust.rootChain.map(({ value }) => value)), ...standing.papers.flatMap((paper) => (paper.word === 'root' ? [paper.value] : []))];
  return version === undefined ? newest(roots) : roots.find((root) => root.version === version);
}

function newest<T extends { readonly version: number }>(documents: readonly T[]): T | undefined {
  return [...documents].sort((a, b) => b.version - a.version)[0];
}

interface Documents { readonly papers: readonly Paper[]; readonly revocations: readonly EnvelopeShape[]; readonly fallen?: readonly Paper[] }

/** Every document in a bootstrap file, a trust file, an envelope or draft, or a folder of these. */
function readTrust(path: string): Documents {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true) return readTrustFile(path);
  const inside = ['charters', 'rosters'].map((kind) => join(path, 'to-sign', kind)).filter((folder) => existsSync(folder));
  const files = [path, ...inside].flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => join(folder, name)));
  const read = files.flatMap((file) => readIfAny(file) ?? []);
  return { papers: read.flatMap(({ papers }) => papers), revocations: read.flatMap(({ revocations }) => revocations) };
}

function readTrustFile(path: string): Documents {
  const json = readInputJson(path);
  const bundle = bootstrapSchema.safeParse(json);
  if (bundle.success) return documentsIn(path, { ...bundle.data, revocations: [] });
  const view = trustViewSchema.safeParse(json);
  return view.success ? documentsIn(path, view.data) : { papers: [readPaper(path)], revocations: [] };
}

/** In a folder lie other files, too. */
function readIfAny(file: string): Documents | undefined {
  try {
    return readTrustFile(file);
  } catch (error) {
    if (error instanceof CliError && error.exit === EXIT.usage) return undefined;
    throw error;
  }
}

function documentsIn(from: string, { root, charters, rosters, revocations, fallen = [] }: TrustView): Documents {
  const read = (envelopes: readonly EnvelopeShape[]): readonly Paper[] => envelopes.map((envelope) => signedPaper(from, envelope));
  return { papers: read([root, ...charters, ...rosters]), revocations, fallen: read(fallen) };
}

/** Roots by version, charters from the district down, then rosters: so each finds the one above it. */
export function inOrder(papers: readonly Paper[]): readonly Paper[] {
  const parentOf = new Map(papers.flatMap((paper) => (paper.word === 'charter' ? [[paper.value.platform, paper.value.parent] as const] : [])));
  const depth = (platform: PlatformId, seen: readonly PlatformId[] = []): number => {
    const parent = parentOf.get(platform);
    return parent === undefined || parent === null || seen.includes(parent) ? seen.length : depth(parent, [...seen, platform]);
  };
  const rank = (paper: Paper): number => (paper.word === 'root' ? paper.value.version / 1e6 : paper.word === 'charter' ? 10 + depth(paper.value.platform) : 100);
  return [...papers].sort((a, b) => rank(a) - rank(b));
}

export function shapeOf(envelope: NonNullable<Paper['envelope']>): EnvelopeShape {
  return { payloadType: envelope.payloadType, payload: envelope.payload, signatures: envelope.signatures.map(({ keyid, sig }) => ({ keyid: keyIdSchema.parse(keyid), sig })) };
}
