import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PAYLOADS } from '#libs/contracts';
import { badValue, type ContractVectors } from '../../contracts/changed-value';

const ROOT = path.resolve(__dirname, '../../..');
const python = ['/usr/bin/python3', 'python3'].find((name) => spawnSync(name, ['-c', 'import cryptography']).status === 0);
if (python === undefined) process.stderr.write('SKIPPED: Python with the package cryptography is not on this machine; the contract vectors were not asked of it\n');

const DRIVER = `
import json, sys
sys.path.insert(0, sys.argv[1])
if sys.argv[1].endswith("terminal-python"):
    import trust
    fits = lambda word, value: trust.fits(value, trust.SCHEMAS[word])
else:
    from shapes import fits
print(json.dumps([fits(word, value) for word, value in json.load(sys.stdin)]))
`;

interface Case { readonly word: keyof typeof PAYLOADS; readonly name: string; readonly value: unknown }

const cases: readonly Case[] = Object.keys(PAYLOADS).flatMap((key) => {
  const word = key as keyof typeof PAYLOADS;
  const { good, bad } = JSON.parse(readFileSync(path.join(ROOT, 'tests/vectors/contracts', `${word}.json`), 'utf8')) as ContractVectors;
  return [
    ...good.map((value, at) => ({ word, name: `${word}: good ${at}`, value })),
    ...bad.map((vector) => ({ word, name: `${word}: ${vector.why} ${vector.at ?? ''}`, value: badValue(good[0], vector) })),
  ];
});

function takenIn(folder: string): readonly string[] {
  const input = JSON.stringify(cases.map(({ word, value }) => [word, value]));
  const answers = JSON.parse(execFileSync(python ?? '', ['-B', '-c', DRIVER, path.join(ROOT, 'examples', folder)], { encoding: 'utf8', input })) as readonly boolean[];
  return cases.filter((_, at) => answers[at] === true).map(({ name }) => name);
}

/** Values that the contracts take; `shapeAlone`: also those that only a rule beyond JSON Schema refuses. */
function taken(shapeAlone: boolean): readonly string[] {
  return cases.filter(({ word, value }) => {
    const read = PAYLOADS[word].safeParse(value);
    return read.success || (shapeAlone && read.error.issues.every(({ code }) => code === 'custom'));
  }).map(({ name }) => name);
}

(python === undefined ? describe.skip : describe)('the contract vectors', () => {
  it('hold texts of rare characters on the limit and one over it', () => {
    expect(cases.filter(({ name }) => name.includes('beyond the first plane')).length).toBeGreaterThanOrEqual(3);
  });

  it('are answered alike by the verifier of audits in Python', () => {
    expect(takenIn('audit-verifier-python')).toEqual(taken(false));
  });

  it('are answered alike by the terminal in Python, whose rules beyond the shapes stand where it judges', () => {
    expect(takenIn('terminal-python')).toEqual(taken(true));
  });
});
