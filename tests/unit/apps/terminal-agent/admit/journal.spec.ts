import { digestSchema, dispatchIdSchema, isolateIdSchema, keyIdSchema, LIMITS, platformIdSchema, stopIdSchema } from '#libs/contracts';
import { EMPTY_SEQ_WINDOW, withSeq } from '#libs/domain';
import { Journal } from '../../../../../apps/terminal-agent/src/admit/journal';
import { Refusals, type RefusedCommand } from '../../../../../apps/terminal-agent/src/admit/refusals';
import { skewedClock } from '../../../../../apps/terminal-agent/src/simulator/true-time';
import { areaOf, digestNamed, platformOf } from '../../../../support/trust-builder';
import { DrivenTime, seededChance } from '../../../../support/terminal-agent/driven-time';
import { FakeDisk } from '../../../../support/terminal-agent/fake-disk';

const DISPATCH = dispatchIdSchema.parse('0197a3b0-0009-7000-8000-000000000009');
const STOP = stopIdSchema.parse('0197a3b0-000b-7000-8000-00000000000b');
const NOW = 1_800_000_000_000;

function filled(disk = new FakeDisk()): Journal {
  const journal = new Journal(disk);
  journal.accept({
    dispatcherKeyId: digestNamed('key') as never, floor: { epoch: 3, window: withSeq(EMPTY_SEQ_WINDOW, 42) }, dispatchId: DISPATCH, messageDigest: digestNamed('message'),
    journal: { dispatchId: DISPATCH, mode: 'drill', repetition: 0, state: 'accepted', dispatches: 1, until: NOW + 90_000_000, sounded: false, stoppedBy: null, takenBack: [], startAt: NOW + 700, permit: null },
  }, { digest: digestNamed('dispatch'), notAfter: NOW + 1_000, platform: platformIdSchema.parse('d'), replaces: digestNamed('old'), corrects: null });
  journal.addStop({ stopId: STOP, tier: 'township', area: areaOf('t1-area'), issuedAt: NOW, scope: { kind: 'all' }, until: NOW + 90_000_000 }, NOW + 5_000);
  return journal;
}

describe('the journal', () => {
  it('hashes what it holds as docs/protocol.md says: unexpired ids, sorted, joined by line feeds', () => {
    expect(new Journal(new FakeDisk()).held(NOW)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    const journal = filled();
    expect(journal.held(NOW)).toBe('98bc16c38439d39c8c1a3fb173f1a9b076b36f1141fa3b027ad1feab507a9f42');
    expect(journal.held(NOW + 2_000)).not.toBe(journal.held(NOW));
    expect(journal.held(NOW + 6_000)).toBe(new Journal(new FakeDisk()).held(NOW));
  });

  it('knows a stop dated far ahead as long as anybody sends it, counted from the first moment at which the time was known', () => {
    const journal = filled();
    const ahead = stopIdSchema.parse('0197a3b0-000c-7000-8000-00000000000c');
    const year = 365 * 86_400_000;
    journal.addStop({ stopId: ahead, tier: 'township', area: areaOf('t1-area'), issuedAt: NOW + year, scope: { kind: 'all' }, until: NOW + year + 90_000_000 }, NOW + year + 5_000);
    journal.dateStops(NOW);
    expect(journal.stops).toMatchObject([{ stopId: STOP, issuedAt: NOW, until: NOW + 90_000_000 }, { stopId: ahead, issuedAt: NOW + 5_000, until: NOW + 5_000 + 864_000_000 }]);
    journal.dateStops(NOW + 1_000);
    journal.prune(NOW + year);
    expect(journal.stops).toMatchObject([{ stopId: ahead, issuedAt: NOW + 5_000 }]);
  });

  it('knows a stop again, and takes another one under its id for another one', () => {
    const journal = filled();
    const again = { stopId: STOP, tier: 'township', area: areaOf('t1-area'), issuedAt: NOW + 9, scope: { kind: 'all' }, until: NOW + 90_000_000 } as const;
    expect(journal.addStop(again, NOW + 5_000)).toBe(false);
    const held = journal.held(NOW);
    expect(journal.addStop({ ...again, tier: 'district', area: areaOf('d-area') }, NOW + 5_000)).toBe(true);
    expect(journal.stops).toHaveLength(2);
    expect(journal.held(NOW)).toBe(held);
  });

  it('comes back from the disk as it was, floors, windows, messages, stops and time', async () => {
    const disk = new FakeDisk();
    const journal = filled(disk);
    journal.note(digestNamed('message'), { repetition: 1, state: 'playing' });
    journal.keepTime({ districtAt: NOW, wallAt: NOW + 7 }, NOW, { platform: platformOf('d'), treeSize: 9, rootHash: digestNamed('tree') });
    await journal.save();
    const again = new Journal(disk);
    expect(await again.load()).toBe('whole');
    expect(again.held(NOW)).toBe(journal.held(NOW));
    expect(again.floors.get(digestNamed('key'))?.window.highest).toBe(42);
    expect(again.openNotes()).toMatchObject([{ repetition: 1, state: 'playing', ended: 0 }]);
    expect(again.stops).toMatchObject([{ stopId: STOP }]);
    expect([again.clock, again.beaconAt, again.head?.treeSize]).toEqual([{ districtAt: NOW, wallAt: NOW + 7 }, NOW, 9]);
    expect(again.hasSeen(digestNamed('dispatch'))).toBe(true);
    expect(again.isReplaced(digestNamed('old'), 'd', 'drill')).toBe(true);
    expect(again.isReplaced(digestNamed('old'), 't1', 'drill')).toBe(false);
    expect(again.isReplaced(digestNamed('old'), 'd', 'actual')).toBe(false);
  });

  it('of a unit before the upgrade is read: what had begun may have sounded, what waited had not', async () => {
    const before = (note: object) => JSON.stringify({
      floors: {}, seen: [], stops: [], clock: null, beaconAt: null, head: null, amnesiaUntil: null,
      messages: [{ messageDigest: digestNamed('message'), dispatchId: DISPATCH, platform: 'd', replaces: null, ended: 0, dispatches: 1, until: NOW, ...note }],
    });
    for (const [note, sounded] of [[{ state: 'accepted', repetition: 0 }, false], [{ state: 'stopped', repetition: 2 }, true], [{ state: 'playing', repetition: 1 }, true]] as const) {
      const disk = new FakeDisk();
      disk.overwrite('journal', new TextEncoder().encode(before(note)));
      const journal = new Journal(disk);
      expect(await journal.load()).toBe('whole');
      expect(journal.noteOf(digestNamed('message'))).toMatchObject({ sounded, stoppedBy: null, corrects: null });
      expect(journal.isolations).toEqual([]);
    }
  });

  it('says after a crash that what was playing may have been heard, and what was stopped before its first sample was not', async () => {
    for (const [change, sounded] of [[{ state: 'playing', repetition: 1 }, true], [{ state: 'stopped', repetition: 1 }, false]] as const) {
      const disk = new FakeDisk();
      const journal = filled(disk);
      journal.note(digestNamed('message'), change);
      expect(journal.noteOf(digestNamed('message'))?.sounded).toBe(false);
      await journal.save();
      const again = new Journal(disk);
      await again.load();
      expect(again.noteOf(digestNamed('message'))?.sounded).toBe(sounded);
    }
  });

  it('counts a message as stopped from the stop on, and keeps the stop until a new dispatch is accepted', () => {
    const journal = filled();
    journal.note(digestNamed('message'), { state: 'playing', sounded: true, stoppedBy: STOP });
    expect(journal.messages.get(digestNamed('message'))).toMatchObject({ state: 'stopped', sounded: true, stoppedBy: STOP });
    expect(journal.openNotes()).toHaveLength(1);
  });

  it('keeps isolations until they end, counts them in what it holds, and takes each once', async () => {
    const disk = new FakeDisk();
    const journal = filled(disk);
    const before = journal.held(NOW);
    const isolation = {
      isolateId: isolateIdSchema.parse('0197a3b0-000c-7000-8000-00000000000c'), tier: 'village' as const, platform: platformOf('v1'), area: areaOf('v1-area'),
      notAfter: NOW + 3_000, except: ['emergency' as const],
    };
    expect(['one', 'one', 'another'].map((bytes) => journal.addIsolation(isolation, digestNamed(bytes)))).toEqual([true, false, true]);
    expect(journal.held(NOW)).not.toBe(before);
    expect(journal.held(NOW + 3_000)).toBe(filled().held(NOW + 3_000));
    await journal.save();
    const again = new Journal(disk);
    await again.load();
    expect(again.isolations).toEqual(['one', 'another'].map((bytes) => ({ ...isolation, digest: digestNamed(bytes) })));
    again.prune(NOW + 3_000);
    expect(again.isolations).toEqual([]);
  });

  it('is lost rather than believed when a window in it is none, or anything else is not as it was written', async () => {
    for (const [from, to] of [['"highest":42', '"highest":43'], ['"state":"accepted"', '"state":"anything"'], ['"epoch":3', '"epoch":-3']] as const) {
      const disk = new FakeDisk();
      await filled(disk).save();
      const read = await disk.read('journal');
      const text = read.kind === 'whole' ? new TextDecoder().decode(read.bytes) : '';
      expect(text).toContain(from);
      disk.overwrite('journal', new TextEncoder().encode(text.replace(from, to)));
      expect(await new Journal(disk).load()).toBe('corrupt');
    }
  });

  it('forgets only what nobody may use any more, and never what is open', () => {
    const journal = filled();
    journal.prune(NOW + 80_000_000);
    expect(journal.noteOf(digestNamed('message'))).toBeDefined();
    journal.prune(NOW + 100_000_000);
    expect(journal.noteOf(digestNamed('message'))?.state).toBe('accepted');
    journal.note(digestNamed('message'), { state: 'completed' });
    journal.prune(NOW + 100_000_000);
    expect([journal.noteOf(digestNamed('message')), journal.stops.length, journal.hasSeen(digestNamed('dispatch'))]).toEqual([undefined, 0, false]);
    expect(journal.floors.size).toBe(1);
  });

  it('is never younger than its last save, and one save carries all that changed in the same turn', async () => {
    const disk = new FakeDisk();
    const journal = filled(disk);
    const first = journal.save();
    journal.note(digestNamed('message'), { repetition: 1 });
    await Promise.all([first, journal.save()]);
    expect(disk.written).toEqual(['journal']);
    const again = new Journal(disk);
    await again.load();
    expect(again.noteOf(digestNamed('message'))?.repetition).toBe(1);
  });
});

describe('what is told of refusals', () => {
  it('is each code and subject once in ten minutes, at most 120 a minute, while everything is written down', async () => {
    const truth = new DrivenTime(NOW);
    const told: RefusedCommand[] = [];
    const noted: RefusedCommand[] = [];
    const refusals = new Refusals(skewedClock(truth, { ppm: 0, offsetMs: 0 }, seededChance(1)), (command) => told.push(command), (command) => noted.push(command));
    const refused = (code: RefusedCommand['code'], subject: string) => refusals.refused({ code, subject: digestSchema.parse(digestNamed(subject)), payloadType: null, keyIds: [] });
    refused('REJ_SIGNATURE', 'a');
    refused('REJ_SIGNATURE', 'a');
    refused('REJ_EXPIRED', 'a');
    refused('REJ_SIGNATURE', 'b');
    expect(told).toHaveLength(3);
    await truth.move(601_000);
    refused('REJ_SIGNATURE', 'a');
    expect(told).toHaveLength(4);
    for (let n = 0; n < 1_000; n += 1) refused('REJ_SIGNATURE', `flood ${n}`);
    expect(told).toHaveLength(123);
    expect(noted).toHaveLength(1_005);
  });

  it('carries the refused dispatch once in ten minutes for each key, where only a holder of the key can have sent it and it is small', async () => {
    const truth = new DrivenTime(NOW);
    const told: RefusedCommand[] = [];
    const refusals = new Refusals(skewedClock(truth, { ppm: 0, offsetMs: 0 }, seededChance(1)), (command) => told.push(command), () => undefined);
    const refused = (code: RefusedCommand['code'], subject: string, key = 'key', chars = 4) => {
      const keyId = keyIdSchema.parse(digestNamed(key));
      const evidence = { payloadType: 'application/vnd.clarion.dispatch.v1+json', payload: 'A'.repeat(chars) as never, signatures: [{ keyid: keyId, sig: 'AAAA' as never }] };
      refusals.refused({ code, subject: digestSchema.parse(digestNamed(subject)), payloadType: evidence.payloadType, keyIds: [keyId], evidence });
      return told.at(-1)?.evidence !== undefined;
    };
    expect(['REJ_SIGNATURE', 'REJ_KEY_UNKNOWN', 'REJ_VERSIONS'].map((code) => refused(code as 'REJ_VERSIONS', 'a'))).toEqual([false, false, false]);
    expect([refused('REJ_SEQ_JUMP', 'large', 'key', LIMITS.evidenceChars + 4), refused('REJ_SEQ_JUMP', 'b'), refused('REJ_SEQ_JUMP', 'c'), refused('REJ_SEQ_JUMP', 'd', 'other')]).toEqual([false, true, false, true]);
    await truth.move(600_000);
    expect(refused('REJ_SEQ_JUMP', 'e')).toBe(true);
    expect(told).toHaveLength(8);
  });
});
