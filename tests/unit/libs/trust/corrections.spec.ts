import { stopIdSchema, type Consent, type Order, type Stop } from '#libs/contracts';
import { admit, judgeOrder, stoppableOf, takenBackBy, tombstoneOf, verifyConsent, verifyStop, isVoid, type AdmitDecision, type AdmitFacts, type JournalEntry } from '#libs/trust';
import { silences, type Tombstone } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import { codeOf, ENTRY, factsFor, Memory, trustAfter } from '../../../support/admit-facts';
import { areaOf, buildWorld, chainOf, digestNamed, digestOf, makeKey, NOW, rule, type CorrectionParts, type OrderParts, type World } from '../../../support/trust-builder';

const HOUR = 3_600_000;

let world: World;
beforeAll(async () => { world = await buildWorld(); });

const judged = (order: unknown, now = NOW): string => {
  const result = judgeOrder(world.trust, order, now);
  return result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' ');
};
function tombstone(envelope: Envelope): Tombstone {
  const stop = verifyStop(world.trust, envelope);
  if (!stop.ok) throw new Error(stop.code);
  return tombstoneOf(stop.value, NOW);
}

describe('a consent', () => {
  const act = { kind: 'correct' as const, correction: digestNamed('correction'), ofMessage: digestNamed('message') };
  const said = async (...[signing]: Parameters<World['consent']> extends [unknown, unknown, ...infer Rest] ? Rest : never): Promise<string> => {
    const result = verifyConsent(world.trust, await world.consent('t1', act, signing), NOW);
    return result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' ');
  };

  it('is one stopper of its platform, in his own name, now', async () => {
    const envelope = await world.consent('t1', act);
    expect(verifyConsent(world.trust, envelope, NOW)).toEqual({ ok: true, value: { consent: { platform: 't1', person: 't1-stopper', act, signedAt: NOW }, digest: digestOf(envelope), keyId: world.key('t1', 'stopper').record.keyId } });
    expect(await said({ by: [world.key('t1', 'approver-a').signer] })).toBe('REJ_CONSENT person');
    expect(await said({ by: [world.key('t1', 'approver-a').signer], set: { person: world.personId('t1', 'approver-a') } })).toBe('REJ_CONSENT stopper');
    expect(await said({ by: [world.platform('t1').dispatcher.signer] })).toBe('REJ_KEY_USAGE');
    expect(await said({ by: [world.key('d', 'stopper').signer] })).toBe('REJ_KEY_USAGE platform');
    expect(await said({ by: [world.key('t1', 'stopper').signer, world.key('d', 'stopper').signer] })).toBe('REJ_SHAPE signatures');
    expect(await said({ set: { signedAt: NOW + 300_000 } })).toBe('ok');
    expect(await said({ set: { signedAt: NOW + 300_001 } })).toBe('REJ_NOT_YET signedAt');
    expect(await said({ word: 'stop' })).toBe('REJ_TYPE application/vnd.clarion.stop.v1+json');
  });

  it('is void once its key is revoked', async () => {
    const { keyId } = world.key('t1', 'stopper').record;
    const trust = trustAfter(world.trust, await world.revocation('t1', { set: { entries: [{ keyId, reason: 'left', since: NOW }] } }));
    expect(verifyConsent(trust, await world.consent('t1', act), NOW)).toEqual({ ok: false, code: 'REJ_KEY_REVOKED', at: keyId });
  });

  it('to go on takes back the stops that it names, at its own time; one to a correction takes back none', () => {
    const [first, second] = [stopIdSchema.parse(world.nextId()), stopIdSchema.parse(world.nextId())];
    expect(takenBackBy({ act: { kind: 'resume', message: digestNamed('message'), stop: first, also: [second] }, signedAt: NOW })).toEqual([{ stopId: first, consentedAt: NOW }, { stopId: second, consentedAt: NOW }]);
    expect(takenBackBy({ act, signedAt: NOW })).toEqual([]);
  });
});

describe('a correction on the platform', () => {
  let parts: CorrectionParts;
  beforeAll(async () => { parts = await world.correctionOrder('t1'); });

  it('is carried by the bytes of the message that lists it, and stands on the dispatcher and the stopper', () => {
    const result = judgeOrder(world.trust, parts.order, NOW);
    if (!result.ok) throw new Error(result.code);
    const { original, consent, approvals, keyIds } = result.value;
    expect(original?.digest).toBe(digestOf(parts.original.message));
    expect(consent?.digest).toBe(digestOf(parts.consent));
    expect(approvals).toEqual([]);
    expect(keyIds).toEqual([world.platform('t1').dispatcher.record.keyId, world.key('t1', 'stopper').record.keyId]);
  });

  it('is void once its stopper is compromised, and can be said although everybody who signed the false alarm is', async () => {
    const result = judgeOrder(world.trust, parts.order, NOW);
    if (!result.ok) throw new Error(result.code);
    const revoked = async (who: string) => trustAfter(world.trust, await world.revocation('t1', { set: { entries: [{ keyId: world.key('t1', who).record.keyId, reason: 'compromised', since: NOW }] } }));
    for (const who of ['author', 'approver-a', 'approver-b']) {
      const trust = await revoked(who);
      expect(isVoid(trust, result.value)).toBe(false);
      expect(judgeOrder(trust, parts.order, NOW)).toMatchObject({ ok: true });
      expect(judgeOrder(trust, parts.original.order, NOW)).toMatchObject({ ok: false, code: 'REJ_KEY_REVOKED' });
    }
    const trust = await revoked('stopper');
    expect(isVoid(trust, result.value)).toBe(true);
    expect(judgeOrder(trust, parts.order, NOW).ok).toBe(false);
  });

  it('can be said after the policy was raised, or whoever signed the false alarm has left the roster', async () => {
    const roster = await world.roster('t1', { set: { version: 2, policy: { version: 2, rules: [rule(['emergency'], ['actual'], [], 2, 'none')] } } });
    const trust = trustAfter(world.trust, roster);
    expect(judgeOrder(trust, parts.original.order, NOW)).toMatchObject({ ok: false, code: 'REJ_POLICY_VERSION' });
    expect(judgeOrder(trust, parts.order, NOW)).toMatchObject({ ok: true });
  });

  it('names the place of its fault', async () => {
    const { order } = parts;
    const of = async (set: Parameters<World['correctionOrder']>[1]): Promise<string> => judged((await world.correctionOrder('t1', set)).order);
    expect(judged(order)).toBe('ok');
    expect(judged({ ...order, consent: undefined })).toBe('REJ_CONSENT consent');
    expect(judged({ ...order, original: undefined })).toBe('REJ_CORRECTION original');
    expect(judged({ ...order, mandate: null })).toBe('REJ_SHAPE order');
    expect(judged({ ...order, original: order.message })).toBe('REJ_CORRECTION original.corrections');
    expect(judged({ ...order, original: (await world.order('d')).message })).toBe('REJ_CORRECTION platform');
    expect(await of({ dispatch: { set: { targets: { ...world.messagePayload('t1').targets, heard: digestNamed('another') } } } })).toBe('REJ_CORRECTION targets.heard');
    expect(await of({ dispatch: { set: { approvals: [digestNamed('x')] } } })).toBe('REJ_APPROVAL_DIGEST approvals');
    expect(judged({ ...order, original: parts.consent })).toBe('REJ_TYPE original.application/vnd.clarion.consent.v1+json');
    expect(judged({ ...order, approvals: parts.original.approvals })).toBe('REJ_APPROVAL_DIGEST approvals');
    expect(await of({ isListed: false })).toBe('REJ_CORRECTION original.corrections');
    expect(await of({ correction: { set: { corrects: null, body: world.messagePayload('t1').body } } })).toBe('REJ_CORRECTION corrects');
    expect(await of({ correction: { set: { corrects: 'all-clear' } } })).toBe('REJ_CORRECTION original.corrections');
    expect(await of({ correction: { set: { class: 'advisory' } } })).toBe('REJ_CORRECTION class');
    expect(await of({ correction: { set: { severity: 'blue' } } })).toBe('REJ_CORRECTION severity');
    expect(await of({ correction: { set: { mode: 'test' } } })).toBe('REJ_CORRECTION mode');
    expect(await of({ correction: { set: { targets: { areas: [areaOf('t1-area'), areaOf('v1-area')], terminals: [] } } } })).toBe('REJ_CORRECTION targets.areas');
    expect(await of({ correction: { set: { notAfter: NOW + 26 * HOUR + 1 } } })).toBe('REJ_CORRECTION notAfter');
    expect(await of({ consent: { by: [world.key('d', 'stopper').signer], set: { platform: world.platform('d').id, person: world.personId('d', 'stopper') } } })).toBe('REJ_CONSENT consent.platform');
    expect(await of({ consent: { by: [world.key('t1', 'author').signer] } })).toBe('REJ_CONSENT consent REJ_CONSENT person');
    expect(await of({ consent: { set: { act: { kind: 'correct', correction: digestNamed('x'), ofMessage: digestNamed('y') } } } })).toBe('REJ_CONSENT consent.act');
    expect(await of({ dispatch: { set: { consent: digestNamed('x') } } })).toBe('REJ_CONSENT dispatch.consent');
    expect(await of({ dispatch: { set: { repeats: 3 } } })).toBe('REJ_REPEATS repeats');
    expect(await of({ dispatch: { set: { resumes: stopIdSchema.parse(world.nextId()) } } })).toBe('REJ_RESUME resumes');
  });

  it('needs a consent to exactly this correction of exactly this message, and to nothing else beside', async () => {
    const [correction, ofMessage] = [digestOf(parts.message), digestOf(parts.original.message)];
    const consented = async (act: Consent['act']): Promise<string> => {
      const consent = await world.consent('t1', act);
      const { targets } = world.messagePayload('t1');
      const dispatch = await world.dispatch('t1', parts.message, [], { set: { targets: { ...targets, heard: ofMessage }, consent: digestOf(consent) } });
      return judged({ ...parts.order, dispatch, consent });
    };
    expect(await consented({ kind: 'correct', correction, ofMessage })).toBe('ok');
    expect(await consented({ kind: 'correct', correction: digestNamed('another'), ofMessage })).toBe('REJ_CONSENT consent.act');
    expect(await consented({ kind: 'correct', correction, ofMessage: digestNamed('another') })).toBe('REJ_CONSENT consent.act');
    expect(await consented({ kind: 'resume', message: ofMessage, stop: stopIdSchema.parse(world.nextId()) })).toBe('REJ_CONSENT consent.act');
  });

  it('of one platform cannot be carried by the message of another', async () => {
    const correction = await world.correctionOrder('t1', { isListed: false });
    const original = await world.order('d', { message: { set: { corrections: [{ kind: 'correction', digest: digestOf(correction.message) }] } } });
    const ofMessage = digestOf(original.message);
    const consent = await world.consent('t1', { kind: 'correct', correction: digestOf(correction.message), ofMessage });
    const { targets } = world.messagePayload('t1');
    const dispatch = await world.dispatch('t1', correction.message, [], { set: { targets: { ...targets, heard: ofMessage }, consent: digestOf(consent) } });
    expect(judged({ dispatch, message: correction.message, approvals: [], original: original.message, consent })).toBe('REJ_CORRECTION platform');
  });

  it('may come when its original\'s window is over, and is judged by the keys of today', async () => {
    const later = NOW + 8 * HOUR;
    const late = await world.correctionOrder('t1', { consent: { set: { signedAt: later } }, dispatch: { set: { startAt: later + 700, issuedAt: later } } });
    expect(judged(late.order, later)).toBe('ok');
    expect(judged(late.order, NOW + 14 * HOUR)).toBe('REJ_EXPIRED notAfter');
  });
});

describe('a correction on a terminal', () => {
  let parts: CorrectionParts;
  beforeAll(async () => { parts = await world.correctionOrder('t1'); });
  const heardBy = (entry: Partial<JournalEntry>, set: Partial<AdmitFacts> = {}): AdmitDecision =>
    admit(factsFor(world, 't1', parts.order, { journal: new Map([[digestOf(parts.original.message), { ...ENTRY, ...entry }]]), ...set }));

  it('plays once, with the others, whatever state its original is in, if a sample of that came out', () => {
    for (const state of ['playing', 'completed', 'stopped', 'interrupted'] as const) {
      expect(heardBy({ state })).toMatchObject({ kind: 'play', how: 'join', joinRepetition: 1, startAt: NOW + 700, fromMs: 0, resumes: null, aloud: true });
      expect(heardBy({ state, sounded: false })).toEqual({ kind: 'not-heard', order: expect.objectContaining({ original: expect.anything() }) });
    }
  });

  it('plays by what the terminal itself wrote down, and not a second time', async () => {
    const memory = new Memory();
    memory.keep(admit(factsFor(world, 't1', parts.original.order, memory)));
    expect(codeOf(admit(factsFor(world, 't1', parts.order, memory)))).toBe('not-heard');
    memory.mark(digestOf(parts.original.message), 'playing');
    memory.heard(digestOf(parts.original.message));
    memory.keep(admit(factsFor(world, 't1', parts.order, memory)));
    const again = await world.dispatch('t1', parts.message, [], {
      set: { targets: { ...world.messagePayload('t1').targets, heard: digestOf(parts.original.message) }, consent: digestOf(parts.consent) },
    });
    expect(codeOf(admit(factsFor(world, 't1', { ...parts.order, dispatch: again }, memory)))).toBe('REJ_COMPLETED');
  });

  it('is silenced by a stop that came after its consent, not by the stop that it explains', async () => {
    const stopAt = async (issuedAt: number) => tombstone(await world.stop('t1', { set: { issuedAt } }));
    expect(codeOf(heardBy({ state: 'stopped' }, { stops: [await stopAt(NOW - 1)] }))).toBe('play');
    expect(codeOf(heardBy({ state: 'stopped' }, { stops: [await stopAt(NOW)] }))).toBe('REJ_STOPPED');
    const named = tombstone(await world.stop('t1', { set: { issuedAt: NOW - HOUR, scope: { kind: 'messages', messages: [digestOf(parts.message)] } } }));
    expect(codeOf(heardBy({}, { stops: [named] }))).toBe('REJ_STOPPED');
    const verified = judgeOrder(world.trust, parts.order, NOW);
    if (!verified.ok) throw new Error(verified.code);
    expect(stoppableOf(verified.value).issuedAt).toBe(NOW);
    expect(silences(await stopAt(NOW - 1), stoppableOf(verified.value), chainOf('t1'))).toBe(false);
  });

  it('that a stop cut off begins anew by a word given after that stop, and by no older one', async () => {
    const journal = (stop: Tombstone, set: Partial<JournalEntry> = {}) => new Map([
      [digestOf(parts.original.message), { ...ENTRY, state: 'stopped' as const }], [digestOf(parts.message), { ...ENTRY, state: 'stopped' as const, stoppedBy: stop.stopId, ...set }],
    ]);
    const stopAt = async (issuedAt: number, set: Partial<Stop> = {}) => tombstone(await world.stop('t1', { set: { issuedAt, ...set } }));
    const before = await stopAt(NOW - 1);
    const again = (set: Partial<AdmitFacts>, order: unknown = parts.order): string => codeOf(admit(factsFor(world, 't1', order, set)));
    expect(admit(factsFor(world, 't1', parts.order, { journal: journal(before), stops: [before] }))).toMatchObject({ kind: 'play', joinRepetition: 1, fromMs: 0, resumes: null, writes: { journal: { repetition: 0, state: 'accepted', stoppedBy: null } } });
    // The word that it was cut under, or an older one.
    for (const issuedAt of [NOW, NOW + 1]) {
      const stop = await stopAt(issuedAt);
      expect(again({ journal: journal(stop), stops: [stop] })).toBe('REJ_STOPPED');
    }
    // Nor by one that cut it off here before this terminal was moved out of its area.
    const elsewhere = { ...await stopAt(NOW), area: areaOf('v2-area') };
    expect(again({ journal: journal(elsewhere), stops: [elsewhere] })).toBe('REJ_STOPPED');
    const old = await world.correctionOrder('t1', { consent: { set: { signedAt: NOW - 60_000 } } });
    const entries = new Map([[digestOf(old.original.message), ENTRY], [digestOf(old.message), { ...ENTRY, state: 'stopped' as const, stoppedBy: before.stopId }]]);
    expect(again({ journal: entries, stops: [before] }, old.order)).toBe('REJ_STOPPED');
    // Stopped once more since, by name, by a revocation, or by a stop that is not known here.
    expect(again({ journal: journal(before), stops: [before, await stopAt(NOW)] })).toBe('REJ_STOPPED');
    const named = await stopAt(NOW - 1, { scope: { kind: 'messages', messages: [digestOf(parts.message)] } });
    expect(again({ journal: journal(named), stops: [named] })).toBe('REJ_STOPPED');
    expect(again({ journal: journal(before, { stoppedBy: null }), stops: [before] })).toBe('REJ_STOPPED');
    expect(again({ journal: journal(before), stops: [] })).toBe('REJ_STOPPED');
    // What sounded to its end is not said twice, and an ordinary message is brought back by nobody's word.
    expect(again({ journal: journal(before, { state: 'completed', stoppedBy: null }), stops: [before] })).toBe('REJ_COMPLETED');
    const newer = await world.order('t1');
    expect(again({ journal: new Map([[digestOf(newer.message), { ...ENTRY, state: 'stopped' as const, stoppedBy: before.stopId }]]), stops: [before] }, newer.order)).toBe('REJ_STOPPED');
  });

  it('is not taken by a terminal that the correction does not name', () => {
    const facts = factsFor(world, 't1', parts.order, { journal: new Map([[digestOf(parts.original.message), ENTRY]]) });
    const elsewhere = facts.assignment === null ? null : { ...facts.assignment, areas: chainOf('d') };
    expect(codeOf(admit({ ...facts, assignment: elsewhere }))).toBe('REJ_NOT_TARGETED');
  });
});

describe('a resumption on a terminal', () => {
  // Two repetitions of 15 s with 1 s between; the first began six seconds before the stop.
  let stopped: OrderParts;
  let stop: Envelope;
  const again = { startAt: NOW + 2_000, issuedAt: NOW + 1_500 };
  beforeAll(async () => {
    stopped = await world.order('t1', { dispatch: { set: { startAt: NOW - 6_000 } } });
    stop = await world.stop('t1');
  });
  const resume = async (set: Parameters<World['resumeOrder']>[3] = { dispatch: { set: again } }) => (await world.resumeOrder('t1', stopped, stop, set)).order;
  const at = async (entry: Partial<JournalEntry>, set: Partial<AdmitFacts> = {}): Promise<AdmitDecision> => admit(factsFor(world, 't1', await resume(), {
    journal: new Map([[digestOf(stopped.message), { ...ENTRY, state: 'stopped', stoppedBy: tombstone(stop).stopId, ...entry }]]), stops: [tombstone(stop)], now: NOW + 1_600, ...set,
  }));

  it('goes on where the timetable stood at the stop, and remembers that it did', async () => {
    expect(await at({})).toMatchObject({
      kind: 'play', how: 'join', joinRepetition: 1, fromMs: 6_000, startAt: NOW + 2_000,
      resumes: { stopId: tombstone(stop).stopId, stopIssuedAt: NOW, timetableStartAt: NOW - 4_000 },
      writes: { journal: { state: 'accepted', repetition: 1, sounded: true, stoppedBy: null, dispatches: 2, startAt: NOW - 4_000 } },
    });
  });

  it('goes on with the next repetition after a stop in the gap, and joins the moved timetable when it comes late', async () => {
    expect(await at({ startAt: NOW - 15_500 })).toMatchObject({ joinRepetition: 2, fromMs: 0, startAt: NOW + 2_000 });
    expect(await at({ startAt: NOW - 20_000 })).toMatchObject({ joinRepetition: 2, fromMs: 4_000, startAt: NOW + 2_000 });
    expect(await at({}, { now: NOW + 3_000, beaconAt: NOW })).toMatchObject({ joinRepetition: 2, fromMs: 0, startAt: NOW - 4_000 + 16_000 });
    expect(codeOf(await at({}, { now: NOW + 13_000, beaconAt: NOW }))).toBe('REJ_EXPIRED');
    expect(codeOf(await at({ startAt: NOW - 40_000 }))).toBe('REJ_EXPIRED');
  });

  it('needs a consent to go on with exactly this message after exactly this stop', async () => {
    const { stopId } = tombstone(stop);
    const consented = async (act: Consent['act']): Promise<string> => judged((await world.resumeOrder('t1', stopped, stop, { consent: { set: { act } }, dispatch: { set: again } })).order, NOW + 1_600);
    expect(await consented({ kind: 'resume', message: digestOf(stopped.message), stop: stopId })).toBe('ok');
    expect(await consented({ kind: 'resume', message: digestNamed('another'), stop: stopId })).toBe('REJ_CONSENT consent.act');
    expect(await consented({ kind: 'resume', message: digestOf(stopped.message), stop: stopIdSchema.parse(world.nextId()) })).toBe('REJ_CONSENT consent.act');
  });

  it('is not repeated: not by the same word again, and not after another stop', async () => {
    const memory = new Memory();
    memory.journal.set(digestOf(stopped.message), { ...ENTRY, state: 'stopped', stoppedBy: tombstone(stop).stopId });
    const facts = { ...memory, stops: [tombstone(stop)], now: NOW + 1_600 };
    memory.keep(admit(factsFor(world, 't1', await resume(), facts)));
    expect(codeOf(admit(factsFor(world, 't1', await resume(), facts)))).toBe('REJ_COMPLETED');
    const second = await world.stop('t1', { set: { issuedAt: NOW + 3_000 } });
    const entry: JournalEntry = { ...ENTRY, state: 'stopped', stoppedBy: tombstone(second).stopId };
    const both = { ...facts, journal: new Map([[digestOf(stopped.message), entry]]), stops: [tombstone(stop), tombstone(second)], now: NOW + 4_000 };
    expect(codeOf(admit(factsFor(world, 't1', await resume(), both)))).toBe('REJ_RESUME');
    expect(codeOf(admit(factsFor(world, 't1', (await world.resumeOrder('t1', stopped, second, { dispatch: { set: { startAt: NOW + 5_000, issuedAt: NOW + 4_000 } } })).order, both)))).toBe('REJ_RESUME');
  });

  it('is a word about one stop: the stop taken back no longer silences it, every other does', async () => {
    const verified = judgeOrder(world.trust, await resume(), NOW + 1_600);
    if (!verified.ok) throw new Error(verified.code);
    expect(silences(tombstone(stop), stoppableOf(verified.value), chainOf('t1'))).toBe(false);
    expect(silences(tombstone(await world.stop('t1')), stoppableOf(verified.value), chainOf('t1'))).toBe(true);
    expect(isVoid(world.trust, verified.value)).toBe(false);
  });

  describe('after the button was pressed twice', () => {
    let second: Envelope;
    beforeAll(async () => { second = await world.stop('t1', { set: { issuedAt: NOW + 1_000 } }); });
    /** A consent to go on after the first stop that names these as well. */
    const naming = async (also: readonly Envelope[], signedAt = NOW + 1_200): Promise<Order> => {
      const act: Consent['act'] = { kind: 'resume', message: digestOf(stopped.message), stop: tombstone(stop).stopId, also: also.map((one) => tombstone(one).stopId) };
      return (await world.resumeOrder('t1', stopped, stop, { consent: { set: { act, signedAt } }, dispatch: { set: again } })).order;
    };
    const both = (order: Order, entry: Partial<JournalEntry> = {}, set: Partial<AdmitFacts> = {}): AdmitDecision => admit(factsFor(world, 't1', order, {
      journal: new Map([[digestOf(stopped.message), { ...ENTRY, state: 'stopped', stoppedBy: tombstone(stop).stopId, ...entry }]]), stops: [tombstone(second), tombstone(stop)], now: NOW + 1_600, ...set,
    }));

    it('goes on where the first stop cut it off, whichever of the two came here first', async () => {
      for (const stoppedBy of [stop, second]) {
        expect(both(await naming([second]), { stoppedBy: tombstone(stoppedBy).stopId })).toMatchObject({
          kind: 'play', joinRepetition: 1, fromMs: 6_000, resumes: { stopIssuedAt: NOW },
          writes: { journal: { takenBack: [{ stopId: tombstone(stop).stopId, consentedAt: NOW + 1_200 }, { stopId: tombstone(second).stopId, consentedAt: NOW + 1_200 }] } },
        });
      }
    });

    it('stays silent where one of the two is not named, or was given after the word', async () => {
      const third = await world.stop('t1', { set: { issuedAt: NOW + 1_300 } });
      expect(codeOf(both((await world.resumeOrder('t1', stopped, stop, { dispatch: { set: again } })).order))).toBe('REJ_RESUME');
      expect(codeOf(both(await naming([second]), {}, { stops: [tombstone(stop), tombstone(second), tombstone(third)] }))).toBe('REJ_RESUME');
      expect(codeOf(both(await naming([second, third]), {}, { stops: [tombstone(stop), tombstone(second), tombstone(third)] }))).toBe('REJ_RESUME');
      expect(codeOf(both(await naming([second], NOW + 31_000), {}, { now: NOW + 31_000, beaconAt: NOW + 31_000 }))).toBe('REJ_RESUME');
    });

    it('goes on once more when it was stopped again after it had gone on: what was taken back stays taken back', async () => {
      const late = await world.stop('t1', { set: { issuedAt: NOW + 60_000 } });
      const order = (await world.resumeOrder('t1', stopped, late, { dispatch: { set: { startAt: NOW + 62_000, issuedAt: NOW + 61_500 } } })).order;
      const entry = { stoppedBy: tombstone(late).stopId, startAt: NOW + 54_000, repetition: 1, takenBack: [{ stopId: tombstone(stop).stopId, consentedAt: NOW + 1_000 }] };
      const facts = { stops: [tombstone(stop), { ...tombstone(late), issuedAt: NOW + 60_000 }], now: NOW + 61_600, beaconAt: NOW + 61_000 };
      expect(both(order, entry, facts)).toMatchObject({ kind: 'play', joinRepetition: 1, fromMs: 6_000, resumes: { stopIssuedAt: NOW + 60_000 } });
      expect(codeOf(both(order, { ...entry, takenBack: [] }, facts))).toBe('REJ_RESUME');
      expect(codeOf(both(order, { ...entry, stoppedBy: tombstone(stop).stopId, takenBack: [] }, facts))).toBe('REJ_RESUME');
    });
  });

  it('of a correction is refused: a correction is said once', async () => {
    const { original, message, order } = await world.correctionOrder('t1');
    const resumed = await world.resumeOrder('t1', { order, message, approvals: original.approvals, dispatch: order.dispatch }, stop);
    expect(judged(resumed.order)).toBe('REJ_CORRECTION targets.heard');
  });
});

it('a key that is nobody\'s cannot consent', async () => {
  const { signer } = await makeKey();
  const { order } = await world.correctionOrder('t1', { consent: { by: [signer] } });
  expect(judged(order)).toBe('REJ_CONSENT consent REJ_KEY_UNKNOWN');
});
