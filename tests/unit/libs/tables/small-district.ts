import type { District } from '#libs/tables';

/** Somebody's county: one township, two villages, four terminals. Names, codes and places are invented. */
export const smallDistrict: District = {
  areas: [
    { id: 'heping', name: '和平县（示例）', tier: 'district', parent: null, codes: ['341599000000'], platform: 'p-heping', box: { west: 116, south: 31, east: 117.2, north: 32 } },
    { id: 'chengguan', name: '城关镇', tier: 'township', parent: 'heping', codes: ['341599100000', '341523100000'], platform: 'p-chengguan', box: null },
    { id: '341599100200', name: '南塘村', tier: 'village', parent: 'chengguan', codes: ['341599100200'], platform: 'p-nantang', box: null },
    { id: '341599100201', name: '=北岗村', tier: 'village', parent: 'chengguan', codes: ['341599100201'], platform: 'p-beigang', box: null },
  ],
  platforms: [
    { id: 'p-heping', name: '和平县', tier: 'district', parent: null, areas: ['heping'] },
    { id: 'p-chengguan', name: '城关镇', tier: 'township', parent: 'p-heping', areas: ['chengguan'] },
    { id: 'p-nantang', name: '南塘村', tier: 'village', parent: 'p-chengguan', areas: ['341599100200'] },
    { id: 'p-beigang', name: '北岗村', tier: 'village', parent: 'p-chengguan', areas: ['341599100201'] },
  ],
  units: [
    { platform: 'p-heping', id: 'yjj', name: '应急管理局', classes: [] },
    { platform: 'p-heping', id: 'qxj', name: '气象局', classes: ['emergency', 'advisory'] },
    { platform: 'p-chengguan', id: 'office', name: '应急办公室', classes: [] },
    { platform: 'p-nantang', id: 'committee', name: '村委会', classes: [] },
    { platform: 'p-beigang', id: 'committee', name: '村委会', classes: [] },
  ],
  people: [
    person('p-heping', 'yjj', 'heping-author', '应急管理局值机制播员', ['author', 'duty', 'stopper']),
    person('p-heping', 'yjj', 'heping-approver', '应急管理局签发人', ['approver', 'stopper']),
    person('p-heping', 'yjj', 'heping-officer-1', '应急管理局密钥管理员', ['officer', 'approver']),
    person('p-heping', 'qxj', 'heping-officer-2', '气象局密钥管理员', ['officer', 'approver']),
    person('p-heping', 'qxj', 'heping-admin', '系统管理员', ['administrator', 'auditor']),
    person('p-chengguan', 'office', 'chengguan-author', '制播员', ['author', 'duty', 'stopper']),
    person('p-chengguan', 'office', 'chengguan-approver', '签发人', ['approver', 'stopper']),
    person('p-chengguan', 'office', 'chengguan-officer-1', '密钥管理员一', ['officer', 'approver']),
    person('p-chengguan', 'office', 'chengguan-officer-2', '密钥管理员二', ['officer', 'auditor']),
    person('p-nantang', 'committee', 'nantang-clerk', '广播员', ['author', 'stopper']),
    person('p-nantang', 'committee', 'nantang-head', '签发人', ['approver', 'stopper']),
    person('p-beigang', 'committee', 'beigang-clerk', '广播员', ['author', 'stopper']),
    person('p-beigang', 'committee', 'beigang-head', '签发人', ['approver', 'stopper']),
  ],
  terminals: [
    terminal('t-nantang-1', '南塘村部 1 号', 'p-nantang', '341599100200', '0012-A', '63415991002000314010401', [116.41, 31.52], '老庄', '89860012345678901234'),
    terminal('t-nantang-2', '南塘小学', 'p-nantang', '341599100200', '1-2', '63415991002000314010402', [116.42, 31.53], '', ''),
    terminal('t-beigang-1', '-北岗 1 号', 'p-beigang', '341599100201', '12E5', '63415991002010314010401', [116.45, 31.55], '', ''),
    terminal('t-town-1', '镇政府', 'p-chengguan', 'chengguan', '+86', '53415231000000314010401', [116.44, 31.5], '', ''),
  ],
  naturalVillages: [{ area: '341599100200', name: '老庄', households: 31 }, { area: '341599100200', name: "'@新庄", households: 0 }],
  publicPlaces: [
    { name: '南塘小学', kind: 'school', area: '341599100200', people: 230, longitude: 116.42, latitude: 31.53 },
    { name: '城关敬老院', kind: 'care-home', area: 'chengguan', people: 48, longitude: null, latitude: null },
  ],
};

function person(platform: string, unit: string, id: string, title: string, roles: District['people'][number]['roles']): District['people'][number] {
  return { platform, unit, id, title, roles, account: id, keys: [], officerKey: '' };
}

function terminal(
  id: string, name: string, platform: string, area: string, physicalCode: string, resourceCode: string, point: readonly [number, number] | null, naturalVillage: string, sim: string,
): District['terminals'][number] {
  return { id, name, platform, area, physicalCode, resourceCode, longitude: point?.[0] ?? null, latitude: point?.[1] ?? null, horns: 2, households: 40, naturalVillage, sim };
}
