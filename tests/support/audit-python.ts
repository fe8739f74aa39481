import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { auditVerdictSchema, type AuditVerdict } from '#libs/contracts';

/** The second verifier of audits, in Python, asked about many files at once: to start it costs more than to read one. */
const PROGRAM = path.resolve(__dirname, '../../examples/audit-verifier-python');
export const python = ['/usr/bin/python3', 'python3'].find((name) => spawnSync(name, ['-c', 'import cryptography']).status === 0);
if (python === undefined) process.stderr.write('SKIPPED: Python with the package cryptography is not on this machine; the second verifier of audits was not tried\n');

/** Each file as what it shares with the first one at its beginning and end, and what stands between. */
const DRIVER = `
import json, sys
sys.path.insert(0, sys.argv[1])
import verify
asked = json.load(open(sys.argv[2], encoding="utf-8"))
for case in asked["cases"]:
    outside, base = verify.Witnesses(), asked["base"]
    for line in case["witness"]:
        outside.take(line)
    lines = base[:case["before"]] + case["between"] + base[len(base) - case["after"]:]
    print(verify.canonical(verify.Verifier(case["root"], outside).verdict(lines)))
`;

export interface AskedFile {
  readonly lines: readonly string[];
  readonly witness: readonly string[];
  readonly root: string | null;
}

export function verdictsInPython(files: readonly AskedFile[]): readonly AuditVerdict[] {
  const base = files[0]?.lines ?? [];
  const cases = files.map(({ lines, witness, root }) => {
    let before = 0;
    while (before < Math.min(base.length, lines.length) && base[before] === lines[before]) before += 1;
    let after = 0;
    while (after < Math.min(base.length, lines.length) - before && base[base.length - 1 - after] === lines[lines.length - 1 - after]) after += 1;
    return { before, between: lines.slice(before, lines.length - after), after, witness, root };
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'clarion-audit-'));
  try {
    const file = path.join(folder, 'cases.json');
    writeFileSync(file, JSON.stringify({ base, cases }));
    const out = execFileSync(python ?? '', ['-B', '-c', DRIVER, PROGRAM, file], { encoding: 'utf8', maxBuffer: 64_000_000 });
    return out.trim().split('\n').map((line) => auditVerdictSchema.parse(JSON.parse(line)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
