import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FakeDisk } from '../../../../tests/support/terminal-agent/fake-disk';
import type { TestOrder } from '../../../../tests/support/terminal-agent/orders';
import type { TestTerminal } from '../../../../tests/support/terminal-agent/test-terminal';
import type { DiskRead } from '../../../terminal-agent/src/hardware/disk';
import type { Family, Tally } from '../attack';
import { Bay } from '../bay';
import { CORRUPTIONS, readSpoiled, STRANGE_BODIES } from '../corruption';

const ALONE_MS = 15_000;
const ONLINE_MS = 10_000;
const DAY = 86_400_000;
const YEAR = 365 * DAY;

/** What is right when a file is lost: it says so and stays silent until it knows the time and the last counter, claims anew, fetches again, or gives up what it can prove nothing of. */
const RIGHT: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(journal|spool|trust|assignment)$/, ['state-lost']],
  [/^identity$/, ['claims anew']],
  [/^media$/, ['fetched again']],
  [/^order\./, ['INTERRUPTED']],
];

/** Each state file spoiled in each class of bytes, and clocks that start wrong: silence and a report, and all well after an exchange (T45). */
export const CORRUPTED_STATE: Family = {
  family: 'state files spoiled', threat: 'T45', where: 'agent',
  run: async ({ lab, tally, thin }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'clarion-red-'));
    try {
      const bay = new Bay(lab.world);
      // Each of these is a life of its own, with its exchanges: the small sizes take some of them.
      const [kinds, bodies] = [sampled(CORRUPTIONS, thin), sampled(STRANGE_BODIES, thin)];
      for (const { name, bytes } of await filesOf(bay)) {
        for (const kind of kinds) {
          await judge(bay, tally, `${kind.name} of ${nameOf(name)}`, name, await readSpoiled(folder, name, bytes, kind, 'both'));
          const one = await readSpoiled(folder, name, bytes, kind, 'one');
          tally.control(`${kind.name} of one copy of ${nameOf(name)} costs nothing`, one.kind === 'whole' && Buffer.from(one.bytes).equals(bytes));
        }
        for (const { name: what, text } of bodies) {
          await judge(bay, tally, `${what} in ${nameOf(name)}`, name, { kind: 'whole', bytes: new TextEncoder().encode(text) });
        }
      }
      for (const offsetMs of sampled([DAY, -DAY, 12 * YEAR, -56 * YEAR], thin)) await judgeClock(bay, tally, offsetMs);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

interface Life {
  /** Something sounded that had sounded before, here or earlier. */
  readonly doubled: boolean;
  readonly recovered: boolean;
  readonly outcomes: readonly string[];
}

/** One terminal with a message that sounded and one whose next repetition waits; then its power was cut. */
async function atPowerCut(bay: Bay): Promise<{ readonly terminal: TestTerminal; readonly heard: readonly TestOrder[] }> {
  const terminal = await bay.ready();
  const over = await bay.order(terminal, { repeats: 1 });
  await terminal.order(over.order);
  await terminal.truth.move(8_000);
  const underWay = await bay.order(terminal, { repeats: 6 });
  await terminal.order(underWay.order);
  await terminal.truth.move(4_000);
  terminal.crash();
  return { terminal, heard: [over, underWay] };
}

async function filesOf(bay: Bay): Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[]> {
  const { disk } = (await atPowerCut(bay)).terminal;
  const reads = await Promise.all(disk.names().filter((name) => !name.startsWith('shelf/')).map(async (name) => ({ name: name.replace(/^order\..*/, 'order.'), read: await disk.read(name) })));
  return reads.flatMap(({ name, read }) => (read.kind === 'whole' ? [{ name, bytes: read.bytes }] : []));
}

/** From that power cut on: some time without a link, then online, everything that was heard offered again, and something new. */
async function live(bay: Bay, spoiled: { readonly name: string; readonly read: DiskRead } | undefined, offsetMs = 0): Promise<Life> {
  const { terminal, heard } = await atPowerCut(bay);
  const { disk, link, media } = terminal;
  if (spoiled !== undefined) spoil(disk, disk.names().find((name) => name.startsWith(spoiled.name)) ?? spoiled.name, spoiled.read);
  if (spoiled?.name === 'identity') link.sent.length = 0;
  const [asked, told] = [media.asked.length, terminal.told().length];
  link.up = false;
  await terminal.boot({ ppm: 0, offsetMs });
  await terminal.truth.move(ALONE_MS);
  link.up = true;
  await terminal.goOnline();
  for (const { order } of heard) await terminal.order(order);
  await terminal.truth.move(ONLINE_MS);
  const fresh = await bay.order(terminal, { repeats: 1 });
  await terminal.order(fresh.order);
  await terminal.truth.move(ONLINE_MS);
  const sounded = terminal.starts().map(({ job }) => `${job.messageDigest} ${job.repetition}`);
  return {
    doubled: new Set(sounded).size < sounded.length,
    recovered: terminal.starts().some(({ job }) => job.dispatchId === fresh.dispatchId),
    outcomes: [
      ...terminal.incidents, ...(spoiled?.name === 'identity' && link.of('claim').length > 0 ? ['claims anew'] : []),
      ...(media.asked.length > asked ? ['fetched again'] : []), ...terminal.told().slice(Math.max(0, told - 1)).flatMap((line) => line.split(' ').slice(2)),
    ],
  };
}

function spoil(disk: FakeDisk, name: string, read: DiskRead): void {
  if (read.kind === 'whole') disk.overwrite(name, read.bytes);
  else if (read.kind === 'corrupt') disk.corrupt(name);
  else disk.erase(name);
}

async function judge(bay: Bay, tally: Tally, what: string, name: string, read: DiskRead): Promise<void> {
  const codes = RIGHT.find(([pattern]) => pattern.test(name))?.[1] ?? [];
  const life = await live(bay, { name, read });
  tally.judged(what, life.doubled ? 'play' : life.outcomes.find((outcome) => codes.includes(outcome)) ?? life.outcomes[0] ?? 'nothing said', codes);
  tally.control(`a new message sounds after ${what}`, life.recovered);
}

/** Nothing spoiled but the clock at the start. */
async function judgeClock(bay: Bay, tally: Tally, offsetMs: number): Promise<void> {
  const life = await live(bay, undefined, offsetMs);
  tally.judged(`a clock that starts ${offsetMs / DAY} days off`, life.doubled ? 'play' : 'nothing twice', ['nothing twice']);
  tally.control(`a new message sounds after a clock ${offsetMs / DAY} days off`, life.recovered);
}

function sampled<T>(all: readonly T[], thin: number): readonly T[] {
  const every = Math.min(all.length, thin);
  return all.filter((_, index) => index % every === every - 1 || every === 1);
}

function nameOf(file: string): string {
  return file === 'order.' ? 'a kept order' : file;
}
