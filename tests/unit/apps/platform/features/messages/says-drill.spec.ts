import { saysDrillFaults } from '../../../../../../apps/platform/src/features/messages/says-drill';

const words = [{ path: 'title', text: '演练：水库决口' }, { path: 'text', text: '这是演练，请转移。' }, { path: 'other', text: '请立即转移，这不是演练。' }];

describe('what is meant', () => {
  it('may not say that it is a drill, in title or text', () => {
    for (const kind of ['emergency', 'advisory'] as const) {
      expect(saysDrillFaults({ class: kind, mode: 'actual' }, words).map(({ path, code }) => `${path} ${code}`)).toEqual(['title ACTUAL_SAYS_DRILL', 'text ACTUAL_SAYS_DRILL']);
    }
  });

  it('may announce one as a notice, and a drill says it', () => {
    for (const kind of ['notice', 'governance', 'daily'] as const) expect(saysDrillFaults({ class: kind, mode: 'actual' }, words)).toEqual([]);
    expect(saysDrillFaults({ class: 'emergency', mode: 'drill' }, words)).toEqual([]);
  });
});
