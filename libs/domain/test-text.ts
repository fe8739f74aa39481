import { bareOf, lettersOf, plainOf } from './bare-letters';

const TEST_WORD = '(?:测试|測試|模拟(?!考|试|器|卷|训|信号|电视)|模擬(?!考|試|器|卷|訓|信號|電視)|试播|試播|试音|試音|试响|試響|试鸣|試鳴|试验|試驗|调试|調試|演示|彩排|预演|預演|练习|練習)';
/** A test of something else is no word about the message. */
const OTHER_TEST = /(?:核酸|抗原|抗体|体能|体质|心理|水质|压力|学业|能力|水平|酒精|血液|性能|加载|荷载|负荷|耐压|通车|试压|数值|计算机|模式|化学|物理|爆破|核)(?:的)?(?:测试|試驗|测試|測試|试验|模拟|模擬|演示)|模拟(?:[考试卷器训结计分]|信号|电视|预测)/gu;
const ITSELF = '(?:广播|廣播|预警|預警|警报|警報|信息|消息|通知|播报|播報|播发|播發|信号|信號|短信|喇叭|内容|內容|发布|發布)';
/** What says of the words themselves that they are a test; the marks between them do not count. */
const SAYS_TEST: readonly RegExp[] = [
  new RegExp(`^(?:系统|系統|应急|應急|广播|廣播|设备|設備|${TEST_WORD})*${TEST_WORD}$`),
  new RegExp(`${TEST_WORD}(?:性|用|的)?(?:应急|應急)?${ITSELF}`),
  new RegExp(`${ITSELF}(?:系统|系統|设备|設備|功能)?(?:正在|现在|現在|进行|進行|的|在|做){0,3}${TEST_WORD}`),
  new RegExp(`(?:仅供|僅供|只供|仅用于|僅用於|只用于|仅作|僅作|仅为|僅為|只为|只是|仅是|僅是|纯属|純屬|[本这此]次(?:只|仅)?[是为]|^[这此](?:只|仅)?[是为]|(?:以上|以下|下面|刚才|现在)(?:的)?${ITSELF}?(?:内容)?(?:均|都|只|仅)?[是为]|${ITSELF}(?:均|都|只|仅)?(?:[是为系]|属于))(?:一次|一个|系统|系統|设备|設備|广播|廣播|预警|内部|功能|技术|应急|的|用于){0,4}${TEST_WORD}`),
  new RegExp(`${TEST_WORD}.{0,4}(?:请|請)?(?:忽略|勿理会|不必理会|无需理会|不用理会|不要理会|勿当真|不必当真)`),
  new RegExp(`(?:本次|本条|这次|这条|此次|此条|该条|该)${ITSELF}.{0,8}(?:不必|无需|不用|请勿|勿|不要)(?:理会|当真|相信)|(?:请)?忽略(?:本|此(?!前)|该|这)[次条]?${ITSELF}`),
  /(?:thisis|just|only|merely)(?:just|only)?(?:a|an)?(?:test|simulation|exercise|rehearsal)(?![a-z]*result)|test(?:ing)?(?:message|alert|broadcast|only|purposes)|fortest(?:ing)?only/,
];
const NOT_A_TEST = new RegExp(`(?:不是|不属于|不屬於|并非|並非|绝非|絕非|非|没有|沒有|而非)(?:一次|一场|普通|例行|系统|设备)?${TEST_WORD}(?:${ITSELF})?|not(?:just|only|merely)?(?:a|an)?(?:test|simulation|exercise|rehearsal)`, 'gu');

const CLAUSE_END = /[。！？!?；;，,、:：.\n…【】[\]()（）]+/u;

/** Whether what is meant says of itself that it is a test, a simulation or a trial broadcast. To say that it is none, and to speak of other tests, is allowed. */
export function saysTest(text: string): boolean {
  return plainOf(text).split(CLAUSE_END)
    .map((clause) => bareOf(lettersOf(clause)).replace(NOT_A_TEST, '').replace(OTHER_TEST, ''))
    .some((clause) => SAYS_TEST.some((pattern) => pattern.test(clause)));
}
