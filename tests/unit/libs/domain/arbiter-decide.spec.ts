import { digestSchema, dispatchIdSchema, platformIdSchema, type Digest } from '#libs/contracts';
import { decide, type ArbiterItem, type RunningItem } from '#libs/domain';
import { seededRandom, type SeededRandom } from '../../../support/seeded-random';

const digestNr = (nr: number): Digest => digestSchema.parse(nr.toString(16).padStart(64, '0'));
const platformNr = (nr: number) => platformIdSchema.parse(`p${nr}`);

function item(nr: number, set: Partial<ArbiterItem> = {}): ArbiterItem {
  return {
    dispatchId: dispatchIdSchema.parse(`01890000-0000-7000-8000-${String(nr).padStart(12, '0')}`), messageDigest: digestNr(nr), platform: platformNr(1),
    tier: 'township', mode: 'actual', class: 'notice', severity: 'none', issuedAt: 1_000, replaces: null, dueAt: 0, ...set,
  };
}
const running = (of: ArbiterItem, repetitionEndsAt = 5_000): RunningItem => ({ ...of, repetitionEndsAt });
const idle = { running: null, queued: [], incoming: null, now: 100 };

describe('decide', () => {
  it('lets a strictly higher one cut in at once', () => {
    const low = running(item(1));
    const high = item(2, { class: 'emergency', severity: 'red' });
    expect(decide({ ...idle, running: low, incoming: high })).toEqual({ sounding: high, cut: [{ item: low, reason: 'preempted' }], queue: [], wakeAt: null, ignoredReplaces: false });
  });
  it('lets an equal one wait for the end of the repetition, then the earlier dispatch goes first', () => {
    const now = running(item(1, { issuedAt: 2_000 }));
    const earlier = item(2, { issuedAt: 1_000 });
    expect(decide({ ...idle, running: now, incoming: earlier })).toMatchObject({ sounding: now, cut: [], queue: [earlier], wakeAt: 5_000 });
    expect(decide({ ...idle, running: now, queued: [earlier], now: 5_000 })).toMatchObject({ sounding: earlier, cut: [], queue: [now] });
  });
  it('starts nothing before it is due, and says when to ask again', () => {
    const soon = item(1, { dueAt: 700 });
    expect(decide({ ...idle, incoming: soon })).toMatchObject({ sounding: null, queue: [soon], wakeAt: 700 });
    expect(decide({ ...idle, queued: [soon], now: 700 })).toMatchObject({ sounding: soon, queue: [], wakeAt: null });
  });
  it('ends the predecessor that a message of the same platform replaces, sounding or waiting', () => {
    const old = running(item(1, { class: 'emergency' }));
    const next = item(2, { replaces: digestNr(1), dueAt: 700 });
    expect(decide({ ...idle, running: old, incoming: next })).toMatchObject({ sounding: null, cut: [{ item: old, reason: 'replaced' }], queue: [next], wakeAt: 700 });
    const waiting = item(1);
    expect(decide({ ...idle, queued: [waiting], incoming: next })).toMatchObject({ cut: [{ item: waiting, reason: 'replaced' }], queue: [next] });
  });
  it('ignores, and reports, a replacement by another platform', () => {
    const old = running(item(1));
    const next = item(2, { replaces: digestNr(1), platform: platformNr(2), issuedAt: 3_000 });
    expect(decide({ ...idle, running: old, incoming: next })).toMatchObject({ sounding: old, cut: [], queue: [next], ignoredReplaces: true });
  });
  it('puts a drill behind everything that is meant', () => {
    const meant = running(item(1, { class: 'daily' }));
    const drill = item(2, { mode: 'drill', class: 'emergency', severity: 'red', tier: 'district' });
    expect(decide({ ...idle, running: meant, incoming: drill })).toMatchObject({ sounding: meant, queue: [drill] });
    expect(decide({ ...idle, running: running(drill), incoming: item(3, { class: 'daily' }) })).toMatchObject({ cut: [{ reason: 'preempted' }] });
  });
});

/** The same rules written the other way round: ask of each candidate whether anything beats it. */
function model(facts: Parameters<typeof decide>[0]): { readonly sounding: string | null; readonly cut: readonly string[]; readonly queue: readonly string[] } {
  const { running: on, queued, incoming, now } = facts;
  const place = (x: ArbiterItem): readonly number[] => [
    x.mode === 'actual' ? 1 : 0, ['daily', 'governance', 'notice', 'advisory', 'emergency'].indexOf(x.class), ['village', 'township', 'district'].indexOf(x.tier),
    ['none', 'blue', 'yellow', 'orange', 'red'].indexOf(x.severity),
  ];
  const higher = (a: ArbiterItem, b: ArbiterItem): boolean => {
    const [pa, pb] = [place(a), place(b)];
    for (let n = 0; n < 4; n += 1) if (pa[n] !== pb[n]) return (pa[n] ?? 0) > (pb[n] ?? 0);
    return false;
  };
  const goesFirst = (a: ArbiterItem, b: ArbiterItem): boolean =>
    higher(a, b) || (!higher(b, a) && (a.issuedAt < b.issuedAt || (a.issuedAt === b.issuedAt && a.dispatchId < b.dispatchId)));
  const gone = (x: ArbiterItem): boolean => incoming !== null && x.messageDigest === incoming.replaces && x.platform === incoming.platform;
  const cut = [...(on !== null && gone(on) ? [on] : []), ...queued.filter(gone)].map((x) => `${x.dispatchId} replaced`);
  const stays = on !== null && !gone(on) ? on : null;
  const waiting = [...queued.filter((x) => !gone(x)), ...(incoming === null ? [] : [incoming])];
  const due = waiting.filter((x) => x.dueAt <= now);
  const best = due.find((x) => due.every((y) => y === x || goesFirst(x, y))) ?? null;
  let sounding: ArbiterItem | null = stays ?? best;
  let all = waiting;
  if (stays !== null && best !== null) {
    if (higher(best, stays)) {
      sounding = best;
      cut.push(`${stays.dispatchId} preempted`);
    } else if (now >= stays.repetitionEndsAt && goesFirst(best, stays)) {
      sounding = best;
      all = [...waiting, stays];
    }
  }
  const left = all.filter((x) => x !== sounding);
  const queue = left.map((x) => x.dispatchId).sort((a, b) => {
    const [x, y] = [left.find((z) => z.dispatchId === a), left.find((z) => z.dispatchId === b)];
    return x !== undefined && y !== undefined && goesFirst(x, y) ? -1 : 1;
  });
  return { sounding: sounding?.dispatchId ?? null, cut, queue };
}

describe('decide over 10,000 random sequences', () => {
  it('does what the reference model does, step by step', () => {
    const random = seededRandom(2026);
    for (let sequence = 0; sequence < 10_000; sequence += 1) walk(random);
  });

  function walk(random: SeededRandom): void {
    let now = 0;
    let on: RunningItem | null = null;
    let queued: readonly ArbiterItem[] = [];
    for (let nr = 1; nr <= 8; nr += 1) {
      now += random.int(3) * 100;
      const incoming = random.int(4) === 0 ? null : randomItem(random, nr, now);
      const facts: Parameters<typeof decide>[0] = { running: on, queued, incoming, now };
      const got = decide(facts);
      const said = { sounding: got.sounding?.dispatchId ?? null, cut: got.cut.map((one) => `${one.item.dispatchId} ${one.reason}`), queue: got.queue.map((one) => one.dispatchId) };
      if (JSON.stringify(said) !== JSON.stringify(model(facts))) expect({ facts, said }).toEqual({ facts, said: model(facts) });
      // Nothing is lost: what came in sounds, waits or was cut for a reason.
      const before = (on === null ? 0 : 1) + queued.length + (incoming === null ? 0 : 1);
      if ((got.sounding === null ? 0 : 1) + got.queue.length + got.cut.length !== before) throw new Error(`something was lost: ${JSON.stringify({ facts, said })}`);
      on = got.sounding === null || random.int(5) === 0 ? null : got.sounding === on ? on : running(got.sounding, now + random.int(4) * 100);
      queued = got.queue;
    }
  }

  function randomItem(random: SeededRandom, nr: number, now: number): ArbiterItem {
    return item(nr, {
      mode: random.pick(['actual', 'actual', 'drill']), class: random.pick(['emergency', 'advisory', 'notice', 'governance', 'daily']),
      tier: random.pick(['district', 'township', 'village']), severity: random.pick(['red', 'blue', 'none']), issuedAt: random.int(3) * 100,
      dueAt: now + random.int(3) * 100, platform: platformNr(random.int(2)), replaces: random.int(3) === 0 ? digestNr(random.int(nr)) : null,
    });
  }
});
