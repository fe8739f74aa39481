import { LIMITS, type Revocation } from '#libs/contracts';
import { applyDocument, isRevoked, pickAssignment, verifyAssignment, type Result, type TerminalAssignment, type TrustState } from '#libs/trust';
import { rebooted, trustAfter } from '../../../support/admit-facts';
import { buildWorld, NOW, platformOf, terminalOf, type World } from '../../../support/trust-builder';

/** One officer signs revocations and assignments alone: whoever stole that key must not use up the numbers of those who come after. */
let world: World;
beforeAll(async () => { world = await buildWorld(); });

type Entries = Revocation['entries'];
const DAY = 86_400_000;
const T1 = platformOf('t1');
const said = (result: Result<unknown>): string => (result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' '));
const entry = (keyId: Entries[number]['keyId']): Entries[number] => ({ keyId, reason: 'compromised', since: NOW });
const keyOf = (who: string) => world.key('t1', who).record.keyId;
const officerOf = (index: number) => {
  const officer = world.platform('t1').officers[index];
  if (officer === undefined) throw new Error('the world has three officers');
  return officer.key;
};
const revocationBy = (index: number, entries: Entries, set: Partial<Revocation> = {}) => world.revocation('t1', { set: { entries, ...set }, by: [officerOf(index).signer] });

describe('a stolen officer\'s key', () => {
  it('cannot spend the last number of the revocation: no number is far above the last one', async () => {
    const far = async (state: TrustState, version: number) => said(applyDocument(state, await revocationBy(0, [entry(keyOf('approver-b'))], { version }), NOW));
    expect(await far(world.trust, LIMITS.versionJump + 1)).toBe('REJ_VERSIONS version');
    expect(await far(world.trust, Number.MAX_SAFE_INTEGER)).toBe('REJ_VERSIONS version');
    expect(await far(world.trust, LIMITS.versionJump)).toBe('ok');
    const held = trustAfter(world.trust, await revocationBy(0, [entry(keyOf('approver-b'))], { version: 7 }));
    expect(await far(held, LIMITS.versionJump + 8)).toBe('REJ_VERSIONS version');
    expect(await far(held, LIMITS.versionJump + 7)).toBe('ok');
  });

  it('holds back no revocation by the others once the key counts no more, by its number nor by its date; what it revoked stays revoked', async () => {
    const spent = { version: LIMITS.versionJump, issuedAt: NOW + 300 * DAY };
    // Taken while the time was not known.
    const taken = applyDocument(world.trust, await revocationBy(0, [entry(keyOf('approver-b'))], spent), null);
    if (!taken.ok) throw new Error(taken.code);
    const next = await revocationBy(1, [entry(keyOf('author'))], { version: 2 });
    expect(said(applyDocument(taken.value, next, NOW))).toBe('REJ_VERSION_ROLLBACK entries');
    const fell = trustAfter(taken.value, await world.revocation('d', { set: { entries: [entry(officerOf(0).record.keyId)] } }));
    for (const state of [fell, rebooted(world, fell)]) {
      expect(state.revocations.has(T1)).toBe(false);
      expect(isRevoked(state, T1, keyOf('approver-b'))).toBe('compromised');
      const healed = trustAfter(state, next);
      expect([isRevoked(healed, T1, keyOf('author')), isRevoked(healed, T1, keyOf('approver-b'))]).toEqual(['compromised', 'compromised']);
      expect(said(applyDocument(healed, await revocationBy(2, [entry(keyOf('author'))], { version: 1 }), NOW))).toBe('REJ_VERSION_ROLLBACK version');
      expect(said(applyDocument(healed, await revocationBy(2, [entry(keyOf('author'))], { version: 3 }), NOW))).toBe('ok');
    }
  });

  it('cannot keep a terminal where it put it: no version of its place is far above the last one', async () => {
    const pick = async (version: number, current: TerminalAssignment | null) => {
      const [terminal] = (JSON.parse(Buffer.from((await world.assignment('v1')).payload, 'base64').toString()) as { terminals: TerminalAssignment[] }).terminals;
      if (terminal === undefined) throw new Error('an assignment names a terminal');
      const verified = verifyAssignment(world.trust, await world.assignment('v1', { set: { terminals: [{ ...terminal, version }] } }));
      if (!verified.ok) throw new Error(verified.code);
      return pickAssignment(world.trust, verified.value, terminalOf('v1-term-1'), world.device.record.keyId, current);
    };
    const first = await pick(3, null);
    if (!first.ok) throw new Error(first.code);
    expect(said(await pick(LIMITS.versionJump + 1, null))).toBe('REJ_VERSIONS version');
    expect(said(await pick(Number.MAX_SAFE_INTEGER, first.value))).toBe('REJ_VERSIONS version');
    expect(said(await pick(LIMITS.versionJump + 4, first.value))).toBe('REJ_VERSIONS version');
    expect(said(await pick(LIMITS.versionJump + 3, first.value))).toBe('ok');
  });
});
