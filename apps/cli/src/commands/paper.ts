import { LIMITS, platformIdSchema, type PlatformId } from '#libs/contracts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { editPaper, type Edit } from '../ceremony/edit-paper';
import { openSigners } from '../ceremony/open-signers';
import { draftPaper, platformOf, readPapers, titleOf, writeDraft, type Paper } from '../ceremony/paper';
import { publishPapers } from '../ceremony/publish-papers';
import { allComplete, signPapers } from '../ceremony/sign-papers';
import { saySigned, signaturesOn, wantedFor } from '../ceremony/signatures';
import { beforeOf, charterOf, inOrder, standingOf, type Standing } from '../ceremony/standing';
import { tellPaper } from '../ceremony/tell-paper';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';

const DAY = 86_400_000;
const OPTIONS = {
  root: { type: 'string' }, trust: { type: 'string', multiple: true }, out: { type: 'string' }, key: { type: 'string', multiple: true }, 'passphrase-file': { type: 'string', multiple: true },
  days: { type: 'string' }, below: { type: 'string' }, yes: { type: 'boolean' }, anyway: { type: 'boolean' }, 'dry-run': { type: 'boolean' },
  unit: { type: 'string' }, role: { type: 'string', multiple: true }, public: { type: 'string', multiple: true },
} as const;
type Values = ReturnType<typeof readArgs<typeof OPTIONS>>['values'];
type Documents = 'charter' | 'roster';

const EDITS: Readonly<Record<Documents, readonly Edit['verb'][]>> = { charter: ['add-officer', 'remove-officer'], roster: ['add-person', 'remove-person', 'set-roles', 'add-key', 'remove-key', 'add-permit', 'remove-permit'] };
const EDIT_USAGE: Readonly<Record<Documents, string>> = {
  charter: `  charter add-officer DRAFT PERSON --public KEY
  charter remove-officer DRAFT PERSON`,
  roster: `  roster add-person DRAFT PERSON --unit UNIT --role ROLE... [--public KEY]...
  roster remove-person DRAFT PERSON
  roster set-roles DRAFT PERSON --role ROLE...
  roster add-key DRAFT PERSON --public KEY
  roster remove-key DRAFT KEY_ID
  roster add-permit DRAFT DIGEST
  roster remove-permit DRAFT DIGEST`,
};

/** `charter` and `roster`: drafted, compared in plain words, signed by the officers whose part it is, published. Only `publish`, and what names no file, asks a server. */
function paperCommand(word: Documents, does: string): Command {
  const usage = `${word} draft PLATFORM... --out FILE|FOLDER [--below PLATFORM] [--days 400] [--trust FILE]... [--root ROOT]
${EDIT_USAGE[word]}
  ${word} diff PAPER|FOLDER... [--trust FILE|FOLDER]... [--root ROOT]
  ${word} sign PAPER|FOLDER... --key KEY_FILE... [--passphrase-file FILE]... [--out FILE|FOLDER] [--trust FILE|FOLDER]... [--root ROOT] [--yes]
  ${word} publish PAPER|FOLDER... [--root ROOT] [--dry-run] [--anyway]      (charters and rosters together, so that nothing falls in between)`;
  return {
    usage, does,
    async run(args, context) {
      const { values, words: [verb = '', ...rest] } = readArgs(args, OPTIONS, { min: 1, max: 400, usage });
      const misused = (sentence: string): CliError => new CliError('USAGE', `${sentence}\nUsage: ./clarion ${usage}`, EXIT.usage);
      const edit = EDITS[word].find((one) => one === verb);
      if (edit !== undefined) return change(context, word, edit, rest, values, misused);
      // A district's folder of papers says itself who its officers will be.
      const folders = rest.filter((path) => existsSync(join(path, 'to-sign')));
      const standing = await standingOf(context, { root: values.root, trust: [...values.trust ?? [], ...folders], askServer: true });
      if (verb === 'draft') return draft(context, word, rest, values, standing, misused);
      if (rest.length === 0) throw misused('Name a paper, or a folder of them');
      const papers = rest.flatMap((path) => readPapers(word, path, verb === 'publish' ? ['charter', 'roster'] : []));
      switch (verb) {
        case 'diff': return showDifferences(context, papers, standing);
        case 'sign': return sign(context, papers, values, standing, misused);
        case 'publish': {
          const fresh = await standingOf(context, { root: values.root, trust: [], askServer: true });
          context.give(await publishPapers(context, { papers, standing: fresh, anyway: values.anyway === true, dryRun: values['dry-run'] === true }));
          return EXIT.ok;
        }
        default: throw misused(`"${verb}" is nothing that ${word} does; there are: draft, ${EDITS[word].join(', ')}, diff, sign, publish`);
      }
    },
  };
}

export const charter = paperCommand('charter', 'what a platform may do and who its officers are: draft, compare, sign, publish / 平台授权证');
export const roster = paperCommand('roster', 'a platform\'s people, keys and policy: draft, compare, sign, publish / 平台权责清单');

/** The next version of what is in force, renewed, for a person to edit. */
function draft(context: Context, word: Documents, names: readonly string[], values: Values, standing: Standing, misused: (sentence: string) => CliError): number {
  if (values.out === undefined) throw misused('Say where: --out FILE, or a folder for several');
  const held = newestOf(standing, word);
  const wanted = [...names, ...(values.below === undefined ? [] : below(standing, readWord(platformIdSchema, values.below, 'is not a platform id', word)))].map((name) => readWord(platformIdSchema, name, 'is not a platform id', word));
  if (wanted.length === 0) throw misused('Which platform?');
  const days = Number(values.days ?? LIMITS.expiryDays);
  if (!Number.isInteger(days) || days < 1 || days > LIMITS.expiryDays) throw misused(`--days is between 1 and ${LIMITS.expiryDays}`);
  const files: string[] = [];
  for (const platform of new Set(wanted)) {
    const inForce = held.find((paper) => platformOf(paper) === platform);
    const before = inForce ?? (standing.fallen ?? []).find((paper) => paper.word === word && platformOf(paper) === platform);
    if (before === undefined) throw new CliError('PLATFORM_UNKNOWN', `No ${word} of ${platform} is known here: sign in, or bring it with --trust FILE`);
    // No document is dated before the one in force: a clock that is slow by more than that would be refused.
    const issuedAt = Math.max(context.clock.now(), before.value.issuedAt);
    const file = wanted.length === 1 && values.out.endsWith('.json') ? values.out : join(values.out, `${platform}.json`);
    if (existsSync(file)) throw new CliError('FILE_EXISTS', `${file} exists; nothing was written`, EXIT.usage);
    writeDraft(file, { ...before.value, version: before.value.version + 1, issuedAt, expiresAt: issuedAt + days * DAY });
    files.push(file);
    context.say(`${file}: ${word} ${before.value.version + 1} of ${platform}, to be edited and signed${inForce === undefined ? `; it sets out from version ${before.value.version}, which fell, by the server's word: look at all of it / 依据已失效的版本起草，请通读全文` : ''}`);
  }
  context.give({ files });
  return EXIT.ok;
}

function newestOf(standing: Standing, word: Documents): readonly Paper[] {
  const held = standing.trust === undefined ? undefined : [...standing.trust[word === 'charter' ? 'charters' : 'rosters'].values()].map(({ digest }) => digest);
  return standing.papers.filter((paper) => paper.word === word && (held?.includes(paper.digest) ?? true)).sort((a, b) => b.value.version - a.value.version);
}

/** Every platform below this one, by the charters that are known. */
function below(standing: Standing, top: PlatformId): readonly PlatformId[] {
  const charters = inOrder([...standing.papers, ...standing.fallen ?? []]).flatMap((paper) => (paper.word === 'charter' ? [paper.value] : []));
  const found = new Set<PlatformId>([top]);
  for (const one of charters) if (one.parent !== null && found.has(one.parent)) found.add(one.platform);
  found.delete(top);
  return [...found];
}

function change(context: Context, word: Documents, verb: Edit['verb'], words: readonly string[], values: Values, misused: (sentence: string) => CliError): number {
  const [file, subject] = words;
  if (file === undefined || subject === undefined || words.length > 2) throw misused(`${verb} takes a draft and whom`);
  const [paper] = readPapers(word, file);
  if (paper === undefined || paper.envelope !== undefined) throw new CliError('PAPER_SIGNED', `${file} is signed already: change the draft, and let it be signed anew`);
  const changed = draftPaper(paper.word, editPaper(paper, { verb, subject, unit: values.unit, roles: values.role ?? [], publicKeys: values.public ?? [] }), file);
  const { lines, differences } = tellPaper(changed, { value: paper.value, vouched: true });
  writeDraft(file, changed.value);
  lines.slice(2, -2).forEach((line) => { context.say(line); });
  context.give({ file, differences });
  return EXIT.ok;
}

/** Exit code 3 where something is marked: a script that renews papers sees that one of them widens. */
function showDifferences(context: Context, papers: readonly Paper[], standing: Standing): number {
  const told = papers.map((paper) => {
    const { lines, differences, marked, against } = tellPaper(paper, beforeOf(standing, paper, []), charterOf(standing, papers, platformOf(paper))?.tier);
    const signed = signaturesOn(paper, wantedFor(paper, standing, papers) ?? []);
    [...lines, ...signed.map((group) => `  ${saySigned(group)}`)].forEach((line) => { context.say(line); });
    return { paper: titleOf(paper), digest: paper.digest, against, differences, signed: signed.map(({ group, threshold, by, missing }) => ({ group, threshold, by, missing })), marked };
  });
  context.give({ papers: told });
  return told.some(({ marked }) => marked > 0) ? EXIT.partial : EXIT.ok;
}

async function sign(context: Context, papers: readonly Paper[], values: Values, standing: Standing, misused: (sentence: string) => CliError): Promise<number> {
  if (values.key === undefined) throw misused('With whose key? --key KEY_FILE');
  const signers = await openSigners(context, values.key, values['passphrase-file'] ?? []);
  const done = await signPapers(context, papers, { signers, standing, out: values.out, yes: values.yes === true });
  context.give({ papers: done.map(({ file, paper, signed, marked }) => ({ file, paper: titleOf(paper), digest: paper.digest, marked, complete: signed.every(({ missing }) => missing === 0), signed: signed.map(({ group, by, threshold, missing }) => ({ group, by, threshold, missing })) })) });
  return allComplete(done) ? EXIT.ok : EXIT.partial;
}

