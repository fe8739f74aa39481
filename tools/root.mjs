// Where the repository is, and how the tools run a command in it. Node built-ins only: it runs before the first install.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** What `run` has started and has not ended yet. */
export const running = new Set();

/** True when `meta` (import.meta) is the script that Node was asked to run. */
export function isMain(meta) {
  return process.argv[1] !== undefined && meta.url === pathToFileURL(path.resolve(process.argv[1])).href;
}

/**
 * Runs a command in the repository; resolves to its exit code (128 when a signal ended it).
 * With `collect` the output is kept and returned in `output` instead of shown.
 */
export function run(command, args, { collect = false, env = {}, shell = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      shell,
      stdio: collect ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    });
    running.add(child);
    child.on('close', () => running.delete(child));
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', (cause) => resolve({ code: 127, output: `${output}${cause.message}\n` }));
    child.on('close', (code) => resolve({ code: code ?? 128, output }));
  });
}

/** Runs a script of an installed package with this Node: `script` is a path below node_modules. */
export function runPackage(script, args, options) {
  return run(process.execPath, [path.join(root, 'node_modules', script), ...args], options);
}
