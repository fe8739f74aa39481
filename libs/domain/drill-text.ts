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
];

/** The faults of a drill's text; none when it says at both ends that it is one and nowhere that it is not (issue "Drill"). */
export function drillTextFaults(text: string): readonly DrillTextFault[] {
  const plain = text.normalize('NFKC').replace(/\p{Cf}/gu, '').toLowerCase();
  const sentences = plain.split(SENTENCE_END).map(lettersOf).filter((sentence) => sentence.replaceAll(' ', '').length > 0);
  const faults: DrillTextFault[] = [];
  if (!DRILL_WORD.test((sentences[0] ?? '').slice(0, NEAR_THE_END))) faults.push('DRILL_NOT_SAID_FIRST');
  if (!DRILL_WORD.test((sentences[sentences.length - 1] ?? '').slice(-NEAR_THE_END))) faults.push('DRILL_NOT_SAID_LAST');
  const bare = lettersOf(plain).replaceAll(' ', '');
  if (DENIALS.some((denial) => denial.test(bare))) faults.push('DRILL_DENIED');
  return faults;
}

/** Letters and digits, everything else a single blank; none between Han characters, where blanks mean nothing. */
function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, ' ').trim().replace(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, '');
}
