import { CORRECTION_KINDS, deniesDrill, drillDeniedAt, drillTextFaults, saysDrill, standingTexts } from '#libs/domain';

const framed = (text: string): string => `演练。${text}以上是演练。`;

describe("a drill's text", () => {
  it.each([
    '演练，演练。暴雨红色预警，请立即转移。以上内容为演练。',
    '【演练】暴雨红色预警信号，请低洼地带人员转移！演练结束',
    '这里是经开区应急广播，现在进行防汛演练。请按路线转移。本次演练到此结束。',
    '各位村民请注意：现在进行应急演习！请勿恐慌。以上是演习内容。',
    '現在進行演練。請疏散。演練結束。',
    'This is a drill. Heavy rain warning. This is a drill.',
    'DRILL: flood warning for the lower town; move uphill. End of drill.',
    '演练。请勿惊慌，这不是真实警报。以上为演练。',
    '演练。本次演练不影响正常交通。以上为演练。',
    '演练。参加特别演练的人员到广场集合。以上为演练。',
    '演练。本次演练不是为了制造恐慌。演练完毕。',
    '演练',
    'Drill.\nThis is not a real emergency.\nEnd of drill.',
  ])('is taken when it says at both ends that it is one: %s', (text) => {
    expect(drillTextFaults(text)).toEqual([]);
  });

  it.each([
    ['暴雨红色预警，请立即转移。以上为演练。', ['DRILL_NOT_SAID_FIRST']],
    ['演练。暴雨红色预警，请立即转移。', ['DRILL_NOT_SAID_LAST']],
    ['暴雨红色预警，请立即转移。', ['DRILL_NOT_SAID_FIRST', 'DRILL_NOT_SAID_LAST']],
    ['暴雨红色预警。演练。请立即转移。', ['DRILL_NOT_SAID_FIRST', 'DRILL_NOT_SAID_LAST', 'DRILL_DENIED']],
    [`${'请立即转移到安全地带'.repeat(6)}演练。以上为演练。`, ['DRILL_NOT_SAID_FIRST']],
    [`演练。演练${'请立即转移到安全地带'.repeat(6)}。`, ['DRILL_NOT_SAID_LAST']],
    ['Drilling works on Main Street. Move. Skilldrills.', ['DRILL_NOT_SAID_FIRST', 'DRILL_NOT_SAID_LAST']],
    ['', ['DRILL_NOT_SAID_FIRST', 'DRILL_NOT_SAID_LAST']],
    ['。！？', ['DRILL_NOT_SAID_FIRST', 'DRILL_NOT_SAID_LAST']],
  ])('is refused where it does not: %s', (text, faults) => {
    expect(drillTextFaults(text)).toEqual(faults);
  });

  it.each([
    '这不是演练，请立即转移。', '这 不 是 演 练。', '这不是“演练”！', '这不是演　练。', '这不是演·练。', '这不是演\u200b练。', '这不是\n演练。', '非演练。', '並非演練。', '不是演习。',
    '这绝非一次演练。', '这不是在进行演练。', '这不是普通的演练，请马上离开。', '请不要当成演练。', '切勿视为演练。', '别以为这是演练。', '没有演练。', '演练是假的。', '演练已取消。',
    '现在演练转为实战。', '这是真实警报。', '本次为实战。', '情况是真的。', '演练吗？不是，真的。', 'This is not a drill.', 'THIS IS NOT A DRILL', 'Ｔｈｉｓ ｉｓ ｎｏｔ ａ ｄｒｉｌｌ.',
    "This isn't a drill.", '现在不再是演练。', '这并非普通县级演练。', '现在是真实险情。', '出现实际险情。', '大坝真的决口了。', '洪水真的来了。', '演练到此为止，请立即转移。', '演练结束，大坝决口。', '演练中止。', '现在转入实战。',
    '进入实战状态。', '请忽略前面说的演练。', '刚才说的演习是假话。', '这个演练的说法是不可能的。', 'This is no longer a drill.', 'This is a real emergency.', '请认真听，水是真来了。', '大家不要管演练二字。', '终止前面的说法。', 'This is no drill.', 'this is n-o-t a d r i l l', 'It is not just a drill.', 'This is never a training drill.', 'This is real.', "It's for real.", 'Bu shi yan lian.',
  ])('is refused when it denies it, however it is written: %s', (text) => {
    expect(drillTextFaults(framed(text))).toEqual(['DRILL_DENIED']);
  });

  it('says in which sentence it was denied', () => {
    expect(drillDeniedAt('演练。请集合。水是真来了。以上是演练。')).toBe(3);
    expect(drillDeniedAt('演练。这不是演练。以上是演练。')).toBe(2);
    expect(drillDeniedAt('演练。请集合。以上是演练。')).toBeUndefined();
  });

  it('that announces one may speak of its end, and not deny it', () => {
    expect(deniesDrill('通知。明天九时举行防汛演练。如遇下雨，演练取消。')).toBe(false);
    expect(deniesDrill('明天九时，这不是演练。')).toBe(true);
  });

  it.each(['这是演练，请转移。', '演练：水库决口', '防汛演习', '演 练', 'This is a drill.'])('is known in what is meant: %s', (text) => expect(saysDrill(text)).toBe(true));
  it.each(['这不是演练，请立即转移。', '水库决口，请立即转移。', 'This is not a drill.'])('is not found in what is meant: %s', (text) => expect(saysDrill(text)).toBe(false));

  it('of a standing correction is taken', () => {
    for (const kind of CORRECTION_KINDS) for (const text of standingTexts(kind, '暴雨红色预警', 'drill')) expect(drillTextFaults(text)).toEqual([]);
  });
});
