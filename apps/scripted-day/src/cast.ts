import type { AreaId, Fleet } from '#libs/contracts';
import { areaIdSchema } from '#libs/contracts';

/** Who plays in the day, and where: the whole district, or its small cut with one township. */
export interface Cast {
  readonly district: string;
  readonly bulletinAuthor: string;
  readonly bulletinApprovers: readonly [string, string];
  readonly stopper: string;
  readonly officer: string;
  readonly noticeAuthor: string;
  readonly noticeApprover: string;
  /** Which terminals are away at the second start; the first of them stand in the bulletin's areas. */
  isHeld(terminal: Fleet['terminals'][number], index: number): boolean;
  readonly bulletinAreas: readonly AreaId[];
  /** A village outside the bulletin's areas that speaks at the same time. */
  readonly village: string;
  /** Villages inside the bulletin's areas that the crashes are rehearsed in. */
  readonly crashAreas: readonly AreaId[];
  readonly insideArea: string;
  /** Where a duty day's own messages are rehearsed, and the part of it whose horns are away during the false alert. */
  readonly dutyAreas: readonly AreaId[];
  readonly falseAlertAway: string;
  readonly drillAreas: readonly AreaId[];
  /** At least four horns, none of them in the duty areas. */
  readonly returnAreas: readonly AreaId[];
  readonly quietVillage: string;
  /** A village whose clerk speaks; none that has quiet hours. */
  readonly voiceVillage: string;
  readonly wholeDistrict: readonly AreaId[];
}

const people = {
  district: 'jingkai',
  bulletinAuthor: 'district-qxj-author',
  bulletinApprovers: ['district-qxj-approver', 'district-yjj-approver'],
  stopper: 'district-yjj-author',
  officer: 'district-yjj-officer',
  noticeAuthor: 'district-jtz-author',
  noticeApprover: 'district-yjj-approver',
} as const;

const areas = (...ids: readonly string[]): readonly AreaId[] => ids.map((id) => areaIdSchema.parse(id));

export function castOf(small: boolean): Cast {
  return small
    ? { ...people, isHeld: ({ id }) => id === 't-jiaoqiao-03-1', bulletinAreas: areas('jiaoqiao-01', 'jiaoqiao-02', 'jiaoqiao-03'), village: 'jiaoqiao-04', crashAreas: areas('jiaoqiao-02', 'jiaoqiao-03'), insideArea: 'jiaoqiao-01',
      dutyAreas: areas('jiaoqiao-01', 'jiaoqiao-02'), falseAlertAway: 'jiaoqiao-02', drillAreas: areas('jiaoqiao-03'), returnAreas: areas('jiaoqiao-03', 'jiaoqiao-04'), quietVillage: 'jiaoqiao-04', voiceVillage: 'jiaoqiao-01', wholeDistrict: areas('jingkai') }
    : { ...people, isHeld: ({ named }, index) => index % 10 === 9 && !named, bulletinAreas: areas('jiaoqiao', 'lehua', 'qiaoshe'), village: 'guanshan-03', crashAreas: areas('baishuihu', 'guanshan'), insideArea: 'lehua-04',
      dutyAreas: areas('lehua'), falseAlertAway: 'lehua-02', drillAreas: areas('qiaoshe-01'), returnAreas: areas('guanshan-01'), quietVillage: 'guanshan-02', voiceVillage: 'lehua-04', wholeDistrict: areas('jingkai') };
}
