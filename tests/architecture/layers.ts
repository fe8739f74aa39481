import { importsOf, walk, type Source, type Violation } from './sources';
import ts from 'typescript';

/** Design 7. A lib imports only libs of a lower number. */
export const LAYERS: Readonly<Record<string, number>> = {
  contracts: 0, domain: 0, envelope: 0,
  suites: 1,
  trust: 2, pki: 2, audio: 2, link: 2, speech: 2, tables: 2, cap: 2, ebd: 2,
  audit: 3,
};

/** Inside layer 0 there is an order too, so that it has no cycle: who may stand on whom. */
const WITHIN_ZERO: Readonly<Record<string, readonly string[]>> = { contracts: [], envelope: [], domain: ['contracts', 'envelope'] };

/** What runs in a browser: libs of layer 0, the estimator of the one time scale, and these packages. */
const PAGES = 'console';
const BROWSER_SAFE = new Set([...Object.keys(LAYERS).filter((name) => LAYERS[name] === 0), 'link']);
const IN_PAGES = /^(react|react-dom|zod|qrcode|@noble\/curves|@evan\/opus)$/;

const NOT_IN_LIBS = /^(@nestjs\/|typeorm$|pg$|express$|socket\.io$)/;

/** Apps stand apart; who starts or drives another one may look into it, and only there. */
const BETWEEN_APPS: Readonly<Record<string, readonly RegExp[]>> = {
  supervisor: [/^apps\/platform\/src\/kernel\//, /^apps\/platform\/src\/migrations$/],
  // Of the platform only what decides on a driven clock, without database or server.
  redteam: [/^apps\/(cli|supervisor|scripted-day|terminal-agent)\/src(\/|$)/, /^apps\/platform\/src\/features\/(authority\/clock-watch|delivery\/withheld-news|media\/recording-workshop|terminals\/presence)$/, /^tests\/support\//],
  'scripted-day': [/^apps\/cli\/src(\/|$)/, /^apps\/supervisor\/src(\/|$)/],
};

/** Holds the layers of libs, their one door, and the walls between apps. */
export function brokenLayers(sources: readonly Source[]): readonly Violation[] {
  return sources.flatMap((source) => {
    const [top, owner = ''] = source.path.split('/');
    if (top === 'libs') return [...libImports(source, owner), ...(BROWSER_SAFE.has(owner) ? browserSafety(source) : [])];
    return top === 'apps' ? [...appImports(source, owner), ...(owner === PAGES ? pageImports(source) : [])] : [];
  });
}

function libImports(source: Source, owner: string): readonly Violation[] {
  const own = LAYERS[owner];
  if (own === undefined) return [{ path: source.path, line: 1, says: `libs/${owner} has no layer: name it in tests/architecture/layers.ts` }];
  return importsOf(source).flatMap(({ target, relative, line, specifier }) => {
    const wrong = (says: string): Violation => ({ path: source.path, line, says });
    if (relative && !target.startsWith(`libs/${owner}`)) return [wrong(`reaches out of its lib (${specifier}): another lib is imported as #libs/<name>`)];
    if (NOT_IN_LIBS.test(target)) return [wrong(`libs know nothing of ${target}`)];
    if (!target.startsWith('#libs/')) return [];
    const name = target.slice('#libs/'.length);
    const other = LAYERS[name];
    if (other === undefined) return [wrong(`${specifier} is not the door of a known lib`)];
    const allowed = own === 0 ? (WITHIN_ZERO[owner] ?? []).includes(name) : other < own;
    return allowed ? [] : [wrong(`libs/${owner} (layer ${own}) may not import ${specifier} (layer ${other})`)];
  });
}

/** What also runs in a browser: no node modules, no Buffer, no process. */
function browserSafety(source: Source): readonly Violation[] {
  const wrong: Violation[] = importsOf(source)
    .filter(({ target }) => target.startsWith('node:'))
    .map(({ line, target }) => ({ path: source.path, line, says: `layer 0 runs in a browser and cannot import ${target}` }));
  walk(source, (node, line) => {
    if (ts.isIdentifier(node) && (node.text === 'Buffer' || node.text === 'process') && !ts.isPropertyAccessExpression(node.parent)) {
      wrong.push({ path: source.path, line: line(), says: `layer 0 runs in a browser, where there is no ${node.text}` });
    } else if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && (node.expression.text === 'Buffer' || node.expression.text === 'process')) {
      wrong.push({ path: source.path, line: line(), says: `layer 0 runs in a browser, where there is no ${node.expression.text}` });
    }
  });
  return wrong;
}

/** The pages sign for people: what they load is little, and nothing of a server's. */
function pageImports(source: Source): readonly Violation[] {
  const foreign = importsOf(source).filter(({ target, relative }) => !relative && !IN_PAGES.test(target)
    && !(target.startsWith('#libs/') && BROWSER_SAFE.has(target.slice('#libs/'.length))));
  return [
    ...foreign.map(({ line, target }) => ({ path: source.path, line, says: `the pages load layer 0 and react alone, not ${target}` })),
    ...browserSafety(source).filter(({ says }) => !says.includes('cannot import')),
    ...markupOfData(source),
  ];
}

const MARKUP = new Set(['dangerouslySetInnerHTML', 'innerHTML', 'outerHTML', 'insertAdjacentHTML', 'srcdoc', 'srcDoc', 'createContextualFragment', 'DOMParser']);

/** Text of others stays text (threats T15): no way to make markup of it is even named. */
function markupOfData(source: Source): readonly Violation[] {
  const wrong: Violation[] = [];
  walk(source, (node, line) => {
    if (ts.isIdentifier(node) && MARKUP.has(node.text)) wrong.push({ path: source.path, line: line(), says: `${node.text} makes markup of text: the pages show text as text` });
  });
  return wrong;
}

function appImports(source: Source, owner: string): readonly Violation[] {
  return importsOf(source).flatMap(({ target, relative, line, specifier }) => {
    const wrong = (says: string): Violation => ({ path: source.path, line, says });
    if (relative && target.startsWith('libs/')) return [wrong(`a lib is imported through its door, as #libs/<name>, not as ${specifier}`)];
    if (target.startsWith('#libs/') && LAYERS[target.slice('#libs/'.length)] === undefined) return [wrong(`${specifier} is not the door of a known lib`)];
    if (!relative || target.startsWith(`apps/${owner}/`)) return [];
    const open = (BETWEEN_APPS[owner] ?? []).some((pattern) => pattern.test(target));
    return open ? [] : [wrong(`apps/${owner} may not look into ${target}: they meet on the wire, in libs/contracts`)];
  });
}
