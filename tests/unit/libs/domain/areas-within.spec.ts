import { areaIdSchema, type AreaId } from '#libs/contracts';
import { areasWithin, isWithin, type AreaChain } from '#libs/domain';
import { seededRandom } from '../../../support/seeded-random';

const area = (nr: number): AreaId => areaIdSchema.parse(`a${nr}`);

describe('areasWithin', () => {
  it('answers for all areas at once what isWithin answers for each, in any forest, with circles and loose ends', () => {
    const random = seededRandom(7);
    for (let round = 0; round < 300; round += 1) {
      const size = 1 + random.int(12);
      const chain: AreaChain = Array.from({ length: size }, (_, nr) => ({ id: area(nr), parent: random.int(4) === 0 ? null : area(random.int(size + 2)) }));
      const tops = [area(random.int(size + 2)), area(random.int(size))];
      const expected = chain.map(({ id }) => id).filter((id) => tops.some((top) => isWithin(chain, id, top)));
      expect([...areasWithin(chain, tops)]).toEqual(expected);
    }
  });
});
