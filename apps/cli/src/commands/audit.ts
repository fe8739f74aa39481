import { createReadStream, existsSync } from 'node:fs';
import { verifyExport, Witnesses } from '#libs/audit';
import { platformIdSchema, type AuditVerdict } from '#libs/contracts';
import { parseEnvelope, wordOf } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';
import { readInput, readInputJson } from '../files';

const DIGEST = /^[0-9a-f]{64}$/;

/** `audit`: the audit as a file, and the proof of such a file without any server (docs/audit.md). */
export const audit: Command = {
  usage: `audit export --out FILE [--platform PLATFORM] [--details, with names and texts]
  audit verify FILE [--root ROOT_FILE or its digest] [--witness FILE]... (an earlier export, or heads, receipts and events that somebody kept)
      [--disregard TERMINAL]... (whose word about heads is passed over, because its key was stolen)`,
  does: 'export the audit of your platforms, or verify an export offline / 导出审计日志，离线核验',
  async run(args, context) {
    const { values, words: [verb, file] } = readArgs(args, {
      out: { type: 'string' }, platform: { type: 'string' }, details: { type: 'boolean' }, root: { type: 'string' }, witness: { type: 'string', multiple: true },
      disregard: { type: 'string', multiple: true },
    }, { min: 1, max: 2, usage: this.usage });
    const misused = (sentence: string): CliError => new CliError('USAGE', `${sentence}\nUsage: ./clarion ${this.usage}`, EXIT.usage);
    if (verb === 'export') {
      if (values.out === undefined || file !== undefined) throw misused('Where to: --out FILE');
      const query = new URLSearchParams({ details: values.details === true ? 'yes' : 'no' });
      if (values.platform !== undefined) query.set('platform', readWord(platformIdSchema, values.platform, 'is not a platform id', this.usage));
      return exportTo(context, values.out, query);
    }
    if (verb !== 'verify') throw misused(`"${verb ?? ''}" is nothing that audit does; there are: export, verify`);
    if (file === undefined) throw misused('Which file?');
    return verify(context, file, values.root, values.witness ?? [], values.disregard ?? []);
  },
};

async function exportTo({ api, say, give }: Context, out: string, query: URLSearchParams): Promise<number> {
  if (existsSync(out)) throw new CliError('FILE_EXISTS', `${out} exists, and the export of before is a witness: nothing was written`, EXIT.usage);
  const { bytes } = await api.download(`/api/audit/export?${query}`, out);
  say(`${out}: ${bytes} bytes; ./clarion audit verify ${out} says whether it holds`);
  give({ file: out, bytes });
  return EXIT.ok;
}

async function verify({ say, give }: Context, file: string, root: string | undefined, kept: readonly string[], disregard: readonly string[]): Promise<number> {
  const witnesses = new Witnesses();
  for (const path of kept) for await (const line of linesOf(path)) witnesses.take(line);
  const verdict = await verifyExport(linesOf(file), { witnesses, disregard: new Set(disregard), ...(root === undefined ? {} : { root: digestOfRoot(root) }) });
  give(verdict);
  say(sentence(verdict, root !== undefined));
  return verdict.ok ? EXIT.ok : EXIT.refused;
}

/** One line after the other, however long the file is. A line ends with a line feed and with nothing else. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const pieces: AsyncIterable<string> = createReadStream(path, { encoding: 'utf8' });
  let rest = '';
  try {
    for await (const piece of pieces) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest !== '') yield rest;
  } catch {
    // Said in the words of every other file that the caller named.
    readInput(path);
    throw new CliError('FILE_UNREADABLE', `${path} cannot be read to its end`, EXIT.usage);
  }
}

function digestOfRoot(root: string): string {
  if (DIGEST.test(root)) return root;
  const parsed = parseEnvelope(readInputJson(root));
  if (!parsed.ok || wordOf(parsed.envelope.payloadType) !== 'root') throw new CliError('FILE_NOT_ROOT', `${root} is no root document`, EXIT.usage);
  return sha256Hex(parsed.payload);
}

function sentence(verdict: AuditVerdict, isRootKnown: boolean): string {
  if (!verdict.ok) {
    const { code, line, platform, seq, through } = verdict;
    const leaves = seq === null || through === null ? '' : `, leaf ${seq}${through === seq ? '' : ` to ${through}`}`;
    return `${code} at line ${line}${platform === null ? '' : `, log ${platform}${leaves}`}\nThis file is not what was signed / 文件与签名不符`;
  }
  const { counts } = verdict;
  const told = Object.entries(counts).filter(([, count]) => count > 0).map(([what, count]) => `${count} ${what}`).join(', ');
  return `holds / 核验通过: ${told}\nroot ${verdict.root}${verdict.demo ? ' (DEMO 演示)' : ''}${isRootKnown ? ', the one you brought' : '; the file says so, --root makes sure'}`;
}
