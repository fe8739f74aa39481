import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');
const READMES = ['README.md', 'README.zh-CN.md'];
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Every CLARION_ variable that a config.ts reads; two of them only name where the platform itself was told to be. */
function settings(): readonly string[] {
  const configs = readdirSync(path.join(root, 'apps'), { recursive: true, encoding: 'utf8' }).filter((file) => path.basename(file) === 'config.ts');
  return [...new Set(configs.flatMap((file) => [...read(path.join('apps', file)).matchAll(/CLARION_[A-Z_]+/g)].map(([name]) => name)))].sort();
}

describe.each(READMES)('%s', (file) => {
  const text = read(file);

  it('lists every setting that a program reads, and no other', () => {
    expect([...new Set([...text.matchAll(/CLARION_[A-Z_]+/g)].map(([name]) => name))].sort()).toEqual(settings());
  });

  it('names only npm commands that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
    const named = [...text.matchAll(/npm run ([a-z]+)|npm (start|test)\b/g)].map(([, run, direct]) => run ?? direct);
    expect(new Set(named)).toEqual(new Set(['start', 'test', 'demo', 'bench', 'redteam', 'mutants']));
    expect(named.every((name) => name !== undefined && name in scripts)).toBe(true);
  });

  it('names only commands of ./clarion that there are', () => {
    const commands = read('apps/cli/src/run.ts');
    for (const [, name = ''] of text.matchAll(/\.\/clarion ([a-z-]+)/g)) expect(commands).toMatch(new RegExp(`[ '{]${name}[',: }]`));
  });

  it('points at files that exist', () => {
    const named = [...text.matchAll(/\]\((?!http|#)([^)#]+)\)/g), ...text.matchAll(/`?((?:examples|policy)\/[a-z/]+\.json)`?/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect([name, existsSync(path.join(root, name))]).toEqual([name, true]);
  });
});
