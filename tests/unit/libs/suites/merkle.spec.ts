import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBase64, toHex } from '#libs/envelope';
import {
  consistencyProof, inclusionProof, leafHash, MerkleFrontier, sha256, treeRoot, verifyConsistency, verifyInclusion,
} from '#libs/suites';

const bytes = (...values: number[]) => Uint8Array.from(values);
const entry = (i: number) => bytes(i, i >> 8, 7);
const leavesOf = (size: number) => Array.from({ length: size }, (_, i) => leafHash(entry(i)));
const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33];

/** The definition of RFC 6962 2.1, as printed and without regard to cost. */
function definedRoot(entries: readonly Uint8Array[]): Uint8Array {
  const [first] = entries;
  if (first === undefined) return sha256();
  if (entries.length === 1) return sha256(bytes(0), first);
  const k = 2 ** (Math.ceil(Math.log2(entries.length)) - 1);
  return sha256(bytes(1), definedRoot(entries.slice(0, k)), definedRoot(entries.slice(k)));
}

function turnBit(hash: Uint8Array, bit: number): Uint8Array {
  const turned = Uint8Array.from(hash);
  turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return turned;
}

describe('Merkle log', () => {
  it('gives the empty log the hash of nothing', () => {
    expect(toHex(treeRoot([]))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(toHex(leafHash(bytes()))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
  });

  it('computes the root as RFC 6962 2.1 defines it', () => {
    for (let size = 0; size <= 40; size++) {
      const entries = Array.from({ length: size }, (_, i) => entry(i));
      expect(toHex(treeRoot(entries.map(leafHash)))).toBe(toHex(definedRoot(entries)));
    }
  });

  it('proves every leaf of every small log, and only at its own place', () => {
    for (const size of SIZES) {
      const leaves = leavesOf(size);
      const root = treeRoot(leaves);
      leaves.forEach((leaf, index) => {
        const proof = inclusionProof(leaves, index);
        for (let claimed = 0; claimed < size + 2; claimed++) {
          expect(verifyInclusion({ leaf, index: claimed, size, proof, root })).toBe(claimed === index);
        }
      });
    }
  });

  it('refuses an inclusion proof with any hash changed, missing, added or of another length', () => {
    const leaves = leavesOf(11);
    const claim = { leaf: leaves[6] ?? bytes(), index: 6, size: 11, proof: inclusionProof(leaves, 6), root: treeRoot(leaves) };
    expect(verifyInclusion(claim)).toBe(true);
    for (let bit = 0; bit < 256; bit++) {
      expect(verifyInclusion({ ...claim, leaf: turnBit(claim.leaf, bit) })).toBe(false);
      expect(verifyInclusion({ ...claim, root: turnBit(claim.root, bit) })).toBe(false);
      claim.proof.forEach((hash, i) => {
        expect(verifyInclusion({ ...claim, proof: claim.proof.with(i, turnBit(hash, bit)) })).toBe(false);
      });
    }
    claim.proof.forEach((hash, i) => {
      expect(verifyInclusion({ ...claim, proof: claim.proof.toSpliced(i, 1) })).toBe(false);
      expect(verifyInclusion({ ...claim, proof: claim.proof.toSpliced(i, 0, hash) })).toBe(false);
      expect(verifyInclusion({ ...claim, proof: claim.proof.with(i, hash.slice(1)) })).toBe(false);
    });
    expect(verifyInclusion({ ...claim, proof: [...claim.proof, claim.root] })).toBe(false);
  });

  it('refuses a proof that is longer than a log of that size can need, though its hashes add up', () => {
    const [first = bytes(), second = bytes(), third = bytes()] = leavesOf(3);
    const root = treeRoot([first, second]);
    expect(verifyInclusion({ leaf: second, index: 1, size: 2, proof: [first], root })).toBe(true);
    expect(verifyInclusion({ leaf: second, index: 0, size: 1, proof: [first], root })).toBe(false);
    const newRoot = treeRoot([first, second, third]);
    expect(verifyInclusion({ leaf: third, index: 1, size: 2, proof: [second, first], root: treeRoot([first, second]) })).toBe(false);
    expect(verifyInclusion({ leaf: third, index: 1, size: 2, proof: [root], root: newRoot })).toBe(true);
    const deep = sha256(bytes(1), first, sha256(bytes(1), root, third));
    expect(verifyConsistency({ oldSize: 2, newSize: 3, oldRoot: root, newRoot, proof: [third] })).toBe(true);
    expect(verifyConsistency({ oldSize: 2, newSize: 3, oldRoot: root, newRoot: deep, proof: [third, first] })).toBe(false);
    expect(verifyConsistency({ oldSize: 1, newSize: 2, oldRoot: first, newRoot: sha256(bytes(1), root, third), proof: [second, third] })).toBe(false);
    // Old log of three: the path begins at its third leaf, so both roots grow with every hash from the left.
    const four = treeRoot([first, second, third, third]);
    const grown = [sha256(bytes(1), second, newRoot), sha256(bytes(1), second, four)] as const;
    expect(verifyConsistency({ oldSize: 3, newSize: 4, oldRoot: newRoot, newRoot: four, proof: [third, third, root] })).toBe(true);
    expect(verifyConsistency({ oldSize: 3, newSize: 4, oldRoot: grown[0], newRoot: grown[1], proof: [third, third, root, second] })).toBe(false);
  });

  it('proves every older log to be the beginning of a newer one, and no other', () => {
    for (const newSize of SIZES) {
      const leaves = leavesOf(newSize);
      const newRoot = treeRoot(leaves);
      for (let oldSize = 1; oldSize <= newSize; oldSize++) {
        const oldRoot = treeRoot(leaves.slice(0, oldSize));
        const proof = consistencyProof(leaves, oldSize);
        expect(verifyConsistency({ oldSize, newSize, oldRoot, newRoot, proof })).toBe(true);
        expect(verifyConsistency({ oldSize, newSize, oldRoot: turnBit(oldRoot, 9), newRoot, proof })).toBe(false);
        expect(verifyConsistency({ oldSize, newSize, oldRoot, newRoot: turnBit(newRoot, 9), proof })).toBe(false);
        expect(verifyConsistency({ oldSize, newSize, oldRoot, newRoot, proof: [...proof, newRoot] })).toBe(false);
        proof.forEach((hash, i) => {
          expect(verifyConsistency({ oldSize, newSize, oldRoot, newRoot, proof: proof.with(i, turnBit(hash, 100)) })).toBe(false);
          expect(verifyConsistency({ oldSize, newSize, oldRoot, newRoot, proof: proof.toSpliced(i, 1) })).toBe(false);
        });
      }
    }
  });

  it('refuses a log whose old leaf was changed, by whatever proof its keeper can make', () => {
    const honest = leavesOf(13);
    const rewritten = honest.with(4, leafHash(bytes(99)));
    for (let oldSize = 5; oldSize <= 13; oldSize++) {
      expect(verifyConsistency({
        oldSize, newSize: 13, oldRoot: treeRoot(honest.slice(0, oldSize)), newRoot: treeRoot(rewritten),
        proof: consistencyProof(rewritten, oldSize),
      })).toBe(false);
    }
  });

  it('refuses claims about an empty old log, a shrinking log and numbers that are not counts', () => {
    const root = treeRoot(leavesOf(3));
    const claim = { oldSize: 3, newSize: 3, oldRoot: root, newRoot: root, proof: [] };
    expect(verifyConsistency(claim)).toBe(true);
    for (const sizes of [{ oldSize: 0 }, { oldSize: 0, newSize: 0 }, { newSize: 2 }, { oldSize: 2.5 }, { oldSize: -1 }, { newSize: 2 ** 60 }, { oldSize: NaN }]) {
      expect(verifyConsistency({ ...claim, ...sizes })).toBe(false);
    }
    const inclusion = { leaf: root, index: 0, size: 1, proof: [], root };
    expect(verifyInclusion(inclusion)).toBe(true);
    for (const place of [{ index: 1 }, { index: -1 }, { size: 0 }, { index: 0.5 }, { size: 2 ** 60 }]) {
      expect(verifyInclusion({ ...inclusion, ...place })).toBe(false);
    }
  });

  it('throws when its own caller asks for a proof that cannot exist', () => {
    const outOfRange = expect.objectContaining({ code: 'merkle-range' });
    expect(() => inclusionProof(leavesOf(3), 3)).toThrow(outOfRange);
    expect(() => inclusionProof([], 0)).toThrow(outOfRange);
    expect(() => consistencyProof(leavesOf(3), 0)).toThrow(outOfRange);
    expect(() => consistencyProof(leavesOf(3), 4)).toThrow(outOfRange);
    expect(() => treeRoot([bytes(1)])).toThrow(expect.objectContaining({ code: 'merkle-hash-size' }));
  });
});

describe('Merkle frontier', () => {
  it('has the root of the whole log after every append, and after a restart at every size', () => {
    let frontier = MerkleFrontier.empty();
    const leaves = leavesOf(70);
    leaves.forEach((leaf, i) => {
      expect(toHex(frontier.root())).toBe(toHex(treeRoot(leaves.slice(0, i))));
      frontier.append(leaf);
      const restored = MerkleFrontier.restore(JSON.parse(JSON.stringify(frontier.serialise())));
      expect(restored).toBeDefined();
      frontier = restored ?? frontier;
      expect(frontier.size).toBe(i + 1);
    });
    expect(toHex(frontier.root())).toBe(toHex(treeRoot(leaves)));
  });

  it('is not changed by its caller writing into the hashes', () => {
    const frontier = MerkleFrontier.empty();
    const leaf = leafHash(bytes(1));
    frontier.append(leaf);
    const root = toHex(frontier.root());
    leaf.fill(0);
    frontier.root().fill(0);
    expect(toHex(frontier.root())).toBe(root);
  });

  it('refuses to restart from a state that does not fit itself', () => {
    const frontier = MerkleFrontier.empty();
    leavesOf(6).forEach((leaf) => frontier.append(leaf));
    const state = frontier.serialise();
    expect(MerkleFrontier.restore(state)).toBeDefined();
    const [first = ''] = state.peaks;
    for (const bad of [
      null, 'x', {}, { size: 6 }, { ...state, size: 7 }, { ...state, size: -6 }, { ...state, size: 6.5 }, { ...state, peaks: [] },
      { ...state, peaks: [first] }, { ...state, peaks: [first, first.slice(2)] }, { ...state, peaks: [first, 7] },
      { ...state, peaks: [first, first.toUpperCase()] },
    ]) expect(MerkleFrontier.restore(bad)).toBeUndefined();
  });
});

// The public vectors of the transparency-dev Merkle library (Apache-2.0) are not copied here; point CLARION_SAMPLES at them.
const samples = process.env['CLARION_SAMPLES'];
const folder = samples === undefined ? undefined : join(samples, 'crypto', 'merkle-rfc6962');
const published = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'));
if (folder === undefined) console.warn('SKIPPED: published Merkle vectors (set CLARION_SAMPLES)');

(folder === undefined ? describe.skip : describe)('published Merkle vectors', () => {
  const hash = (text: unknown) => (typeof text === 'string' ? fromBase64(text) ?? bytes() : bytes());
  const hashes = (list: unknown) => (Array.isArray(list) ? list.map(hash) : []);

  it('are all there', () => {
    expect(published.length).toBeGreaterThanOrEqual(190);
  });

  it.each(published)('gives the published answer to %s', (name) => {
    const vector = JSON.parse(readFileSync(join(folder ?? '', name), 'utf8'));
    const answer = name.startsWith('inclusion')
      ? verifyInclusion({ leaf: hash(vector.leafHash), index: vector.leafIdx, size: vector.treeSize, proof: hashes(vector.proof), root: hash(vector.root) })
      : verifyConsistency({ oldSize: vector.size1, newSize: vector.size2, oldRoot: hash(vector.root1), newRoot: hash(vector.root2), proof: hashes(vector.proof) });
    // One vector calls short texts roots; here a root that is not 32 bytes is never right.
    const roots = [vector.root, vector.root1, vector.root2].filter((root) => root !== undefined).map(hash);
    expect(answer).toBe(!vector.wantErr && roots.every((root) => root.length === 32));
  });
});

