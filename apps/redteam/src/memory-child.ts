import { knownAnswerGate } from '#libs/suites';
import { MEMORY_FAMILIES } from './families';
import { Lab } from './lab';
import { runFamilies, wantsTheft, type Choice, type Outcome } from './part';
import { theftRows } from './theft/matrix';
import { permitRows } from './theft/permit';

/** Of the pairs of stolen keys, one in so many in the standard size; the seed says which. */
const PAIRS_SHARE = 16;

/** What this process tells the one that started it. */
export type Told = { readonly line: string } | { readonly outcome: Outcome } | { readonly failed: string };

/** Everything that needs no running district, in a process of its own: it computes without a pause while the districts are waited for. */
async function run(choice: Choice, say: (line: string) => void): Promise<Outcome> {
  knownAnswerGate();
  const lab = await Lab.open();
  const attacks = await runFamilies(MEMORY_FAMILIES, choice, { lab }, say);
  if (!wantsTheft(choice)) return { attacks, theft: [] };
  const every = choice.whole ? 1 : PAIRS_SHARE * choice.thin;
  return { attacks, theft: [...await theftRows(lab, say, { every, from: choice.seed }), ...await permitRows(lab, say)] };
}

function tell(told: Told): Promise<void> {
  return new Promise((resolve) => { process.send?.(told, () => { resolve(); }); });
}

// Whoever started it is gone: nobody listens any more.
process.once('disconnect', () => { process.exit(1); });
process.once('message', (choice: Choice) => {
  run(choice, (line) => { void tell({ line }); })
    .then((outcome) => tell({ outcome }), (cause: unknown) => tell({ failed: cause instanceof Error ? cause.stack ?? cause.message : String(cause) }))
    .finally(() => { process.exit(0); });
});
