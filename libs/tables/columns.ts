import { fold } from './words';

export const TABLES = ['areas', 'platforms', 'units', 'people', 'terminals', 'naturalVillages', 'publicPlaces'] as const;
export type TableKey = (typeof TABLES)[number];

/** One column: its headings, whether a row may do without, what stands in it (for people), and whether it holds a code. */
export interface Column {
  readonly key: string;
  readonly zh: string;
  readonly en: string;
  readonly aliases: readonly string[];
  readonly required: boolean;
  /** Codes and ids are written as text, whatever a spreadsheet would like to make of them. */
  readonly code: boolean;
  readonly holds: { readonly zh: string; readonly en: string };
}

export interface TableShape {
  readonly zh: string;
  readonly en: string;
  readonly aliases: readonly string[];
  readonly required: boolean;
  readonly columns: readonly Column[];
}

type Flags = { readonly required?: true; readonly code?: true; readonly aliases?: readonly string[] };

function column(key: string, zh: string, en: string, holdsZh: string, holdsEn: string, { required, code, aliases }: Flags = {}): Column {
  return { key, zh, en, aliases: aliases ?? [], required: required === true, code: code === true, holds: { zh: holdsZh, en: holdsEn } };
}

const LONGITUDE = column('longitude', '经度', 'longitude', '十进制度数', 'decimal degrees', { aliases: ['lon', 'lng', '东经'] });
const LATITUDE = column('latitude', '纬度', 'latitude', '十进制度数', 'decimal degrees', { aliases: ['lat', '北纬'] });
const DATUM = column('datum', '坐标系', 'datum', 'WGS84（空为此）或 GCJ-02', 'WGS84 (also when empty) or GCJ-02', { aliases: ['coordinates', 'coordinate system'] });

/** The tables of a district: which there are, their columns, and every heading by which each is known. */
export const SHAPES: Readonly<Record<TableKey, TableShape>> = {
  areas: {
    zh: '区域', en: 'areas', aliases: ['area', '行政区域', '区划'], required: true,
    columns: [
      column('id', '区域编号', 'id', '小写字母、数字、连字符；空则用第一个代码', 'lower-case letters, digits, hyphens; the first code when empty', { code: true, aliases: ['编号', 'area id'] }),
      column('name', '区域名称', 'name', '', '', { required: true, aliases: ['名称', 'area name'] }),
      column('tier', '级别', 'tier', '区县、乡镇或村社区', 'district, township or village', { required: true, aliases: ['层级', 'level'] }),
      column('parent', '上级区域', 'parent', '上级的编号、代码或名称；空则按代码前缀推断', 'id, code or name of the parent; told from the code when empty', { code: true, aliases: ['上级', 'parent area'] }),
      column('codes', '区划代码', 'codes', '12 位；旧代码用逗号接在后面', '12 digits; old codes after a comma', { required: true, code: true, aliases: ['代码', '行政区划代码', 'code', 'area code'] }),
      column('platform', '所属平台', 'platform', '平台的编号或名称；平台表已列出区域时可空', 'id or name of the platform; may be empty when the platforms list their areas', { code: true, aliases: ['平台'] }),
      column('west', '西界', 'west', '仅区县：范围，十进制度数', 'district only: its box, decimal degrees'),
      column('south', '南界', 'south', '', ''), column('east', '东界', 'east', '', ''), column('north', '北界', 'north', '', ''),
    ],
  },
  platforms: {
    zh: '平台', en: 'platforms', aliases: ['platform', '播控平台'], required: true,
    columns: [
      column('id', '平台编号', 'id', '小写字母、数字、连字符', 'lower-case letters, digits, hyphens', { required: true, code: true, aliases: ['编号', 'platform id'] }),
      column('name', '平台名称', 'name', '', '', { required: true, aliases: ['名称', 'platform name'] }),
      column('tier', '级别', 'tier', '区县、乡镇或村社区', 'district, township or village', { required: true, aliases: ['层级', 'level'] }),
      column('parent', '上级平台', 'parent', '上级平台的编号或名称；区县为空', 'id or name of the parent; empty for the district', { code: true, aliases: ['上级', 'parent platform'] }),
      column('areas', '管辖区域', 'areas', '编号、代码或名称，逗号分隔', 'ids, codes or names, separated by commas', { code: true, aliases: ['区域'] }),
    ],
  },
  units: {
    zh: '发布单位', en: 'units', aliases: ['unit', '单位'], required: true,
    columns: [
      column('platform', '所属平台', 'platform', '', '', { required: true, code: true, aliases: ['平台'] }),
      column('id', '单位编号', 'id', '平台内唯一', 'unique within its platform', { required: true, code: true, aliases: ['编号', 'unit id'] }),
      column('name', '单位名称', 'name', '', '', { required: true, aliases: ['名称', 'unit name'] }),
      column('classes', '可发类别', 'classes', '空则按类别表；可用：紧急类、应急信息、政务通知、村务治理、日常节目', 'empty leaves it to the class table; emergency, advisory, notice, governance, daily', { aliases: ['类别'] }),
    ],
  },
  people: {
    zh: '人员', en: 'people', aliases: ['person', 'persons'], required: true,
    columns: [
      column('platform', '所属平台', 'platform', '', '', { required: true, code: true, aliases: ['平台'] }),
      column('unit', '单位', 'unit', '单位的编号或名称', 'id or name of the unit', { required: true, code: true, aliases: ['发布单位', '所属单位'] }),
      column('id', '人员编号', 'id', '全区县唯一；空则同账号', 'unique in the district; the account when empty', { code: true, aliases: ['编号', 'person id'] }),
      column('title', '岗位', 'title', '职务和地点，不写姓名', 'role and place, not a name', { required: true, aliases: ['职务', 'role and place'] }),
      column('roles', '角色', 'roles', '逗号分隔：制播员、签发人、停播人、值机员、密钥管理员、安全审计员、系统管理员', 'separated by commas: author, approver, stopper, duty, officer, auditor, administrator', { required: true, aliases: ['role'] }),
      column('account', '账号', 'account', '小写字母、数字、连字符', 'lower-case letters, digits, hyphens', { required: true, code: true, aliases: ['登录名'] }),
      column('key', '公钥', 'key', '签名公钥（SPKI，Base64），多把用逗号分隔；可以后再补', 'public keys (SPKI, base64), separated by commas; may follow later', { code: true, aliases: ['public key', '签名公钥'] }),
      column('officerKey', '管理员公钥', 'officer key', '密钥管理员的另一把公钥', 'the other key of an officer', { code: true, aliases: ['密钥管理员公钥'] }),
    ],
  },
  terminals: {
    zh: '终端', en: 'terminals', aliases: ['terminal', '喇叭', '音柱'], required: true,
    columns: [
      column('id', '终端编号', 'id', '小写字母、数字、连字符', 'lower-case letters, digits, hyphens', { required: true, code: true, aliases: ['编号', 'terminal id'] }),
      column('name', '终端名称', 'name', '', '', { required: true, aliases: ['名称', 'terminal name'] }),
      column('platform', '所属平台', 'platform', '空则用区域的平台', 'the platform of its area when empty', { code: true, aliases: ['平台'] }),
      column('area', '区域', 'area', '编号、代码或名称', 'id, code or name', { required: true, code: true, aliases: ['所在区域', '行政村'] }),
      column('physicalCode', '物理码', 'physical code', '出厂时写入，不可改', 'written by the maker, never changed', { required: true, code: true, aliases: ['物理编码', 'physicalcode', 'serial'] }),
      column('resourceCode', '资源编码', 'resource code', '23 位；空则由系统分配', '23 digits; assigned when empty', { code: true, aliases: ['资源码', 'ebrid', 'resourcecode'] }),
      LONGITUDE, LATITUDE, DATUM,
      column('horns', '喇叭数', 'horns', '1 至 8；空为 1', '1 to 8; 1 when empty', { aliases: ['号角数'] }),
      column('households', '覆盖户数', 'households', '空为 0', '0 when empty', { aliases: ['户数'] }),
      column('naturalVillage', '自然村', 'natural village', '', '', { aliases: ['naturalvillage'] }),
      column('sim', 'SIM卡号', 'sim', 'ICCID，19 或 20 位', 'ICCID, 19 or 20 digits', { code: true, aliases: ['iccid', 'sim card', 'sim卡'] }),
    ],
  },
  naturalVillages: {
    zh: '自然村', en: 'natural villages', aliases: ['naturalvillages', 'natural-villages', 'natural village'], required: false,
    columns: [
      column('area', '区域', 'area', '所属行政村的编号、代码或名称', 'id, code or name of its village', { required: true, code: true, aliases: ['行政村', '所在区域'] }),
      column('name', '自然村名称', 'name', '', '', { required: true, aliases: ['名称', '自然村', 'natural village'] }),
      column('households', '户数', 'households', '', '', { aliases: ['覆盖户数'] }),
    ],
  },
  publicPlaces: {
    zh: '公共场所', en: 'public places', aliases: ['publicplaces', 'public-places', 'public place'], required: false,
    columns: [
      column('name', '场所名称', 'name', '', '', { required: true, aliases: ['名称'] }),
      column('kind', '类型', 'kind', '学校、医院、敬老院、市场、车站、工厂、宗教场所、避险点、其他', 'school, hospital, care-home, market, station, factory, worship, shelter, other', { required: true, aliases: ['类别'] }),
      column('area', '区域', 'area', '编号、代码或名称', 'id, code or name', { required: true, code: true, aliases: ['所在区域', '行政村'] }),
      column('people', '人数', 'people', '', '', { aliases: ['常驻人数'] }),
      LONGITUDE, LATITUDE, DATUM,
    ],
  },
};

const REMARK = /^(#|备注|说明|note|remark)/;

/** A column that the reader leaves alone. */
export function isRemark(heading: string): boolean {
  return REMARK.test(fold(heading));
}

export function tableNamed(name: string): TableKey | undefined {
  const folded = fold(name);
  return TABLES.find((key) => [key, SHAPES[key].zh, SHAPES[key].en, ...SHAPES[key].aliases].some((word) => fold(word) === folded));
}

export function columnNamed(table: TableKey, heading: string): Column | undefined {
  // A heading may carry a hint in brackets or the other language after a slash, as our own templates do.
  const folded = fold(heading).replace(/\*$/, '').trim();
  const parts = [folded, ...folded.split(/\s*[/(（]\s*/).map((part) => part.replace(/[)）*]/g, '').trim())];
  const headings = (candidate: Column): readonly string[] => [candidate.key, candidate.zh, candidate.en, ...candidate.aliases].map(fold);
  return parts.flatMap((part) => SHAPES[table].columns.find((candidate) => headings(candidate).includes(part)) ?? [])[0];
}
