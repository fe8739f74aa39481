import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { audit } from '../../../../apps/cli/src/commands/audit';
import type { Context } from '../../../../apps/cli/src/command';
import { AuditBook, textOf } from '../../../support/audit-book';
import { python } from '../../../support/audit-python';

const PROGRAM = path.resolve(__dirname, '../../../../examples/audit-verifier-python/verify.py');
const folder = mkdtempSync(path.join(tmpdir(), 'clarion-audit-files-'));
let text: string;
beforeAll(async () => { text = textOf((await AuditBook.write(1)).lines).join('\n'); });
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

/** What the command line and the second verifier say of a file with these bytes. */
async function said(bytes: Uint8Array): Promise<readonly unknown[]> {
  const file = path.join(folder, 'audit.jsonl');
  writeFileSync(file, bytes);
  const given: unknown[] = [];
  const context: Pick<Context, 'say' | 'give'> = { say: () => undefined, give: (value) => { given.push(value); } };
  await audit.run(['verify', file], context as Context);
  return [...given, ...(python === undefined ? given : [JSON.parse(spawnSync(python, ['-B', PROGRAM, file], { encoding: 'utf8' }).stdout)])];
}

const utf8 = new TextEncoder();
const malformed = (line: number) => ({ ok: false, code: 'LINE_MALFORMED', line, platform: null, seq: null, through: null });

describe('an exported audit as bytes', () => {
  it('may lack its last line feed, and its lines may be longer than a piece that is read', async () => {
    const [ours, theirs] = await said(utf8.encode(text));
    expect(ours).toMatchObject({ ok: true });
    expect(theirs).toEqual(ours);
    expect(await said(utf8.encode(`${text}\n`))).toEqual([ours, ours]);
  });

  it('is malformed at the line that is no UTF-8, also where a reader could put a sign of its own in its place', async () => {
    const [before, after] = [text.slice(0, text.indexOf('"line":"detail"')), text.slice(text.indexOf('"line":"detail"'))];
    const line = before.split('\n').length;
    const broken = Buffer.concat([utf8.encode(before), utf8.encode(after.slice(0, after.indexOf('}') - 1)), Uint8Array.of(0xff), utf8.encode(after.slice(after.indexOf('}') - 1))]);
    expect(await said(broken)).toEqual([malformed(line), malformed(line)]);
  });

  it.each([['a byte order mark', (all: string) => `\ufeff${all}`, 1], ['an empty line', (all: string) => `\n${all}`, 1], ['carriage returns', (all: string) => all.replaceAll('\n', '\r\n'), 1]])('is malformed with %s', async (_, change, line) => {
    expect(await said(utf8.encode(change(text)))).toEqual([malformed(line), malformed(line)]);
  });

  it('is cut where it is empty', async () => {
    const cut = { ...malformed(1), code: 'FILE_CUT' };
    expect(await said(new Uint8Array())).toEqual([cut, cut]);
  });
});
