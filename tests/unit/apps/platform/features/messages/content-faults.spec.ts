import { contentFaults, knownDurationMs, type Content, type ContentFacts } from '../../../../../../apps/platform/src/features/messages/content-faults';
import { DEFAULT_POLICY, NOW, personOf, terminalOf, unitOf, digestNamed } from '../../../../../support/trust-builder';

const HOUR = 3_600_000;
const facts: ContentFacts = {
  now: NOW,
  author: personOf('t1-author'),
  charter: { tier: 'township', ceilings: { classes: ['emergency', 'advisory', 'notice', 'governance'], severities: ['red', 'orange', 'none'], modes: ['actual', 'drill'] } },
  roster: {
    persons: [{ id: personOf('t1-author'), unit: unitOf('met'), roles: ['author'], keys: [] }],
    units: [{ id: unitOf('met'), name: '气象', classes: ['emergency', 'advisory'] }, { id: unitOf('office'), name: '办公室', classes: [] }],
    policy: DEFAULT_POLICY,
  },
  media: new Map([[digestNamed('siren'), { durationMs: 5_000 }]]),
  areas: new Map<string, 'unknown' | 'foreign' | number>([['a', 3], ['empty', 0], ['far', 'foreign']]),
  terminals: new Map<string, 'unknown' | 'foreign' | number>([['t', 1]]),
  replaced: null,
  papers: 'in-force',
  drillMarks: { opening: digestNamed('opening'), closing: digestNamed('closing') },
};
const content: Content = {
  class: 'emergency', severity: 'red', mode: 'actual', unit: unitOf('met'), notBefore: NOW, notAfter: NOW + HOUR, repeats: 2, gapMs: 1_000,
  segments: [{ sha256: digestNamed('siren'), role: 'siren' }], live: null, targets: { areas: ['a'], terminals: [terminalOf('t')] }, replaces: null, corrects: null,
};
const faults = (set: Partial<Content>, other: Partial<ContentFacts> = {}): readonly string[] =>
  contentFaults({ ...content, ...set }, { ...facts, ...other }, 'segments').map(({ path, code }) => `${path} ${code}`);

describe('what may not be said', () => {
  it('finds nothing wrong with what may be said', () => {
    expect(faults({})).toEqual([]);
  });

  it.each<[string, Partial<Content>, readonly string[]]>([
    ['a class of another tier', { class: 'daily' }, ['class CLASS_NOT_ALLOWED', 'segments.0.role SIREN_NOT_ALLOWED']],
    ['a class that the unit may not speak', { class: 'governance', severity: 'none' }, ['class CLASS_NOT_ALLOWED', 'segments.0.role SIREN_NOT_ALLOWED']],
    ['a severity beyond the charter', { severity: 'blue' }, ['severity SEVERITY_NOT_ALLOWED']],
    ['a mode beyond the charter', { mode: 'test' }, ['mode MODE_NOT_ALLOWED']],
    ['another unit', { unit: unitOf('office') }, ['unit UNIT_FOREIGN']],
    ['no target', { targets: { areas: [], terminals: [] } }, ['targets TARGET_EMPTY']],
    ['targets that are empty, foreign or unknown', { targets: { areas: ['empty', 'far', 'nowhere'], terminals: [] } }, ['targets.areas.0 TARGET_EMPTY', 'targets.areas.1 AREA_FOREIGN', 'targets.areas.2 AREA_UNKNOWN']],
    ['a window a millisecond beyond the class', { notAfter: NOW + 24 * HOUR + 1 }, ['notAfter WINDOW_TOO_LONG']],
    ['a body that does not open with the siren', { segments: [{ sha256: digestNamed('siren'), role: 'speech' }] }, ['segments.0.role OPENING_MISSING']],
    ['a siren behind the chime of what is no emergency', { class: 'advisory', segments: [{ sha256: digestNamed('siren'), role: 'chime' }, { sha256: digestNamed('siren'), role: 'siren' }] }, ['segments.1.role SIREN_NOT_ALLOWED']],
    ['a message to end that does not exist', { replaces: digestNamed('x') }, ['replaces REPLACES_UNKNOWN']],
  ])('names %s', (_, set, expected) => {
    expect(faults(set)).toEqual(expected);
  });

  it('says that papers have expired: in the grace emergencies alone may be said, after it nothing', () => {
    const notice = { class: 'notice', severity: 'none' } as const;
    expect([faults({}, { papers: 'grace' }), faults({}, { papers: 'over' })]).toEqual([[], ['class PAPERS_EXPIRED']]);
    expect(faults(notice, { papers: 'grace' })).toContain('class PAPERS_EXPIRED');
  });

  it('lets nothing end a message of another mode', () => {
    const replacing = (mode: 'actual' | 'drill', replaced: 'actual' | 'drill') => faults({ mode, replaces: digestNamed('x') }, { replaced }).filter((one) => one.startsWith('replaces'));
    expect([replacing('actual', 'actual'), replacing('drill', 'drill'), replacing('drill', 'actual'), replacing('actual', 'drill')]).toEqual([[], [], ['replaces REPLACES_OTHER_MODE'], ['replaces REPLACES_OTHER_MODE']]);
  });

  it('wants the words that say so around a drill, and no other recording in their place', () => {
    const [opening, siren, closing] = ['opening', 'siren', 'closing'].map((name) => ({ sha256: digestNamed(name), role: name === 'siren' ? 'siren' as const : 'speech' as const }));
    const media = new Map(['opening', 'siren', 'closing'].map((name) => [digestNamed(name), { durationMs: 1_000 }]));
    if (opening === undefined || siren === undefined || closing === undefined) throw new Error('no sounds');
    const drill = (...segments: readonly { sha256: typeof opening.sha256; role: 'siren' | 'speech' }[]) => faults({ mode: 'drill', segments }, { media });
    expect(drill(opening, siren, closing)).toEqual([]);
    expect(drill({ ...closing }, siren, closing)).toEqual(['segments.0.sha256 DRILL_NOT_SAID_FIRST']);
    expect(drill(opening, siren, opening)).toEqual(['segments.2.sha256 DRILL_NOT_SAID_LAST']);
    expect(faults({ mode: 'drill', segments: [siren] }, { media }).length).toBeGreaterThan(1);
    expect(contentFaults({ ...content, mode: 'drill', segments: [siren] }, { ...facts, media }, 'segments', false)).toEqual([]);
  });

  it('takes the longest window of the class exactly', () => {
    expect(faults({ notAfter: NOW + 24 * HOUR })).toEqual([]);
  });

  it('counts only what is left of a window that has begun', () => {
    const durationMs = 2 * 5_000 + 1_000 + 2_000;
    expect(knownDurationMs(content, facts)).toBe(durationMs);
    expect(faults({ notBefore: NOW - HOUR, notAfter: NOW + durationMs })).toEqual([]);
    expect(faults({ notBefore: NOW - HOUR, notAfter: NOW + durationMs - 1 })).toEqual(['segments LONGER_THAN_WINDOW']);
  });

  it('says that nobody could approve what the policy is silent about', () => {
    expect(faults({}, { roster: { ...facts.roster, policy: { version: 1, rules: DEFAULT_POLICY.rules.slice(3, 4) } } })).toEqual(['class POLICY_SILENT']);
  });

  it('does not guess about fields that could not be read', () => {
    expect(faults({ class: undefined, segments: undefined, targets: undefined, notAfter: undefined })).toEqual([]);
  });
});
