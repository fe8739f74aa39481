import type { Root } from '#libs/contracts';
import { encodePayload, toBase64, type Envelope } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { applyDocument, documentsSince, trustFromRoot, versionsFor, type TrustState } from '#libs/trust';
import { makeKey, NOW, platformOf, type TestKey } from '../../../support/trust-builder';

/**
 * Step-by-step rotation of the root, in the shape of TUF's conformance tests (TUF 5.3): a verifier holds a root and is
 * given a sequence of envelopes; each line says what it answers to each, and where it stands at the end. After every line
 * the genuine next root is still taken: nothing refused may leave a trace.
 */
const DAY = 86_400_000;
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'x', 'y', 'z'] as const;
/** Version by version: three keys each, one new every time; `by` is who signed it. */
const CHAIN: readonly { readonly keys: string; readonly by: string }[] = [
  { keys: 'abc', by: 'ab' }, { keys: 'bcd', by: 'bc' }, { keys: 'cde', by: 'cd' }, { keys: 'def', by: 'de' }, { keys: 'efg', by: 'ef' }, { keys: 'fgh', by: 'fg' },
];

/** A root that is given: version `v`, and how it differs from the genuine one. */
interface Given {
  readonly v: number;
  readonly keys?: string;
  readonly by?: string;
  readonly set?: Partial<Record<keyof Root, unknown>>;
  readonly word?: string;
  /** What happens to the envelope on its way. */
  readonly on?: (envelope: Envelope, others: readonly Envelope[]) => unknown;
}
interface Line { readonly name: string; readonly from?: number; readonly given: readonly Given[]; readonly says: readonly string[]; readonly ends: number }

const keys = new Map<string, TestKey>();
const genuine: Envelope[] = [];

beforeAll(async () => {
  for (const name of NAMES) keys.set(name, await makeKey());
  for (const [at] of CHAIN.entries()) genuine.push(await made({ v: at + 1 }));
});

function key(name: string): TestKey {
  const found = keys.get(name);
  if (found === undefined) throw new Error(`no key ${name}`);
  return found;
}

function payload({ v, keys: named, set }: Given): Root {
  const names = named ?? CHAIN[Math.min(v, CHAIN.length) - 1]?.keys ?? 'abc';
  return {
    version: v, district: platformOf('d'), demo: true, profile: 'open', keys: [...names].map((name) => key(name).record), threshold: 2, graceDays: 180, alwaysSounds: ['emergency'],
    issuedAt: NOW - 300 * DAY + v * DAY, expiresAt: NOW + 100 * DAY, ...set,
  } as Root;
}

async function made(given: Given): Promise<Envelope> {
  const by = given.by ?? CHAIN[given.v - 1]?.by ?? 'fg';
  const envelope = await signEnvelope(given.word ?? 'root', encodePayload(payload(given)), [...by].map((name) => key(name).signer));
  return (given.on?.(envelope, genuine) ?? envelope) as Envelope;
}

function standing(version: number): TrustState {
  const start = trustFromRoot(genuine[0], { demo: true });
  if (!start.ok) throw new Error(start.code);
  return genuine.slice(1, version).reduce((state, envelope) => taken(state, envelope).state, start.value);
}

function taken(state: TrustState, envelope: unknown): { readonly state: TrustState; readonly said: string } {
  const next = applyDocument(state, envelope, NOW);
  return next.ok ? { state: next.value, said: 'ok' } : { state, said: next.at === undefined ? next.code : `${next.code} ${next.at}` };
}

const flip = (text: string, at: number): string => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
const weak = { keyId: '0'.repeat(64), alg: 'ed25519', spki: toBase64(Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(`01${'00'.repeat(31)}`, 'hex')])) };

const LINES: readonly Line[] = [
  // The walk.
  { name: 'walks from 1 to 6, one at a time', given: [2, 3, 4, 5, 6].map((v) => ({ v })), says: ['ok', 'ok', 'ok', 'ok', 'ok'], ends: 6 },
  { name: 'changes nothing when each comes twice', given: [2, 2, 3, 3].map((v) => ({ v })), says: ['ok', 'ok', 'ok', 'ok'], ends: 3 },
  { name: 'takes the one that fits when they come in the wrong order', given: [4, 3, 2].map((v) => ({ v })), says: ['REJ_KEY_UNKNOWN', 'REJ_THRESHOLD old', 'ok'], ends: 2 },
  { name: 'goes on from the middle', from: 4, given: [5, 6].map((v) => ({ v })), says: ['ok', 'ok'], ends: 6 },
  { name: 'goes through a root whose own time is over long ago', given: [{ v: 2, set: { expiresAt: NOW - 100 * DAY } }, { v: 3 }], says: ['ok', 'ok'], ends: 3 },
  { name: 'goes on when all three signed', given: [{ v: 2, by: 'abcd' }], says: ['ok'], ends: 2 },
  { name: 'goes on with any two of the old who are two of the new', given: [{ v: 2, by: 'cb' }], says: ['ok'], ends: 2 },
  { name: 'goes on with two of the old and two of the new who are not the same', given: [{ v: 2, by: 'abd' }, { v: 3 }], says: ['ok', 'ok'], ends: 3 },
  { name: 'goes on to keys of which none stood before', given: [{ v: 2, keys: 'xyz', by: 'acxz' }], says: ['ok'], ends: 2 },
  { name: 'goes on although a stranger signed as well', given: [{ v: 2, by: 'bcx' }], says: ['ok'], ends: 2 },
  { name: 'goes on although one more signature is broken', given: [{ v: 2, by: 'bcd', on: (one) => ({ ...one, signatures: one.signatures.map((sig, at) => (at === 2 ? { ...sig, sig: flip(sig.sig, 4) } : sig)) }) }], says: ['ok'], ends: 2 },
  { name: 'goes on with the same keys and another grace', given: [{ v: 2, keys: 'abc', by: 'ab', set: { graceDays: 90 } }], says: ['ok'], ends: 2 },
  { name: 'goes on to a threshold of three, which all three sign', given: [{ v: 2, keys: 'abc', by: 'abc', set: { threshold: 3 } }], says: ['ok'], ends: 2 },
  { name: 'goes on to five keys', given: [{ v: 2, keys: 'abcde', by: 'ab', set: { threshold: 2 } }], says: ['ok'], ends: 2 },
  // Skipped versions.
  { name: 'refuses to skip one, though both thresholds are there', given: [{ v: 3, by: 'abcd' }], says: ['REJ_VERSIONS version'], ends: 1 },
  { name: 'refuses to skip to the newest', given: [{ v: 6, by: 'abfg' }], says: ['REJ_VERSIONS version'], ends: 1 },
  { name: 'refuses the genuine third without the second', given: [{ v: 3 }], says: ['REJ_THRESHOLD old'], ends: 1 },
  { name: 'refuses the genuine newest: none of its signers is known yet', given: [{ v: 6 }], says: ['REJ_KEY_UNKNOWN'], ends: 1 },
  { name: 'refuses a skip in the middle', from: 3, given: [{ v: 5, by: 'cdef' }], says: ['REJ_VERSIONS version'], ends: 3 },
  { name: 'refuses a jump to the last number there is', given: [{ v: Number.MAX_SAFE_INTEGER, keys: 'abc', by: 'ab', set: { issuedAt: NOW - DAY } }], says: ['REJ_VERSIONS version'], ends: 1 },
  // Rollback.
  { name: 'refuses the first when the second stands', from: 2, given: [{ v: 1 }], says: ['REJ_THRESHOLD old'], ends: 2 },
  { name: 'refuses the first when the second stands, signed by its keys', from: 2, given: [{ v: 1, by: 'abcd' }], says: ['REJ_VERSION_ROLLBACK version'], ends: 2 },
  { name: 'refuses the second when the newest stands', from: 6, given: [{ v: 2 }], says: ['REJ_KEY_UNKNOWN'], ends: 6 },
  { name: 'refuses the one before, though keys of now signed it', from: 5, given: [{ v: 4, by: 'defg' }], says: ['REJ_VERSION_ROLLBACK version'], ends: 5 },
  { name: 'refuses other bytes under the version in force', from: 2, given: [{ v: 2, by: 'bcd', set: { graceDays: 366 } }], says: ['REJ_VERSION_ROLLBACK version'], ends: 2 },
  { name: 'refuses the first again after walking to the end', given: [...[2, 3, 4, 5, 6].map((v) => ({ v })), { v: 1, by: 'abfg' }], says: ['ok', 'ok', 'ok', 'ok', 'ok', 'REJ_VERSION_ROLLBACK version'], ends: 6 },
  // Too few.
  { name: 'refuses one of three', given: [{ v: 2, by: 'b' }], says: ['REJ_THRESHOLD old'], ends: 1 },
  { name: 'refuses one of three whose signature stands twice', given: [{ v: 2, by: 'b', on: (one) => ({ ...one, signatures: [...one.signatures, ...one.signatures] }) }], says: ['REJ_SHAPE envelope-keyid-twice'], ends: 1 },
  { name: 'refuses one of the old and all of the new', given: [{ v: 2, keys: 'xyz', by: 'axyz' }], says: ['REJ_THRESHOLD old'], ends: 1 },
  { name: 'refuses the new alone', given: [{ v: 2, keys: 'xyz', by: 'xyz' }], says: ['REJ_KEY_UNKNOWN'], ends: 1 },
  { name: 'refuses the old alone', given: [{ v: 2, keys: 'xyz', by: 'abc' }], says: ['REJ_THRESHOLD new'], ends: 1 },
  { name: 'refuses all of the old and one of the new', given: [{ v: 2, keys: 'xyz', by: 'abcx' }], says: ['REJ_THRESHOLD new'], ends: 1 },
  { name: 'refuses strangers', given: [{ v: 2, by: 'xy' }], says: ['REJ_KEY_UNKNOWN'], ends: 1 },
  { name: 'refuses a stranger beside one of three', given: [{ v: 2, by: 'bx' }], says: ['REJ_THRESHOLD old'], ends: 1 },
  { name: 'refuses two of a threshold of three that the new one asks for', given: [{ v: 2, keys: 'abc', by: 'ab', set: { threshold: 3 } }], says: ['REJ_THRESHOLD new'], ends: 1 },
  { name: 'refuses two where the root in force wants three', given: [{ v: 2, keys: 'abc', by: 'abc', set: { threshold: 3 } }, { v: 3, keys: 'abc', by: 'ab', set: { threshold: 2 } }], says: ['ok', 'REJ_THRESHOLD old'], ends: 2 },
  { name: 'refuses a threshold of one, whoever signed it', given: [{ v: 2, keys: 'abc', by: 'abc', set: { threshold: 1 } }], says: ['REJ_THRESHOLD threshold'], ends: 1 },
  { name: 'refuses a threshold above its keys', given: [{ v: 2, keys: 'abc', by: 'abc', set: { threshold: 4 } }], says: ['REJ_THRESHOLD threshold'], ends: 1 },
  { name: 'refuses a key that left two versions ago', from: 3, given: [{ v: 4, by: 'ab' }], says: ['REJ_KEY_UNKNOWN'], ends: 3 },
  { name: 'refuses a key that left beside one that stands', from: 3, given: [{ v: 4, by: 'bd' }], says: ['REJ_THRESHOLD old'], ends: 3 },
  { name: 'refuses an envelope without a signature', given: [{ v: 2, on: (one) => ({ ...one, signatures: [] }) }], says: ['REJ_SHAPE envelope-signature-count'], ends: 1 },
  // Signatures that are not over these bytes.
  { name: 'refuses a changed payload', given: [{ v: 2, on: (one) => ({ ...one, payload: flip(one.payload, 60) }) }], says: ['REJ_SIGNATURE'], ends: 1 },
  { name: 'refuses changed signatures', given: [{ v: 2, on: (one) => ({ ...one, signatures: one.signatures.map((sig) => ({ ...sig, sig: flip(sig.sig, 4) })) }) }], says: ['REJ_SIGNATURE'], ends: 1 },
  { name: 'refuses one changed signature of two', given: [{ v: 2, on: (one) => ({ ...one, signatures: one.signatures.map((sig, at) => (at === 0 ? { ...sig, sig: flip(sig.sig, 4) } : sig)) }) }], says: ['REJ_THRESHOLD old'], ends: 1 },
  { name: 'refuses the signatures of another root', given: [{ v: 2, by: 'bc', set: { graceDays: 366 }, on: (one, all) => ({ ...one, signatures: all[1]?.signatures }) }], says: ['REJ_SIGNATURE'], ends: 1 },
  { name: 'refuses signatures under each other\'s names', given: [{ v: 2, on: (one) => ({ ...one, signatures: one.signatures.map((sig, at) => ({ ...sig, sig: one.signatures[1 - at]?.sig })) }) }], says: ['REJ_SIGNATURE'], ends: 1 },
  { name: 'refuses a root that was signed as a charter', given: [{ v: 2, word: 'charter', on: (one, all) => ({ ...one, payloadType: all[0]?.payloadType }) }], says: ['REJ_SIGNATURE'], ends: 1 },
  { name: 'refuses a kind that there is not', given: [{ v: 2, on: (one) => ({ ...one, payloadType: one.payloadType.replace('root', 'roots') }) }], says: ['REJ_TYPE'], ends: 1 },
  // What is inside.
  { name: 'refuses another district', given: [{ v: 2, by: 'bc', set: { district: 'elsewhere' } }], says: ['REJ_LINEAGE district'], ends: 1 },
  { name: 'refuses another profile', given: [{ v: 2, by: 'bc', set: { profile: 'gm' } }], says: ['REJ_KEY_USAGE profile'], ends: 1 },
  { name: 'refuses the real thing after a demo', given: [{ v: 2, by: 'bc', set: { demo: false } }], says: ['REJ_LINEAGE demo'], ends: 1 },
  { name: 'refuses an end before the beginning', given: [{ v: 2, by: 'bc', set: { expiresAt: NOW - 299 * DAY } }], says: ['REJ_WINDOW expiresAt'], ends: 1 },
  { name: 'refuses what is dated ahead', given: [{ v: 2, by: 'bc', set: { issuedAt: NOW + DAY } }], says: ['REJ_NOT_YET issuedAt'], ends: 1 },
  { name: 'refuses version nought', given: [{ v: 2, by: 'bc', set: { version: 0 } }], says: ['REJ_SCHEMA version'], ends: 1 },
  { name: 'refuses a version that is a text', given: [{ v: 2, by: 'bc', set: { version: '2' } }], says: ['REJ_SCHEMA version'], ends: 1 },
  { name: 'refuses a key that stands in it twice', given: [{ v: 2, keys: 'bbc', by: 'bc' }], says: ['REJ_KEY_USAGE keys'], ends: 1 },
  { name: 'refuses a weak key', given: [{ v: 2, by: 'bc', set: { keys: [weak] } }], says: ['REJ_KEY_WEAK keys'], ends: 1 },
  { name: 'refuses no keys at all', given: [{ v: 2, by: 'bc', set: { keys: [] } }], says: ['REJ_SCHEMA keys'], ends: 1 },
  { name: 'refuses a field that it does not know', given: [{ v: 2, by: 'bc', set: { extra: 1 } as never }], says: ['REJ_SCHEMA'], ends: 1 },
];

describe('a verifier that holds a root', () => {
  it('is asked in at least 45 ways', () => {
    expect(LINES.length).toBeGreaterThanOrEqual(45);
    expect(new Set(LINES.map(({ name }) => name)).size).toBe(LINES.length);
  });

  it.each(LINES)('$name', async ({ from = 1, given, says, ends }) => {
    let state = standing(from);
    const said: string[] = [];
    for (const one of given) {
      const before = state;
      const genuineOne = Object.keys(one).length === 1 ? genuine[one.v - 1] : await made(one);
      const answer = taken(state, genuineOne);
      said.push(answer.said);
      if (answer.said !== 'ok') expect(answer.state).toBe(before);
      state = answer.state;
    }
    expect([said.map((one, at) => (says[at]?.includes(' ') === true ? one : one.split(' ')[0])), state.root.value.version]).toEqual([says, ends]);
    // What was refused left nothing behind.
    if (says.every((one) => one !== 'ok') && ends < CHAIN.length) expect(taken(state, genuine[ends]).said).toBe('ok');
  });

  it('is helped by one that walked: whatever it held, it is given every root after it, in order', () => {
    const newest = standing(6);
    for (let held = 1; held <= 6; held += 1) {
      const missing = documentsSince(newest, [], { ...versionsFor(newest, []), root: held });
      expect(missing).toEqual(genuine.slice(held));
      const walked = missing.reduce((state, envelope) => taken(state, envelope).state, standing(held));
      expect(walked.root.digest).toBe(newest.root.digest);
    }
  });
});
