import { importsOf, type Source, type Violation } from './sources';

/** Flow order (design 7). A feature imports only features before it; the way forward is an event in the outbox. */
export const FLOW = [
  'areas', 'access', 'audit', 'authority', 'terminals', 'media', 'messages', 'dispatch', 'delivery', 'streaming',
  'programme', 'interop', 'federation', 'monitoring', 'reports',
] as const;

const PLATFORM = 'apps/platform/src';
const FEATURES = `${PLATFORM}/features/`;

const featureOf = (file: string): string | null => (file.startsWith(FEATURES) ? (file.slice(FEATURES.length).split('/')[0] ?? null) : null);
const place = (feature: string): number => FLOW.findIndex((name) => name === feature);

/** Holds the flow order, the one door of each feature, and that what lies below knows nothing of features. */
export function brokenFeatures(sources: readonly Source[]): readonly Violation[] {
  return sources.filter(({ path }) => path.startsWith(`${PLATFORM}/`)).flatMap((source) => {
    const own = featureOf(source.path);
    if (own !== null && place(own) < 0) return [{ path: source.path, line: 1, says: `"${own}" is no feature of the flow: name it in tests/architecture/features.ts or move it` }];
    return importsOf(source).flatMap(({ target, line, specifier }) => {
      const other = featureOf(target);
      if (other === null || other === own) return [];
      const wrong = (says: string): readonly Violation[] => [{ path: source.path, line, says }];
      const throughDoor = target === `${FEATURES}${other}` || target === `${FEATURES}${other}/index`;
      if (source.path.startsWith(`${PLATFORM}/kernel/`)) return wrong(`the kernel knows no feature (${specifier})`);
      if (own === null) return composes(source.path) || throughDoor ? [] : wrong(`${other} is imported through its index.ts, not as ${specifier}`);
      if (place(other) > place(own)) return wrong(`${own} comes before ${other} in the flow: write to the outbox and let ${other} listen`);
      return throughDoor ? [] : wrong(`${other} is imported through its index.ts, not as ${specifier}`);
    });
  });
}

/** Files directly in src put the application together and may look anywhere. */
function composes(file: string): boolean {
  return file.slice(PLATFORM.length + 1).split('/').length === 1;
}
