import fc from 'fast-check';
import { NO_BLOCK_BEFORE } from '#libs/envelope';
import { CONCEAL_MS, FINE_MS, JUMP_MS, PACKET_FRAMES, PlayoutPlan, type Slot } from '../../../../../apps/terminal-agent/src/live/playout-plan';
import { asked } from '../../../../support/properties';

const FRAMES_PER_MS = 48;
const PACKET_MS = 20;
/** How long before it sounds a slot is settled, ms. */
const LEAD_MS = 40;
const OPENS_AT = 1_800_000_000_000;
const FRAME_MS = 1 / FRAMES_PER_MS;

interface Sent { readonly heardAt: number; readonly arrivesAt: number; readonly packets: readonly Uint8Array[]; readonly end: boolean }
interface Put { readonly slot: Slot; readonly at: number; readonly believed: number }
interface Run { readonly put: readonly Put[]; readonly late: readonly boolean[]; readonly plan: PlayoutPlan }

/** Packets are told apart by identity. */
const voice = (count: number): readonly Uint8Array[] => Array.from({ length: count }, () => new Uint8Array(3));

/** Blocks one behind the other: `holeMs` before each, arriving `spareMs` before they are due, in order as on a TCP link; `null` never arrives. */
function stream(plans: readonly { readonly count: number; readonly holeMs: number; readonly spareMs: number | null }[]): readonly Sent[] {
  let at = OPENS_AT;
  let arrived = -Infinity;
  return plans.flatMap(({ count, holeMs, spareMs }, index): readonly Sent[] => {
    const heardAt = at + holeMs;
    at = heardAt + count * PACKET_MS;
    if (spareMs === null) return [];
    arrived = Math.max(arrived, heardAt - spareMs);
    return [{ heardAt, arrivesAt: arrived, packets: voice(count), end: index === plans.length - 1 }];
  });
}

/** A card that is fed as the plan says: `errorMs` is how wrong the district's time is believed to be there. */
function feed(sent: readonly Sent[], { errorMs = () => 0, forMs = 20_000 }: { readonly errorMs?: (at: number) => number; readonly forMs?: number } = {}): Run {
  const plan = new PlayoutPlan(OPENS_AT);
  const [put, late]: [Put[], boolean[]] = [[], []];
  for (let frame = 0; frame < forMs * FRAMES_PER_MS;) {
    const at = OPENS_AT + frame / FRAMES_PER_MS;
    for (let next = sent[late.length]; next !== undefined && next.arrivesAt <= at - LEAD_MS; next = sent[late.length]) late.push(plan.take(taken(next, late.length + 1)));
    const believed = at + errorMs(at - OPENS_AT);
    const slot = plan.next(believed);
    if (slot === undefined) break;
    put.push({ slot, at, believed });
    frame += slot.frames;
  }
  return { put, late, plan };
}

function taken({ heardAt, packets, end }: Sent, seq: number): Parameters<PlayoutPlan['take']>[0] {
  return { heardAt, block: { end, stream: '0'.repeat(32), seq, capturedAt: 0, previous: NO_BLOCK_BEFORE, packets } };
}

const heardAtOf = (sent: readonly Sent[]): ReadonlyMap<Uint8Array, { readonly heardAt: number; readonly arrivesAt: number; readonly block: number }> =>
  new Map(sent.flatMap(({ heardAt, arrivesAt, packets }, block) => packets.map((opus, index) => [opus, { heardAt: heardAt + index * PACKET_MS, arrivesAt, block }] as const)));
const soundedIn = ({ put }: Run): ReadonlyMap<Uint8Array, Put> => new Map(put.flatMap((one) => (one.slot.kind === 'packet' ? [[one.slot.packet.opus, one] as const] : [])));
const shapeOf = ({ put }: Run): string => put.map(({ slot }) => (slot.kind === 'packet' ? (slot.rises ? '/' : '#') : slot.kind === 'conceal' ? (slot.falls ? '\\' : '~') : '.')).join('');

const spare = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 200, max: 800 }) }, { weight: 3, arbitrary: fc.integer({ min: -200, max: 200 }) }, { weight: 1, arbitrary: fc.constant(null) });
const hole = fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.double({ min: 6, max: 400, noNaN: true }) });
const blocks = fc.array(fc.record({ count: fc.integer({ min: 1, max: 10 }), holeMs: hole, spareMs: spare }), { minLength: 1, maxLength: 40 }).map(stream);

/** What does not hold: `expect` itself is too slow for each of so many slots. */
class Faults {
  readonly all: string[] = [];

  unless(holds: boolean, says: string): void {
    if (!holds) this.all.push(says);
  }
}

/** What holds of every card, however wrong its clock. */
function faultsOf(run: Run): Faults {
  const faults = new Faults();
  let [concealed, isSilent, highest] = [0, true, -Infinity];
  for (const { slot } of run.put) {
    faults.unless(slot.frames > 0 && slot.frames <= PACKET_FRAMES + 1, `${slot.frames} frames`);
    if (slot.kind === 'packet') {
      faults.unless(slot.frames >= PACKET_FRAMES - 1, `a packet of ${slot.frames} frames`);
      faults.unless(slot.rises === isSilent, 'rises after a silence and nowhere else');
      faults.unless(slot.packet.heardAt > highest, 'in order, each once');
      highest = slot.packet.heardAt;
      [concealed, isSilent] = [0, false];
    } else if (slot.kind === 'conceal') {
      concealed += slot.frames;
      faults.unless(!isSilent, 'nothing is made up in a silence');
      faults.unless(concealed <= CONCEAL_MS * FRAMES_PER_MS, 'too much is made up');
      isSilent = slot.falls;
    } else faults.unless(isSilent, 'silent without a fall');
  }
  return faults;
}

it('a packet that came in time sounds at its time to the millisecond, one that did not never sounds, and its block says so', () => {
  fc.assert(fc.property(blocks, (sent) => {
    const run = feed(sent);
    const [faults, sounded] = [faultsOf(run), soundedIn(run)];
    for (const [opus, { heardAt, arrivesAt }] of heardAtOf(sent)) {
      const put = sounded.get(opus);
      faults.unless(put !== undefined || arrivesAt > heardAt - LEAD_MS - PACKET_MS - FINE_MS, 'in time, not heard');
      faults.unless(put === undefined || arrivesAt <= heardAt - LEAD_MS + FINE_MS, 'late, heard');
      faults.unless(put === undefined || Math.abs(put.at - heardAt) <= FINE_MS + FRAME_MS, 'heard at another time');
    }
    run.late.forEach((isLate, block) => faults.unless(isLate === sent[block]?.packets.some((opus) => !sounded.has(opus)), 'late is what is not heard whole'));
    expect(faults.all).toEqual([]);
  }), asked(60));
});

it('it is over with the last sample of the end, whatever is missing before it', () => {
  fc.assert(fc.property(blocks, (sent) => {
    const last = sent.at(-1);
    fc.pre(last?.end === true);
    const [run, endsAt] = [feed(sent), (last?.heardAt ?? 0) + (last?.packets.length ?? 0) * PACKET_MS];
    const closing = run.put.at(-1);
    const overAt = (closing?.at ?? 0) + (closing?.slot.frames ?? 0) / FRAMES_PER_MS;
    const cameAfterAll = (last?.arrivesAt ?? 0) + LEAD_MS > endsAt - PACKET_MS;
    if (!cameAfterAll) expect(Math.abs(overAt - endsAt)).toBeLessThanOrEqual(FINE_MS + 2 * FRAME_MS);
    expect(run.plan.next(overAt + 500)).toBeUndefined();
    expect(run.plan.next(overAt - 500)).toBeUndefined();
  }), asked(60));
});

it('a clock that is off or drifts is slewed by one frame in a packet, never away from the time, and above 30 ms it jumps in a silence', () => {
  const clocks = fc.record({ ppm: fc.integer({ min: -100, max: 100 }), steps: fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 8_000 }), byMs: fc.double({ min: -80, max: 80, noNaN: true }) }), { maxLength: 3 }) });
  fc.assert(fc.property(clocks, fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 20, maxLength: 60 }), ({ ppm, steps }, seams) => {
    // Seams are of the source's clock, about its true time: they do not add up.
    const sent = stream(seams.map((seam, index) => ({ count: 5, holeMs: seam - (seams[index - 1] ?? 0), spareMs: 600 })));
    const errorMs = (afterMs: number): number => afterMs * ppm * 1e-6 + steps.reduce((sum, step) => sum + (afterMs >= step.afterMs ? step.byMs : 0), 0);
    const run = feed(sent, { errorMs });
    const faults = faultsOf(run);
    let isRunning = false;
    for (const { slot, believed } of run.put) {
      if (slot.kind !== 'packet') {
        isRunning = false;
        continue;
      }
      const error = slot.packet.heardAt - believed;
      faults.unless(Math.abs(error) <= (isRunning ? JUMP_MS : FINE_MS + FRAME_MS), 'off and not brought back');
      faults.unless(slot.frames - PACKET_FRAMES === (!isRunning || Math.abs(error) <= FINE_MS ? 0 : Math.sign(error)), 'slewed wrongly');
      isRunning = true;
    }
    expect(faults.all).toEqual([]);
  }), asked(60));
});

it('a missing block is made up for, falls silent after 100 ms, and what follows rises at its time', () => {
  const whole = { count: 5, holeMs: 0, spareMs: 600 };
  const missing = { ...whole, spareMs: null };
  expect(shapeOf(feed(stream([whole, missing, whole])))).toBe('/####~~~~\\/####');
  expect(shapeOf(feed(stream([whole, { ...missing, count: 2 }, whole])))).toBe('/####~~#####');
  expect(shapeOf(feed(stream([whole, missing, { ...missing, count: 2 }, whole])))).toBe('/####~~~~\\../####');
});

it('of a block that comes in its middle the rest is heard at its time', () => {
  const whole = { count: 5, holeMs: 0, spareMs: 600 };
  const run = feed(stream([whole, { ...whole, spareMs: -10 }, whole]));
  expect(shapeOf(run)).toBe('/####~~~#######');
  expect(run.late).toEqual([false, true, false]);
});

it('a time that steps by more than 30 ms falls, is silent, and comes back on time; by less it does not break', () => {
  const whole = { count: 10, holeMs: 0, spareMs: 900 };
  const sent = stream([whole, whole, whole]);
  const stepped = (byMs: number): string => shapeOf(feed(sent, { errorMs: (afterMs) => (afterMs >= 200 ? byMs : 0) }));
  expect(stepped(29)).toBe(`/${'#'.repeat(29)}`);
  expect(stepped(-29)).toBe(`/${'#'.repeat(29)}`);
  expect(stepped(-50)).toBe(`/${'#'.repeat(9)}\\.../${'#'.repeat(19)}`);
  expect(stepped(50)).toBe(`/${'#'.repeat(9)}\\./${'#'.repeat(16)}`);
});

it('what would be heard before it opens does not sound and is not late; after a pre-emption it goes on with what is said then', () => {
  const plan = new PlayoutPlan(OPENS_AT + 50);
  const [first, second] = stream([{ count: 5, holeMs: 0, spareMs: 600 }, { count: 5, holeMs: 0, spareMs: 600 }]);
  if (first === undefined || second === undefined) throw new Error('two blocks');
  expect(plan.take(taken(first, 1))).toBe(false);
  expect(plan.readyMs).toBe(40);
  expect(plan.next(OPENS_AT)).toEqual({ kind: 'silence', frames: PACKET_FRAMES });
  expect(plan.next(OPENS_AT + 50)).toEqual({ kind: 'silence', frames: 10 * FRAMES_PER_MS });
  expect(plan.next(OPENS_AT + 60)).toMatchObject({ kind: 'packet', packet: { heardAt: OPENS_AT + 60 }, rises: true });
  plan.reopen(OPENS_AT + 160);
  expect(plan.take(taken({ ...second, end: false }, 2))).toBe(false);
  expect(plan.next(OPENS_AT + 160)).toMatchObject({ kind: 'packet', packet: { heardAt: OPENS_AT + 160 }, rises: true });
});

it('takes nothing behind the end', () => {
  const plan = new PlayoutPlan(OPENS_AT);
  const [end, more] = [voice(1), voice(1)];
  plan.take(taken({ heardAt: OPENS_AT, arrivesAt: 0, packets: end, end: true }, 1));
  expect(plan.take(taken({ heardAt: OPENS_AT + PACKET_MS, arrivesAt: 0, packets: more, end: true }, 2))).toBe(false);
  expect(plan.next(OPENS_AT)).toMatchObject({ kind: 'packet' });
  expect(plan.next(OPENS_AT + PACKET_MS)).toBeUndefined();
});

it('keeps no more than ten seconds while nothing is asked for', () => {
  const plan = new PlayoutPlan(OPENS_AT);
  for (let second = 0; second < 60; second += 1) {
    for (let tenth = 0; tenth < 10; tenth += 1) plan.take(taken({ heardAt: OPENS_AT + second * 1_000 + tenth * 100, arrivesAt: 0, packets: voice(5), end: false }, 1 + second * 10 + tenth));
  }
  expect(plan.readyMs).toBeLessThanOrEqual(10_000);
  plan.reopen(OPENS_AT + 59_900);
  expect(plan.next(OPENS_AT + 59_900)).toMatchObject({ kind: 'packet', packet: { heardAt: OPENS_AT + 59_900 } });
});
