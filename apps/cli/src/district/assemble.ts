import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bootstrapSchema, serverKeyFileSchema, type Bootstrap, type PlatformId } from '#libs/contracts';
import { applyDocument, trustFromRoot, type TrustState } from '#libs/trust';
import { z } from 'zod';
import { platformOf, readPapers, titleOf, type Paper } from '../ceremony/paper';
import { isComplete, saySigned, signaturesOn, wantedFor } from '../ceremony/signatures';
import { inOrder, shapeOf, standingOf } from '../ceremony/standing';
import { CliError, EXIT } from '../cli-error';
import type { Context } from '../command';
import { readInputJson, readJson, writePrivate } from '../files';
import { hashFirstPassword, randomWord } from './first-passwords';

const { accounts, terminals, map, naturalVillages, publicPlaces } = bootstrapSchema.shape;
/** What `district import` left beside the papers. */
const partsSchema = z.strictObject({ accounts: z.array(accounts.element.omit({ passwordHash: true })), terminals, map, naturalVillages, publicPlaces });

export interface AssembleOptions { readonly root: string; readonly out: string | undefined }

/**
 * Puts a real district's signed papers together to what a server starts from, after judging them as that server will.
 * Says everything that still lacks at once (exit code 3) and writes nothing then; refuses papers that would never hold.
 * First passwords are made here, one for each account, and written beside it for handing out.
 */
export async function assembleDistrict(context: Context, papers: string, { root: rootFile, out }: AssembleOptions): Promise<number> {
  const file = resolve(out ?? join(papers, 'bootstrap.json'));
  const passwordFile = join(file, '..', 'first-passwords.csv');
  for (const path of [file, passwordFile]) if (existsSync(path)) throw new CliError('FILE_EXISTS', `${path} exists; nothing was written`, EXIT.usage);
  const parts = partsSchema.safeParse(readInputJson(join(papers, 'bootstrap-parts.json')));
  if (!parts.success) throw new CliError('PAPERS_INVALID', `${join(papers, 'bootstrap-parts.json')} is not what ./clarion district import wrote`, EXIT.usage);
  const [root] = readPapers('root', rootFile);
  if (root === undefined) throw new CliError('ROOT_FILE', `${rootFile} holds no root`, EXIT.usage);
  const documents = inOrder([...readPapers('charter', papers), ...readPapers('roster', papers)]);
  const platforms = [...new Set(parts.data.accounts.map(({ platform }) => platform))];
  const lacks = [...await unsigned(context, [root, ...documents], papers), ...missing(documents, platforms), ...serverKeys(documents, papers)];
  if (lacks.length > 0) {
    context.say(`${lacks.length} things lack; nothing was written / 还差 ${lacks.length} 项：`);
    lacks.forEach((lack) => { context.say(`  ${lack}`); });
    context.give({ complete: false, lacks });
    return EXIT.partial;
  }
  judge(root, documents, context.clock.now());
  if (root.word !== 'root') throw new CliError('ROOT_FILE', `${rootFile} holds no root`, EXIT.usage);
  context.say(`everything is signed; making ${parts.data.accounts.length} first passwords`);
  const passwords = parts.data.accounts.map((account) => ({ ...account, password: randomWord(context.clock) }));
  const known: Bootstrap['accounts'] = [];
  for (const { password, ...account } of passwords) known.push({ ...account, passwordHash: await hashFirstPassword(password) });
  const of = (word: 'charter' | 'roster'): Bootstrap['charters'] => documents.flatMap((paper) => (paper.word === word && paper.envelope !== undefined ? [shapeOf(paper.envelope)] : []));
  const bootstrap: Bootstrap = { ...parts.data, format: 'clarion-bootstrap.v1', demo: root.value.demo, root: rootShape(root), charters: of('charter'), rosters: of('roster'), accounts: known };
  writePrivate(passwordFile, `account,title,first password\r\n${passwords.map(({ account, title, password }) => `${account},${cell(title)},${password}\r\n`).join('')}`);
  writePrivate(file, JSON.stringify(bootstrap));
  context.say([
    `${file}: copy it into CLARION_DATA before the first start`, `${join(papers, 'keys')}: the server's own keys, for CLARION_KEYS and nowhere else`,
    `${passwordFile}: hand each line to its person, then destroy the file / 分发后销毁`, `root digest ${(root.digest.match(/.{8}/g) ?? []).join(' ')}: every officer and every terminal gets this root by hand`,
  ].join('\n'));
  context.give({ complete: true, bootstrap: file, passwords: passwordFile, platforms: platforms.length, rootDigest: root.digest });
  return EXIT.ok;
}

async function unsigned(context: Context, documents: readonly Paper[], folder: string): Promise<readonly string[]> {
  const standing = await standingOf(context, { root: undefined, trust: [folder], askServer: false });
  const known = { ...standing, papers: [...standing.papers, ...documents.filter(({ word }) => word === 'root')] };
  return documents.flatMap((paper) => {
    const wanted = wantedFor(paper, known, documents);
    if (wanted === undefined) return [`${titleOf(paper)}: the document above it is missing`];
    const signed = signaturesOn(paper, wanted);
    return isComplete(signed) ? [] : signed.filter(({ missing: more }) => more > 0).map((group) => `${titleOf(paper)}: ${saySigned(group)}`);
  });
}

function missing(documents: readonly Paper[], platforms: readonly PlatformId[]): readonly string[] {
  return (['charter', 'roster'] as const).flatMap((word) => platforms
    .filter((platform) => !documents.some((paper) => paper.word === word && platformOf(paper) === platform))
    .map((platform) => `${word} of ${platform}: no paper; the tables lack a public key (./clarion district import says whose)`));
}

/** A roster that names another dispatcher than the key that lies here would leave its platform unable to speak. */
function serverKeys(documents: readonly Paper[], papers: string): readonly string[] {
  return documents.flatMap((paper) => {
    if (paper.word !== 'roster') return [];
    const { platform, dispatcher, logKey } = paper.value;
    return ([['dispatcher', dispatcher.keyId], ['log', logKey.keyId]] as const).flatMap(([use, keyId]) => {
      const held = serverKeyFileSchema.safeParse(readJson(join(papers, 'keys', `${platform}.${use}.json`)));
      return held.success && held.data.key.keyId === keyId ? [] : [`${use} key of ${platform}: keys/${platform}.${use}.json does not hold the one that its roster names`];
    });
  });
}

/** As the server judges it when it starts, and every terminal after it. */
function judge(root: Paper, documents: readonly Paper[], now: number): void {
  const start = trustFromRoot(root.envelope, { demo: root.word === 'root' && root.value.demo });
  if (!start.ok) throw new CliError('PAPER_REFUSED', `${titleOf(root)} does not hold: ${start.code}${start.at === undefined ? '' : ` at ${start.at}`}`);
  documents.reduce((state: TrustState, paper) => {
    const next = applyDocument(state, paper.envelope, now);
    if (!next.ok) throw new CliError('PAPER_REFUSED', `${titleOf(paper)} (${paper.file}) does not hold: ${next.code}${next.at === undefined ? '' : ` at ${next.at}`}`);
    return next.value;
  }, start.value);
}

function rootShape({ envelope }: Paper): Bootstrap['root'] {
  if (envelope === undefined) throw new CliError('ROOT_FILE', 'The root carries no signature', EXIT.usage);
  return shapeOf(envelope);
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
