import { firstSteps } from '../../../../../apps/cli/src/commands/terminal';

describe('the first steps that terminal try prints', () => {
  it('are the commands of people who exist', () => {
    const lines = firstSteps(['district-jtz-author', 'district-yjj-approver'], '/keys', 'jiaoqiao-01');
    expect(lines).toHaveLength(4);
    expect(lines.join()).toContain('/keys/people/jingkai/district-jtz-author.key.json');
  });

  it('name nobody in a district of other people, but its area and where its accounts stand', () => {
    const text = firstSteps(['cs-author'], '/keys', 'changshui').join(' ');
    expect(text).not.toMatch(/district-|jiaoqiao/);
    expect(text).toMatch(/changshui.*\/keys\/accounts\.json/);
  });
});
