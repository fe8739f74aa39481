import { digestSchema, dispatchIdSchema } from '#libs/contracts';
import { readAudioFile } from '#libs/audio';
import { sha256, sha256Hex } from '#libs/suites';
import { CardLog } from '../../../../../apps/terminal-agent/src/simulator/card-log';
import { wavOf } from '../../../../../apps/terminal-agent/src/simulator/listen';
import type { CardRecord } from '../../../../../apps/terminal-agent/src/simulator/virtual-card';
import { VoiceMeter } from '../../../../../apps/terminal-agent/src/simulator/voice-meter';
import { spokenPackets } from '../../../../support/live-voice';

const NOW = 1_800_000_000_000;

function record(set: Partial<CardRecord> = {}): CardRecord {
  const job = { dispatchId: dispatchIdSchema.parse('01890000-0000-7000-8000-000000000001'), messageDigest: digestSchema.parse('b'.repeat(64)), repetition: 1, fromFrame: 0, startAt: NOW, gainDb: 0, sounds: [] };
  return { job, live: true, readyAt: NOW, startedAt: NOW, endedAt: null, digest: null, levelCentiDbfs: null, ...set };
}

describe('the record of living voices', () => {
  it('has the digest of all that sounded at its end, whatever lies further back than a minute', () => {
    const log = new CardLog();
    const begun = record();
    log.write('one', begun, undefined);
    const packets = Array.from({ length: 4_000 }, (_, n) => Uint8Array.of(n >> 8, n & 0xff));
    packets.forEach((opus, n) => log.packet('one', begun, opus, NOW + n * 20));
    log.write('one', { ...begun, endedAt: NOW + 80_000 }, begun);
    expect(log.since(0)).toEqual([expect.objectContaining({ packets: 4_000, digest: sha256Hex(...packets.map((opus) => sha256(opus))) })]);
    const { one } = log.voices.since(0, undefined);
    expect(one).toHaveLength(3_000);
    expect(one?.[0]).toEqual([NOW + 20_000, sha256Hex(packets[1_000] ?? new Uint8Array()).slice(0, 16)]);
    expect(log.voices.since(NOW + 79_900, ['one', 'nobody'])).toEqual({ one: one?.slice(-5), nobody: [] });
  });

  it('says nothing of packets where nothing was live', () => {
    const log = new CardLog();
    log.write('one', record({ live: false, endedAt: NOW + 1, digest: digestSchema.parse('c'.repeat(64)) }), undefined);
    expect(log.since(0)).toEqual([expect.objectContaining({ packets: null, digest: 'c'.repeat(64) })]);
  });

  it('can be listened to, each packet at its moment', async () => {
    const log = new CardLog();
    const begun = record({ startedAt: NOW - 1_500 });
    log.write('one', begun, undefined);
    spokenPackets(25).forEach((opus, n) => log.packet('one', begun, opus, NOW - 1_000 + n * 20));
    const read = readAudioFile(await wavOf(log.lately('one', 0), NOW, 2_000, log.voices.lately('one', 0)));
    if (!read.ok) throw new Error(read.code);
    const { samples } = read.pcm;
    const loudest = (fromMs: number, untilMs: number) => samples.subarray(fromMs * 48, untilMs * 48).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(loudest(0, 999)).toBe(0);
    expect(loudest(1_050, 1_490)).toBeGreaterThan(0.2);
    expect(loudest(1_501, 2_000)).toBe(0);
  });

  it('is measured where a unit decodes, silence left out', () => {
    const meter = new VoiceMeter();
    expect(meter.levelDbfs()).toBeNull();
    spokenPackets(50).forEach((opus, n) => meter.hear({ kind: 'packet', packet: { heardAt: 0, opus }, frames: 960, rises: n === 0 }));
    const level = meter.levelDbfs() ?? 0;
    meter.hear({ kind: 'silence', frames: 96_000 });
    expect(meter.levelDbfs()).toBe(level);
    // A sine of 9,000 of 32,768.
    expect(level).toBeGreaterThan(-15.5);
    expect(level).toBeLessThan(-13.5);
  });
});
