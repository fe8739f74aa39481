import { existsSync } from 'node:fs';
import { toBuffer, toString } from 'qrcode';
import { joinQr, splitForQr } from '../ceremony/qr-parts';
import { CliError, EXIT } from '../cli-error';
import { readArgs, type Command, type Context } from '../command';
import { readInput, writeLasting, writeReadable } from '../files';

/** Characters of one code: a terminal of 24 lines shows few, a printed page many. */
const CHARS = { terminal: 300, png: 900 } as const;
const MOST_CHARS = 2_000;
const SAY: Readonly<Record<string, string>> = {
  QR_FORM: 'a line is no part of a paper', QR_OTHER: 'these are parts of two papers', QR_DIGEST: 'the parts do not make the paper that they name', QR_MISSING: 'parts are missing',
};

/** `qr`: a paper over the gap between machines, by eye: shown as codes, read back from the texts that any scanner gives. */
export const qr: Command = {
  usage: `qr show FILE [--png PREFIX] [--chars N]
  qr join --out FILE [PARTS_FILE]      (without a file the parts are pasted, one a line, until the paper is whole)`,
  does: 'carry a paper as QR codes between machines without a network / 用二维码在离线机器间传递文件',
  async run(args, context) {
    const { values, words: [verb, file] } = readArgs(args, { png: { type: 'string' }, chars: { type: 'string' }, out: { type: 'string' } }, { min: 1, max: 2, usage: this.usage });
    const misused = new CliError('USAGE', `Usage: ./clarion ${this.usage}`, EXIT.usage);
    if (verb === 'show' && file !== undefined) {
      const chars = Number(values.chars ?? (values.png === undefined ? CHARS.terminal : CHARS.png));
      if (!Number.isInteger(chars) || chars < 50 || chars > MOST_CHARS) throw misused;
      return show(context, file, values.png, chars);
    }
    if (verb !== 'join' || values.out === undefined) throw misused;
    return join(context, values.out, file === undefined ? undefined : readInput(file).toString('utf8').split(/\r?\n/));
  },
};

async function show(context: Context, file: string, png: string | undefined, chars: number): Promise<number> {
  const parts = splitForQr(readInput(file), chars);
  if (parts === undefined) throw new CliError('FILE_TOO_LARGE', `${file} is too large for codes`, EXIT.usage);
  const files: string[] = [];
  for (const [at, part] of parts.entries()) {
    if (png === undefined) context.say(`${at + 1} / ${parts.length}\n${await toString(part, { type: 'terminal', small: true, errorCorrectionLevel: 'L' })}\n${part}`);
    else {
      const image = `${png}-${at + 1}-of-${parts.length}.png`;
      writeReadable(image, await toBuffer(part, { errorCorrectionLevel: 'M', scale: 6 }));
      files.push(image);
      context.say(image);
    }
  }
  context.give({ parts, files });
  return EXIT.ok;
}

async function join(context: Context, out: string, given: readonly string[] | undefined): Promise<number> {
  if (existsSync(out)) throw new CliError('FILE_EXISTS', `${out} exists; nothing was written`, EXIT.usage);
  const joined = given === undefined ? await pasted(context) : joinQr(given);
  if (!joined.ok) throw new CliError(joined.code, `${SAY[joined.code] ?? ''}${joined.missing.length === 0 ? '' : `: ${joined.missing.join(', ')}`}; nothing was written`, EXIT.usage);
  writeLasting(out, Buffer.from(joined.bytes).toString('utf8'));
  context.say(`${out}: ${joined.bytes.length} bytes`);
  context.give({ file: out, bytes: joined.bytes.length });
  return EXIT.ok;
}

/** A line that is no part is said and asked again; an empty one ends. */
async function pasted({ questions, say }: Context): Promise<ReturnType<typeof joinQr>> {
  if (questions === undefined) throw new CliError('USAGE', 'Nobody is there to paste the parts: name a file', EXIT.usage);
  let lines: readonly string[] = [];
  for (;;) {
    const line = await questions.ask('part / 分片: ', false);
    if (line === '') return joinQr(lines);
    const joined = joinQr([...lines, line]);
    if (joined.ok) return joined;
    if (joined.code === 'QR_MISSING') {
      lines = [...lines, line];
      say(`still missing / 还缺: ${joined.missing.join(', ')}`);
    } else say(`${joined.code}: ${SAY[joined.code] ?? ''}`);
  }
}
