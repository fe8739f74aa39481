import { placeKindSchema, type MessageClass, type PlaceKind, type Role, type Tier } from '#libs/contracts';

/** A closed list with the words that people write for each of its values; the first is the one that is written out. */
export type Words<T extends string> = Readonly<Record<T, readonly [string, ...string[]]>>;

export const TIER_WORDS: Words<Tier> = {
  district: ['区县', '县', '区', '县级', '区县级', '开发区'],
  township: ['乡镇', '镇', '乡', '街道', '管理处', '乡镇级', '乡镇街道'],
  village: ['村社区', '村', '社区', '行政村', '村居', '村级'],
};

export const ROLE_WORDS: Words<Role> = {
  author: ['制播员'],
  approver: ['签发人', '审核人'],
  stopper: ['停播人'],
  duty: ['值机员'],
  officer: ['密钥管理员'],
  auditor: ['安全审计员', '审计员'],
  administrator: ['系统管理员', '管理员'],
};

export const CLASS_WORDS: Words<MessageClass> = {
  emergency: ['紧急类', '紧急'],
  advisory: ['应急信息', '非紧急类'],
  notice: ['政务通知', '通知'],
  governance: ['村务治理', '村务'],
  daily: ['日常节目', '日常'],
};

export const PLACE_KINDS = placeKindSchema.options;
export const PLACE_WORDS: Words<PlaceKind> = {
  school: ['学校', '幼儿园', '小学', '中学'],
  hospital: ['医院', '卫生院', '卫生室'],
  'care-home': ['敬老院', '养老院', '福利院', 'home for the aged'],
  market: ['市场', '集市', '商场'],
  station: ['车站', '码头'],
  factory: ['工厂', '企业', '园区'],
  worship: ['宗教场所', '寺庙', '教堂'],
  shelter: ['避险点', '安置点', '避难场所'],
  other: ['其他'],
};

export const DATUMS = ['wgs84', 'gcj02', 'bd09'] as const;
export type Datum = (typeof DATUMS)[number];
export const DATUM_WORDS: Words<Datum> = {
  wgs84: ['WGS84', 'WGS-84', 'GPS', 'CGCS2000', '天地图'],
  gcj02: ['GCJ-02', 'GCJ02', '火星坐标', '高德', '腾讯'],
  bd09: ['BD-09', 'BD09', '百度'],
};

/** The value that a written word stands for; letter case and width do not matter. */
export function wordIn<T extends string>(words: Words<T>, values: readonly T[], written: string): T | undefined {
  const folded = fold(written);
  return values.find((value) => fold(value) === folded || words[value].some((word) => fold(word) === folded));
}

export function fold(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase().replace(/[\s_·]+/g, ' ');
}
