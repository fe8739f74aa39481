import { rootSchema, type KeyRecord, type Root } from '#libs/contracts';
import { allowsSuite } from '#libs/domain';
import { checkKeyRecord, hasKeyTwice, verifiedSignatures, type VerificationCache } from '#libs/suites';
import { attest } from './attest';
import { openEnvelope, readPayload, type OpenedEnvelope } from './open-envelope';
import { ok, refuse, type Result } from './result';
import type { HeldDocument, KeyHolder, TrustState } from './trust-state';

/** No single holder of a root key may change anything (design 4 "Root": 2 of 3). */
const LEAST_THRESHOLD = 2;

export interface RootExpectation {
  /** Demo installations take only demo roots, real ones only real roots (design 6). */
  readonly demo: boolean;
  /** When given, only these keys count towards the root's own threshold. */
  readonly pinnedKeyIds?: readonly string[];
  readonly cache?: VerificationCache;
}

/**
 * The beginning of all trust: a root that its own keys signed at its own threshold. The only document that is parsed
 * before its signatures are checked, because its keys stand inside it; the caller vouches for where it came from.
 */
export function trustFromRoot(value: unknown, expected: RootExpectation): Result<TrustState> {
  const opened = openEnvelope(value, 'root');
  if (!opened.ok) return opened;
  const root = readPayload(opened.value, rootSchema);
  if (!root.ok) return root;
  const shape = checkRoot(root.value);
  if (!shape.ok) return shape;
  if (root.value.demo !== expected.demo) return refuse('REJ_LINEAGE', 'demo');
  const counted = root.value.keys.filter(({ keyId }) => expected.pinnedKeyIds?.includes(keyId) ?? true);
  if (countSignatures(opened.value, counted, expected.cache) < root.value.threshold) return refuse('REJ_THRESHOLD');
  const held = holdRoot(opened.value, root.value);
  return ok({
    root: held, rootChain: [held], charters: new Map(), rosters: new Map(), revocations: new Map(), revoked: new Map(), certificates: new Map(),
    floors: new Map(), fallen: new Map(), parents: new Map(), officersOnce: new Map(), cache: expected.cache,
  });
}

/**
 * The next root: version N + 1 exactly, signed at the threshold of the root in force and at its own (TUF 5.3).
 * District, demo flag and profile never change. A root already in force answers itself.
 */
export function judgeNextRoot(state: TrustState, opened: OpenedEnvelope): Result<HeldDocument<Root>> {
  if (opened.digest === state.root.digest) return ok(state.root);
  const byOld = attest(state, opened, 'root');
  if (!byOld.ok) return byOld;
  if (byOld.value.length < state.root.value.threshold) return refuse('REJ_THRESHOLD', 'old');
  const root = readPayload(opened, rootSchema);
  if (!root.ok) return root;
  if (root.value.version <= state.root.value.version) return refuse('REJ_VERSION_ROLLBACK', 'version');
  if (root.value.version !== state.root.value.version + 1) return refuse('REJ_VERSIONS', 'version');
  const shape = checkRoot(root.value);
  if (!shape.ok) return shape;
  if (root.value.demo !== state.root.value.demo) return refuse('REJ_LINEAGE', 'demo');
  if (root.value.profile !== state.root.value.profile) return refuse('REJ_LINEAGE', 'profile');
  if (root.value.district !== state.root.value.district) return refuse('REJ_LINEAGE', 'district');
  if (countSignatures(opened, root.value.keys, state.cache) < root.value.threshold) return refuse('REJ_THRESHOLD', 'new');
  return ok(holdRoot(opened, root.value));
}

/** What is refused in a root whoever signed it. */
export function checkRoot(root: Root): Result<true> {
  if (hasKeyTwice(root.keys)) return refuse('REJ_KEY_USAGE', 'keys');
  if (root.keys.some((key) => !checkKeyRecord(key).ok)) return refuse('REJ_KEY_WEAK', 'keys');
  if (!root.keys.every((key) => allowsSuite(root.profile, key.alg))) return refuse('REJ_KEY_USAGE', 'profile');
  if (root.threshold < LEAST_THRESHOLD || root.threshold > root.keys.length) return refuse('REJ_THRESHOLD', 'threshold');
  return root.expiresAt > root.issuedAt ? ok(true) : refuse('REJ_WINDOW', 'expiresAt');
}

function countSignatures(opened: OpenedEnvelope, keys: readonly KeyRecord[], cache: VerificationCache | undefined): number {
  return verifiedSignatures(opened.envelope, opened.payload, keys, cache).length;
}

function holdRoot(opened: OpenedEnvelope, root: Root): HeldDocument<Root> {
  const holders = new Map<string, KeyHolder>(root.keys.map((key) => [key.keyId, { use: 'root', key }]));
  return { value: root, envelope: opened.envelope, digest: opened.digest, holders };
}
