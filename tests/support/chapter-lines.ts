import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const REPOSITORY = path.join(__dirname, '..', '..');

/** The lines of the shell blocks between two words of a document. */
export function linesOf(document: string, begins: string, ends: string): readonly string[] {
  const text = readFileSync(path.join(REPOSITORY, document), 'utf8');
  const chapter = text.slice(text.indexOf(begins), text.indexOf(ends, text.indexOf(begins)));
  return [...chapter.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split('\n').map((line) => line.trim()).filter((line) => line !== ''));
}

/** A launcher in a folder that only says what it was called with. */
export function layLauncher(folder: string): void {
  writeFileSync(path.join(folder, 'clarion'), '#!/bin/sh\nprintf \'%s\\0\' "$@"\nprintf \'\\n\\0\'\n', { mode: 0o755 });
}

/** The calls of `./clarion` that a shell makes of a line, each as its words. */
export function commandsIn(line: string, folder: string): readonly (readonly string[])[] {
  const said = execFileSync('/bin/sh', ['-c', line], { cwd: folder, encoding: 'utf8' }).split('\0').slice(0, -1);
  const commands: (readonly string[])[] = [];
  for (let rest: readonly string[] = said; rest.length > 0; rest = rest.slice(rest.indexOf('\n') + 1)) commands.push(rest.slice(0, rest.indexOf('\n')));
  return commands;
}
