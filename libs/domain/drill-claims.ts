import { bareOf, lettersOf, plainOf } from './bare-letters';

/**
 * Whether words call themselves a drill, which is another question than whether they speak of one: "the drill planned
 * for today is cancelled" is said in an emergency, "this is a drill" never.
 */

/** Between clauses; a dot or blank inside a word is none. */
const CLAUSE_END = /[，,、；;：:。！？!?\n…()[\]【】（）]+/u;
/** A drill that is played in earnest is a drill. */
const IN_EARNEST = /(?:实战|實戰|实地|實地|实操|實操|实兵|實兵)(?=演[练練习習])/gu;
/** No word of a denial, of hearsay, or of an end put to it. */
const PLAIN = '(?:(?!停止|[终終]止|中止|取消|中[断斷]|[暂暫]停|[让讓]位|推[迟遲]|退出|放[弃棄]|真的|真[实實正]|[实實][际際]|其[实實]|假的|[误誤]|[别別][当當信以听聽管认認把]|[传傳](?![统統达達媒]))[^不非没沒無无未勿莫说說谣謠])';
/** What may follow the word: the thing it names, and how it begins and ends. */
const AFTER = '(?:通知|公告|预警|預警|警报|警報|广播|廣播|信息|訊息|消息|内容|內容|活动|活動|时间|時間|工作|任务|任務|科目|信号|信號|第.{1,3}(?:阶段|項|项|场)|现在|現在|正式|已经|已經|已|开始|開始|到此|结束|結束|完毕|完畢|为止|為止|使用|用|中|了|啦|吧|而已|演[练練习習])';
const CLAIM = new RegExp(`^${PLAIN}{0,28}演[练練习習]${AFTER}{0,4}$`, 'u');
/** A sentence about this drill is part of it, unless it tells that there is none. */
const ABOUT_THIS = new RegExp(`^(?:本次|这次|這次|此次)${PLAIN}{0,12}演[练練习習](?!.{0,8}(?:取消|推迟|推遲|延期|改期|停止|中止|终止|終止|暂停|暫停))`, 'u');

/** Whether a clause says no more than that this is a drill, begins or ends; for example 现在进行防汛演练. */
export function isDrillClaim(clause: string): boolean {
  return CLAIM.test(bareOf(lettersOf(clause)).replace(IN_EARNEST, ''));
}

/** Whether one of these words' clauses calls them a drill. */
export function claimsDrill(text: string): boolean {
  const clauses = clausesOf(text);
  return clauses.some((clause) => isDrillClaim(clause) || ABOUT_THIS.test(bareOf(lettersOf(clause)))) || /(?<![a-z])drills?(?![a-z])/.test(plainOf(text).replace(/not a drill/gu, ''));
}

export function clausesOf(text: string): readonly string[] {
  return plainOf(text).split(CLAUSE_END).filter((clause) => bareOf(lettersOf(clause)).length > 0);
}
