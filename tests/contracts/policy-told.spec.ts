import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { policySchema, type MessageClass, type Tier } from '#libs/contracts';
import { approvalsBeforeAir, ruleFor } from '#libs/domain';
import { DEFAULT_POLICY } from '../support/trust-people';

const shipped = policySchema.parse(JSON.parse(readFileSync('policy/default.json', 'utf8')));
/** Persons besides the author, by default. */
const asked = (kind: MessageClass, tier: Tier): number => {
  const rule = ruleFor(shipped, { class: kind, severity: 'red', mode: 'actual', tier, areas: 1 });
  if (rule === undefined) throw new Error(`no rule for ${kind} of a ${tier}`);
  return approvalsBeforeAir(rule);
};
const han = (count: number): string => ['零', '一', '两', '三', '四'][count] ?? String(count);
const english = (count: number): string => ['none', 'one', 'two', 'three', 'four'][count] ?? String(count);

describe('the one policy, policy/default.json', () => {
  it('is the one that tests and the demo stand on', () => {
    expect(DEFAULT_POLICY).toEqual(shipped);
  });

  it('is what the pages tell in words', () => {
    const [alarm, own, plain] = [asked('emergency', 'township'), asked('emergency', 'village'), asked('notice', 'township')];
    expect([asked('advisory', 'district'), asked('advisory', 'village'), asked('governance', 'village'), asked('daily', 'district')]).toEqual([alarm, own, plain, plain]);
    expect(readFileSync('README.zh-CN.md', 'utf8')).toContain(
      `默认规则：紧急类和应急信息要一人写、${han(alarm)}人签；村里对本村喊的，一人写、${han(own)}人签；一般通知、村务、日常节目一人写、${han(plain)}人签。`,
    );
    expect(readFileSync('docs/district.md', 'utf8')).toContain(`(\`policy/default.json\`: ${english(alarm)} besides the author at district and township, ${english(own)} in a village)`);
  });

  it('stands nowhere else: no program and no example has rules of its own', () => {
    const files = execFileSync('git', ['ls-files', 'apps', 'libs', 'examples', 'tools', 'deploy', 'policy'], { encoding: 'utf8' }).split('\n').filter((file) => /\.(?:ts|tsx|mjs|js|py|json|java)$/.test(file));
    expect(files.length).toBeGreaterThan(500);
    const rules = files.filter((file) => /["']?mayFollowAir["']?\s*:\s*(?:true|false|True|False)/.test(readFileSync(file, 'utf8')));
    expect(rules).toEqual(['policy/default.json']);
  });
});
