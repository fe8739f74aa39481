import type { AreaId, PlatformId, Tier } from '#libs/contracts';

/**
 * Names of the demo district. The townships' names are public; every village, community, code, position, household
 * number and shape here is invented demo data and is labelled so wherever it is shown.
 */
export const DISTRICT = { id: 'jingkai', name: '经开区（演示）', code: '360199000000' } as const;

interface TownshipRow {
  readonly id: string;
  readonly name: string;
  readonly code: string;
  /** Code from before the zone took the township over: still found on old papers. */
  readonly oldCode: string;
  readonly villages: readonly string[];
  readonly communities: readonly string[];
}

export const TOWNSHIPS: readonly TownshipRow[] = [
  {
    id: 'jiaoqiao', name: '蛟桥镇', code: '360199101000', oldCode: '360122104000',
    villages: ['东坪', '石港', '枫岭', '罗湾', '上岸', '双溪', '竹山', '横塘', '官桥', '柏林', '茶园', '新坊', '南畈', '金山', '桐坑'],
    communities: ['明月', '榴云', '滨河', '玉屏', '长青'],
  },
  {
    id: 'lehua', name: '乐化镇', code: '360199102000', oldCode: '360122105000',
    villages: ['江边', '新庙', '邓坊', '郭台', '前洲', '后洲', '马岗', '梅口', '西畲', '石桥', '大路', '流湖', '杨柳', '洪垅', '胜利', '永和', '丰乐', '坛下'],
    communities: ['铁道', '文昌', '新城', '和苑'],
  },
  {
    id: 'qiaoshe', name: '樵舍镇', code: '360199103000', oldCode: '360122103000',
    villages: ['波洲', '蔡坊', '朱港', '下堡', '河洲', '曹坪', '沙垅', '七里', '峰桥', '岭背', '青岚', '松湖', '义渡', '团结', '港口', '桃源', '龙潭', '仙桥', '白马', '大塘', '南岸', '月坑'],
    communities: [],
  },
  {
    id: 'baishuihu', name: '白水湖管理处', code: '360199104000', oldCode: '360122501000',
    villages: [],
    communities: ['湖滨', '白水', '海棠', '昌北', '学林', '绿岛', '玉兰', '枫景', '金桂', '彩虹', '春晖', '广和'],
  },
  {
    id: 'guanshan', name: '冠山管理处', code: '360199105000', oldCode: '360122502000',
    villages: [],
    communities: ['冠山', '双港', '庐山路', '丁香', '紫荆', '翠林', '云顶', '银杏', '书香', '港湾', '龙腾'],
  },
];

export const UNITS = {
  district: [
    { id: 'yjj', name: '应急管理局' },
    { id: 'qxj', name: '气象局' },
    { id: 'jtz', name: '教文体中心' },
  ],
  township: [{ id: 'office', name: '应急办公室' }],
  village: [{ id: 'committee', name: '村（居）委会' }],
} as const;

/** One platform of the demo with the area that it speaks for. */
export interface DemoPlace {
  readonly id: PlatformId;
  readonly area: AreaId;
  readonly parent: PlatformId | null;
  readonly parentArea: AreaId | null;
  readonly tier: Tier;
  readonly name: string;
  readonly codes: readonly string[];
}
