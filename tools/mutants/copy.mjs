// A copy of the sources in a temporary folder, where a fault may be planted. The work tree is never written.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../root.mjs';

const NOT_COPIED = ['node_modules', 'dist', 'coverage', '.git'];
/** A fault that makes a loop without end is a fault badly written. */
const LONGEST_MS = 240_000;

export class Copy {
  constructor() {
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-mutants-'));
    this.tree = path.join(this.folder, 'tree');
    this.children = new Set();
    cpSync(root, this.tree, { recursive: true, filter: (file) => !NOT_COPIED.includes(path.basename(file)) });
    symlinkSync(path.join(root, 'node_modules'), path.join(this.tree, 'node_modules'), 'dir');
  }

  /** The verdict of the fault's specs with the fault planted; the file is as it was afterwards. */
  async judgeWith({ file, find, replace, suites }) {
    const target = path.join(this.tree, file);
    const whole = readFileSync(target, 'utf8');
    writeFileSync(target, whole.split(find).join(replace));
    try {
      // One after the other: the first that notices is enough.
      for (const suite of suites) {
        const verdict = await this.judge([suite]);
        if (verdict.kind !== 'green') return verdict;
      }
      return { kind: 'green', by: '' };
    } finally {
      writeFileSync(target, whole);
    }
  }

  /** `green`, `red` with the first test that failed, or `broken`: not one test failed and yet jest was not content. */
  async judge(suites) {
    const report = path.join(this.folder, 'report.json');
    rmSync(report, { force: true });
    const { code, output } = await this.jest([
      '--runInBand', '--watchman=false', '--ci', '--silent', '--json', `--outputFile=${report}`, `--cacheDirectory=${path.join(this.folder, 'cache')}`,
      '--runTestsByPath', ...suites,
    ]);
    if (!existsSync(report)) return { kind: 'broken', by: `jest ended with ${code}: ${output.slice(0, 1200)}` };
    const result = JSON.parse(readFileSync(report, 'utf8'));
    const failed = result.testResults.flatMap((suite) => suite.assertionResults).find(({ status }) => status === 'failed');
    if (failed !== undefined) return { kind: 'red', by: failed.fullName };
    if (code === 0 && result.numPassedTests > 0) return { kind: 'green', by: '' };
    return { kind: 'broken', by: result.testResults.map(({ message }) => message).join('\n').slice(0, 800) };
  }

  jest(args) {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [path.join(root, 'node_modules/jest/bin/jest.js'), ...args], { cwd: this.tree, stdio: ['ignore', 'ignore', 'pipe'] });
      this.children.add(child);
      const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
      let output = '';
      child.stderr.on('data', (chunk) => (output += chunk));
      child.on('close', (code) => {
        clearTimeout(timer);
        this.children.delete(child);
        resolve({ code, output });
      });
    });
  }

  remove() {
    for (const child of this.children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}
