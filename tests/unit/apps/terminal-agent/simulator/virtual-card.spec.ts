import { digestSchema, dispatchIdSchema } from '#libs/contracts';
import { JobLine } from '../../../../../apps/terminal-agent/src/hardware/job-line';
import { FADE_MS, type CardEnd, type CardJob, type Sound } from '../../../../../apps/terminal-agent/src/hardware/sound-card';
import { VirtualCard, type CardRecord } from '../../../../../apps/terminal-agent/src/simulator/virtual-card';
import { digestNamed } from '../../../../support/trust-builder';
import { DrivenTime } from '../../../../support/terminal-agent/driven-time';

const ID = dispatchIdSchema.parse('01890000-0000-7000-8000-000000000001');
const BEGAN = 1_800_000_000_000;

function bench(ppm = 0) {
  const truth = new DrivenTime(BEGAN);
  const records: CardRecord[] = [];
  const card = new VirtualCard({
    truth, ppm, decode: () => Promise.resolve({ digest: digestNamed('pcm'), levelDbfs: -20 }),
    onRecord: (record, before) => {
      const at = before === undefined ? -1 : records.indexOf(before);
      if (at < 0) records.push(record);
      else records[at] = record;
    },
  });
  const ends: CardEnd[] = [];
  const first: number[] = [];
  const job = (startFrame: number, ms: number, set: Partial<CardJob> = {}): CardJob => ({
    dispatchId: ID, messageDigest: digestNamed('message'), repetition: 1, startAt: BEGAN, startFrame, sounds: [soundOf(ms)], fromFrame: 0, gainDb: -4, mayCut: true,
    onFirstSample: (frame) => first.push(frame), onEnd: (end) => ends.push(end), ...set,
  });
  return { truth, card, records, ends, first, job };
}

function soundOf(ms: number): Sound {
  return { sha256: digestSchema.parse('a'.repeat(64)), packets: [], preSkip: 0, samples: ms * 48 };
}

describe('the virtual card', () => {
  it('starts what was fed ahead at exactly its frame by its own crystal, even when the process was asleep then', async () => {
    const { truth, card, records, first, job } = bench(100);
    card.schedule(job(48_000, 500));
    truth.jump(3_000);
    await truth.move(0);
    expect(first).toEqual([48_000]);
    expect(records[0]?.startedAt).toBeCloseTo(BEGAN + 1_000 / 1.0001, 2);
    expect(records[0]?.readyAt).toBe(BEGAN);
    expect(records[0]?.endedAt).toBeCloseTo(BEGAN + 1_500 / 1.0001, 2);
  });

  it('starts what was fed late when it is fed', async () => {
    const { truth, card, records, job } = bench();
    await truth.move(2_000);
    card.schedule(job(48_000, 100));
    await truth.move(200);
    expect(records[0]?.startedAt).toBeCloseTo(BEGAN + 2_000, 1);
  });

  it('records digest, level with gain, and the end of what sounded through', async () => {
    const { truth, card, records, ends, job } = bench();
    card.schedule(job(0, 100));
    await truth.move(2_000);
    expect(records[0]).toMatchObject({ digest: digestNamed('pcm'), levelCentiDbfs: -2_400 });
    expect(ends.map(({ how }) => how)).toEqual(['played']);
  });

  it('lets one that may cut take over at its own frame, and one that may not wait for the end', async () => {
    const { truth, card, records, ends, job } = bench();
    card.schedule(job(0, 1_000));
    await truth.move(100);
    card.schedule(job(24_000, 300));
    await truth.move(1_000);
    expect(records.map(({ endedAt }) => Math.round((endedAt ?? 0) - BEGAN))).toEqual([500, 800]);
    expect(ends.map(({ how }) => how)).toEqual(['cut', 'played']);

    const polite = bench();
    polite.card.schedule(polite.job(0, 1_000));
    await polite.truth.move(100);
    polite.card.schedule(polite.job(24_000, 300, { mayCut: false }));
    await polite.truth.move(2_000);
    expect(polite.records.map(({ startedAt }) => Math.round(startedAt - BEGAN))).toEqual([0, 1_000]);
  });

  it('is silent within the fade, forgets what is scheduled, and gives no digest for what was cut', async () => {
    const { truth, card, records, ends, job } = bench();
    card.schedule(job(0, 1_000));
    card.schedule(job(96_000, 1_000));
    await truth.move(200);
    card.silence(20);
    await truth.move(5_000);
    expect(records).toHaveLength(1);
    expect((records[0]?.endedAt ?? 0) - BEGAN).toBeCloseTo(220, 0);
    expect(ends).toEqual([expect.objectContaining({ how: 'cut', digest: null, levelCentiDbfs: null })]);
  });

  it('counts a job as begun when its frame has passed, even if nobody has woken yet, before it cancels it', async () => {
    const { truth, card, records, job } = bench();
    const ticket = card.schedule(job(4_800, 1_000));
    truth.jump(500);
    ticket.cancel(20);
    expect(records.map(({ startedAt, endedAt }) => [Math.round(startedAt - BEGAN), Math.round((endedAt ?? 0) - BEGAN)])).toEqual([[100, 520]]);
    await truth.move(0);
    expect(records).toHaveLength(1);
  });

  it('lets what is cut off late fade before the newcomer begins, and one scheduled into a fade wait for its end', async () => {
    const { truth, card, records, job } = bench();
    card.schedule(job(0, 1_000));
    await truth.move(200);
    card.schedule(job(4_800, 300));
    await truth.move(2_000);
    expect(records.map(({ startedAt, endedAt }) => [Math.round(startedAt - BEGAN), Math.round((endedAt ?? 0) - BEGAN)])).toEqual([[0, 205], [205, 505]]);

    const stopped = bench();
    const ticket = stopped.card.schedule(stopped.job(0, 1_000));
    await stopped.truth.move(200);
    ticket.cancel(FADE_MS);
    stopped.card.schedule(stopped.job(4_800, 300));
    await stopped.truth.move(2_000);
    expect(stopped.records.map(({ startedAt, endedAt }) => [Math.round(startedAt - BEGAN), Math.round((endedAt ?? 0) - BEGAN)])).toEqual([[0, 205], [205, 505]]);
  });

  it('ends and begins at the same frames as the card of a real machine', async () => {
    for (const [second, fromFrame, mayCut] of [[72_000, 0, true], [72_000, 12_000, true], [72_000, 0, false], [48_000, 0, true]] as const) {
      const virtual = bench();
      const line = new JobLine();
      const real: CardEnd[] = [];
      const begun: number[] = [];
      const seen = { onFirstSample: (frame: number) => begun.push(frame), onEnd: (end: CardEnd) => real.push(end) };
      for (const add of [(one: CardJob) => virtual.card.schedule(one), (one: CardJob) => line.add({ ...one, ...seen })]) {
        add(virtual.job(24_000, 1_000));
        add(virtual.job(second, 500, { fromFrame, mayCut }));
      }
      await virtual.truth.move(5_000);
      for (let at = 0; at < 5_000; at += 20) line.render(960);
      line.tell(240_000);
      expect(begun).toEqual(virtual.first);
      expect(real.map(({ how, frame }) => [how, frame])).toEqual(virtual.ends.map(({ how, frame }) => [how, frame]));
    }
  });
});
