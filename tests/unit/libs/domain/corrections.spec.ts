import { plainText, type SegmentRole } from '#libs/contracts';
import { CORRECTION_KINDS, correctionTitle, correctionUntil, drillTextFaults, framed, needsCorrections, openingSounds, standingTexts, STOCK } from '#libs/domain';

const HOUR = 3_600_000;

describe('what takes a message back', () => {
  it('belongs to warnings, actual and drill, and to nothing else', () => {
    const needed = (['emergency', 'advisory', 'notice', 'governance', 'daily'] as const).flatMap((kind) =>
      (['actual', 'drill', 'test'] as const).filter((mode) => needsCorrections({ class: kind, mode })).map((mode) => `${kind} ${mode}`));
    expect(needed).toEqual(['emergency actual', 'emergency drill', 'advisory actual', 'advisory drill']);
  });

  it('says in a drill at both ends that it is one', () => {
    for (const kind of CORRECTION_KINDS) {
      for (const text of standingTexts(kind, '演练：防汛', 'drill')) expect([text, drillTextFaults(text)]).toEqual([text, []]);
      expect(standingTexts(kind, '暴雨红色预警', 'actual').some((text) => text.includes('演练'))).toBe(false);
    }
  });

  it('says the mark of a drill\'s title not a second time', () => {
    for (const title of ['演练：水库决口', '【演练】水库决口', '演练 水库决口']) {
      expect(standingTexts('correction', title, 'drill')[0]).toBe('演练。刚才播出的水库决口是误发，请不要恐慌。以上是演练。');
    }
    expect(standingTexts('all-clear', '演练', 'drill')[0]).toBe('演练。演练已经解除。以上是演练。');
    expect(standingTexts('all-clear', '演练广场集合', 'drill')[0]).toContain('演练广场集合');
  });

  it('has a title that fits, however long the message\'s own is, and cuts no sign in two', () => {
    const title = correctionTitle('correction', '𠮷'.repeat(70));
    expect([...title]).toHaveLength(60);
    expect(plainText(60).safeParse(title).success).toBe(true);
    expect(correctionTitle('all-clear', '暴雨红色预警')).toBe('解除：暴雨红色预警');
  });

  it('may be used as long as terminals remember, never longer than its class may last, never shorter than the message', () => {
    expect(correctionUntil({ class: 'emergency', notBefore: 0, notAfter: 2 * HOUR })).toBe(24 * HOUR);
    expect(correctionUntil({ class: 'emergency', notBefore: 0, notAfter: 24 * HOUR })).toBe(24 * HOUR);
    expect(correctionUntil({ class: 'notice', notBefore: 0, notAfter: HOUR })).toBe(25 * HOUR);
  });
});

describe('what sounds around the words', () => {
  it('opens by class, and a correction never with a siren', () => {
    expect(openingSounds({ class: 'emergency', corrects: null })).toEqual([STOCK.siren, STOCK.preamble]);
    expect(openingSounds({ class: 'notice', corrects: null })).toEqual([STOCK.chime]);
    for (const corrects of CORRECTION_KINDS) expect(openingSounds({ class: 'emergency', corrects })).not.toContain(STOCK.siren);
  });

  it('frames a drill before its opening and at its end, and nothing else', () => {
    const body: readonly { readonly role: SegmentRole; readonly name: string }[] = [{ role: 'siren', name: 'a' }, { role: 'recording', name: 'b' }];
    const sound = (name: string): { readonly role: SegmentRole; readonly name: string } => ({ role: 'speech', name });
    expect(framed('drill', body, sound).map(({ name }) => name)).toEqual([STOCK.drillOpening, 'a', 'b', STOCK.drillClosing]);
    expect(framed('actual', body, sound)).toBe(body);
  });
});
