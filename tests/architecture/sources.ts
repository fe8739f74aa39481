import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** A source file by its path from the repository's root, with forward slashes. Planted ones exist only in memory. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** One import, export-from, require or import() of a file. */
export interface Import {
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
  /** Only types are taken: nothing is loaded at run time. */
  readonly typeOnly: boolean;
  /** Package name, node module, "#libs/x"; for a relative import the target's path from the root, without ending. */
  readonly target: string;
  readonly relative: boolean;
}

/** What a rule found wrong, in words for the one who broke it. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly says: string;
}

export const root = path.resolve(__dirname, '../..');

/** Every TypeScript file below these folders. */
export function readSources(folders: readonly string[]): readonly Source[] {
  return folders.flatMap((folder) => filesBelow(folder).filter((file) => /\.(ts|tsx|mts)$/.test(file))).map((file) => ({ path: file, text: readFileSync(path.join(root, file), 'utf8') }));
}

/** Paths of every file below a folder of the repository. */
export function filesBelow(folder: string): readonly string[] {
  let entries;
  try {
    entries = readdirSync(path.join(root, folder), { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const at = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(at);
    return [at];
  });
}

const parsed = new WeakMap<Source, ts.SourceFile>();

export function parse(source: Source): ts.SourceFile {
  const known = parsed.get(source);
  if (known !== undefined) return known;
  const file = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.ES2022, true, source.path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  parsed.set(source, file);
  return file;
}

/** Calls `visit` for every node of a file. */
export function walk(source: Source, visit: (node: ts.Node, line: () => number) => void): void {
  const file = parse(source);
  const step = (node: ts.Node): void => {
    visit(node, () => file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1);
    ts.forEachChild(node, step);
  };
  step(file);
}

export function importsOf(source: Source): readonly Import[] {
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean, line: number): void => {
    const relative = specifier.startsWith('.');
    const target = relative ? path.posix.normalize(path.posix.join(path.posix.dirname(source.path), specifier)).replace(/\.(ts|tsx|js)$/, '') : packageOf(specifier);
    found.push({ from: source.path, line, specifier, typeOnly, target, relative });
  };
  walk(source, (node, line) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) add(node.moduleSpecifier.text, onlyTypes(node), line());
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) add(node.moduleSpecifier.text, node.isTypeOnly, line());
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) add(node.argument.literal.text, true, line());
    else if (ts.isCallExpression(node) && node.arguments.length >= 1) {
      const [first] = node.arguments;
      const loads = node.expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(node.expression) && node.expression.text === 'require') || node.expression.getText() === 'require.resolve';
      if (loads && first !== undefined && ts.isStringLiteralLike(first)) add(first.text, false, line());
    }
  });
  return found;
}

function onlyTypes(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const names = clause.namedBindings;
  return clause.name === undefined && names !== undefined && ts.isNamedImports(names) && names.elements.length > 0 && names.elements.every((element) => element.isTypeOnly);
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('#libs/') || specifier.startsWith('node:')) return specifier;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

/** Lines for a failing test: what, where, why. */
export function told(violations: readonly Violation[]): string {
  return violations.map(({ path: file, line, says }) => `${file}:${line} ${says}`).join('\n');
}
