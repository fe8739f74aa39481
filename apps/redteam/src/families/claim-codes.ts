import { CLAIM_LETTERS, LIMITS, terminalIssuedSchema } from '#libs/contracts';
import { generateKey, type Signer } from '#libs/suites';
import { systemClock } from '../../../cli/src';
import { until } from '../../../scripted-day/src/until';
import type { Family, Scene } from '../attack';
import { fleetOf, Rogue } from '../rogue';
import type { Range } from '../range';
import { sqlAs } from '../sql';

const GUESSES = 400;
const AT_ONCE = 20;
const EVENTS_MS = 20_000;
const DAY_MS = 86_400_000;
/** Sixteen letters of thirty-two. */
const CODES = 2 ** 80;

/** A box of the attacker's would become a terminal: with codes that were used, expired, another box's, void or guessed (T41). */
export const CLAIM_CODES: Family = {
  family: 'claim codes used, expired, foreign and guessed', threat: 'T41', where: 'district',
  run: async (scene) => {
    const { range, tally } = scene;
    const since = systemClock.now();
    const fleet = fleetOf(range);
    const thief = await key();
    for (const { id, claimCode, physicalCode } of fleet.terminals.slice(0, 6)) {
      tally.judged(`the code of ${id} once more`, await claimed(range, claimCode, physicalCode, thief), ['CLAIM_USED']);
      tally.judged(`the code of ${id} with another box`, await claimed(range, claimCode, 'THIEF-BOX', thief), ['CLAIM_UNKNOWN']);
      tally.judged(`hello as ${id} with a key of one's own`, await hello(range, id, thief), ['HELLO_SIGNATURE', 'DEVICE_UNKNOWN']);
      tally.judged(`hello as ${id} in the name of its key`, await hello(range, id, thief, 'f'.repeat(64)), ['HELLO_SIGNATURE', 'DEVICE_UNKNOWN']);
    }
    const officer = await range.actor(range.cast.district, range.cast.officer);
    const issued = (physicalCode: string) => officer.context.api.post('/api/terminals', terminalIssuedSchema, { name: physicalCode, area: range.cast.insideArea, physicalCode, latitudeE6: 28_700_000, longitudeE6: 115_800_000 });
    const first = await issued(`BOX-${since}`);
    const renewed = await officer.context.api.post(`/api/terminals/${first.terminal.id}/claim-code`, terminalIssuedSchema, {});
    tally.judged('a code that another one voided', await claimed(range, first.claimCode, `BOX-${since}`, thief), ['CLAIM_UNKNOWN']);
    await expire(range, first.terminal.id, () => claimed(range, renewed.claimCode, `BOX-${since}`, thief), (outcome) => { tally.judged('a code of yesterday', outcome, ['CLAIM_EXPIRED']); });
    const box = await key();
    tally.control('the genuine code makes the genuine box a terminal', await claimed(range, renewed.claimCode, `BOX-${since}`, box) === 'claimed');
    tally.judged('that code in another box', await claimed(range, renewed.claimCode, `BOX-${since}`, thief), ['CLAIM_USED']);
    const second = await issued(`BOX-${since}-2`);
    tally.judged('a second terminal with a key that is one already', await claimed(range, second.claimCode, `BOX-${since}-2`, box), ['CLAIM_KEY_TAKEN']);
    await guess(scene, second.claimCode, `BOX-${since}-2`);
    const events = await until(EVENTS_MS, async () => {
      const refused = (await range.events(since)).filter(({ kind }) => kind === 'claim-refused' || kind === 'device-refused');
      return refused.length > 0 ? refused : undefined;
    });
    tally.alarmed((events ?? []).reduce((sum, { count }) => sum + count, 0));
    tally.control('the platform heard of refused claims', (events ?? []).length > 0);
    tally.heard('after it', (await range.soundedWrongly(since)).length);
  },
};

/** As fast as one address gets answers; then it is shown the lock, and how long a million guesses would take under it. */
async function guess({ range, tally, random, thin }: Scene, genuine: string, physicalCode: string): Promise<void> {
  const thief = await key();
  const guesses = Math.max(60, Math.floor(GUESSES / thin));
  const began = systemClock.now();
  let [locked, asked] = [0, 0];
  for (let done = 0; done < guesses; done += AT_ONCE) {
    const outcomes = await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      const code = Array.from({ length: genuine.length }, () => CLAIM_LETTERS[random.int(CLAIM_LETTERS.length)] ?? '0').join('');
      return claimed(range, code, physicalCode, thief);
    }));
    for (const outcome of outcomes) {
      if (outcome === 'CLAIM_LOCKED') locked += 1;
      else asked += 1;
      tally.judged('a guess', outcome, ['CLAIM_UNKNOWN', 'CLAIM_LOCKED', 'BUSY']);
    }
  }
  const aDay = (LIMITS.claimTriesPerMinute * DAY_MS) / 60_000;
  tally.control(`of ${guesses} guesses in ${systemClock.now() - began} ms ${asked} were looked at and ${locked} met the lock; so a million take ${Math.round(1_000_000 / aDay)} days, and hit one of ${CODES.toExponential(1)} codes`, locked > 0 && asked <= LIMITS.claimTriesPerMinute * 2 + AT_ONCE);
}

/** The database is told that the code is of yesterday; afterwards it counts again. */
async function expire(range: Range, terminal: string, attempt: () => Promise<string>, judge: (outcome: string) => void): Promise<void> {
  await sqlAs(range.system.ownerDatabaseUrl, async (query) => {
    const [row] = await query<{ claim_until: string }>('SELECT claim_until FROM terminal WHERE id = $1', [terminal]);
    await query('UPDATE terminal SET claim_until = $2 WHERE id = $1', [terminal, systemClock.now() - 1_000]);
    judge(await attempt());
    await query('UPDATE terminal SET claim_until = $2 WHERE id = $1', [terminal, row?.claim_until]);
  });
}

async function key(): Promise<Signer> {
  return (await generateKey('ed25519')).signer;
}

async function claimed(range: Range, code: string, physicalCode: string, by: Signer): Promise<string> {
  const rogue = Rogue.knock(range);
  try {
    return await rogue.claim(code, physicalCode, by);
  } finally {
    rogue.leave();
  }
}

async function hello(range: Range, terminal: string, by: Signer, keyId = by.key.keyId): Promise<string> {
  const rogue = Rogue.knock(range);
  try {
    return await rogue.hello(terminal, by, keyId);
  } finally {
    rogue.leave();
  }
}
