import ts from 'typescript';
import { walk, type Source, type Violation } from './sources';

const ENTRANCES = new Set(['Get', 'Post', 'Put', 'Delete', 'Patch', 'All', 'Head', 'Options', 'SubscribeMessage']);
const POLICIES = new Set(['Public', 'Permission']);

/** Style 20: every route and socket event states its permission, or that it is public and why. */
export function routesWithoutPolicy(sources: readonly Source[]): readonly Violation[] {
  return sources.filter(({ path }) => path.startsWith('apps/platform/')).flatMap((source) => {
    const wrong: Violation[] = [];
    walk(source, (node, line) => {
      if (!ts.isMethodDeclaration(node)) return;
      const own = decoratorNames(node);
      if (![...own].some((name) => ENTRANCES.has(name))) return;
      const onClass = ts.isClassDeclaration(node.parent) ? decoratorNames(node.parent) : new Set<string>();
      if (![...own, ...onClass].some((name) => POLICIES.has(name))) {
        wrong.push({ path: source.path, line: line(), says: `${node.name.getText()} says neither @Permission(...) nor @Public(reason)` });
      }
    });
    return wrong;
  });
}

function decoratorNames(node: ts.HasDecorators): ReadonlySet<string> {
  return new Set((ts.getDecorators(node) ?? []).map(({ expression }) => (ts.isCallExpression(expression) ? expression.expression : expression).getText()));
}
