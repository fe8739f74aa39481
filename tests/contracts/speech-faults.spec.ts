import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FAULT_SENTENCES } from '../../libs/speech/reading/fault-sentences';

const root = path.join(__dirname, '../..');

describe('docs/speech.md', () => {
  const page = readFileSync(path.join(root, 'docs/speech.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (.*?) \| .+ \|$/gm)].map(([, code, examples]) => ({ code, examples: [...(examples ?? '').matchAll(/`([^`]+)`/g)].map(([, written]) => written) }));

  it('names every fault of the reading check once', () => {
    expect(rows.map(({ code }) => code).sort()).toEqual(Object.keys(FAULT_SENTENCES).sort());
  });

  it('gives examples that the vectors hold', () => {
    const vectors: readonly { readonly written: string; readonly code: string }[] = JSON.parse(readFileSync(path.join(root, 'tests/vectors/speech/faults.json'), 'utf8'));
    const known = vectors.map(({ written, code }) => `${code} ${written}`);
    expect(rows.flatMap(({ code, examples }) => examples.map((written) => `${code} ${written}`)).filter((one) => !known.includes(one))).toEqual([]);
  });
});
