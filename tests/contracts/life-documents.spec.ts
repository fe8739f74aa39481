import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Every "`file` `Name`" or "`file` `Name.method`" of a document; what follows with "and `Name.method`" belongs to the same file. */
function places(text: string): readonly { readonly file: string; readonly name: string }[] {
  return [...text.matchAll(/`((?:apps|libs|tools)\/[^`\s]+\.[a-z]+)`((?:(?: and)? `[A-Za-z]+(?:\.[A-Za-z]+)?`)*)/g)].flatMap(([, file = '', names = '']) => {
    const list = [...names.matchAll(/`([A-Za-z.]+)`/g)].map(([, name = '']) => name);
    return list.length === 0 ? [{ file, name: '' }] : list.map((name) => ({ file, name }));
  });
}

describe.each(['docs/life-of-a-message.md', 'docs/life-of-a-receipt.md'])('%s', (document) => {
  const found = places(read(document));

  it('names enough places to be followed with the code open', () => {
    expect(found.length).toBeGreaterThan(15);
    expect(found.filter(({ name }) => name === '')).toEqual([]);
  });

  it.each(found)('finds $name in $file', ({ file, name }) => {
    expect(existsSync(path.join(root, file))).toBe(true);
    const source = read(file);
    const [owner = '', member] = name.split('.');
    expect(source).toMatch(new RegExp(`\\b(?:class|function|const|interface) ${owner}\\b`));
    if (member !== undefined) expect(source).toMatch(new RegExp(`^ {2}(?:private |static |async |abstract |protected )*(?:get )?${member}(?:<[^>]*>)?\\(`, 'm'));
  });
});
