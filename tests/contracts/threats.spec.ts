import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const text = read('docs/threats.md');
const LAST_THREAT = 90;
const LAST_GOAL = 44;

interface Row { readonly id: string; readonly shown: string }

/** Lines of the tables: the first cell is the row's number, the last what shows it. */
const rows: readonly Row[] = text.split('\n').flatMap((line) => {
  const cells = line.split(/(?<!\\)\|(?![^`]*`[^`]*\|)/).map((cell) => cell.trim());
  const id = /^\| ([TG]\d+a?) \|/.exec(line)?.[1];
  return id === undefined ? [] : [{ id, shown: cells.at(-2) ?? '' }];
});
const threats = rows.filter(({ id }) => id.startsWith('T'));
const numbered = (letter: string, last: number): readonly string[] => Array.from({ length: last }, (_, index) => `${letter}${letter === 'T' ? String(index + 1).padStart(2, '0') : index + 1}`);

/** Every family of the attack suite with the rows that it says it is about, as the sources have it. */
const families: ReadonlyMap<string, readonly string[]> = new Map(readdirSync(path.join(root, 'apps/redteam/src/families')).flatMap((file) =>
  [...read(`apps/redteam/src/families/${file}`).matchAll(/(?:family: |forged\()'((?:[^'\\]|\\.)*)', (?:threat: )?'((?:T\d{2} ?)+)'/g)]
    .map(([, name = '', of = '']): [string, readonly string[]] => [name.replaceAll('\\\'', '\''), of.split(' ')])));

const namedFamilies = (shown: string): readonly string[] => [...shown.matchAll(/(?<!\*)\*([^*]+)\*(?!\*)/g)].map(([, name = '']) => name);
const namedFiles = (of: string): readonly string[] => [...of.matchAll(/`((?:tests|docs|apps|libs)\/[^`\s]+)`/g), ...of.matchAll(/\]\(([^)#]+)\)/g)].map(([, name = '']) => (/^(?:tests|docs|apps|libs)\//.test(name) ? name : path.join('docs', name)));
const namedFields = (of: string): readonly string[] => [...of.matchAll(/\*\*([^*]+)\*\*/g)].map(([, name = '']) => name);

describe('the table of threats', () => {
  it('has each row of the model exactly once, and no other', () => {
    expect(threats.map(({ id }) => id).sort()).toEqual(numbered('T', LAST_THREAT));
  });

  it('says of each row what shows it, when it comes, or which decision answers it', () => {
    const empty = threats.filter(({ shown }) => namedFamilies(shown).length + namedFiles(shown).length + namedFields(shown).length === 0);
    expect(empty).toEqual([]);
  });

  it('names only files that exist, and fields that the roadmap has', () => {
    expect(namedFiles(text).filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
    const fields = [...read('ROADMAP.md').matchAll(/^\d+\. \*\*([^*]+)\*\*/gm)].map(([, name]) => name);
    const named = rows.flatMap(({ shown }) => namedFields(shown));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !fields.includes(name))).toEqual([]);
    expect(namedFields(text.slice(text.indexOf('With their fields come'))).filter((name) => !fields.includes(name))).toEqual([]);
  });

  it('agrees with the families of the attack suite, in both directions', () => {
    expect(families.size).toBeGreaterThan(30);
    const said = threats.flatMap(({ id, shown }) => namedFamilies(shown).map((family) => `${id} ${family}`)).sort();
    const true_ = [...families].flatMap(([family, of]) => of.map((id) => `${id} ${family}`)).sort();
    expect(said).toEqual(true_);
  });

  it('has every goal once, in the table or with the field that it waits for', () => {
    const waiting = text.slice(text.indexOf('With their fields come'));
    const ranges = [...waiting.matchAll(/G(\d+)(a?)(?: to G(\d+))?/g)].flatMap(([, from = '', a = '', to]) => (to === undefined ? [`G${from}${a}`] : numbered('G', Number(to)).slice(Number(from) - 1)));
    const all = [...rows.filter(({ id }) => id.startsWith('G')).map(({ id }) => id), ...ranges];
    expect(all.sort()).toEqual([...numbered('G', LAST_GOAL), 'G15a'].sort());
  });
});

describe('the page of the attack suite', () => {
  const page = read('docs/redteam.md');
  const told = [...page.matchAll(/^\| ([^|]+) \| ((?:T\d{2}(?:, )?)+) \|/gm)].map(([, name = '', of = '']) => ({ name, of: of.split(', ') }));

  it('says of each family which rows it is about as the family says itself', () => {
    expect(told.length).toBeGreaterThan(15);
    const own = told.filter(({ name }) => families.has(name));
    expect(own.map(({ name, of }) => `${name}: ${[...of].sort().join(' ')}`)).toEqual(own.map(({ name }) => `${name}: ${[...families.get(name) ?? []].sort().join(' ')}`));
    const attacked = [...families.values()].flat();
    expect(told.flatMap(({ of }) => of).filter((id) => !attacked.includes(id))).toEqual([]);
  });
});

describe('the decision about rows that do not fit', () => {
  it('is named by each row that it answers, and by no other', () => {
    const decision = 'adr/0021-where-a-threat-row-does-not-fit.md';
    const answered = [...read(`docs/${decision}`).matchAll(/^\| (T\d{2}) \|/gm)].map(([, id]) => id);
    const pointing = threats.filter(({ shown }) => shown.includes(decision)).map(({ id }) => id);
    // T76 has a decision of its own.
    expect(answered.filter((id) => id !== 'T76')).toEqual([...pointing].sort());
  });
});
