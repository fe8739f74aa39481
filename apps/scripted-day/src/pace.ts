/** What the duty officers say. */
interface DutyTexts {
  /** Every kind of number that a forecast brings. */
  readonly numbers: string;
  readonly notice: string;
  readonly red: string;
  readonly alerts: readonly [string, string, string];
  readonly wrong: string;
  readonly drill: string;
  readonly returning: string;
  readonly storm: string;
  /** Living voices: of a village's clerk, and of the district. */
  readonly clerk: string;
  readonly wide: string;
}

/** How long the second part of a day takes. The small day says less and waits for less; its checks are the same. */
export interface Pace {
  readonly texts: DutyTexts;
  /** How many texts of 200 characters are spoken for the figure. */
  readonly syntheses: number;
  /** How long something sounds before it is cut or stopped. */
  readonly soundingMs: number;
  /** Repetitions of a warning that will be stopped. */
  readonly stoppedRepeats: number;
  readonly returnWindowMs: number;
  /** Parts that have horns of their own are played at the same time; in order, where their figures count. */
  readonly sideBySide: boolean;
}

const WHOLE: Pace = {
  texts: {
    numbers: '11月22日14时02分发布：预计今天14:02至17:00，蛟桥镇降雨量50~100毫米，气温下降3.5℃，阵风8级，G70高速K12+300处积水。如遇险情请拨打119或12379。',
    notice: '各村请注意，明天上午九点开始检修供水管道，停水六小时，请提前储水。检修结束后恢复正常，给大家带来不便，请谅解。',
    red: '水位迅速上涨，请低洼地带群众立即向高处转移。',
    alerts: ['强雷电正在靠近，请留在室内。', '阵风将达八级，请加固棚架。', '山区道路积水，请勿通行。'],
    wrong: '水库开始泄洪，请沿河群众立即撤离河道。',
    drill: '演练：假设河水上涨，请按预案向高处集合。以上为演练。',
    returning: '请检查房前屋后的排水沟。',
    storm: '上游发生险情，请全区沿河群众立即转移。',
    clerk: '乡亲们，今晚有大雨，请把晒在外面的粮食收回家。',
    wide: '这里是区应急管理局，请留意下一次预警。',
  },
  syntheses: 12, soundingMs: 4_000, stoppedRepeats: 2, returnWindowMs: 75_000, sideBySide: false,
};

const SMALL: Pace = {
  texts: {
    numbers: '14:02至17:00降雨量50~100毫米，气温下降3.5℃，遇险请拨打119。',
    notice: '各村请注意，明天上午九点检修供水管道，停水六小时，请提前储水。',
    red: '请立即向高处转移。',
    alerts: ['有雷电，请留在室内。', '有大风，请加固棚架。', '路面积水，请勿通行。'],
    wrong: '水库泄洪，请立即撤离。',
    drill: '演练：假设河水上涨。以上为演练。',
    returning: '请检查排水沟。',
    storm: '请沿河群众立即转移。',
    clerk: '乡亲们，今晚有大雨，请收好粮食。',
    wide: '请大家留意下一次预警。',
  },
  syntheses: 2, soundingMs: 2_000, stoppedRepeats: 1, returnWindowMs: 60_000, sideBySide: true,
};

export function paceOf(small: boolean): Pace {
  return small ? SMALL : WHOLE;
}
