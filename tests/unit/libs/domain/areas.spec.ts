import { areaIdSchema, terminalIdSchema, type AreaId, type Targets } from '#libs/contracts';
import { covers, isWithin, mayReach, outermost, type AreaChain } from '#libs/domain';

const area = (id: string): AreaId => areaIdSchema.parse(id);
const terminal = terminalIdSchema.parse('t-lehua-01-1');

function chainOf(...links: readonly (readonly [string, string | null])[]): AreaChain {
  return links.map(([id, parent]) => ({ id: area(id), parent: parent === null ? null : area(parent) }));
}

function targets(areas: readonly string[], terminals: readonly string[] = []): Targets {
  return { areas: areas.map(area), terminals: terminals.map((id) => terminalIdSchema.parse(id)) };
}

/** A terminal of the first village of a township: hamlet, village, township, district. */
const stands = chainOf(['hamlet', 'lehua-01'], ['lehua-01', 'lehua'], ['lehua', 'jingkai'], ['jingkai', null]);

describe('an area', () => {
  it('lies within itself and within every area above it', () => {
    for (const top of ['hamlet', 'lehua-01', 'lehua', 'jingkai']) expect(isWithin(stands, area('hamlet'), area(top))).toBe(true);
  });

  it('does not lie within an area below it, nor within its neighbour', () => {
    expect(isWithin(stands, area('lehua'), area('lehua-01'))).toBe(false);
    expect(isWithin([...stands, ...chainOf(['lehua-02', 'lehua'])], area('lehua-02'), area('lehua-01'))).toBe(false);
  });

  it('stands for those below it: of several only the outermost are left, and of a circle none is lost', () => {
    expect(outermost(stands, ['hamlet', 'lehua', 'lehua-01'].map(area))).toEqual(['lehua']);
    expect(outermost(chainOf(['lehua', 'jingkai'], ['qiaoshe', 'jingkai']), ['lehua', 'qiaoshe', 'elsewhere'].map(area))).toEqual(['lehua', 'qiaoshe', 'elsewhere']);
    expect(outermost(chainOf(['a', 'b'], ['b', 'a']), ['a', 'b'].map(area))).toEqual(['a', 'b']);
  });

  it('that nobody declared is within nothing, not even within itself', () => {
    expect(isWithin(stands, area('elsewhere'), area('elsewhere'))).toBe(false);
    expect(isWithin([], area('lehua'), area('lehua'))).toBe(false);
  });

  it('whose parent is not in the chain ends there', () => {
    const cut = chainOf(['hamlet', 'lehua-01'], ['lehua', 'jingkai'], ['jingkai', null]);
    expect(isWithin(cut, area('hamlet'), area('lehua'))).toBe(false);
    expect(isWithin(cut, area('hamlet'), area('lehua-01'))).toBe(false);
  });

  it('in a circle of parents gets an answer', () => {
    const circle = chainOf(['a', 'b'], ['b', 'c'], ['c', 'a'], ['top', null]);
    expect(isWithin(circle, area('a'), area('top'))).toBe(false);
    expect(isWithin(circle, area('a'), area('c'))).toBe(true);
    expect(isWithin(chainOf(['a', 'a']), area('a'), area('b'))).toBe(false);
  });

  it('agrees, over every parent table of four areas, with walking until a repetition', () => {
    const names = ['a', 'b', 'c', 'd'];
    const parents = [...names, null, 'unknown'];
    for (let table = 0; table < parents.length ** names.length; table += 1) {
      const links = names.map((id, at) => [id, parents[Math.floor(table / parents.length ** at) % parents.length] ?? null] as const);
      const chain = chainOf(...links);
      const up = new Map<string, string | null>(links);
      for (const from of names) {
        const walked = new Set<string>();
        for (let at: string | null = from; at !== null && up.has(at) && !walked.has(at); at = up.get(at) ?? null) walked.add(at);
        for (const top of [...names, 'unknown']) {
          if (isWithin(chain, area(from), area(top)) !== walked.has(top)) throw new Error(`${from} within ${top}: ${JSON.stringify(links)}`);
        }
      }
    }
  });
});

describe('targets', () => {
  it('cover a terminal by name or by any area that it stands in', () => {
    expect(covers(targets([], [terminal]), terminal, stands)).toBe(true);
    for (const id of ['hamlet', 'lehua-01', 'lehua', 'jingkai']) expect(covers(targets([id]), terminal, stands)).toBe(true);
  });

  it('do not cover a terminal of another area, one by another name, or anybody when they are empty', () => {
    expect(covers(targets(['jiaoqiao']), terminal, stands)).toBe(false);
    expect(covers(targets([], ['t-lehua-01-2']), terminal, stands)).toBe(false);
    expect(covers(targets([]), terminal, stands)).toBe(false);
  });

  it('are decided by what the assignment says, not by how the names look', () => {
    expect(covers(targets(['lehua-0']), terminal, stands)).toBe(false);
    expect(covers(targets(['lehua']), terminal, chainOf(['lehua-01', null]))).toBe(false);
  });
});

describe('a platform', () => {
  const village = [area('lehua-01')];
  const township = [area('lehua')];
  const district = [area('jingkai')];

  it('reaches the terminals that stand in its chartered areas', () => {
    expect(mayReach(village, targets(['lehua-01']), stands)).toBe(true);
    expect(mayReach(village, targets(['hamlet']), stands)).toBe(true);
    expect(mayReach(township, targets(['lehua-01']), stands)).toBe(true);
    expect(mayReach(district, targets(['jingkai']), stands)).toBe(true);
    expect(mayReach(township, targets([], [terminal]), stands)).toBe(true);
  });

  it('reaches no terminal outside, by area or by name', () => {
    const other = chainOf(['jiaoqiao-01', 'jiaoqiao'], ['jiaoqiao', 'jingkai'], ['jingkai', null]);
    for (const wanted of [targets(['jiaoqiao']), targets(['jiaoqiao-01']), targets([], [terminal]), targets([])]) {
      expect(mayReach(township, wanted, other)).toBe(false);
    }
  });

  it('of a township that names the whole district reaches nobody, not even its own', () => {
    expect(mayReach(township, targets(['jingkai']), stands)).toBe(false);
    expect(mayReach(township, targets(['lehua', 'jingkai']), stands)).toBe(false);
    expect(mayReach(village, targets(['lehua']), stands)).toBe(false);
  });

  it('may name areas elsewhere beside its own: they are no matter of this terminal', () => {
    expect(mayReach(township, targets(['lehua', 'jiaoqiao']), stands)).toBe(true);
  });

  it('without areas reaches nobody', () => {
    expect(mayReach([], targets(['lehua']), stands)).toBe(false);
  });

  it('whose area lies in a circle of parents gets an answer', () => {
    const circle = chainOf(['a', 'b'], ['b', 'a']);
    expect(mayReach([area('a')], targets(['b']), circle)).toBe(true);
    expect(mayReach([area('c')], targets(['b']), circle)).toBe(false);
  });
});
