import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseStrictJson } from '#libs/envelope';

/** nst/JSONTestSuite (MIT) is not copied here; put its `test_parsing` below CLARION_SAMPLES. */
const samples = process.env['CLARION_SAMPLES'];
const folder = path.join(samples ?? '/nowhere', 'crypto', 'jsontestsuite', 'test_parsing');
const has = samples !== undefined && existsSync(folder);
if (!has) console.warn('SKIPPED: JSONTestSuite (put test_parsing into $CLARION_SAMPLES/crypto/jsontestsuite)');

(has ? describe : describe.skip)('the parsing tests of JSONTestSuite', () => {
  const answers = () => readdirSync(folder).map((name) => ({ name, read: parseStrictJson(readFileSync(path.join(folder, name))) }));

  it('let nothing in that must be refused, nor what implementations may refuse', () => {
    expect(answers().length).toBeGreaterThan(300);
    expect(answers().filter(({ name, read }) => !name.startsWith('y_') && read.ok)).toEqual([]);
  });

  it('let in what must be, but for fractions, exponents and -0 and for a key that stands twice', () => {
    const refused = answers().filter(({ name, read }) => name.startsWith('y_') && !read.ok).map(({ name, read }) => ({ name, code: read.ok ? '' : read.code }));
    expect(refused.filter(({ name, code }) => code !== 'json-number' || !/^y_(?:number|object_extreme_numbers|structure_lonely_negative_real)/.test(name)))
      .toEqual(['y_object_duplicated_key.json', 'y_object_duplicated_key_and_value.json'].map((name) => ({ name, code: 'json-duplicate-key' })));
  });
});
