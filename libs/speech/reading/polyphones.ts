/** A character whose neighbours settle its reading. */
interface Context {
  /** Its one group is the character; the match begins where a word of the text does. */
  readonly pattern: RegExp;
  readonly said: string;
  /** Settled for most texts, not for all of them: whoever writes must see it. */
  readonly shown: boolean;
}

export interface Settled {
  readonly said: string;
  readonly shown: boolean;
}

const context = (said: string, pattern: string, shown = false): Context => ({ pattern: new RegExp(pattern, 'dgu'), said, shown });
/** 应 of these words is yìng; everywhere else it is 应当. */
const YING4_AFTER = '[响反适供相对效感呼照回策顺接内报因]';
const YING4_BEFORE = '急|对|用|答|邀|变|付|聘|征|试|诊|战|援|和|声|验|景|运';
const TITLE = '副?(?:[县市区镇乡村局所站组队院校科处部厂排班片段]长|书记|主任|主席|医生|大夫|老师|教授|院士|工程师|师傅|支书|会计|同志|先生|女士|委员|警官|护士|经理|总经理|大爷|大妈|大叔|大娘|阿姨|奶奶|爷爷|工(?=，|。|$))';
/** Where a name stands for certain: at the beginning of a clause, or behind one of these words. */
const NAMED = '(?:(?<!\\p{Script=Han})|(?<=请|由|找|向|和|与|跟|给|让|叫|联系|通知|告诉|我|听|的|村|镇|乡|县|社区))';
/** For whom or what something is done: 为群众服务, 为防止. */
const FOR = '了|防|确保|避免|保障|保证|做好|加强|大家|群众|[您你我他她它民此何]|什么|进一步|抓|贯彻|落实|提高|切实|减少|有效|应对|广大|[村居市农渔灾学老孩病受伤游]|全[村镇县市体]|人民|国家|维护|推动|保护|配合|方便|满足|规范|深入|扎实|积极|迎接|庆祝|预防|强化|打造|营造|完善';
const DRY = '(?<!\\p{Script=Han})';
const HEIGHTS = '膝|腰|胸|脖|脚|小腿|大腿|腿|头顶|头部|屋顶|房顶|屋檐|车轮|车顶|车窗|轮胎|引擎盖|排气管|底盘|路面|桥面|堤顶|坝顶|堤面|门槛|窗台|台阶|地面|一楼|二楼|一层|二层|庄稼|稻田|农田|田埂|警戒线';

/** The first that fits wins. What a lexicon says comes before all of them. */
const CONTEXTS: readonly Context[] = [
  // 应: 应立即撤离, but 应急, 响应. 应用湿毛巾 and 应对房屋进行检查 are two words each.
  context('ying1', '(应)用(?=湿|毛巾|衣|沙|布|水|手|冷|肥皂|消毒|绳|灭火|塑料|木|棉|双手|干|毯|被|石|沙袋|车辆|红|黄|明显|警戒|普通话|书面)'),
  context('ying1', '(应)对(?=[^，。；！？、]{1,16}(?:进行|加强|加以|开展|实施|予以|作出|做出|采取|全面|逐一|及时))', true),
  context('ying1', '[理本早均都各也还仍不须先自更即既总首共才方则又再](应)(?!急|对|邀|聘|征)'),
  context('ying1', `(?<!${YING4_AFTER})(应)(?!${YING4_BEFORE})`),

  // 着
  context('zhao2', '(着)(?:了|起|过|起了|了大|起大)(?:大|山|林)?火'),
  context('zhe5', '(着)(?=火[势把场光车苗星焰山线炉盆堆海药柴气腿锅]|凉[席水鞋爽快拖茶])'),
  context('zhao2', '(着)(?=火|了?凉)'),
  context('zhao2', '(?:烧|睡|火)(着)(?=了|起来)'),
  context('zhao2', '[睡找够摸点打烧见用]不(着)'),
  context('zhuo2', '穿(着)(?=要|应|得体|整齐|打扮|保暖|鲜艳|统一|宽松|轻便)'),
  context('zhe5', '[穿](着)'),
  // 中
  context('zhong4', '(中)(?=了(?:他们?|骗子|坏人|别人)?的?(?:毒|暑|招|奖|弹|风|圈套|计|枪|刀|骗|埋伏))'),
  context('zhong4', '(?:误|谨防|防止|以防|避免|小心|容易|不幸)(中)(?=招|圈套|毒(?!蛇|品|气|烟|草)|暑|弹|奖|计|风)'),
  context('zhong4', '(中)(?=招(?![聘生工待])|圈套)'),
  context('zhong4', '(?<=脑|不)(中)(?=风|用)'),
  // 还
  context('hai2', '(还)给(?=[^，。；！？]{0,10}(?:送|讲|做|带|发|办|提供|安排|买|打|捐|准备|配))', true),
  context('huan2', '(还)给(?!予)', true),
  context('huan2', '(还)(?=贷|清|款|钱|债|账|本付息|书(?!记|面)|林|湖|草|田于|愿)'),
  context('huan2', `${DRY}(还)(?=[到至回])`, true),
  context('huan2', '(?:请|按时|及时|尽快|务必|必须|主动|如数|归)(还)(?=[到至回])'),
  // 当
  context('dang4', '(?<=[作用置理施火为工法电气护养管处配搭](?:方式|方法)?)不(当)(?!心)'),
  context('dang4', '不(当)(?=[，。；！？：、]|$|的|引发|导致|造成|行为|言论|使用|操作|处置|用|之|或|和|等|会|可|致|而|引|得利|竞争|时|被|发生)'),
  context('dang4', '(当)(?=月)'),
  // 落
  context('la4', '(落)下(?=东西|一|任何|老人|孩子|小孩|人|谁|行李|物品|手机|证件|每|哪|功课|课)'),
  context('la4', '(?:不要|别|勿|不能|不得|不可|切莫)(落)下'),
  context('la4', '(落)在(?=家|屋里|车上|车里|后面|办公|教室|宿舍|现场|安置点|店里|座位|出租|银行|村部)', true),
  context('la4', '不(落)(?=下?一[户人个家处村项件])'),
  context('la4', '一[户人个家处村项件]都?[不没](落)'),
  context('la4', '[户人]都?[不没](落)下'),
  // 舍
  context('she3', '(舍)(?=弃|不得|得|命|己|身|生|近|小家|车|财)'),
  // 处
  context('chu3', '(处)以(?![上下内外东西南北前后及为来])'),
  context('chu3', '(?:身|所|地|正)?(处)(?=在|于|险|位置)'),
  context('chu3', '身(处)'),
  context('chu3', '[并单可应](处)(?=罚|[一二三四五六七八九十百千两]|以|警告|拘留|有期)'),
  context('chu3', '(?<![此多各该何到某一二三四五六七八九十两几数每高低远近暗深])(处)(?=[一二三四五六七八九十百千两]+(?:日|年|个月|元|百元|千元|万元)|警告|罚款|拘留|有期徒刑)'),
  // 长
  context('chang2', '(?<=[较很太更超最])(长)(?!得|势|老|辈)'),
  context('zhang3', '(?<!时间|时|路|路程|队|太|很|拖|较)(长)(?=得)'),
  context('zhang3', '(?<!太|很|较|更|延|特)(长)(?=出|满|霉|毛|芽|斑|疹|痘|胖|虫|草|杂草|青苔|水泡|苗|叶|个子|高(?:[了，。；！？、]|$))'),
  context('zhang3', '(长)(?=[了过]?(?:虫|霉|草|杂草|毛|芽|疹|痘|斑|水泡|青苔|苗|叶|高|大|胖|个|疮|肿|包|瘤))(?!高[温程度压速处山]|大[风雨雪雾桥坝道堤米约])'),
  // 待
  context('dai1', '(待)(?=在(?!建|校|职|岗)|着|一会|一阵|够)'),
  // 间
  context('jian4', '[晴阴云](间)(?=晴|多云|阴|有)'),
  // 重
  context('chong2', '(?<![从加过超负起偏很太最较更])(重)(?=填|登记|测|做|写|拍|拨|算|选|领|签|考|审|启|来一|走一|栽|铺|演|返|试|录|打(?!击)|开(?!发)|报(?!告)|装(?!备|甲|卡|载|车)|办(?!理)|盖|印|接(?!触)|联|排(?!放))'),
  // 系
  context('ji4', '(系)(?=紧(?!急|张)|牢|好|上(?:安|救|绳|围|鞋|扣|皮|保|腰|，|。|$)|住|着|扎|安全|绳|鞋带|围巾|领带|围裙|救生|扣|保险|在(?:树|腰|身|桩|绳|柱|栏|脖|手|一起))'),
  // 背
  context('bei1', '(背)(?=上(?:行李|背包|包|书包|老人|孩子|行囊|药箱|喷雾|器|急救|物|东西|伤|病)|老人|孩子|小孩|行李|伤员|病人|走|出|起|着|下(?:楼|山)|到安|药箱|篓|锅|送|奶奶|爷爷|群众)'),
  // 没
  context('mo4', `(没)(?=[过到至及](?:了)?(?:${HEIGHTS}|人的|成人的))`),
  context('mo4', '(?:洪|河|湖|积|江|海|雨|大)?水(?:已|已经|将|就|要|快要|即将|都|会|可能)?(没)(?=过(?!来|去|期|几|多|完|年|节|问|有))'),
  // 行
  context('hang2', '第[一二三四五六七八九十]+(行)'),
  context('xing2', '一(行)(?=[一二三四五六七八九十两几数多]+余?人|人|来到|赴|深入|抵达|前往|实地|到)'),
  // 为: 风力为八级, 电话为, but 为群众服务.
  context('wei4', `(为)(?=[一两三四五六七八九十百千万]+(?:名|位|户))`, true),
  context('wei2', `(为)(?=[零一二三四五六七八九十百千万亿两百幺])`),
  context('wei2', '(?:级别|范围|区域|时间|地点|对象|原因|颜色|电话|号码|名称|内容|时段|类别|等级)(为)(?!了)'),
  context('wei2', '(为)(?=[大中小]到?[大中小暴]?[雨雪雾风]|多云|阴天|阴转|晴|雷|暴[雨雪]|冻雨|雨夹雪)'),
  context('wei2', `(?:[低高间级位度量速力率温深宽址话号点式积值限期数围额价费列升降调改变定称视设均约仅整更判评选名多般仍即应转划]|主要|颜色|蓝色|黄色|橙色|红色|原因|范围|地区|对象|内容|名称)(为)(?!${FOR})`),
  // 倒: 倾倒垃圾 is done, a tree that 倾倒 falls.
  context('dao4', '(?:乱|乱扔乱|随意|偷)?(倒)(?=垃圾|渣土|废|污水|剩饭)'),
  context('dao4', '倾(倒)(?=垃圾|渣土|废|泥|建筑|污|剩|生活|农药)'),
  context('dao4', '(?<=垃圾|渣土|废物|乱|随意|禁止|严禁|违法|非法|偷)倾(倒)'),
  context('dao3', '倾(倒)', true),
  // 率, 盛, 卡
  context('shuai4', '(率)(?=队|工作组|众|团(?!结)|部(?:队|分)?(?!门)|全体|相关|有关|班子)'),
  context('cheng2', '(盛)(?=装[油水粮食易危液汽农]|接|水|满)'),
  context('qia3', '(?<!银行|社保|身份证?|电话|信用|医保|饭|磁|储蓄|手机|公交)(卡)(?=在|脖|喉|嗓|死|住)', true),
  context('qia3', '(?<=被|设|设置)(卡)(?![通车片])'),
  // 冲, 教
  context('chong4', '(冲)(?=着[您你我他她它大人群镜])'),
  context('jiao1', '(教)(?=[您你我他她它孩小老会]|村民|群众|大家|居民|学生)(?!会[议员堂学医])'),
  // 得, 了: how something is done.
  context('de5', '[走动病长排堵冲站受吹闻疼痛跑涨落退下刮淋晒冻烧变说做听看来去卖买吃喝拿搬抬推拉关打写学干忙累热冷湿堆压挤砸撞流漫淹涌升降响烫渴饿咳肿伤传救赶追住坐睡穿盖修建扎捆锁塞管抓用想记认断裂垮滑倒掉收办治爬游叫喊摔磨裹包](得)(?=[很太更越挺最快慢高低好坏多少大小重轻厉严满紧松远近早晚清急猛深浅起了住见动着上下出过开稳及死干通红发垮疼到不]|特别|非常|十分|比较|这么|那么)(?!得到位|得发|得了病)'),
  context('liao3', '[受办去来用做管走救治修出忘少免](?:得|不)(了)(?!解|结|断)'),
  context('liao3', '\\p{Script=Han}不(了)(?![解结断])'),
  // 看
  context('kan1', '(看)(?=护|守(?!恒)|管(?!道|理|网|线)|着(?:孩子|小孩|老人|牲|牛|羊|门|家|火|炉|锅|伤)|住(?:孩|老|小|他)|好(?:自己|自家|家中|家里|小|老|孩|儿|牲|牛|羊|鸡|病|门|炉|财|随身|贵重|行李|物品|钱包|幼|婴)|门(?:人|狗))'),
  // Surnames: shown, because 任 and 区 before a title can be a verb and a district.
  context('zeng1', `(?<![未不何])(曾)(?=${TITLE})`, true),
  context('shan4', `(?<![名简菜订保清账传床孤工])(单)(?=${TITLE})`, true),
  ...[['任', 'ren2'], ['仇', 'qiu2'], ['查', 'zha1'], ['区', 'ou1'], ['解', 'xie4'], ['华', 'hua4'], ['盖', 'ge3'], ['朴', 'piao2'], ['纪', 'ji3'], ['宁', 'ning4'], ['乐', 'yue4'], ['员', 'yun4'], ['种', 'chong2'], ['尉', 'wei4'], ['燕', 'yan1'], ['应', 'ying1'], ['那', 'na1'], ['召', 'shao4'], ['隗', 'kui2'], ['逄', 'pang2'], ['缪', 'miao4'], ['晁', 'chao2'], ['秘', 'bi4'], ['折', 'she2'], ['繁', 'po2'], ['黑', 'he4']]
    .map(([surname = '', said = '']) => context(said, `${NAMED}(${surname})(?=${TITLE})`, true)),
];

/** The characters of a text whose neighbours settle them, by index in characters; `borders` are where its words begin (UTF-16 units). */
export function settledIn(hanzi: string, borders: ReadonlySet<number>): ReadonlyMap<number, Settled> {
  const settled = new Map<number, Settled>();
  for (const { pattern, said, shown } of CONTEXTS) {
    for (const match of hanzi.matchAll(pattern)) {
      const at = match.indices?.[1]?.[0] ?? match.index;
      const letter = [...hanzi.slice(0, at)].length;
      if ((borders.has(match.index) || borders.has(at)) && !settled.has(letter)) settled.set(letter, { said, shown });
    }
  }
  return settled;
}
