import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.join(__dirname, '../vectors');
const page = readFileSync(path.join(folder, 'README.md'), 'utf8');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.split(path.sep).join('/')).filter((file) => file.endsWith('.json'));

/** A file by its own name, by its folder, or as one word of the contracts. */
function isNamed(file: string): boolean {
  return page.includes(`\`${file}\``) || page.includes(`\`${path.posix.dirname(file)}/\``) || (path.posix.dirname(file) === 'contracts' && page.includes('`contracts/<word>.json`'));
}

describe('tests/vectors/README.md', () => {
  it('names every file of vectors', () => {
    expect(files.length).toBeGreaterThan(40);
    expect(files.filter((file) => !isNamed(file))).toEqual([]);
  });

  it('names no file that is not there', () => {
    const named = [...page.matchAll(/`((?:envelope|suites|protocol|contracts|trust|speech|tables)\/[a-z0-9/.-]+)`/g)].map(([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(12);
    expect(named.filter((name) => !existsSync(path.join(folder, name)))).toEqual([]);
  });
});
