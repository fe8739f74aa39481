/** What is wrong with a drill's text: it does not say at its beginning or its end that it is one, or it denies it. */
export type DrillTextFault = 'DRILL_NOT_SAID_FIRST' | 'DRILL_NOT_SAID_LAST' | 'DRILL_DENIED';

/** How far from its ends a text may say that it is a drill, in letters. */
const NEAR_THE_END = 40;
const DRILL_WORD = /演[练練习習]|(?<![a-z])drills?(?![a-z])/;
const SENTENCE_END = /[。！？!?；;.\n…]+/u;

const MEANS_DRILL = '(?:演[练練习習]|drills?)';
const NOT = '(?:不是|不属于|不屬於|不算|不叫|不系|不為|不为|并非|並非|而非|绝非|絕非|决非|決非|非|无|無|没有|沒有|勿|莫|(?<![特级級类類区區个個分])[别別]|不要|不能|不可|不得|甭)';
/** What may stand between the denial and what it denies without changing it. */
const FILLING = '(?:一次|一场|一場|一回|一个|一個|这次|這次|本次|此次|任何|什么|什麼|在|进行|進行|搞|做|普通|平常|例行|常规|常規|单纯|單純|只是|仅仅|僅僅|只|仅|模拟|模擬|应急|應急|防汛|消防|的|为|為|是|成|作|当|當|当成|當成|当作|當作|看作|看成|视为|視為|视作|視作|认为|認為|以为|以為|误认为|誤認為|误以为|誤以為|它|这|這|此|其){0,5}';
/** Read without blanks and marks, so that blanks, full-width letters and dots between the letters hide nothing. */
const DENIALS: readonly RegExp[] = [
  new RegExp(`${NOT}${FILLING}${MEANS_DRILL}`),
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
  /nolonger(?:a|an|the|this|in)?drill|(?<!not|nota|nothe|no)real(?:emergency|alarm|warning)/,
];

/** A drill that is called over is over: nothing but thanks may follow its end. */
const ENDED = /演[練练习習](?:已经|已經|已|现在|現在)?(?:(?:终止|終止|取消|中止)|(?:到此)?(?:结束|結束|为止|為止)(?!了?(?:感谢|感謝|谢谢|謝謝)?(?:大家|各位)?的?(?:配合|参与|參與|支持)?(?:(?:以上|本次)?(?:是|为|為)?演[練练习習](?:内容|內容)?(?:到此)?(?:结束|結束|完毕|完畢)?)?$))/;
/** What a sentence between the first and the last may say of the drill or of what is real; it is taken out, and none of `RISKY` may be left. */
const HARMLESS = /(?:没有|沒有|不是|并非)(?:真实|真實|实际|實際)(?:险情|險情|警报|警報|灾情)|(?:组织|組織|举行|舉行|开展|開展|进行|進行)[^不非没真假]{0,16}演[練练习習]$|(?:参加|參加|参与)(?:特别|本次|这次)?演[練练习習]的|刚才的演[練练习習](?:广播)?|的演[練练习習]已经完成|本次演[練练习習]不(?:影响|是为了)/gu;
const RISKY = /演[練练习習]|真|实际|實際|实战|實戰|不再|终止|終止|假|忽略|取消/;

/** The faults of a drill's text; none when it says at both ends that it is one and nowhere that it is not (issue "Drill"). */
export function drillTextFaults(text: string): readonly DrillTextFault[] {
  const sentences = sentencesOf(text);
  return [
    ...(DRILL_WORD.test((sentences[0] ?? '').slice(0, NEAR_THE_END)) ? [] : ['DRILL_NOT_SAID_FIRST' as const]),
    ...(DRILL_WORD.test((sentences[sentences.length - 1] ?? '').slice(-NEAR_THE_END)) ? [] : ['DRILL_NOT_SAID_LAST' as const]),
    ...(deniedAt(sentences) === undefined ? [] : ['DRILL_DENIED' as const]),
  ];
}

/** Whether words that announce a drill say that it is none. */
export function deniesDrill(text: string): boolean {
  return found(DENIALS, sentencesOf(text).map(bareOf).join('')) !== undefined;
}

/** In which sentence, counted from 1, a drill's text denies it or may be taken to; a false refusal is better than a lie. */
export function drillDeniedAt(text: string): number | undefined {
  return deniedAt(sentencesOf(text));
}

/** Whether what is meant says that it is a drill. To say that it is none is allowed. */
export function saysDrill(text: string): boolean {
  const bare = plainOf(text).replace(/[^\p{L}\p{N}]+/gu, ' ').replace(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, '');
  return DRILL_WORD.test(bare.replace(/(?:不是|并非|並非|绝非|絕非|非)演[練练习習]|not a drill/gu, ''));
}

function deniedAt(sentences: readonly string[]): number | undefined {
  const between = sentences.findIndex((sentence, at) => at > 0 && at < sentences.length - 1 && RISKY.test(bareOf(sentence).replace(HARMLESS, '')));
  const bare = sentences.map(bareOf);
  const at = found([...DENIALS, ENDED], bare.join(''));
  if (at === undefined) return between < 0 ? undefined : between + 1;
  let end = 0;
  return bare.findIndex((sentence) => (end += sentence.length) > at) + 1;
}

/** Where the first of these stands. */
function found(patterns: readonly RegExp[], bare: string): number | undefined {
  return patterns.map((pattern) => bare.search(pattern)).find((at) => at >= 0);
}

function sentencesOf(text: string): readonly string[] {
  return plainOf(text).split(SENTENCE_END).map(lettersOf).filter((sentence) => bareOf(sentence).length > 0);
}

function plainOf(text: string): string {
  return text.normalize('NFKC').replace(/\p{Cf}/gu, '').toLowerCase();
}

function bareOf(sentence: string): string {
  return sentence.replaceAll(' ', '');
}

/** Letters and digits, everything else a single blank; none between Han characters, where blanks mean nothing. */
function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, ' ').trim().replace(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, '');
}
