import {
  classSchema, digestSchema, LIMITS, modeSchema, segmentRoleSchema, severitySchema, tierSchema, volumeBandSchema,
} from '#libs/contracts';
import {
  bodyDurationMs, CLASSES, messageDurationMs, MODES, openingFault, openingOf, partsOf, PLAY_SLACK_MS, rememberUntil, repetitionOffsetMs, SEVERITIES, sirenFault, TIERS, VOLUME_DB,
} from '#libs/domain';

const HOUR = 3_600_000;

describe('the closed lists', () => {
  it('have exactly one row for every word', () => {
    expect(Object.keys(CLASSES).sort()).toEqual([...classSchema.options].sort());
    expect(Object.keys(TIERS).sort()).toEqual([...tierSchema.options].sort());
    expect(Object.keys(SEVERITIES).sort()).toEqual([...severitySchema.options].sort());
    expect(Object.keys(MODES).sort()).toEqual([...modeSchema.options].sort());
    expect(Object.keys(VOLUME_DB).sort()).toEqual([...volumeBandSchema.options].sort());
  });

  it.each([['class', CLASSES], ['tier', TIERS], ['severity', SEVERITIES]])('rank every %s apart from the others', (_word, table) => {
    const ranks = Object.values(table).map((row) => row.rank);
    expect(new Set(ranks).size).toBe(ranks.length);
  });

  it('rank the words as design 2 lists them', () => {
    const falling = (names: readonly string[], table: Readonly<Record<string, { readonly rank: number }>>) =>
      expect([...names].sort((a, b) => (table[b]?.rank ?? 0) - (table[a]?.rank ?? 0))).toEqual(names);
    falling(['emergency', 'advisory', 'notice', 'governance', 'daily'], CLASSES);
    falling(['district', 'township', 'village'], TIERS);
    falling(['red', 'orange', 'yellow', 'blue', 'none'], SEVERITIES);
  });

  it('number the tiers as GD/J 080 5.2 does', () => {
    expect([TIERS.district.number, TIERS.township.number, TIERS.village.number]).toEqual([4, 5, 6]);
  });

  it('give each word its own Chinese name', () => {
    for (const table of [CLASSES, TIERS, SEVERITIES, MODES]) {
      const names = Object.values(table).map((row: { zh: string }) => row.zh);
      expect(names.every((name) => /^\p{Script=Han}+$/u.test(name))).toBe(true);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

describe('the class table', () => {
  it.each(Object.entries(CLASSES))('has a whole and possible row for %s', (_name, row) => {
    expect(row.originTiers.length).toBeGreaterThan(0);
    expect(row.defaultWindowMs).toBeGreaterThan(0);
    expect(row.defaultWindowMs).toBeLessThanOrEqual(row.maxWindowMs);
    expect(row.retentionDays).toBeGreaterThanOrEqual(180);
    if (row.opensWith !== null) expect(segmentRoleSchema.options).toContain(row.opensWith);
    expect(volumeBandSchema.options).toContain(row.volume);
  });

  it('keeps an emergency to a day and a programme to nine (design 3)', () => {
    expect(CLASSES.emergency.maxWindowMs).toBe(24 * HOUR);
    expect(CLASSES.daily.maxWindowMs).toBe(9 * 24 * HOUR);
  });

  it('keeps quiet hours for notice, governance and daily only (design 5)', () => {
    const quiet = Object.entries(CLASSES).filter(([, row]) => row.quietHours).map(([name]) => name);
    expect(quiet.sort()).toEqual(['daily', 'governance', 'notice']);
  });

  it('opens an emergency with the siren and keeps the siren for it', () => {
    expect(Object.entries(CLASSES).filter(([, row]) => row.opensWith === 'siren').map(([name]) => name)).toEqual(['emergency']);
  });

  it('opens a correction with a chime whatever its class, for it ends the alarm', () => {
    for (const kind of classSchema.options) {
      const own = CLASSES[kind].opensWith;
      expect(openingOf({ class: kind, mode: 'actual', corrects: null })).toEqual(own === null ? [] : [own]);
      expect((['correction', 'all-clear'] as const).map((corrects) => openingOf({ class: kind, mode: 'actual', corrects }))).toEqual([['chime'], ['chime']]);
    }
  });

  it('let a siren sound in an emergency, and nowhere else: at no place, and not in what takes one back', () => {
    const late = [{ role: 'chime' as const }, { role: 'recording' as const }, { role: 'siren' as const }];
    expect(sirenFault({ class: 'emergency', corrects: null }, late)).toBeUndefined();
    expect((['advisory', 'notice', 'governance', 'daily'] as const).map((kind) => sirenFault({ class: kind, corrects: null }, late))).toEqual([2, 2, 2, 2]);
    expect((['correction', 'all-clear'] as const).map((corrects) => sirenFault({ class: 'emergency', corrects }, late))).toEqual([2, 2]);
    expect(sirenFault({ class: 'notice', corrects: null }, late.slice(0, 2))).toBeUndefined();
  });

  it('opens a drill with words, before the siren or chime of its class', () => {
    expect(openingOf({ class: 'emergency', mode: 'drill', corrects: null })).toEqual(['speech', 'siren']);
    expect(openingOf({ class: 'emergency', mode: 'drill', corrects: 'correction' })).toEqual(['speech', 'chime']);
    expect(openingOf({ class: 'daily', mode: 'drill', corrects: null })).toEqual(['speech']);
    const drill = { class: 'emergency', mode: 'drill', corrects: null } as const;
    expect(openingFault(drill, [{ role: 'siren' }, { role: 'speech' }])).toEqual({ at: 0, role: 'speech' });
    expect(openingFault(drill, [{ role: 'speech' }, { role: 'chime' }])).toEqual({ at: 1, role: 'siren' });
    expect(openingFault(drill, [{ role: 'speech' }, { role: 'siren' }])).toBeUndefined();
    expect(openingFault({ ...drill, mode: 'actual' }, [])).toEqual({ at: 0, role: 'siren' });
  });

  it('does not let a district speak as village governance', () => {
    expect(CLASSES.governance.originTiers).not.toContain('district');
  });

  it('never makes a test sound', () => {
    expect(MODES).toMatchObject({ actual: { sounds: true }, drill: { sounds: true }, test: { sounds: false } });
  });

  it('never amplifies: every band is at or below full level, and louder with its name', () => {
    const rising = volumeBandSchema.options.map((band) => VOLUME_DB[band]);
    expect(rising).toEqual([...rising].sort((a, b) => a - b));
    expect(VOLUME_DB.full).toBe(0);
  });
});

describe('the length of a message', () => {
  const segment = { sha256: digestSchema.parse('a'.repeat(64)), bytes: 1, role: 'speech' as const };
  const message = { body: { segments: [{ ...segment, durationMs: 6_000 }, { ...segment, durationMs: 11_500 }] }, repeats: 3, gapMs: 1_000 };

  it('is its repetitions, the gaps between them and the slack', () => {
    expect(bodyDurationMs(partsOf(message.body))).toBe(17_500);
    expect(messageDurationMs(message)).toBe(3 * 17_500 + 2 * 1_000 + PLAY_SLACK_MS);
    expect(messageDurationMs({ ...message, repeats: 1 })).toBe(17_500 + PLAY_SLACK_MS);
  });

  it('starts repetition one at once and each next one a body and a gap later', () => {
    expect([1, 2, 3].map((repetition) => repetitionOffsetMs(message, repetition))).toEqual([0, 18_500, 37_000]);
  });

  it('ends the last repetition exactly the slack before the longest that it may sound', () => {
    for (const repeats of [1, 2, 3, 10]) {
      for (const gapMs of [0, 1, 60_000]) {
        const one = { ...message, repeats, gapMs };
        expect(repetitionOffsetMs(one, repeats) + bodyDurationMs(partsOf(one.body)) + PLAY_SLACK_MS).toBe(messageDurationMs(one));
      }
    }
  });

  it('is remembered a day longer than its window (design 4, "Old approvals cannot be revived")', () => {
    expect(rememberUntil(1_000)).toBe(1_000 + LIMITS.tombstoneMs);
    expect(LIMITS.tombstoneMs).toBe(24 * HOUR);
  });
});
