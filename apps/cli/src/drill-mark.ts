import type { Mode } from '#libs/contracts';

/** What stands before a title wherever one is shown, so that a drill is never taken for the real thing. */
export function drillMark(mode: Mode): string {
  switch (mode) {
    case 'actual': return '';
    case 'drill': return '【演练 DRILL】';
    case 'test': return '【测试 TEST】';
  }
}
