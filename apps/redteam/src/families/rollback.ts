import type { Envelope } from '#libs/envelope';
import { applyDocument, documentsInForce, memoryOf, pickAssignment, trustFromRoot, verifyAssignment, withMemory, type TrustState } from '#libs/trust';
import { chainOf, makeKey, NOW, RESOURCE_CODE, terminalOf, type PlatformName } from '../../../../tests/support/trust-builder';
import type { Family, Scene } from '../attack';

const DAY = 86_400_000;
const LAST = 5;
const ROLLED_BACK = ['REJ_VERSION_ROLLBACK'];

/** Older documents of every kind, before a start from disk and after it: T30. */
export const ROLLBACK: Family = {
  family: 'older documents than those in force', threat: 'T30 T37', where: 'admit',
  run: async ({ lab, tally }) => {
    const { world } = lab;
    for (const platform of ['d', 't1', 'v1'] as const) {
      const kinds: Readonly<Record<string, (version: number) => Promise<Envelope>>> = {
        charter: (version) => world.charter(platform, { set: { version, issuedAt: NOW - 10 * DAY + version } }),
        roster: (version) => world.roster(platform, { set: { version, issuedAt: NOW - 9 * DAY + version } }),
        revocation: (version) => world.revocation(platform, { set: { version, issuedAt: NOW - 8 * DAY + version } }),
      };
      for (const [kind, make] of Object.entries(kinds)) {
        const chain = await Promise.all(Array.from({ length: LAST - 1 }, (_, index) => make(index + 2)));
        const newest = chain.reduce((trust: TrustState, document) => must(applyDocument(trust, document, NOW)), lab.trustOf('v1'));
        tally.control(`${kind}s 2 to ${LAST} of ${platform} are taken in turn`, newest !== lab.trustOf('v1'));
        const disks = [['running', newest], ['after a start', restarted(world, newest, documentsInForce(newest))], ['after a start from the first documents', restarted(world, newest, documentsInForce(lab.trustOf('v1')))]] as const;
        for (const [when, trust] of disks) {
          for (const [index, document] of chain.slice(0, -1).entries()) judge(tally, `${kind} ${index + 2} of ${platform}, ${when}`, trust, document, ROLLED_BACK);
          judge(tally, `${kind} ${LAST} of ${platform} with other bytes, ${when}`, trust, await resigned(world, platform, kind), ROLLED_BACK);
          const next = applyDocument(trust, await make(LAST + 1), NOW);
          tally.control(`the next ${kind} of ${platform} is taken, ${when}`, next.ok && next.value !== trust);
        }
      }
    }
    await roots(lab.trustOf('v1'), world, tally);
    await places(lab.trustOf('v1'), world, tally);
  },
};

/** A terminal that walked the root up, by the same keys and by keys that changed at every step: none of before counts again, and none is skipped. */
async function roots(first: TrustState, world: Scene['lab']['world'], tally: Scene['tally']): Promise<void> {
  for (const isRotated of [false, true]) {
    const chain: Envelope[] = [];
    let holders = world.rootKeys.slice(0, 2);
    for (let version = 2; version <= LAST; version += 1) {
      const next = isRotated ? [await makeKey(), await makeKey()] : [];
      chain.push(await world.root({ by: [...holders, ...next].map(({ signer }) => signer), set: { version, issuedAt: NOW + version, ...(isRotated ? { keys: next.map(({ record }) => record) } : {}) } }));
      if (isRotated) holders = next;
    }
    const newest = chain.reduce((trust, document) => must(applyDocument(trust, document, NOW)), first);
    const [name, codes] = isRotated ? ['whose keys changed', ['REJ_KEY_UNKNOWN']] as const : ['by the same keys', ROLLED_BACK] as const;
    for (const [when, trust] of [['running', newest], ['after a start', restarted(world, newest, documentsInForce(newest))]] as const) {
      tally.control(`a root ${name} is walked from 1 to ${LAST}, ${when}`, trust.root.value.version === LAST);
      for (const [index, document] of [world.expected.rootEnvelope, ...chain.slice(0, -1)].entries()) judge(tally, `root ${index + 1} ${name}, ${when}`, trust, document, codes);
      judge(tally, `root ${LAST} ${name}, anew by the first keys, ${when}`, trust, await world.root({ set: { version: LAST, issuedAt: NOW } }), codes);
      if (isRotated) judge(tally, `root ${LAST + 1} by the first keys, ${when}`, trust, await world.root({ set: { version: LAST + 1, issuedAt: NOW } }), codes);
    }
    for (const [index, document] of chain.slice(1).entries()) judge(tally, `root ${index + 3} ${name} to a terminal that stopped at 1`, first, document, isRotated ? ['REJ_KEY_UNKNOWN'] : ['REJ_VERSIONS']);
  }
}

/** Where a terminal stands: an older batch of its officers does not move it back. */
async function places(trust: TrustState, world: Scene['lab']['world'], tally: Scene['tally']): Promise<void> {
  const terminal = terminalOf('v1-term-1');
  const device = world.device.record.keyId;
  const entry = { terminal, deviceKeyId: device, areas: [...chainOf('v1')], resourceCode: RESOURCE_CODE, maxVolume: 'full' as const };
  const placed = async (version: number) => must(verifyAssignment(trust, await world.assignment('v1', { set: { terminals: [{ ...entry, version }] } })));
  const current = must(pickAssignment(trust, await placed(LAST), terminal, device, null));
  tally.control('the next assignment is taken', pickAssignment(trust, await placed(LAST + 1), terminal, device, current).ok);
  for (let version = 1; version <= LAST; version += 1) {
    const picked = pickAssignment(trust, await placed(version), terminal, device, current);
    tally.judged(`assignment ${version}`, picked.ok ? 'play' : picked.code, ROLLED_BACK);
  }
}

/** The root: two of three, one version after the other, old and new sign: T77. */
export const ROOT: Family = {
  family: 'the root by fewer, skipped or forked', threat: 'T76 T77', where: 'admit',
  run: async ({ lab, tally }) => {
    const { world } = lab;
    const trust = lab.trustOf('v1');
    const [one, two, three] = world.rootKeys.map(({ signer }) => signer);
    const stranger = world.stranger.signer;
    const fresh = [await makeKey(), await makeKey()];
    const keys = fresh.map(({ record }) => record);
    if (one === undefined || two === undefined || three === undefined) throw new Error('the world has three root keys');
    const set = { version: 2, issuedAt: NOW };
    tally.control('a root lost one key and goes on: the other two sign', applyDocument(trust, await world.root({ by: [two, three], set }), NOW).ok);
    const fault = (name: string, codes: readonly string[], document: Promise<Envelope>): Promise<void> => document.then((envelope) => { judge(tally, name, trust, envelope, codes); });
    for (const [index, signer] of [one, two, three].entries()) {
      await fault(`holder ${index + 1} alone`, ['REJ_THRESHOLD'], world.root({ by: [signer], set }));
      await fault(`holder ${index + 1} and a stranger`, ['REJ_THRESHOLD'], world.root({ by: [signer, stranger], set }));
      await fault(`holder ${index + 1} puts in keys of its own`, ['REJ_THRESHOLD'], world.root({ by: [signer, ...fresh.map((key) => key.signer)], set: { ...set, keys } }));
      await fault(`holder ${index + 1} lowers the threshold`, ['REJ_THRESHOLD', 'REJ_SCHEMA'], world.root({ by: [signer], set: { ...set, threshold: 1 } }));
    }
    await fault('a version skipped', ['REJ_VERSION_ROLLBACK', 'REJ_VERSIONS'], world.root({ by: [one, two], set: { version: 3, issuedAt: NOW } }));
    await fault('version 1 with other bytes', ['REJ_VERSION_ROLLBACK'], world.root({ by: [one, two], set: { issuedAt: NOW } }));
    await fault('another district', ['REJ_LINEAGE', 'REJ_SCHEMA', 'REJ_SHAPE'], world.root({ by: [one, two], set: { ...set, district: world.platform('t1').id } }));
    await fault('no demo any more', ['REJ_LINEAGE', 'REJ_SCHEMA', 'REJ_MODE_TEST', 'REJ_TYPE'], world.root({ by: [one, two], set: { ...set, demo: false } }));
    await fault('the new keys did not sign', ['REJ_THRESHOLD'], world.root({ by: [one, two], set: { ...set, keys } }));
    await fault('the old keys did not sign', ['REJ_THRESHOLD', 'REJ_KEY_UNKNOWN'], world.root({ by: fresh.map((key) => key.signer), set: { ...set, keys } }));
    // A tier's officer, or its authority for certificates, cannot make what only the root or a parent makes.
    for (const platform of ['d', 't1', 'v1'] as const) {
      const byOwn = world.officers(platform === 'v1' ? 't1' : platform).slice(0, 1);
      await fault(`a charter of ${platform} by one officer`, ['REJ_THRESHOLD', 'REJ_KEY_USAGE'], world.charter(platform, { by: byOwn, set: { version: 2, issuedAt: NOW } }));
      await fault(`a roster of ${platform} by one officer`, ['REJ_THRESHOLD'], world.roster(platform, { by: byOwn, set: { version: 2, issuedAt: NOW } }));
      await fault(`a roster of ${platform} by its dispatcher and log`, ['REJ_KEY_USAGE'], world.roster(platform, { by: [world.platform(platform).dispatcher.signer, world.platform(platform).log.signer], set: { version: 2, issuedAt: NOW } }));
      await fault(`a charter of ${platform} by strangers`, ['REJ_KEY_UNKNOWN'], world.charter(platform, { by: fresh.map((key) => key.signer), set: { version: 2, issuedAt: NOW } }));
      await fault(`a revocation of ${platform} by a person`, ['REJ_KEY_USAGE'], world.revocation(platform, { by: [world.key(platform, 'approver-a').signer] }));
    }
    await fault('a charter of the district by two of its own officers', ['REJ_THRESHOLD'], world.charter('d', { by: world.officers('d').slice(0, 2), set: { version: 2, issuedAt: NOW } }));
    await fault('a village that grants itself its township\'s places', ['REJ_WIDENS'], world.charter('v1', { set: { version: 2, issuedAt: NOW, areas: world.charterPayload('t1').areas } }));
    await fault('a village that calls itself a township', ['REJ_WIDENS'], world.charter('v1', { set: { version: 2, issuedAt: NOW, tier: 'township' } }));
    await fault('a village under another township', ['REJ_LINEAGE', 'REJ_KEY_USAGE', 'REJ_KEY_UNKNOWN'], world.charter('v1', { by: world.officers('t2').slice(0, 2), set: { version: 2, issuedAt: NOW, parent: world.platform('t2').id } }));
  },
};

function judge(tally: Scene['tally'], name: string, trust: TrustState, document: Envelope, codes: readonly string[]): void {
  const next = applyDocument(trust, document, NOW);
  // A document that is taken makes no sound by itself; it counts as one, for what it would lead to.
  tally.judged(name, next.ok && next.value !== trust ? 'play' : next.ok ? 'taken without effect' : next.code, codes);
}

async function resigned(world: Scene['lab']['world'], platform: PlatformName, kind: string): Promise<Envelope> {
  const set = { version: LAST, issuedAt: NOW - DAY };
  if (kind === 'charter') return world.charter(platform, { set });
  return kind === 'roster' ? world.roster(platform, { set }) : world.revocation(platform, { set });
}

/** A terminal that starts from its disk: the pinned root, these documents and what it remembers besides them. */
function restarted(world: Scene['lab']['world'], before: TrustState, documents: readonly Envelope[]): TrustState {
  const start = must(trustFromRoot(world.expected.rootEnvelope, { demo: true }));
  return withMemory(documents.reduce((trust, document) => must(applyDocument(trust, document, null)), start), memoryOf(before));
}

function must<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: string; readonly at?: string }): T {
  if (!result.ok) throw new Error(`${result.code} ${result.at ?? ''}`);
  return result.value;
}
