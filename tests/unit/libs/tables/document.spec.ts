import { readFileSync } from 'node:fs';
import { SHAPES, TABLES } from '#libs/tables';
import { SENTENCES } from '../../../../libs/tables/fault-words';

const page = readFileSync('docs/district.md', 'utf8');

describe('docs/district.md', () => {
  it.each(TABLES)('names every column of the table %s, and which must be filled', (key) => {
    expect(page).toContain(`### ${SHAPES[key].zh} \`${SHAPES[key].en}\``);
    for (const { zh, en, required } of SHAPES[key].columns) expect(page).toContain(`| ${zh} | ${en} | ${required ? 'yes' : ''} |`);
  });

  it('names every fault in both languages', () => {
    for (const [code, [weight, zh, en]] of Object.entries(SENTENCES)) expect(page).toContain(`| ${code}${weight === 'error' ? '' : ` (${weight})`} | ${en} | ${zh} |`);
  });
});
