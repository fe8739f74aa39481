import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';

/** The two verifiers in Python share no code with each other or with libs/suites: what all three say of the vectors is no one's mistake. */
const EXAMPLES = path.resolve(__dirname, '../../../examples');
const VECTORS = path.resolve(__dirname, '../../vectors/suites');
const python = ['python3', '/usr/bin/python3'].find((name) => spawnSync(name, ['-c', 'import cryptography']).status === 0);
if (python === undefined) process.stderr.write('SKIPPED: Python with the package cryptography is not on this machine; the suite vectors were not asked of it\n');

const AUDIT = `
import base64, hashlib, json, pathlib, sys
sys.path.insert(0, sys.argv[1])
import signatures
folder, wrong = pathlib.Path(sys.argv[2]), []
for one in json.loads((folder / "sm2-sm3.json").read_text("utf-8"))["cases"]:
    key = {"alg": "sm2-sm3", "spki": one["spki"], "keyId": hashlib.sha256(b"sm2-sm3" + base64.b64decode(one["spki"])).hexdigest()}
    if signatures.verifies(key, bytes.fromhex(one["bytesHex"]), bytes.fromhex(one["sigHex"])) != one["expect"]: wrong.append(one["why"])
passkeys = json.loads((folder / "webauthn-es256.json").read_text("utf-8"))
for one in passkeys["cases"]:
    if signatures.verifies(passkeys["key"], bytes.fromhex(one["bytesHex"]), bytes.fromhex(one["sigHex"])) != one["valid"]: wrong.append(one["why"])
print(json.dumps(wrong))
`;
const TERMINAL = `
import json, pathlib, sys
sys.path.insert(0, sys.argv[1])
import trust
passkeys, wrong = json.loads((pathlib.Path(sys.argv[2]) / "webauthn-es256.json").read_text("utf-8")), []
for one in passkeys["cases"]:
    trust.pae = lambda kind, payload: bytes.fromhex(one["bytesHex"])
    env = trust.Envelope("", b"", "", {passkeys["key"]["keyId"]: bytes.fromhex(one["sigHex"])})
    if trust.verifies(passkeys["key"], env) != one["valid"]: wrong.append(one["why"])
print(json.dumps(wrong))
`;

(python === undefined ? describe.skip : describe)('the suite vectors', () => {
  it.each([['the audit verifier', 'audit-verifier-python', AUDIT], ['the terminal', 'terminal-python', TERMINAL]])('are answered alike by %s in Python', (_, folder, program) => {
    expect(JSON.parse(execFileSync(python ?? '', ['-B', '-c', program, path.join(EXAMPLES, folder), VECTORS], { encoding: 'utf8' }))).toEqual([]);
  });
});
