import { importsOf, readSources } from '../../../../architecture/sources';

/** Every file that the STOP process loads, from its entrance on, and every package. */
function loaded(entrance: string): { readonly files: ReadonlySet<string>; readonly packages: ReadonlySet<string> } {
  const sources = new Map(readSources(['apps/platform', 'libs']).map((source) => [source.path, source]));
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (path: string): void => {
    if (files.has(path)) return;
    const source = sources.get(path);
    if (source === undefined) throw new Error(`${path} is not there`);
    files.add(path);
    for (const { target, relative, typeOnly } of importsOf(source)) {
      if (typeOnly) continue;
      if (relative) visit(sources.has(`${target}.ts`) ? `${target}.ts` : `${target}/index.ts`);
      else if (target.startsWith('#libs/')) visit(`${target.slice(1)}/index.ts`);
      else packages.add(target);
    }
  };
  visit(entrance);
  return { files, packages };
}

describe('the STOP process', () => {
  it('loads no database, no ORM and no Nest, however deep', () => {
    const { files, packages } = loaded('apps/platform/src/stop-main.ts');
    expect(files.size).toBeGreaterThan(20);
    expect([...packages].filter((name) => !name.startsWith('node:')).sort()).toEqual(['pino', 'sm-crypto-v2', 'zod']);
    expect([...files].filter((file) => /database|\.store\.pg|\.row\.ts|module\.ts/.test(file))).toEqual([]);
  });

  it('would be caught if it did: the API server loads them all', () => {
    const { packages } = loaded('apps/platform/src/main.ts');
    expect([...packages]).toEqual(expect.arrayContaining(['pg', 'typeorm', '@nestjs/common']));
  });
});
