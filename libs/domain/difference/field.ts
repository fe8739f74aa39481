/** One thing in which a document differs from the one before it, in plain words. */
export interface Difference {
  /** Where it stands, for example `persons.t1-clerk.roles`. */
  readonly field: string;
  readonly zh: string;
  readonly en: string;
  /**
   * Whether it gives somebody more than before, asks for less, or takes away who can stop. In doubt it does: nobody is
   * harmed by a mark too many. Nothing in a first document is marked, for there it is all new.
   */
  readonly weakens: boolean;
}

export interface Words { readonly zh: string; readonly en: string }

/** The sentences about one field; `before` undefined: it is new, and all of it is said. */
export type Field<T> = (before: T | undefined, after: T, path: string) => readonly Difference[];

/** A part with a field for each of its keys: one that the contract has and this does not cannot be compiled. */
export function partOf<T extends object>(fields: { readonly [K in keyof Required<T>]: Field<T[K]> }): Field<T> {
  return (before, after, path) => {
    const found: Difference[] = [];
    for (const name in fields) found.push(...fields[name](before?.[name], after[name], path === '' ? name : `${path}.${name}`));
    return found;
  };
}

/** Said elsewhere: with the name of what it stands in, or by the list that it orders. */
export const saidAbove: Field<unknown> = () => [];

/** One value: what it is when it is new, from what to what when it changed. */
export function valueOf<T>(label: Words, say: (value: T) => Words | string, weakens: (before: T, after: T) => boolean): Field<T> {
  return (before, after, field) => {
    const now = both(say(after));
    if (before === undefined) return [{ field, zh: `${label.zh}：${now.zh}`, en: `${label.en}: ${now.en}`, weakens: false }];
    if (same(before, after)) return [];
    const then = both(say(before));
    const alike = then.en === now.en ? ` (${JSON.stringify(before)} -> ${JSON.stringify(after)})` : '';
    return [{ field, zh: `${label.zh}：${then.zh} → ${now.zh}${alike}`, en: `${label.en}: ${then.en} -> ${now.en}${alike}`, weakens: weakens(before, after) }];
  };
}

/** A choice of words from a closed list, in which order does not count. Whether one more or one less of them weakens is said. */
export function choiceOf<T extends string>(label: Words, words: (one: T) => string, weakens: { readonly added: (one: T) => boolean; readonly removed: (one: T) => boolean }): Field<readonly T[]> {
  const list = (chosen: readonly T[]): Words => (chosen.length === 0 ? NONE : { zh: chosen.map(words).join('、'), en: chosen.join(', ') });
  return (before, after, field) => {
    if (before === undefined) return [{ field, zh: `${label.zh}：${list(after).zh}`, en: `${label.en}: ${list(after).en}`, weakens: false }];
    const added = after.filter((one) => !before.includes(one));
    const removed = before.filter((one) => !after.includes(one));
    const other = added.length + removed.length === 0 && !same(before, after);
    return [
      ...(added.length === 0 ? [] : [{ field, zh: `${label.zh}增加：${list(added).zh}`, en: `${label.en}: adds ${list(added).en}`, weakens: added.some(weakens.added) }]),
      ...(removed.length === 0 ? [] : [{ field, zh: `${label.zh}去掉：${list(removed).zh}`, en: `${label.en}: takes away ${list(removed).en}`, weakens: removed.some(weakens.removed) }]),
      ...(other ? [{ field, zh: `${label.zh}：${list(before).zh} → ${list(after).zh}`, en: `${label.en}: ${list(before).en} -> ${list(after).en}`, weakens: false }] : []),
    ];
  };
}

export interface ListRules<T> {
  /** What makes two entries one and the same. */
  readonly identity: (one: T) => string;
  readonly name: (one: T) => Words;
  readonly inside: Field<T>;
  readonly added: (one: T) => boolean;
  readonly removed: (one: T) => boolean;
  /** Where the first one that fits decides, another order is another document. */
  readonly ordered?: Words;
}

/** Entries that come, go and change. Two entries of one identity are both said: none hides behind the other. */
export function listOf<T>({ identity, name, inside, added, removed, ordered }: ListRules<T>): Field<readonly T[]> {
  return (before, after, path) => {
    const then = byIdentity(before ?? [], identity);
    const now = byIdentity(after, identity);
    const found: Difference[] = [];
    for (const [id, one] of now) {
      const old = then.get(id);
      const of = name(one);
      const parts = inside(old, one, `${path}.${id}`);
      if (old !== undefined) found.push(...parts.map((part) => ({ ...part, zh: `${of.zh}：${part.zh}`, en: `${of.en}: ${part.en}` })));
      else {
        const detail = { zh: parts.map(({ zh }) => zh).join('；'), en: parts.map(({ en }) => en).join('; ') };
        found.push({ field: `${path}.${id}`, zh: `增加${of.zh}${inBrackets(detail.zh, '（', '）')}`, en: `adds ${of.en}${inBrackets(detail.en, ' (', ')')}`, weakens: before !== undefined && added(one) });
      }
    }
    for (const [id, one] of then) if (!now.has(id)) found.push({ field: `${path}.${id}`, zh: `删除${name(one).zh}`, en: `removes ${name(one).en}`, weakens: removed(one) });
    const kept = [...now.keys()].filter((id) => then.has(id));
    if (ordered !== undefined && !same(kept, [...then.keys()].filter((id) => now.has(id)))) found.push({ field: path, ...ordered, weakens: true });
    return found;
  };
}

export const NONE: Words = { zh: '无', en: 'none' };

export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function byIdentity<T>(list: readonly T[], identity: (one: T) => string): ReadonlyMap<string, T> {
  const named = new Map<string, T>();
  for (const one of list) {
    const id = identity(one);
    let free = id;
    for (let more = 2; named.has(free); more += 1) free = `${id}#${more}`;
    named.set(free, one);
  }
  return named;
}

function both(said: Words | string): Words {
  return typeof said === 'string' ? { zh: said, en: said } : said;
}

function inBrackets(text: string, open: string, close: string): string {
  return text === '' ? '' : `${open}${text}${close}`;
}
