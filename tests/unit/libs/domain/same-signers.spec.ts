import { bySigners } from '../../../../libs/domain';

const paper = (name: string, stage = 'grace', threshold = 2, signers: readonly string[] = ['a', 'b']) => ({ name, stage, threshold, signers });
const names = (papers: readonly ReturnType<typeof paper>[], apart: (one: { readonly name: string }) => string = () => '') => bySigners(papers, apart).map((together) => together.map(({ name }) => name));

describe('papers that the same people sign', () => {
  it('stand together in the order in which they came', () => {
    expect(names([paper('1'), paper('2', 'over'), paper('3'), paper('4', 'over'), paper('5')])).toEqual([['1', '3', '5'], ['2', '4']]);
    expect(names([])).toEqual([]);
  });

  it('stay apart by stage, by how many, by whom, and by what the caller says', () => {
    expect(names([paper('1'), paper('2', 'within-7'), paper('3', 'grace', 1), paper('4', 'grace', 2, ['a', 'c']), paper('5', 'grace', 2, ['a, b'])])).toEqual([['1'], ['2'], ['3'], ['4'], ['5']]);
    expect(names([paper('x1'), paper('x2'), paper('y1')], ({ name }) => name.slice(0, 1))).toEqual([['x1', 'x2'], ['y1']]);
  });
});
