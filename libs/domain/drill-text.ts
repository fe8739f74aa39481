import { bareOf, lettersOf, plainOf } from './bare-letters';
import { claimsDrill, clausesOf, isDrillClaim } from './drill-claims';

/** What is wrong with a drill's text: it does not say at its beginning or its end that it is one, or it denies it. */
export type DrillTextFault = 'DRILL_NOT_SAID_FIRST' | 'DRILL_NOT_SAID_LAST' | 'DRILL_DENIED';

/** How far from its ends a text may say that it is a drill, in letters. */
const NEAR_THE_END = 40;
const DRILL_WORD = /演[练練习習]|(?<![a-z])drills?(?![a-z])/;
const SENTENCE_END = /[。！？!?；;.\n…]+/u;

const MEANS_DRILL = '(?:演[練练习習炼煉戏戲]|drills?)';
/** What is not meant either: to say that a drill is none of these is to say that it is meant. */
const MEANS_PLAY = '(?:练习|練習|(?:训练|訓練)(?!人员|人員|有素|场|場)|练兵|練兵|拉练|拉練|试音|試音|虚晃|虛晃|吓人的|嚇人的|儿戏|兒戲|(?:开|開|说|說)(?:个|個)?玩笑|玩笑|[闹鬧说說][着著]玩|[玩唬]的|假的|假消息|假情况|假警|测试|測試|试播|試播|试验|試驗|模拟|模擬|彩排|预演|預演|排练|排練|走过场|走過場|做样子|做樣子|游戏|遊戲|虚惊|虛驚|虚构|虛構|虚假|虛假|虚言|编的|編的|吓唬|嚇唬)';
const NOT = '(?:不是|不属于|不屬於|不算|不叫|不系|不為|不为|并非|並非|而非|绝非|絕非|决非|決非|不[只仅僅止光单單]是?|[岂豈何]止|远不止|遠不止|[岂豈]是|哪[里裡]?(?:会|會)?是|怎么?(?:会|可能|能)?是|非|无|無|没有|沒有|勿|莫|(?<![特级級类類区區个個分])[别別]|不要|不能|不可|不得|甭)';
/** What may stand between the denial and what it denies without changing it. */
const FILLING = '(?:把|将|將|一次|一场|一場|一回|一个|一個|这次|這次|本次|此次|任何|什么|什麼|在|进行|進行|搞|做|普通|平常|例行|常规|常規|单纯|單純|只是|仅仅|僅僅|只|仅|模拟|模擬|应急|應急|防汛|消防|的|为|為|是|成|作|当|當|当成|當成|当作|當作|看作|看成|视为|視為|视作|視作|认为|認為|以为|以為|误认为|誤認為|误以为|誤以為|它|这|這|此|其){0,5}';
/** Read without blanks and marks, so that blanks, full-width letters and dots between the letters hide nothing. */
const DENIALS: readonly RegExp[] = [
  new RegExp(`${NOT}${FILLING}${MEANS_DRILL}`),
  new RegExp(`${NOT}${FILLING}${MEANS_PLAY}`),
  /不算[数數]|不作[数數]|口[误誤]|作[废廢]|(?:当|當)(?:我|作|做)?(?:没|沒)(?:说|說|听见?|聽見?)|(?:说|說|讲|講|念|读|讀)错|收回(?:前|刚|剛|上|那|这|這)/,
  /[实實]打[实實]|弄假成真|假戏真|假戲真|[动動]真格|[来來]真的|千真万确|千真萬確|[确確]有其事|[确確]有[险險灾災]|(?:情况|情況|消息|[险險]情|[灾災]情|事情).{0,4}[属屬][实實]|[绝絕并並]非[虚虛]|不[是掺摻]假|其[实實](?!施)|(?<![落如切充])[实實](?:则|則|为|為)|事[实實]上|(?<!没有|沒有|未)[实實][际際](?:上|[发發]生|[来來]|[决決]|情况|情況)|真正(?:的|[发發决決]|是)|(?:是|成)真的|假不了|玩真的|正式(?:警报|警報|预警|預警|[险險]情|[灾災]情)/,
  /(?:not|isnt|wasnt|aint|no|never)(?:just|merely|simply|only|even|an|a|any|the|another){0,3}(?:exercise|test|practice|joke|hoax|rehearsal|simulation|training|game|fake|kidding|pretend)/,
  /(?:ignore|disregard|forget)(?:the|what|was|said|all|everything|that|this){0,4}(?:above|previous|first|last|said|opening|word|drill)|(?:real|actual)thing|(?:actually|really)(?:happening|coming|burst)|misspoke/,
  /(?:bushi|bingfei|feishi|juefei)(?:yi(?:ci|chang))?(?:lianxi|erxi|ceshi|moni|jiade|yanlian|yanxi|kaiwanxiao|naozhewan|wanxiao)|zheshizhende/,
  /演[练練习習](?:[吗么嗎麼]不是|是假的|为假|為假|是骗|是騙|已取消|取消了|已经取消|已經取消|改为实|改為實|转为实|轉為實|转实|轉實|变成真|變成真|成真)/,
  /(?:(?<!不)是|为|為|乃|属|屬)(?:一次|一场|一場)?(?:真的|真实的|真實的|实战|實戰|实警|實警|真警报|真警報|真实警报|真實警報|真实事件|真實事件)/,
  /(?:not|isnt|wasnt|aint|no|never|without|cant be)(?:just|merely|simply|only|in|part|of|even|being|considered|called|a|an|any|the|this|our|another|training|practice|simulated){0,4}drills?/,
  /(?:thisis|itis|its)(?:for|the|a|an|very|now|really)*(?:real|actualemergency|actualalarm|actualwarning)/,
  /(?:bushi|bingfei|feishi)yan(?:lian|xi)/,
  /(?:不是|并非|並非|绝非|絕非|非|不再是?|不再为).{0,4}演[練练习習]/,
  /(?<!没有|沒有|不是|并非|並非|无|無)(?:真实|真實|实际|實際)(?:险情|險情|灾情|災情)|(?:真实|真實)(?:发生|發生)|真的(?:决口|決口|发生|發生|来了|來了|要?[垮溃])/,
  /[转轉](?:入|为|為|成)?(?:实战|實戰)|(?:实战|實戰)(?:状态|狀態)/,
  /(?:忽略|无视|無視|不要?理会|不用理会).{0,10}演[練练习習]/,
  /演[練练习習].{0,4}是假|演[練练习習].{0,8}不可能/,
  /(?:水|坝|壩|堤|山体|山體|泥石流|火|[灾災险險]情?)[^不没沒未无無]{0,4}真(?:的)?(?:[来來垮溃塌了]|决|決|发|發|烧|燒)|[让讓]位|(?<![勿别別]|不要|不必|不用|不可)(?:当|當)真/,
  /nolonger(?:a|an|the|this|in)?drill|(?<!not|nota|nothe|no)real(?:emergency|alarm|warning)/,
];

/** Too wide to be read across the end of a sentence. */
const LOOSE: readonly RegExp[] = [
  /(?:前面|上面|以上|之前|刚才|剛才|方才|先前|一?句|[句这那]话|开头|開頭|结尾|結尾|前后|首尾|上述|前述|前文|原文|第[一二]句|[两二]个?字|演[練练习習]).{0,12}(?:不算|[请請]?[删刪][除掉去]|无效|無效|不成立|不实|不實|谣言|謠言|幌子|借口|不可信|(?:不要|别|不能|勿|不可)(?:相信|[信听聽管理])(?!.{0,4}[谣謠传傳讹訛]))/,
  /(?:句|[这那]话|开头|開頭|结尾|結尾|首尾|[两二]个?字).{0,8}(?:有误|有誤|[误誤][会會]|[误誤]播|错|錯)/,
  /(?:去掉|删去|刪去|删掉|刪掉|划掉|忘掉|忘记|忘了|不[听聽管]|别[听聽信管]|不要[听聽信管]|不要相信|别相信|所[谓謂]|(?<!再)[说說][成是]|谎称|謊稱|[谁誰][说說]).{0,10}演[練练习習]/,
];

/** A drill that is called over is over: nothing but thanks may follow its end. */
const ENDED = /演[練练习習](?:已经|已經|已|现在|現在)?(?:(?:终止|終止|取消|中止)|(?:到此)?(?:结束|結束|为止|為止)(?!了?(?:感谢|感謝|谢谢|謝謝)?(?:大家|各位)?的?(?:配合|参与|參與|支持)?(?:(?:以上|本次)?(?:是|为|為)?演[練练习習](?:内容|內容)?(?:到此)?(?:结束|結束|完毕|完畢)?)?$))/;
/** What a sentence between the first and the last may say of the drill or of what is real; it is taken out, and none of `RISKY` may be left. */
const HARMLESS = /假[设設](?![的是])|(?:没有|沒有|不是|并非)(?:真实|真實|实际|實際)(?:险情|險情|警报|警報|灾情)|(?:组织|組織|举行|舉行|开展|開展|进行|進行)[^不非没真假]{0,16}演[練练习習]$|(?:参加|參加|参与)(?:特别|本次|这次)?演[練练习習]的|刚才的演[練练习習](?:广播)?|的演[練练习習]已经完成|本次演[練练习習]不(?:影响|是为了)|(?:本次|这次|此次)演[練练习習](?:模拟|假设|设定|背景|目的|旨在|地点|时间|范围|分为|共分|采用|约|预计|历时|期间[请請])|(?:[请請]?[认認]真)?(?:参加|參加|配合|做好|完成)(?:本次|这次|此次)?(?:防汛|应急|消防|地震)?演[練练习習](?:工作)?$|[请請]?[认認]真(?:参加|參加|配合|对待|組织|組織|组织|听|聽|做好|完成)|真[诚誠](?:地|的)?(?:感谢|感謝)|不是(?:真实|真實|真)的?(?:火灾|灾害|地震|洪水|事故|事件)|(?:不要|勿|无需|不必|不用)取消(?:行程|活动|航班|课程|预约)/gu;
/** What is promised for the day that it should be meant. */
const PROMISE = /(?:如遇|如有|若有|若遇|一旦(?:发生|發生|出现|出現))(?:真实|真實|实际|實際)(?:险情|險情|灾情|災情|情况|情況)(?:本台|我们|我們|村委会|镇政府)?(?:将|將|会|會)?(?:另行|立即|再|马上|馬上)(?:通知|广播|廣播)/gu;
const RISKY = /演[練练习習]|真|实际|實際|实战|實戰|不再|终止|終止|假|忽略|取消|儿戏|兒戲|玩笑|[闹鬧说說][着著]玩|不算|作[废廢]|口[误誤]|[属屬][实實]|[确確][实實有]|的[确確]|其[实實]|事[实實]|理会|理會|更正|撤回|骗|騙|[谎謊]/;

const REHEARSED = '演[练練习習](?:时|時|中|过|過)?(?:的|用的)?';
/** Speaks of drills without calling this one: it is denied, or people shall go where and as they rehearsed. */
const NO_DRILL = new RegExp([
  `${NOT}${FILLING}演[练練习習]`, 'not a drill',
  `(?:按照?|依照?|照着?|沿着?|[经從从走]|到|去|往|[在于於])[^演]{0,12}${REHEARSED}(?:路线|路線|线路|線路|地点|地點|位置|集合[点點]|安置[点點]|避[难難][点點])`,
  `(?:[像如同和与與跟照按])[^演]{0,8}${REHEARSED}(?:那样|那樣|一样|一樣)`,
].join('|'), 'gu');

/**
 * The faults of a drill's text; a list of denials is never whole, so what slips through it still stands between a first and
 * a last sentence that say 演练, and between the drill's own chime and words. None when it says at both ends that it is one and nowhere that it is not (issue "Drill").
 */
export function drillTextFaults(text: string): readonly DrillTextFault[] {
  const sentences = sentencesOf(text);
  return [
    ...(DRILL_WORD.test((sentences[0]?.words ?? '').slice(0, NEAR_THE_END)) ? [] : ['DRILL_NOT_SAID_FIRST' as const]),
    ...(DRILL_WORD.test((sentences[sentences.length - 1]?.words ?? '').slice(-NEAR_THE_END)) ? [] : ['DRILL_NOT_SAID_LAST' as const]),
    ...(deniedAt(sentences) === undefined ? [] : ['DRILL_DENIED' as const]),
  ];
}

/** Whether words that announce a drill say that it is none. */
export function deniesDrill(text: string): boolean {
  return found(DENIALS, sentencesOf(text).map(({ words }) => bareOf(words)).join('')) !== undefined;
}

/** In which sentence, counted from 1, a drill's text denies it or may be taken to; a false refusal is better than a lie. */
export function drillDeniedAt(text: string): number | undefined {
  return deniedAt(sentencesOf(text));
}

/** Whether words speak of a drill and do not deny being one: what the title of a drill, and the notice of one, must do. */
export function namesDrill(text: string): boolean {
  return DRILL_WORD.test(lettersOf(plainOf(text)).replace(NO_DRILL, ' '));
}

/** Whether what is meant says that it is a drill. To deny it is allowed, and to speak of drills. */
export function saysDrill(text: string): boolean {
  return claimsDrill(lettersOf(plainOf(text)) === '' ? '' : text.normalize('NFKC').replace(NO_DRILL, ' '));
}

function deniedAt(sentences: readonly Sentence[]): number | undefined {
  const risky = sentences.findIndex(({ clauses }, at) => (at > 0 && at < sentences.length - 1 ? [clauses.join('')] : clauses.filter((clause) => !isDrillClaim(clause))).some(isRisky));
  const bare = sentences.map(({ words }) => bareOf(words).replace(PROMISE, ''));
  const at = found([...DENIALS, ENDED], bare.join(''));
  if (at === undefined) {
    const loose = bare.findIndex((sentence) => LOOSE.some((pattern) => pattern.test(sentence)));
    const first = [risky, loose].filter((place) => place >= 0);
    return first.length === 0 ? undefined : Math.min(...first) + 1;
  }
  let end = 0;
  return bare.findIndex((sentence) => (end += sentence.length) > at) + 1;
}

/** Beyond the words that say it is a drill. */
function isRisky(words: string): boolean {
  return RISKY.test(bareOf(lettersOf(words)).replace(PROMISE, '').replace(HARMLESS, ''));
}

/** Where the first of these stands. */
function found(patterns: readonly RegExp[], bare: string): number | undefined {
  return patterns.map((pattern) => bare.search(pattern)).find((at) => at >= 0);
}

interface Sentence {
  /** Letters and digits alone. */
  readonly words: string;
  readonly clauses: readonly string[];
}

function sentencesOf(text: string): readonly Sentence[] {
  return plainOf(text).split(SENTENCE_END).map((sentence) => ({ words: lettersOf(sentence), clauses: clausesOf(sentence) })).filter(({ words }) => bareOf(words).length > 0);
}
