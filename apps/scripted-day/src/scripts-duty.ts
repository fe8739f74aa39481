import { draftSchema, type Draft } from '#libs/contracts';
import { systemClock } from '../../cli/src';

/** What a duty officer types: spoken by the platform, with the class's own opening. */
export interface Wanted extends Pick<Draft, 'class' | 'severity' | 'eventType' | 'title' | 'text'>, Partial<Pick<Draft, 'mode' | 'drill' | 'whenPreempted' | 'gapMs'>> {
  readonly areas: readonly string[];
  readonly repeats: number;
  readonly windowMs: number;
}

export const TEXTS = {
  /** Every kind of number that a forecast brings. */
  numbers: '11月22日14时02分发布：预计今天14:02至17:00，蛟桥镇降雨量50~100毫米，气温下降3.5℃，阵风8级，G70高速K12+300处积水。如遇险情请拨打119或12379。',
  notice: '各村请注意，明天上午九点开始检修供水管道，停水六小时，请提前储水。检修结束后恢复正常，给大家带来不便，请谅解。',
  red: '水位迅速上涨，请低洼地带群众立即向高处转移。',
  alerts: ['强雷电正在靠近，请留在室内。', '阵风将达八级，请加固棚架。', '山区道路积水，请勿通行。'],
  wrong: '水库开始泄洪，请沿河群众立即撤离河道。',
  drill: '演练：假设河水上涨，请按预案向高处集合。以上为演练。',
  returning: '请检查房前屋后的排水沟。',
  storm: '上游发生险情，请全区沿河群众立即转移。',
} as const;

/** A draft whose text the platform speaks. */
export function spokenDraft({ areas, windowMs, ...wanted }: Wanted): Draft {
  const now = systemClock.now();
  return draftSchema.parse({ ...wanted, targets: { areas: [...areas] }, notBefore: now, notAfter: now + windowMs, speech: {} });
}
