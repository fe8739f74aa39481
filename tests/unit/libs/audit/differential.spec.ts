import { Witnesses, verifyExport } from '#libs/audit';
import type { AuditVerdict } from '#libs/contracts';
import { createVerificationCache } from '#libs/suites';
import { AuditBook, textOf } from '../../../support/audit-book';
import { documentRow } from '../../../support/audit-documents';
import { MUTATIONS, type Mutated } from '../../../support/audit-mutations';
import { python, verdictsInPython } from '../../../support/audit-python';
import { seededRandom } from '../../../support/seeded-random';

/** Of each kind so many; CLARION_AUDIT_ALL=1 tries more, CLARION_AUDIT_SEED others. */
const ALL = process.env['CLARION_AUDIT_ALL'] === '1';
const EACH = Number(process.env['CLARION_AUDIT_EACH'] ?? (ALL ? 400 : 12));
const ROWS = ALL ? 200 : 5;
const SEED = Number(process.env['CLARION_AUDIT_SEED'] ?? 1);

const cache = createVerificationCache(100_000);
let book: AuditBook;
beforeAll(async () => { book = await AuditBook.write(1, true); });

function verdictOn({ lines, witness = [] }: Mutated): Promise<AuditVerdict> {
  const witnesses = new Witnesses();
  for (const line of witness) witnesses.take(line);
  return verifyExport(lines, { witnesses, cache });
}

async function differences(cases: readonly { readonly name: string; readonly seed: number; readonly file: Mutated }[]): Promise<{ readonly differing: readonly unknown[]; readonly codes: ReadonlyMap<string, number> }> {
  const theirs = verdictsInPython(cases.map(({ file: { lines, witness = [] } }) => ({ lines, witness, root: null })));
  expect(theirs.length).toBe(cases.length);
  const differing: unknown[] = [];
  const codes = new Map<string, number>();
  for (const [at, { name, seed, file }] of cases.entries()) {
    const ours = await verdictOn(file);
    const code = ours.ok ? 'ok' : ours.code;
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (JSON.stringify(sorted(ours)) !== JSON.stringify(sorted(theirs[at]))) differing.push({ name, seed, ours, theirs: theirs[at] });
  }
  if (ALL) process.stderr.write(`${cases.length} changed audits: ${JSON.stringify(Object.fromEntries([...codes].sort()))}\n`);
  return { differing, codes };
}

/** Told side by side, whatever the order of fields. */
function sorted(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).map(([name, one]) => [name, sorted(one)]).sort() : value;
}

(python === undefined ? describe.skip : describe)('two verifiers of audits that share no code', () => {
  it('both accept a book with a leaf of every kind', async () => {
    const files: readonly Mutated[] = [{ lines: textOf(book.lines) }, { lines: textOf(book.lines), witness: textOf(book.lines) }];
    const ours = await Promise.all(files.map(verdictOn));
    for (const verdict of ours) expect(verdict).toMatchObject({ ok: true, counts: { consents: 2, permits: 1, stops: 4, records: 7 } });
    expect(verdictsInPython(files.map(({ lines, witness = [] }) => ({ lines, witness, root: null })))).toEqual(ours);
  });

  it('give the same verdict on every change that a seed can make', async () => {
    const cases: { readonly name: string; readonly seed: number; readonly file: Mutated }[] = [{ name: 'nothing', seed: 0, file: { lines: textOf(book.lines) } }];
    for (const [name, mutation] of Object.entries(MUTATIONS)) for (let nth = 0; nth < EACH; nth += 1) {
      const seed = SEED * 100_003 + nth;
      cases.push({ name, seed, file: await mutation(book, seededRandom(seed * 31 + name.length)) });
    }
    const { differing, codes } = await differences(cases);
    expect(differing).toEqual([]);
    // Not all of one sort, or nothing would have been compared.
    for (const code of ['ok', 'LINE_MALFORMED', 'DOCUMENT_REFUSED', 'SIGNED_REFUSED', 'SIGNED_DIFFERS', 'HEAD_REFUSED', 'LEAF_MISSING']) expect([code, codes.get(code) ?? 0]).not.toEqual([code, 0]);
  }, ALL ? 600_000 : 60_000);

  it('believe the same of long rows of trust documents, where later ones let earlier ones fall', async () => {
    const cases: { readonly name: string; readonly seed: number; readonly file: Mutated }[] = [];
    const sum = { accepted: 0, fallen: 0 };
    for (let nth = 0; nth < ROWS; nth += 1) {
      const seed = SEED * 100_003 + nth;
      const { files, accepted, fallen } = await documentRow(book.world, seededRandom(seed), 30);
      sum.accepted += accepted;
      sum.fallen += fallen;
      cases.push(...files.map((file, step) => ({ name: `step ${step}`, seed, file })));
    }
    const { differing } = await differences(cases);
    expect(differing).toEqual([]);
    expect(sum.accepted).toBeGreaterThan(ROWS * 4);
    expect(sum.fallen).toBeGreaterThan(ROWS / 2);
  }, ALL ? 600_000 : 60_000);
});
