import { drillWordFaults, saysDrillFaults } from '../../../../../../apps/platform/src/features/messages/says-drill';

const words = [{ path: 'title', text: '演练：水库决口' }, { path: 'text', text: '这是演练，请转移。' }, { path: 'other', text: '请立即转移，这不是演练。' }];

describe('what is meant', () => {
  it('may not say that it is a drill, in title or text', () => {
    for (const kind of ['emergency', 'advisory'] as const) {
      expect(saysDrillFaults({ class: kind, mode: 'actual' }, words).map(({ path, code }) => `${path} ${code}`)).toEqual(['title ACTUAL_SAYS_DRILL', 'text ACTUAL_SAYS_DRILL']);
    }
  });

  it('may not say that it is a test', () => {
    const tests = [{ path: 'title', text: '测试通知' }, { path: 'text', text: '本次广播仅供测试，不必理会。' }, { path: 'other', text: '核酸测试点关闭。' }];
    expect(saysDrillFaults({ class: 'emergency', mode: 'actual' }, tests).map(({ path }) => path)).toEqual(['title', 'text']);
    expect(saysDrillFaults({ class: 'notice', mode: 'actual' }, tests)).toEqual([]);
  });

  it('may announce one as a notice, and a drill says it', () => {
    for (const kind of ['notice', 'governance', 'daily'] as const) expect(saysDrillFaults({ class: kind, mode: 'actual' }, words)).toEqual([]);
    expect(saysDrillFaults({ class: 'emergency', mode: 'drill' }, words)).toEqual([]);
  });
});

describe('a drill', () => {
  it('says so in each title and at both ends of each text, whatever the language, and denies it nowhere', () => {
    const titles = [{ path: 'a', text: '演练：防汛' }, { path: 'b', text: 'Flood drill' }, { path: 'c', text: '防汛' }, { path: 'd', text: '防汛，不是演练' }, { path: 'e', text: undefined }];
    const texts = [{ path: 'zh', text: '这是演练。请到村口集合。以上是演练内容。' }, { path: 'en', text: 'This is real. Move. End of drill.' }, { path: 'none', text: '请转移。' }];
    expect(drillWordFaults('drill', titles, texts).map(({ path, code }) => `${path} ${code}`)).toEqual([
      'c DRILL_TITLE', 'd DRILL_TITLE', 'en DRILL_NOT_SAID_FIRST', 'en DRILL_DENIED', 'none DRILL_NOT_SAID_FIRST', 'none DRILL_NOT_SAID_LAST',
    ]);
    expect(drillWordFaults('actual', titles, texts)).toEqual([]);
  });
});
