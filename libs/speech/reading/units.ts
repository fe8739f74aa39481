/** Units as they are written with Latin letters or signs, and how they are said. Capitals only where nothing else is meant by them: 5G is no weight. */
export const SIGN_UNITS: Readonly<Record<string, string>> = {
  mm: '毫米', cm: '厘米', dm: '分米', m: '米', km: '公里', 'm²': '平方米', '㎡': '平方米', m2: '平方米', 'km²': '平方公里', '㎢': '平方公里', km2: '平方公里',
  'm³': '立方米', m3: '立方米', ha: '公顷', 'μg': '微克', ug: '微克', mg: '毫克', g: '克', kg: '千克', t: '吨', mL: '毫升', ml: '毫升', L: '升', l: '升',
  ms: '毫秒', s: '秒', min: '分钟', h: '小时', V: '伏', kV: '千伏', W: '瓦', kW: '千瓦', MW: '兆瓦', kWh: '千瓦时', 'kW·h': '千瓦时',
  Hz: '赫兹', kHz: '千赫', MHz: '兆赫', dB: '分贝', Pa: '帕', hPa: '百帕', kPa: '千帕', MPa: '兆帕',
  '℃': '摄氏度', '°C': '摄氏度', '℉': '华氏度', '°F': '华氏度', '°': '度', '′': '分', '″': '秒', '#': '号',
  KM: '公里', Km: '公里', CM: '厘米', MM: '毫米', KG: '千克', Kg: '千克', ML: '毫升', KV: '千伏', Kv: '千伏', KW: '千瓦', Kw: '千瓦', KWH: '千瓦时',
  '㎜': '毫米', '㎝': '厘米', '㎞': '公里', '㎏': '千克', '㎎': '毫克',
};

/** Words that count: 2 before them is 两. */
const COUNTED = [
  '个', '人', '名', '位', '户', '家', '口', '次', '天', '小时', '分钟', '秒', '秒钟', '年', '周', '米', '公里', '千米', '毫米', '厘米', '分米', '海里', '吨', '公斤', '千克', '斤', '克', '两',
  '元', '块', '角', '万', '千', '亿', '辆', '台', '架', '艘', '只', '头', '条', '座', '所', '处', '起', '件', '场', '批', '支', '枚', '根', '棵', '亩', '公顷', '平方米', '平方公里', '立方米',
  '平方千米', '升', '毫升', '倍', '份', '张', '本', '袋', '箱', '瓶', '把', '套', '间', '面', '遍', '趟', '点', '点钟', '种', '项', '部', '门', '岁', '代', '刻钟', '边', '侧', '岸', '寸', '尺', '针', '剂', '折', '餐', '顿', '罐', '桶', '粒', '页', '株', '栏', '圈',
  '死', '伤', '轮', '道', '孔', '扇', '顶', '床', '具', '例', '宗', '声', '响', '句', '段', '盏', '盒', '立方', '平方', '幅', '笔', '排', '步', '片', '颗', '朵', '滴', '串', '节课',
];

/** Words that number or grade: 2 before them is 二. */
const NUMBERED = [
  '月', '月份', '日', '号', '号楼', '级', '级以上', '时', '分', '度', '摄氏度', '华氏度', '楼', '层', '栋', '幢', '单元', '室', '组', '路', '线', '号线', '期', '类', '型', '等', '届', '版', '章', '节', '区',
  '厂', '连', '班', '年级', '季度', '环', '中', '小', '档', '百', '十', '世纪', '标段', '队', '分队', '号机', '伏', '千伏', '瓦', '千瓦', '兆瓦', '分贝', '赫兹', '微克', '毫克', '百帕', '帕', '千瓦时',
];

const LONGEST_FIRST = (a: string, b: string): number => b.length - a.length;
const SIGNS = Object.keys(SIGN_UNITS).sort(LONGEST_FIRST);
const WORDS = [...COUNTED, ...NUMBERED].sort(LONGEST_FIRST);
const COUNTS = new Set(COUNTED);

export interface Unit {
  readonly written: string;
  readonly read: string;
  /** Whether 2 before it is 两. */
  readonly counts: boolean;
  /** Whether it is a place on the calendar or the clock: a range of them is joined by 至. */
  readonly ofTime: boolean;
  /** Whether it may be the beginning of another word (3 中毒): then only its 二 or 两 is settled by it. */
  readonly vague: boolean;
}

const VAGUE = new Set(['中', '小', '面', '死', '伤', '区', '段', '处', '起', '把', '道', '分', '等', '度', '点', '部', '口', '排', '片', '路', '线']);
const OF_TIME = new Set(['月', '日', '号', '时', '点', '月份']);

/** The unit or measure word that stands at `at`, the longest one; a Latin unit only when no letter or digit follows it. */
export function unitAt(text: string, at: number): Unit | undefined {
  const sign = SIGNS.find((written) => text.startsWith(written, at) && !(/[A-Za-z0-9²³]$/.test(written) && /^[A-Za-z0-9²³]/.test(text.slice(at + written.length))));
  if (sign !== undefined) return unitOf(sign, SIGN_UNITS[sign] ?? '');
  const word = WORDS.find((written) => text.startsWith(written, at));
  return word === undefined ? undefined : unitOf(word, word);
}

const FOLDED_SIGNS = new Set([...SIGNS.map((sign) => sign.toLowerCase()), 'k', 'n', 'hr', 'd']);

/** Whether letters could be meant for a unit, in whatever case: M, T, KPA. Those that read as one do not come here. */
export function looksLikeUnit(letters: string): boolean {
  return FOLDED_SIGNS.has(letters.toLowerCase());
}

/** `/h`, `/秒` behind a unit; `/H` and `/S` as well. */
export function perAt(text: string, at: number): { readonly length: number; readonly read: string } | undefined {
  if (text.charAt(at) !== '/') return undefined;
  const capital = /^[HS](?![A-Za-z0-9])/.exec(text.slice(at + 1))?.[0];
  if (capital !== undefined) return { length: 2, read: capital === 'H' ? '小时' : '秒' };
  const unit = unitAt(text, at + 1);
  return unit === undefined ? undefined : { length: 1 + unit.written.length, read: unit.read };
}

function unitOf(written: string, read: string): Unit {
  return { written, read, counts: COUNTS.has(read), ofTime: OF_TIME.has(read), vague: VAGUE.has(written) };
}
