import { createReadStream, existsSync } from 'node:fs';
import { verifyExport, Witnesses } from '#libs/audit';
import { platformIdSchema, rowCheckSchema, type AuditVerdict } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';
import { readInput } from '../files';
import { digestOfRoot } from '../root-digest';

const CHECK_EVERY_MS = 300;
const LINE_FEED = 0x0a;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** `audit`: the audit as a file, and the proof of such a file without any server (docs/audit.md). */
export const audit: Command = {
  usage: `audit check, every row of the server's database against what was signed
  audit export --out FILE [--platform PLATFORM] [--details, with names and texts]
  audit verify FILE [--root ROOT_FILE or its digest] [--witness FILE]... (an earlier export, or heads, receipts and events that somebody kept)
      [--disregard TERMINAL]... (whose word about heads is passed over, because its key was stolen)`,
  does: 'compare the database with what was signed, export the audit, verify an export offline / 核对数据库，导出审计日志，离线核验',
  async run(args, context) {
    const { values, words: [verb, file] } = readArgs(args, {
      out: { type: 'string' }, platform: { type: 'string' }, details: { type: 'boolean' }, root: { type: 'string' }, witness: { type: 'string', multiple: true },
      disregard: { type: 'string', multiple: true },
    }, { min: 1, max: 2, usage: this.usage });
    const misused = (sentence: string): CliError => new CliError('USAGE', `${sentence}\nUsage: ./clarion ${this.usage}`, EXIT.usage);
    if (verb === 'check') {
      if (file !== undefined || Object.keys(values).length > 0) throw misused('audit check takes nothing');
      return check(context);
    }
    if (verb === 'export') {
      if (values.out === undefined || file !== undefined) throw misused('Where to: --out FILE');
      const query = new URLSearchParams({ details: values.details === true ? 'yes' : 'no' });
      if (values.platform !== undefined) query.set('platform', readWord(platformIdSchema, values.platform, 'is not a platform id', this.usage));
      return exportTo(context, values.out, query);
    }
    if (verb !== 'verify') throw misused(`"${verb ?? ''}" is nothing that audit does; there are: check, export, verify`);
    if (file === undefined) throw misused('Which file?');
    return verify(context, file, values.root, values.witness ?? [], values.disregard ?? []);
  },
};

/** Waits for the server to have read every row again, however many they are. */
async function check({ api, clock, say, give }: Context): Promise<number> {
  const begun = await api.post('/api/audit/check', rowCheckSchema, {});
  let seen = begun;
  while (seen.running) {
    await clock.sleep(CHECK_EVERY_MS);
    seen = await api.get('/api/audit/check', rowCheckSchema);
  }
  if (seen.finishedAt === null || seen.startedAt === begun.startedAt) throw new CliError('CHECK_FAILED', 'The server did not get to the end; its log says why', EXIT.unexpected);
  give(seen);
  for (const { platform, table, row, code } of seen.faults) say(`${code} ${platform}: ${table} ${row}`);
  if (seen.more > 0) say(`and ${seen.more} more`);
  say(seen.faults.length === 0 ? `holds / 核对通过: ${seen.rows} rows` : `${seen.faults.length + seen.more} rows are not what was signed / 与签名不符`);
  return seen.faults.length === 0 ? EXIT.ok : EXIT.refused;
}

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

/** One line after the other, however long the file is. A line ends with a line feed and with nothing else; one that is no UTF-8 is no line of an export. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const pieces: AsyncIterable<Buffer> = createReadStream(path);
  let rest = Buffer.alloc(0);
  try {
    for await (const piece of pieces) {
      rest = Buffer.concat([rest, piece]);
      for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
        yield textOf(rest.subarray(0, end));
        rest = rest.subarray(end + 1);
      }
    }
    if (rest.length > 0) yield textOf(rest);
  } catch {
    // Said in the words of every other file that the caller named.
    readInput(path);
    throw new CliError('FILE_UNREADABLE', `${path} cannot be read to its end`, EXIT.usage);
  }
}

function textOf(line: Uint8Array): string {
  try {
    return utf8.decode(line);
  } catch {
    return '';
  }
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
