import { verifyExport, Witnesses } from '#libs/audit';
import { createVerificationCache } from '#libs/suites';
import { AuditBook, textOf } from '../../../../tests/support/audit-book';
import { TAMPERS } from '../../../../tests/support/audit-tampers';
import type { Family } from '../attack';

const EACH = 10;
const REMEMBERED = 100_000;

/** The exported audit of a district, edited, cut, reordered, forked and put back to an older copy, also with the log's own key: found, with the place. T62. */
export const AUDIT_BOOK: Family = {
  family: 'the audit edited, cut, forked, put back', threat: 'T62', where: 'files',
  run: async ({ tally, random, thin }) => {
    const book = await AuditBook.write();
    const cache = createVerificationCache(REMEMBERED);
    const genuine = await verifyExport(textOf(book.lines), { witnesses: new Witnesses(), cache });
    tally.control('the genuine audit proves itself', genuine.ok);
    for (const [name, tamper] of Object.entries(TAMPERS)) {
      for (let n = 0; n < Math.max(1, Math.floor(EACH / thin)); n += 1) {
        const { lines, text, expect, witness = [], root } = await tamper(book, random);
        const witnesses = new Witnesses();
        for (const line of witness) witnesses.take(line);
        const verdict = await verifyExport(text ?? textOf(lines), { witnesses, cache, ...(root === undefined ? {} : { root }) });
        const place = (of: { readonly code: string; readonly platform: string | null; readonly seq: number | null; readonly through: number | null }): string => `${of.code} ${of.platform ?? ''} ${of.seq ?? ''}-${of.through ?? ''}`;
        tally.judged(name, verdict.ok ? 'unnoticed' : place(verdict), [place(expect)]);
      }
    }
  },
};
