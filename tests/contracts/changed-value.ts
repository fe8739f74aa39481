/** One bad vector: the first good value with one place changed, or a whole value. */
export interface BadVector { readonly why: string; readonly at?: string; readonly put?: unknown; readonly gone?: boolean; readonly value?: unknown }
export interface ContractVectors { readonly good: readonly unknown[]; readonly bad: readonly BadVector[] }

type Step = readonly (string | number)[];

export function badValue(good: unknown, bad: BadVector): unknown {
  if (bad.at === undefined) return bad.value;
  return changedAt(good, stepsOf(bad.at), (place, name) => {
    if (bad.gone === true) delete place[name];
    else place[name] = bad.put;
  });
}

export function stepsOf(path: string): Step {
  return path.split('.').map((step) => (/^[0-9]+$/.test(step) ? Number(step) : step));
}

/** A deep copy of `value` in which `change` was let loose on the place that the steps lead to. */
export function changedAt(value: unknown, steps: Step, change: (place: Record<string | number, unknown>, name: string | number) => void): unknown {
  const copy: unknown = structuredClone(value);
  const last = steps[steps.length - 1];
  const place = steps.slice(0, -1).reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], copy);
  if (last === undefined || typeof place !== 'object' || place === null) throw new Error(`no such place: ${steps.join('.')}`);
  change(place as Record<string | number, unknown>, last);
  return copy;
}

/** Every place in a value, the deepest last, with what stands there. */
export function placesIn(value: unknown, above: Step = []): readonly { readonly steps: Step; readonly value: unknown }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, below]) => {
    const steps = [...above, Array.isArray(value) ? Number(name) : name];
    return [{ steps, value: below as unknown }, ...placesIn(below, steps)];
  });
}
