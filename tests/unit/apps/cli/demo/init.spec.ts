import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { verify as verifyPassword } from '@node-rs/argon2';
import { bootstrapSchema, charterSchema, fleetSchema, rosterSchema, serverKeyFileSchema, type Bootstrap, type EnvelopeShape } from '#libs/contracts';
import { canSignNow } from '#libs/domain';
import { fromBase64, parseStrictJson } from '#libs/envelope';
import { openKeyFile, sha256Hex } from '#libs/suites';
import { applyDocument, trustFromRoot, type TrustState } from '#libs/trust';
import { demoInit, demoSignIn, readConfig } from '../../../../../apps/cli/src';
import { demoPlan } from '../../../../../apps/cli/src/demo/demo-plan';
import { NOW, stillClock, temporaryConfig } from '../temp-demo';

const temporary = temporaryConfig();
const { config } = temporary;

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)).filter((name) => statSync(name).isFile());
}

function readBootstrap(): Bootstrap {
  return bootstrapSchema.parse(JSON.parse(readFileSync(join(config.dataDir, 'bootstrap.json'), 'utf8')));
}

function payloadOf(envelope: EnvelopeShape): unknown {
  const parsed = parseStrictJson(fromBase64(envelope.payload) ?? new Uint8Array());
  return parsed.ok ? parsed.value : undefined;
}

/** The trust that a server would build from the bootstrap: every document in its order. */
function trustOf(bootstrap: Bootstrap): TrustState {
  const begun = trustFromRoot(bootstrap.root, { demo: true });
  if (!begun.ok) throw new Error(`root: ${begun.code} ${begun.at ?? ''}`);
  return [...bootstrap.charters, ...bootstrap.rosters].reduce<TrustState>((state, document) => {
    const next = applyDocument(state, document, NOW);
    if (!next.ok) throw new Error(`${document.payloadType}: ${next.code} ${next.at ?? ''}`);
    return next.value;
  }, begun.value);
}

beforeAll(async () => { await demoInit(config, stillClock, true); }, 60_000);
afterAll(() => { temporary.remove(); });

describe('demo init', () => {
  it('leaves no platform short of people who can sign', () => {
    const state = trustOf(readBootstrap());
    const short = [...state.charters.values()].flatMap(({ value: charter }) => {
      const roster = state.rosters.get(charter.platform)?.value;
      return roster === undefined || !canSignNow({ charter, roster, usability: () => 'usable' }).enough ? [charter.platform] : [];
    });
    expect(short).toEqual([]);
  });

  it('keeps the whole district quiet at night, and none of it where the setting or the caller says so', async () => {
    const bandsOf = (rosters: readonly { readonly payload: string }[]) => rosters.map(({ payload }) => rosterSchema.parse(JSON.parse(Buffer.from(payload, 'base64').toString('utf8'))).quietHours);
    expect(bandsOf(readBootstrap().rosters)).toEqual([[{ fromMinute: 1_260, toMinute: 390 }], [], [], [], [], []]);
    const plans = [demoPlan(true), demoPlan(true, [])].map(({ platforms }) => platforms.map(({ quietHours }) => quietHours?.length));
    expect(plans).toEqual([[1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]]);
    expect([readConfig({ CLARION_DEMO_QUIET_HOURS: 'off' }).demoQuietHours, readConfig({}).demoQuietHours]).toEqual([false, true]);
  });

  it('writes every file for its owner alone', () => {
    const files = [...filesBelow(config.dataDir), ...filesBelow(config.demoKeysDir)];
    expect(files.length).toBeGreaterThan(30);
    for (const file of files) expect([file, (statSync(file).mode & 0o777).toString(8)]).toEqual([file, '600']);
    expect(files.some((file) => file.endsWith('.part'))).toBe(false);
  });

  it('writes a bootstrap and a fleet that their contracts take', () => {
    const bootstrap = readBootstrap();
    expect(bootstrap.demo).toBe(true);
    expect([bootstrap.charters.length, bootstrap.rosters.length, bootstrap.terminals.length, bootstrap.accounts.length]).toEqual([6, 6, 12, 8 + 4 + 4 * 2]);
    const fleet = fleetSchema.parse(JSON.parse(readFileSync(join(config.dataDir, 'simulator', 'fleet.json'), 'utf8')));
    expect(fleet.terminals.map((terminal) => terminal.id)).toEqual(bootstrap.terminals.map((terminal) => terminal.id));
    expect(fleet.terminals.map((terminal) => sha256Hex(new TextEncoder().encode(terminal.claimCode)))).toEqual(bootstrap.terminals.map((terminal) => terminal.claimCodeHash));
    expect(new Set(fleet.terminals.map((terminal) => terminal.claimCode)).size).toBe(12);
    expect(fleet.terminals.every((terminal) => /^[0-9A-Z]{16}$/.test(terminal.claimCode))).toBe(true);
    expect(fleet.root).toEqual(bootstrap.root);
  });

  it('signs documents that the strict verifier takes one after the other', () => {
    const state = trustOf(readBootstrap());
    expect([state.charters.size, state.rosters.size]).toEqual([6, 6]);
    expect(state.root.value.threshold).toBe(2);
    expect(state.root.value.keys).toHaveLength(3);
  });

  it('signs what falls when one byte of it is changed', () => {
    const bootstrap = readBootstrap();
    const [district] = bootstrap.charters;
    if (district === undefined) throw new Error('no charter');
    const bytes = Buffer.from(district.payload, 'base64').toString('utf8').replace('"threshold":2', '"threshold":1');
    const forged = { ...district, payload: Buffer.from(bytes, 'utf8').toString('base64') };
    const begun = trustFromRoot(bootstrap.root, { demo: true });
    expect(begun.ok && applyDocument(begun.value, forged, NOW)).toMatchObject({ ok: false, code: 'REJ_SIGNATURE' });
  });

  it('gives a demo root, which a real installation refuses', () => {
    expect(trustFromRoot(readBootstrap().root, { demo: false })).toMatchObject({ ok: false });
  });

  it('asks two officers for every charter and roster, a village its township\'s (design 2)', () => {
    const bootstrap = readBootstrap();
    for (const document of [...bootstrap.charters, ...bootstrap.rosters]) expect(document.signatures).toHaveLength(2);
    const charters = bootstrap.charters.map((charter) => charterSchema.parse(payloadOf(charter)));
    const township = charters.find((charter) => charter.tier === 'township');
    for (const village of charters.filter((charter) => charter.tier === 'village')) expect(village.officers).toEqual(township?.officers);
    expect(charters.every((charter) => charter.threshold === 2)).toBe(true);
  });

  it('gives the administrator no signing key, and everybody else one that nobody shares', () => {
    const persons = readBootstrap().rosters.flatMap((roster) => rosterSchema.parse(payloadOf(roster)).persons);
    for (const person of persons) expect(person.keys).toHaveLength(person.roles.includes('administrator') ? 0 : 1);
    const keyIds = persons.flatMap((person) => person.keys.map((key) => key.keyId));
    expect(new Set(keyIds).size).toBe(keyIds.length);
  });

  it('keeps the key that officers sign documents with apart from the one they approve with', () => {
    const bootstrap = readBootstrap();
    const officers = new Set(bootstrap.charters.flatMap((charter) => charterSchema.parse(payloadOf(charter)).officers.map((officer) => officer.key.keyId)));
    const people = bootstrap.rosters.flatMap((roster) => rosterSchema.parse(payloadOf(roster)).persons).flatMap((person) => person.keys.map((key) => key.keyId));
    expect(people.some((keyId) => officers.has(keyId))).toBe(false);
  });

  it('leaves nothing in CLARION_DATA that signs for a person or says the passphrase; only CLARION_KEYS holds the server\'s own keys', () => {
    const { passphrase } = demoSignIn(config);
    for (const file of filesBelow(config.dataDir)) {
      const text = readFileSync(file, 'utf8');
      expect([file, text.includes(passphrase)]).toEqual([file, false]);
      if (!file.startsWith(config.keysDir + sep)) expect([file, /pkcs8|PRIVATE KEY|MC4CAQAwBQYDK2Vw|clarion-key\.v1/.test(text)]).toEqual([file, false]);
    }
    const serverKeys = filesBelow(config.keysDir);
    expect(serverKeys.map((file) => basename(file)).sort()).toEqual(
      readBootstrap().rosters.flatMap((roster) => { const { platform } = rosterSchema.parse(payloadOf(roster)); return [`${platform}.dispatcher.json`, `${platform}.log.json`]; }).sort(),
    );
    const people = new Set(readBootstrap().rosters.flatMap((roster) => rosterSchema.parse(payloadOf(roster)).persons).flatMap((person) => person.keys.map((key) => String(key.keyId))));
    for (const file of serverKeys) expect(people.has(serverKeyFileSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).key.keyId)).toBe(false);
  });

  it('keeps people\'s and root keys encrypted, and no other private key in their folder', () => {
    const keyFiles = filesBelow(config.demoKeysDir).filter((file) => file.endsWith('.key.json'));
    expect(keyFiles.filter((file) => relative(config.demoKeysDir, file).startsWith('root')).length).toBe(3);
    for (const file of keyFiles) {
      const text = readFileSync(file, 'utf8');
      expect(text).toContain('clarion-key.v1');
      expect(/pkcs8|PRIVATE KEY|MC4CAQAwBQYDK2Vw/.test(text)).toBe(false);
    }
  });

  it('opens a key file with the passphrase that is printed, and with no other', async () => {
    const { passphrase, accounts } = demoSignIn(config);
    const file = accounts.find((row) => row.account === 'district-yjj-approver')?.keyFile ?? '';
    const sealed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    expect(await openKeyFile(sealed, passphrase)).toMatchObject({ ok: true });
    expect(await openKeyFile(sealed, `${passphrase}x`)).toEqual({ ok: false, code: 'key-file-passphrase' });
    expect(passphrase).toMatch(/^(?:[a-hjkmnp-z2-9]{4}-){4}[a-hjkmnp-z2-9]{4}$/);
  });

  it('hashes the sign-in with argon2id', async () => {
    const [account] = readBootstrap().accounts;
    expect(account?.passwordHash).toMatch(/^\$argon2id\$/);
    expect(await verifyPassword(account?.passwordHash ?? '', demoSignIn(config).passphrase)).toBe(true);
  });

  it('names for each account the key file that belongs to it, none for the administrator', () => {
    const { accounts } = demoSignIn(config);
    for (const { account, keyFile } of accounts) {
      if (account === 'district-admin') expect(keyFile).toBeNull();
      else expect([account, existsSync(keyFile ?? '')]).toEqual([account, true]);
    }
  });

  it('changes nothing when it is run again', async () => {
    const before = new Map([...filesBelow(config.dataDir), ...filesBelow(config.demoKeysDir)].map((file) => [file, readFileSync(file, 'utf8')]));
    expect(await demoInit(config, stillClock, false)).toEqual(demoSignIn(config));
    const after = new Map([...filesBelow(config.dataDir), ...filesBelow(config.demoKeysDir)].map((file) => [file, readFileSync(file, 'utf8')]));
    expect(after).toEqual(before);
  });

  it('goes on where it was cut short: the keys stay, the bootstrap is written anew', async () => {
    const before = demoSignIn(config);
    const roots = trustOf(readBootstrap()).root.value.keys;
    rmSync(join(config.dataDir, 'bootstrap.json'));
    expect(await demoInit(config, stillClock, true)).toEqual(before);
    expect(trustOf(readBootstrap()).root.value.keys).toEqual(roots);
  });

  it('refuses with DEMO_KEYS_GONE a demo whose people\'s keys were deleted', async () => {
    const other = temporaryConfig();
    try {
      const gone = { ...config, demoKeysDir: other.config.demoKeysDir };
      await expect(demoInit(gone, stillClock, true)).rejects.toMatchObject({ code: 'DEMO_KEYS_GONE', exit: 2 });
      expect(existsSync(other.config.demoKeysDir)).toBe(false);
      expect(() => demoSignIn(gone)).toThrow(expect.objectContaining({ code: 'DEMO_MISSING', exit: 2 }));
    } finally {
      other.remove();
    }
  });
});

describe('demo init in profile gm', () => {
  const gm = temporaryConfig({ CLARION_PROFILE: 'gm' });
  afterAll(() => { gm.remove(); });

  it('signs everything with SM2, and its documents hold', async () => {
    await demoInit(gm.config, stillClock, true);
    const bootstrap = bootstrapSchema.parse(JSON.parse(readFileSync(join(gm.config.dataDir, 'bootstrap.json'), 'utf8')));
    const trust = trustOf(bootstrap);
    expect(trust.root.value.profile).toBe('gm');
    const holders = [trust.root, ...trust.charters.values(), ...trust.rosters.values()].flatMap((document) => [...document.holders.values()]);
    expect(holders.length).toBeGreaterThan(20);
    expect(new Set(holders.map(({ key }) => key.alg))).toEqual(new Set(['sm2-sm3']));
  }, 60_000);

  it('takes no people who have keys of another suite already', async () => {
    const again = temporaryConfig({ CLARION_PROFILE: 'gm', CLARION_DEMO_KEYS: config.demoKeysDir });
    await expect(demoInit(again.config, stillClock, true)).rejects.toMatchObject({ code: 'KEY_PROFILE' });
    again.remove();
  });

  it('knows two profiles', () => {
    expect(readConfig({}).profile).toBe('open');
    expect(() => readConfig({ CLARION_PROFILE: 'sm' })).toThrow(expect.objectContaining({ code: 'SETTING' }));
  });
});
