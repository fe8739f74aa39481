import { Witnesses, verifyExport } from '#libs/audit';
import type { AuditVerdict } from '#libs/contracts';
import { createVerificationCache } from '#libs/suites';
import { AuditBook, textOf } from '../../../support/audit-book';
import { python, verdictsInPython as askPython } from '../../../support/audit-python';
import { TAMPERS, type Tampered } from '../../../support/audit-tampers';
import { seededRandom } from '../../../support/seeded-random';

/** Each operator at so many places of its own choice; CLARION_AUDIT_ALL=1 tries fifty, and Python on each of them. */
const ALL = process.env['CLARION_AUDIT_ALL'] === '1';
const EACH = ALL ? 50 : 3;
const EACH_IN_PYTHON = ALL ? 50 : 1;

interface Case { readonly name: string; readonly tampered: Tampered }
const cache = createVerificationCache(100_000);
let book: AuditBook;
beforeAll(async () => { book = await AuditBook.write(); });

const textIn = ({ lines, text }: Tampered): readonly string[] => text ?? textOf(lines);

function verdictOn(tampered: Tampered): Promise<AuditVerdict> {
  const { witness = [], root } = tampered;
  const witnesses = new Witnesses();
  for (const line of witness) witnesses.take(line);
  return verifyExport(textIn(tampered), { witnesses, cache, ...(root === undefined ? {} : { root }) });
}

function verdictsInPython(cases: readonly Tampered[]): readonly AuditVerdict[] {
  return askPython(cases.map((one) => ({ lines: textIn(one), witness: one.witness ?? [], root: one.root ?? null })));
}

async function tampered(name: string, seeds: number): Promise<readonly Case[]> {
  const cases: Case[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const made = await TAMPERS[name]?.(book, seededRandom(seed * 7_919));
    if (made !== undefined) cases.push({ name, tampered: made });
  }
  return cases;
}

const untouched = (): Tampered => ({ lines: book.lines, expect: { code: 'FILE_CUT', platform: null, seq: null, through: null } });

describe('the verifier of exported audits', () => {
  it('accepts the book that nobody touched, also as it is sealed anew and beside itself as a witness', async () => {
    expect(await verdictOn(untouched())).toMatchObject({ ok: true, counts: { leaves: 86, restrictions: 3, records: 18, approvals: 15, witnesses: 18 } });
    expect(await verdictOn({ ...untouched(), lines: await book.sealed(book.lines) })).toMatchObject({ ok: true });
    expect(await verdictOn({ ...untouched(), witness: textOf(book.lines) })).toMatchObject({ ok: true });
  });

  it('proves each of a thousand approvals (of twenty, unless all are asked for)', async () => {
    const messages = ALL ? 200 : 4;
    const many: Tampered = { ...untouched(), lines: (await AuditBook.write(messages)).lines };
    const verdicts = [await verdictOn(many), ...(python === undefined ? [] : verdictsInPython([many]))];
    for (const verdict of verdicts) expect(verdict).toMatchObject({ ok: true, counts: { approvals: messages * 5, messages: messages * 3, dispatches: messages * 3 } });
  }, ALL ? 240_000 : 20_000);

  it('knows at least twenty ways to tamper with one', () => {
    expect(Object.keys(TAMPERS).length).toBeGreaterThanOrEqual(20);
  });

  it.each(Object.keys(TAMPERS))('finds %s, wherever it was done, and says where', async (name) => {
    const wrong: unknown[] = [];
    const cases = await tampered(name, EACH);
    for (const { tampered: one } of cases) {
      const verdict = await verdictOn(one);
      if (!Object.entries({ ok: false, ...one.expect }).every(([field, value]) => Reflect.get(verdict, field) === value)) wrong.push({ verdict, expect: one.expect });
    }
    expect([cases.length, wrong]).toEqual([EACH, []]);
  }, ALL ? 120_000 : 20_000);

  (python === undefined ? it.skip : it).each([
    ['a charter that widens, although the right officers signed it', 12], ['a roster of bad content, although the right officers signed it', 40], ['something signed that has not the fields of its kind, sealed with the stolen log key', 9],
  ])('is agreed with by Python on every way of %s', async (name, atLeast) => {
    const ways: Tampered[] = [];
    let known = 1;
    for (let way = 0; way < known; way += 1) {
      const pick = <T>(list: readonly T[]): T => {
        known = Math.max(known, list.length);
        return (list[way] ?? list[0]) as T;
      };
      const made = await TAMPERS[name]?.(book, { ...seededRandom(1), pick });
      if (made !== undefined) ways.push(made);
    }
    expect(ways.length).toBeGreaterThanOrEqual(atLeast);
    const ours = await Promise.all(ways.map(verdictOn));
    expect(ours).toMatchObject(ways.map(({ expect: fault }) => ({ ok: false, ...fault })));
    expect(verdictsInPython(ways)).toEqual(ours);
  });

  (python === undefined ? it.skip : it)('says of each file what the second one, in Python, says, to the word', async () => {
    const cases: Case[] = [{ name: 'nothing', tampered: untouched() }];
    for (const name of Object.keys(TAMPERS)) cases.push(...await tampered(name, EACH_IN_PYTHON));
    const theirs = verdictsInPython(cases.map(({ tampered: one }) => one));
    const differing: unknown[] = [];
    for (const [at, { name, tampered: one }] of cases.entries()) {
      const ours = await verdictOn(one);
      if (JSON.stringify(sorted(ours)) !== JSON.stringify(sorted(theirs[at]))) differing.push({ name, ours, theirs: theirs[at] });
    }
    expect([theirs.length, differing]).toEqual([cases.length, []]);
  }, ALL ? 1_200_000 : 30_000);
});

function sorted(verdict: AuditVerdict | undefined): unknown {
  return verdict?.ok === true ? { ...verdict, counts: Object.entries(verdict.counts).sort() } : verdict && Object.entries(verdict).sort();
}
