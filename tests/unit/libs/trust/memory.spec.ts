import type { Revocation } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { applyDocument, documentsInForce, isRevoked, lackingOf, memoryOf, strandedIn, trustFromRoot, versionsFor, withMemory, type Result, type TrustState } from '#libs/trust';
import { trustAfter } from '../../../support/admit-facts';
import { buildWorld, NOW, platformOf, type PlatformName, type World } from '../../../support/trust-builder';

const DAY = 86_400_000;
type Entries = Revocation['entries'];
let world: World;
beforeAll(async () => { world = await buildWorld(); });

const said = (result: Result<unknown>): string => (result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' '));
const entry = (keyId: Entries[number]['keyId'], reason: Entries[number]['reason'] = 'compromised', since = NOW): Entries[number] => ({ keyId, reason, since });
const authorOf = (platform: PlatformName) => world.key(platform, 'author').record.keyId;
const officerOf = (platform: PlatformName, index: number) => {
  const officer = world.platform(platform).officers[index];
  if (officer === undefined) throw new Error('the world has three officers');
  return officer.key;
};
const revocationBy = (platform: PlatformName, index: number, entries: Entries, set: Partial<Revocation> = {}): Promise<Envelope> =>
  world.revocation(platform, { set: { entries, ...set }, by: [officerOf(platform, index).signer] });
const after = (state: TrustState, ...documents: readonly Envelope[]): TrustState => documents.reduce(trustAfter, state);

/** What a new terminal comes to. */
function afresh(state: TrustState): TrustState {
  const begun = trustFromRoot(world.expected.rootEnvelope, { demo: true });
  if (!begun.ok) throw new Error(begun.code);
  return documentsInForce(state).reduce((at, document) => {
    const next = applyDocument(at, document, null);
    return next.ok ? next.value : at;
  }, begun.value);
}
/** What a terminal comes to after a power cut. */
const rebooted = (state: TrustState): TrustState => withMemory(afresh(state), JSON.parse(JSON.stringify(memoryOf(state))));

describe('a revocation whose signer left afterwards', () => {
  it('is taken by whoever begins afresh; one dated after the leaving is not', async () => {
    const early = after(world.trust, await revocationBy('v1', 2, [entry(authorOf('v1'))], { issuedAt: NOW - DAY }));
    const state = after(early, await revocationBy('t1', 0, [entry(officerOf('t1', 2).record.keyId, 'left')]), await revocationBy('d', 0, [entry(officerOf('d', 2).record.keyId, 'left')]));
    expect(strandedIn(state)).toEqual([]);
    expect(isRevoked(afresh(state), platformOf('v1'), authorOf('v1'))).toBe('compromised');
    const without = after(world.trust, await revocationBy('t1', 0, [entry(officerOf('t1', 2).record.keyId, 'left')]));
    expect(said(applyDocument(without, await revocationBy('v1', 2, [entry(authorOf('v1'))], { issuedAt: NOW }), NOW))).toBe(`REJ_KEY_REVOKED ${officerOf('t1', 2).record.keyId}`);
  });
});

describe('what a fallen roster said', () => {
  async function fallen(): Promise<TrustState> {
    const roster = await world.roster('t1', { set: { version: 2, revocations: [entry(authorOf('t1'))] } });
    return after(world.trust, roster, await revocationBy('t1', 2, [entry(officerOf('t1', 0).record.keyId)]));
  }

  it('is remembered over a start: its floor and the keys that it revoked', async () => {
    const before = await fallen();
    expect(before.rosters.has(platformOf('t1'))).toBe(false);
    const state = rebooted(before);
    expect(said(applyDocument(afresh(before), await world.roster('t1', { by: [officerOf('t1', 1).signer, officerOf('t1', 2).signer] }), NOW))).toBe('ok');
    expect(said(applyDocument(state, await world.roster('t1', { by: [officerOf('t1', 1).signer, officerOf('t1', 2).signer] }), NOW))).toBe('REJ_VERSION_ROLLBACK version');
    expect(isRevoked(state, platformOf('t1'), authorOf('t1'))).toBe('compromised');
    expect(memoryOf(state).floors).toEqual(memoryOf(before).floors);
  });
  it('is refused by the server that would hand it out: whoever begins afresh would count the stolen key', async () => {
    expect(strandedIn(await fallen())).toEqual([{ platform: 't1', entries: [entry(authorOf('t1'))], certificates: [] }]);
  });
});

describe('memory', () => {
  it('adds nothing where the documents say it all: the state stays the very same', () => {
    expect(withMemory(world.trust, memoryOf(world.trust))).toBe(world.trust);
  });
  it('lifts the floor where the documents read back are older than what was in force: an older copy is not taken again', async () => {
    const later = after(world.trust, await world.roster('t1', { set: { version: 2 } }));
    const state = withMemory(world.trust, memoryOf(later));
    expect(memoryOf(state).floors).toEqual(memoryOf(later).floors);
    expect(said(applyDocument(state, await world.roster('t1'), NOW))).toBe('REJ_VERSION_ROLLBACK version');
    expect(said(applyDocument(world.trust, await world.roster('t1'), NOW))).toBe('ok');
  });
  it('keeps the version of a revocation that nobody could let in any more, so that orders that name it still pass', async () => {
    const early = after(world.trust, await revocationBy('v1', 2, [entry(authorOf('v1'))]));
    const state = after(early, await revocationBy('t1', 0, [entry(officerOf('t1', 2).record.keyId)]));
    const wanted = versionsFor(early, [platformOf('v1'), platformOf('t1'), platformOf('d')]);
    expect(lackingOf(afresh(state), wanted)?.revocations).toEqual({ v1: 1 });
    expect(versionsFor(state, [platformOf('v1')]).revocations).toEqual({});
    expect(lackingOf(rebooted(state), wanted)).toBeUndefined();
    expect(isRevoked(rebooted(state), platformOf('v1'), authorOf('v1'))).toBe('compromised');
  });
});

describe('a revocation that a new terminal could not read', () => {
  it('is seen where its signer is compromised, and not when one above says it again or another officer signs it', async () => {
    const early = after(world.trust, await revocationBy('v1', 2, [entry(authorOf('v1'))]));
    const third = entry(officerOf('t1', 2).record.keyId);
    expect(strandedIn(early)).toEqual([]);
    const stolen = after(early, await revocationBy('t1', 0, [third]));
    expect(strandedIn(stolen)).toEqual([{ platform: 'v1', entries: [entry(authorOf('v1'))], certificates: [] }]);
    expect(strandedIn(after(stolen, await revocationBy('t1', 0, [third, entry(authorOf('v1'))], { version: 2 })))).toEqual([]);
    const anew = after(stolen, await revocationBy('v1', 0, [entry(authorOf('v1'))], { version: 2 }));
    expect(strandedIn(anew)).toEqual([]);
    expect(isRevoked(afresh(anew), platformOf('v1'), authorOf('v1'))).toBe('compromised');
  });
  it('is seen where a later charter lists another key for its signer', async () => {
    const early = after(world.trust, await revocationBy('v1', 2, [entry(authorOf('v1'))]));
    const charter = world.charterPayload('v1');
    const officers = charter.officers.map((officer, index) => (index === 2 ? { ...officer, key: world.stranger.record } : officer));
    const state = after(early, await world.charter('v1', { set: { version: 2, officers } }));
    expect(strandedIn(state).map(({ platform }) => platform)).toEqual(['v1']);
  });
});
