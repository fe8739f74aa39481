import type { PlatformId, TerminalId } from '#libs/contracts';
import { causeOf, goesOn, isTelling, wantsPosture, withFact, type NoticedFact } from '#libs/domain';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const platform = 'v1' as PlatformId;
const signer = 't1' as PlatformId;

/** A dispatch with the township's own key, refused as a fast-forward, that the township has not sent. */
const JUMP: NoticedFact = {
  platform, terminal: 'v1-term-1' as TerminalId, kind: 'refused', code: 'REJ_SEQ_JUMP', subject: 'd'.repeat(64), keyIds: ['k'.repeat(64)], at: NOW - 1_000, isOwn: false, signer, isProved: false,
};
const kindOf = (set: Partial<NoticedFact>): string | undefined => causeOf({ ...JUMP, ...set })?.kind;
const signerOf = (set: Partial<NoticedFact>): PlatformId | null | undefined => causeOf({ ...JUMP, ...set })?.signer;

describe('the cause of an incident', () => {
  it.each<[string, Partial<NoticedFact>, string | undefined]>([
    ['a fast-forward with a valid key', {}, 'sequence-jump'],
    ['the same id or number with another digest', { code: 'REJ_ID_SEEN' }, 'same-id'],
    ['a used number under a dispatch that the platform never placed', { code: 'REJ_SEQ_REPLAY' }, 'same-id'],
    ['a used number under its own dispatch', { code: 'REJ_SEQ_REPLAY', isOwn: true }, 'replay'],
    ['approvals that are missing', { code: 'REJ_APPROVAL_MISSING' }, 'misused-key'],
    ['another message than the one bound', { code: 'REJ_MESSAGE_DIGEST' }, 'misused-key'],
    ['garbage', { code: 'REJ_SHAPE', signer: null }, 'refused'],
    ['an unknown key', { code: 'REJ_KEY_UNKNOWN', signer: null }, 'refused'],
    ['a signature that does not hold, under the id of a valid key', { code: 'REJ_SIGNATURE' }, 'refused'],
    ['a code of tomorrow', { code: 'REJ_OF_TOMORROW' }, 'refused'],
    ['a sound that a terminal heard itself make', { kind: 'sound-without-dispatch', code: null }, 'sound-without-dispatch'],
    ['a receipt for a dispatch that nobody placed', { kind: 'receipt-without-dispatch', code: null }, 'sound-without-dispatch'],
    ['counters that fork', { kind: 'counter-reused', code: 'REJ_COUNTER' }, 'clone'],
    ['two connections of one identity', { kind: 'clone', code: null }, 'clone'],
    ['a receipt that the device did not sign', { kind: 'receipt-refused', code: 'REJ_SIGNATURE' }, 'forged-receipt'],
    ['a hello with a key that was taken back', { kind: 'device-refused', code: null }, 'device-refused'],
    ['a row that somebody edited', { kind: 'api-refused', code: 'MESSAGE_ALTERED' }, 'altered-record'],
    ['a leaf that somebody edited, a row that no leaf tells of', { kind: 'audit-fault', code: 'LEAF_CHANGED' }, 'altered-record'],
    ['a log that says something else than its witnesses', { kind: 'log-contradicted', code: null }, 'altered-record'],
    ['a terminal that hears no time although it is answered', { kind: 'news-withheld', code: null }, 'withheld-news'],
    ['a source whose blocks are no voice of its grant', { kind: 'live-blocks-refused', code: 'REJ_SIGNATURE' }, 'refused'],
    ['a person who signs twice', { kind: 'api-refused', code: 'REJ_APPROVER_REPEATED' }, undefined],
    ['a full disk', { kind: 'disk', code: 'REJ_DISK' }, undefined],
    ['a closed area', { kind: 'area-isolated', code: null }, undefined],
  ])('%s', (_what, set, kind) => {
    expect(kindOf(set)).toBe(kind);
  });

  it('never carries what an attacker may choose at will, so that a thousand keys are one incident', () => {
    const causes = Array.from({ length: 1_000 }, (_, at) => causeOf({ ...JUMP, code: 'REJ_KEY_UNKNOWN', signer: null, keyIds: [String(at)], subject: String(at) }));
    expect(new Set(causes.map((cause) => JSON.stringify(cause))).size).toBe(1);
  });
});

describe('somebody else\'s use of a valid key', () => {
  const raises = (set: Partial<NoticedFact>): boolean => (signerOf(set) ?? null) !== null;

  it('is seen in what no genuine command meets', () => {
    for (const code of ['REJ_SEQ_JUMP', 'REJ_SEQ_OLD', 'REJ_SEQ_REPLAY', 'REJ_ID_SEEN', 'REJ_MESSAGE_DIGEST', 'REJ_APPROVAL_MISSING', 'REJ_APPROVAL_DIGEST', 'REJ_COMPLETED', 'REJ_TARGETS_EXCEED']) {
      expect([code, raises({ code })]).toEqual([code, true]);
    }
  });

  it.each<[string, Partial<NoticedFact>]>([
    ['never in what carried no key that held', { code: 'REJ_SHAPE' }], ['nor an unknown one', { code: 'REJ_KEY_UNKNOWN' }], ['nor a false signature', { code: 'REJ_SIGNATURE' }],
    ['nor in what is no dispatch, or a key that this server does not use alone', { signer: null }],
    ['nor in a late copy of the platform\'s own dispatch', { code: 'REJ_SEQ_REPLAY', isOwn: true }],
    ['nor in its own dispatch that a terminal with old documents cannot judge', { code: 'REJ_AUTHOR', isOwn: true }],
    ['nor where documents are behind', { code: 'REJ_VERSIONS' }], ['nor the policy', { code: 'REJ_POLICY_VERSION' }], ['nor a charter has run out', { code: 'REJ_CHARTER_EXPIRED' }],
    ['nor the clock is wrong', { code: 'REJ_NOT_YET' }], ['nor unknown', { code: 'REJ_TIME_UNKNOWN' }], ['nor the link was gone for a day', { code: 'REJ_TIME_STALE' }],
    ['nor it came too late', { code: 'REJ_EXPIRED' }], ['nor a stop overtook it', { code: 'REJ_STOPPED' }], ['nor its stop is on its way', { code: 'REJ_RESUME' }],
    ['nor the terminal was moved', { code: 'REJ_NOT_TARGETED' }], ['nor another server took over', { code: 'REJ_EPOCH' }], ['nor the sound is broken', { code: 'REJ_MEDIA_DIGEST' }],
    ['nor the disk is full', { code: 'REJ_DISK' }], ['nor the area is closed', { code: 'REJ_ISOLATED' }], ['nor restricted', { code: 'REJ_RESTRICTED' }],
    ['nor the key was taken back: it can do nothing any more', { code: 'REJ_KEY_REVOKED' }],
  ])('%s', (_what, set) => {
    expect(raises(set)).toBe(false);
  });
});

describe('an incident', () => {
  const grown = (facts: readonly Partial<NoticedFact>[]) => facts.map((set) => ({ ...JUMP, ...set })).reduce<ReturnType<typeof withFact> | undefined>((trace, fact) => withFact(trace, fact, NOW), undefined);

  it('counts, remembers who told of it and the evidence, and is bounded in all but its count', () => {
    const trace = grown(Array.from({ length: 2_000 }, (_, at) => ({ terminal: `term-${at}` as TerminalId, subject: String(at) })));
    expect(trace).toMatchObject({ firstAt: NOW, lastAt: NOW, count: 2_000, codes: ['REJ_SEQ_JUMP'] });
    expect([trace?.terminals.length, trace?.subjects.length]).toEqual([700, 16]);
  });

  it('is told by witnesses of now, not by a spool of yesterday or a terminal without the time', () => {
    expect(grown([{ at: NOW - 6 * MINUTE }, { at: 0, terminal: 'v1-term-2' as TerminalId }])).toMatchObject({ terminals: ['v1-term-1', 'v1-term-2'], witnesses: [] });
    expect(grown([{}, {}])).toMatchObject({ witnesses: ['v1-term-1'] });
  });

  it('goes on for a minute after its last event, unless somebody closed it', () => {
    const kind = 'refused';
    expect([goesOn({ kind, lastAt: NOW, state: 'open' }, NOW + MINUTE), goesOn({ kind, lastAt: NOW, state: 'acknowledged' }, NOW + MINUTE + 1), goesOn({ kind, lastAt: NOW, state: 'closed' }, NOW)]).toEqual([true, false, false]);
    // What was altered stays so: found again four minutes later it is no new incident, unless somebody closed the first.
    expect([goesOn({ kind: 'altered-record', lastAt: NOW, state: 'open' }, NOW + 240 * MINUTE), goesOn({ kind: 'altered-record', lastAt: NOW, state: 'closed' }, NOW)]).toEqual([true, false]);
  });
});

describe('a posture', () => {
  const SUSPICION = { signer, isProved: false, witnesses: 2, lastAt: NOW, isClosed: false };
  const FACTS = { terminals: 7, standingUntil: 0, lengthMs: 60 * MINUTE };
  const wants = (suspicion: Partial<Parameters<typeof wantsPosture>[0]> = {}, facts: Partial<typeof FACTS> = {}, now = NOW) => wantsPosture({ ...SUSPICION, ...suspicion }, { ...FACTS, ...facts }, now);

  it('answers a misused key that two terminals told of, or the only one there is, or that one shows', () => {
    expect(wants()).toBe(true);
    expect(wants({ witnesses: 1 })).toBe(false);
    expect(wants({ witnesses: 1 }, { terminals: 1 })).toBe(true);
    expect(wants({ witnesses: 0 }, { terminals: 1 })).toBe(false);
    expect(wants({ witnesses: 0, isProved: true })).toBe(true);
  });

  it('answers nothing that no key had to hold for, nor what is over, closed or answered already', () => {
    expect(wants({ signer: null, witnesses: 700, isProved: true }, { terminals: 700 })).toBe(false);
    expect(wants({ isClosed: true, isProved: true })).toBe(false);
    expect([wants({}, {}, NOW + MINUTE), wants({}, {}, NOW + MINUTE + 1)]).toEqual([true, false]);
    expect([wants({}, { standingUntil: NOW + 1 }), wants({}, { standingUntil: NOW })]).toEqual([false, true]);
  });

  it('answers nothing by itself where the installation leaves it to people', () => {
    expect([wants({ isProved: true }, { lengthMs: 0 }), wants({}, { terminals: 1, lengthMs: 0 })]).toEqual([false, false]);
  });

  it('is asked for by codes that only a holder of the key can cause', () => {
    expect(['REJ_SEQ_JUMP', 'REJ_APPROVAL_MISSING', 'REJ_SIGNATURE', 'REJ_VERSIONS', 'REJ_OF_TOMORROW', null].map(isTelling)).toEqual([true, true, false, false, false, false]);
  });
});
