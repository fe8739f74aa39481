import { CORRECTION_KINDS, deniesDrill, drillDeniedAt, drillTextFaults, namesDrill, saysDrill, saysTest, standingTexts } from '#libs/domain';

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
    '演练：假设河水上涨，请按预案向高处集合。以上为演练。',
    '演练。假设上游水库超过汛限水位，请低处人员集合。以上为演练。',
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
    [`${'请立即转移到安全地带'.repeat(6)}演练。以上为演练。`, ['DRILL_NOT_SAID_FIRST', 'DRILL_DENIED']],
    [`演练。演练${'请立即转移到安全地带'.repeat(6)}。`, ['DRILL_NOT_SAID_LAST', 'DRILL_DENIED']],
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

  it.each([
    '洪水不等人，这不是练兵。', '情况是实打实的。', '这不是虚晃一枪。', '请勿把这当作游戏。', '第一句话请删除。', '本台郑重声明前文无效。', '不是在试音。', '并非训练。', '不是拉练。', '这不是吓人的。',
    '这并不是练习，洪水已到村口。', '上一句话不算数，洪水两分钟后到。', '这绝非儿戏，大坝已经垮塌。', '不是闹着玩的。', '请把前面那句当作口误。', '这不是测试。', '这不是模拟。', '这并非开玩笑。', '没有开玩笑，快跑。', '不是说着玩的。', '这不是假的。', '不是假消息。', '前面的话作废。',
    '前面那句话无效。', '开头那句说错了。', '刚才念错了，洪水来了。', '就当我没说第一句。', '当作没听见开头那句。', '弄假成真了，快跑。', '假戏真做了。', '这回动真格了。', '这次来真的。', '千真万确，堤坝垮了。', '洪水确有其事。', '情况属实，请立即转移。', '险情属实。',
    '绝非虚言。', '其实大坝已经垮了。', '实则洪水已到。', '事实上水已进村。', '险情已经实际发生。', '真正发生了泥石流。', '这才是真正的警报。', '假不了，快跑。', '正式警报，大坝垮塌。', '不只是演练。', '这岂止是演练。', '这哪是演练。', '这怎么是演练。', '不仅仅是演练。',
    '这不是演戏。', '不是走过场。', '这不是彩排。', '绝不是游戏。', '这并不是虚惊。', '不是吓唬大家。', '并非虚构。', '不是预演。', '谁说这是演练。', '所谓演练是幌子。', '请忘掉演练两个字。', '别信演练的话。', '不要管演练这句话。', '上述内容不可信。', '收回前面的话。',
    '开头和结尾那两句话有误。', '這並不是練習。', '這絕非兒戲。', '前面那句不算數。', '不是開玩笑。', 'This is not a test.', 'This is not an exercise.', 'No joke, run.', "This isn't practice.",
    'Ignore the first sentence.', 'Disregard what was said above.', 'This is the real thing.', 'It is actually happening.', 'We misspoke.', 'Bu shi lian xi.',
    '这 不 是 练 习。', '这不是“练\u200b习”。', '这 绝 非·儿 戏。',
  ])('is refused when it says in other words that it is meant: %s', (text) => {
    expect(drillTextFaults(framed(text))).toEqual(['DRILL_DENIED']);
    expect(drillTextFaults(`演练，${text.replace(/。$/, '')}，这里说的是演练。`)).not.toEqual([]);
  });

  it.each([
    '非训练人员请离开。', '请模拟受灾群众的人员就位。', '请医疗组模拟救治伤员。', '请核实人数后报告。', '请到村口集合。', '请大家练习弯腰捂鼻。', '请练习使用灭火器。', '请村民练习报警。', '请按路线步行到学校操场。', '我们模拟洪水上涨，请往高处走。', '模拟山洪到达村口，请转移。', '请老人和孩子先走。', '请不要恐慌。', '请勿惊慌，听从指挥。', '请不要听信谣言。', '请不要相信传言。',
    '请不要传播谣言。', '没有真实险情，请不要恐慌。', '本次演练不影响正常交通。', '请带好身份证和药品。', '请关闭煤气和电源。', '请不要乘坐电梯。', '请不要围观，不要拍照。', '请不要返回取物。', '车辆请靠边停放。', '请各组组长清点人数。', '村委会组织防汛演练。',
    '今天上午九时，镇政府组织地震应急演练。', '参加演练的人员请到广场集合。', '请不要拨打报警电话占线。', '请听到警报后用湿毛巾捂住口鼻。', '请蹲下，护住头部。', '请其他村民照常生产生活。', '请特别注意脚下安全。', '请分别到一号和二号集合点。', '警报声停止后请有序返回。',
    '水位上涨到警戒线，请沿河人员上岸。', '大坝出现裂缝，下游住户请向两侧高处撤离。', '请实施救护的人员到位。', '请落实为老人服务的车辆。', '集合点设在村小学。', '请测试组检查喇叭音量。', '请无关人员不要进入。', 'Please walk to the school.',
    'Do not use the lift.', 'Please leave the building by the stairs.', 'Practise covering your nose and mouth.',
  ])('is taken as long as it is honest: %s', (text) => {
    expect(drillTextFaults(framed(text))).toEqual([]);
    expect(drillTextFaults(`这是演练。${text}以上是演练内容，演练结束。`)).toEqual([]);
  });

  it('that denies it in words nobody thought of still opens and closes as one', () => {
    expect(drillTextFaults('水来了，快跑。以上是演练。')).toContain('DRILL_NOT_SAID_FIRST');
    expect(drillTextFaults('演练。水来了，快跑。')).toContain('DRILL_NOT_SAID_LAST');
  });

  it('says in which sentence it was denied', () => {
    expect(drillDeniedAt('演练。请集合。水是真来了。以上是演练。')).toBe(3);
    expect(drillDeniedAt('演练。这不是演练。以上是演练。')).toBe(2);
    expect(drillDeniedAt('演练。请集合。以上是演练。')).toBeUndefined();
  });

  it.each([
    '演练，洪水真来了，快跑。以上是演练。', '演练让位于抢险，大坝决口，立即撤离。以上是演练。', '演练期间突发险情，请立即撤离。演练结束。', '以上演练内容请当真，是演练。', '演练，停止演练，快跑。以上是演练。', '现在演练，情况是真的，快跑。以上是演练。', '演练。请撤离。以上不再是演练，演练。',
    '演练暂停，立即撤离。演练结束。', '演练，水真的来了。以上是演练。', '演练。请撤离。别管了，快跑，真的，演练。',
  ])('is refused when it denies it beside the word itself: %s', (text) => expect(drillTextFaults(text)).toContain('DRILL_DENIED'));

  it.each([
    '请认真参加演练。', '真诚感谢大家的配合。', '如遇真实险情，将另行通知。', '这不是真实火灾，请不要惊慌。', '请不要取消行程。', '本次演练模拟大坝决口。', '此次演练约三十分钟。', '请认真听广播。', '本次演练期间请保持电话畅通。', '一旦发生真实险情，我们将立即广播。', '请大家配合演练工作。', '本次演练地点在村小学。',
  ])('may say so honestly in the middle: %s', (text) => expect(drillTextFaults(framed(text))).toEqual([]));

  it.each(['现在进行实验小学消防演练，请有序下楼。请下楼。演练结束。', '真武镇山洪演练。请上山。别墅区山洪演练结束。', '下面进行幸福村防汛应急演练，请各组到位。请集合。本次演练结束，感谢大家。', '各位居民，这里是社区，现在开始消防疏散演练。请下楼。演练完毕，谢谢配合。', '今天上午九时举行全县地震演练，请听到警报后避险。请避险。以上是演练通知。'])('is taken with what people say around the word: %s', (text) => expect(drillTextFaults(text)).toEqual([]));

  it('names itself in a title', () => {
    expect(['3月防汛应急演练通知', '演练路线图', 'Flood drill'].map(namesDrill)).toEqual([true, true, true]);
    expect(['防汛', '不是演练', '请按演练路线撤离'].map(namesDrill)).toEqual([false, false, false]);
  });

  it('that announces one may speak of its end, and not deny it', () => {
    expect(deniesDrill('通知。明天九时举行防汛演练。如遇下雨，演练取消。')).toBe(false);
    expect(deniesDrill('明天九时，这不是演练。')).toBe(true);
    expect(deniesDrill('演练让位于抢险，洪水真来了，快跑')).toBe(true);
    expect(deniesDrill('演练内容请勿当真。')).toBe(false);
  });

  it.each(['这是演练，请转移。', '演练：水库决口', '防汛演习', '演 练', 'This is a drill.'])('is known in what is meant: %s', (text) => expect(saysDrill(text)).toBe(true));
  it.each([
    '这是演练，请按演练路线撤离。', '请按演练路线撤离，以上是演练。', '现在进行防汛实战演练，请撤离。', '各位村民，本次为应急疏散演练。', '本次演练请大家配合。', '现在进行幸福村山洪避险演练。', '演练现在开始，请撤离。', '水库决口，请撤离，演练到此结束。', '以上内容为演练。', '大坝决口（演练）',
    '全镇正在开展地震演练，请按指示行动。', '下面播出的是演练内容。', '水库决口。Drill only.', '應急演練，請疏散。',
  ])('is known in what is meant among other words: %s', (text) => expect(saysDrill(text)).toBe(true));
  it.each([
    '请立即按演练路线撤离到学校操场。', '请按照上次防汛演练的路线转移。', '请沿演练过的路线上山。', '请到演练时的集合点。', '请像演练那样有序撤离。', '请和演练时一样列队下楼。',
    '不要以为是演习，请立即撤离！', '千万别当成演练，洪水已到。', '决口了，这可不是一次普通的演练。', '请勿认为这是演练。',
    '这不是一次演练，请立即转移。', '不是防汛演练，是真的决口了。', '不是在演练。', '原定今天的防汛演练取消，现在是真实险情。', '有人说是演练，那是谣言。', '正在演练的师生立即撤离。', '停止演练，立即撤离。', '演练取消，大坝决口。', '请参加过演练的人带路。', '上个月演练过的路线已被淹。', '网上传是演练，请不要相信。',
    '学校演练用的操场已积水，请到体育馆。', '这不是演练也不是演习。', '大坝决口，演练推迟。',
  ])('is not found in what is meant where it was rehearsed or is denied: %s', (text) => expect(saysDrill(text)).toBe(false));
  it.each(['这不是演练，请立即转移。', '水库决口，请立即转移。', 'This is not a drill.'])('is not found in what is meant: %s', (text) => expect(saysDrill(text)).toBe(false));

  it.each([
    '本次播发属于测试', '测试通知', '测试', '测试广播', '系统测试', '模拟预警', '试播通知', '试音', '本次广播仅供测试，不必理会。', '本次预警仅供模拟测试。', '这是测试。', '这只是一次测试。', '这是一次系统测试广播。', '以上内容为测试，请忽略。', '以下是模拟演示。', '应急广播系统测试。',
    '现在进行广播试播，暴雨红色预警。', '预警信息测试，请勿理会。', '测试，请忽略。', '本次为模拟。', '此次是彩排。', '纯属测试。', '本次警报只是练习。', '本条预警不必理会。', '请忽略本次广播。', '警报试鸣，请勿恐慌。', '测 试 通 知', '测·试广播', '【测试】暴雨红色预警',
    '洪水红色预警（模拟）', 'This is a test.', 'This is only a test.', 'Test message', 'For testing only.',
  ])('or a test is known in what is meant: %s', (text) => expect(saysTest(text)).toBe(true));

  it.each([
    '暴雨红色预警，请立即转移。', '这不是测试，请立即转移。', '这并非模拟，洪水已到。', '本次广播不是测试。', '这不是一次试播。', '核酸测试点已关闭，请撤离。', '核酸测试通知：因暴雨暂停。', '模拟考试因暴雨推迟，请师生留在室内。', '高考模拟考试取消。', '数值模拟显示台风今夜登陆。',
    '水质测试不合格，请勿饮用。', '体能测试取消，请回教室。', '通车试验路段塌方，请绕行。', '请忽略此前的蓝色预警，现在升级为红色。', '化学试验楼起火，请撤离。', '危险化学品泄漏，检测人员请进入。', 'This is not a test. Move now.',
    'Flood warning, move uphill.', '请用湿毛巾捂住口鼻。', '请不要理会谣言。',
  ])('or a test is not found where something else is tested, or it is denied: %s', (text) => expect(saysTest(text)).toBe(false));

  it('of a standing correction is taken', () => {
    for (const kind of CORRECTION_KINDS) for (const text of standingTexts(kind, '暴雨红色预警', 'drill')) expect(drillTextFaults(text)).toEqual([]);
  });
});
