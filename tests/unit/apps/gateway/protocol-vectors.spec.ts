import { readFileSync } from 'node:fs';
import path from 'node:path';
import { terminalIdSchema, type Digest } from '#libs/contracts';
import { fromBase64, fromHex, pae, toHex } from '#libs/envelope';
import { keyIdOf, sha256Hex, verify, type KeyRecord } from '#libs/suites';
import { silences, type Isolation, type Restriction, type Tombstone } from '#libs/domain';
import {
  admit, applyDocument, isolationOf, pickAssignment, restrictionOf, stoppableOf, tombstoneOf, trustFromRoot, verifyAssignment, verifyBeacon, verifyIsolate, verifyRestriction, verifyStop,
  type AdmitFacts, type DispatcherFloor, type JournalEntry, type TerminalAssignment, type TrustState, type VerifiedOrder,
} from '#libs/trust';
import { claimBytes, helloBytes } from '../../../../apps/gateway/src/hello/signed-bytes';

const read = (name: string) => JSON.parse(readFileSync(path.join(__dirname, '../../../vectors/protocol', name), 'utf8'));
const bytesOf = (base64: string): Uint8Array => fromBase64(base64) ?? new Uint8Array();

interface Step { why: string; now: number; expect: string; frame?: { kind: string; order?: unknown; stop?: unknown; isolate?: unknown; restriction?: unknown; document?: unknown }; sounded?: string }
interface District {
  terminal: string; deviceKey: KeyRecord; root: unknown; documents: { payloadType: string }[]; beacon: unknown; mediaHeld: Digest[]; now: number;
  cases: { name: string; steps: Step[] }[];
  sample: { ofMessage: string; payloadText: string; envelope: { payload: string } };
}

describe('signing vectors of the protocol', () => {
  const { key, envelope, hello, claim } = read('signing.json');

  it('name the key by its algorithm and SPKI', () => {
    expect(keyIdOf(key.alg, bytesOf(key.spki))).toBe(key.keyId);
  });

  it('hold over the bytes that the libraries and the gateway make', () => {
    const payload = bytesOf(envelope.payload);
    expect(new TextDecoder().decode(payload)).toBe(envelope.payloadText);
    expect(sha256Hex(payload)).toBe(envelope.payloadSha256);
    const made = [
      [pae(envelope.payloadType, payload), envelope.pae],
      [helloBytes(hello.nonce, hello.terminal), hello],
      [claimBytes(claim.nonce, claim.code), claim],
    ] as const;
    for (const [bytes, vector] of made) {
      expect(toHex(bytes)).toBe(vector.bytesHex);
      expect(verify(key, fromHex(vector.bytesHex) ?? new Uint8Array(), bytesOf(vector.sig))).toBe(true);
    }
  });
});

/** By a stranger, or for a place that is not ours: somebody else's. Everything else is reported. */
const othersOr = (code: string): string => (['REJ_KEY_UNKNOWN', 'REJ_LINEAGE', 'REJ_NOT_TARGETED'].includes(code) ? 'ignored' : code);

describe('the district of the protocol vectors', () => {
  const district: District = read('district.json');

  function boot(): { trust: TrustState; assignment: TerminalAssignment; beaconAt: number } {
    const start = trustFromRoot(district.root, { demo: true });
    if (!start.ok) throw new Error(start.code);
    let trust = start.value;
    let assignment: TerminalAssignment | undefined;
    for (const document of district.documents) {
      if (document.payloadType.includes('.assignment.')) {
        const verified = verifyAssignment(trust, document);
        if (!verified.ok) throw new Error(verified.code);
        const picked = pickAssignment(trust, verified.value, terminalIdSchema.parse(district.terminal), district.deviceKey.keyId, null);
        if (picked.ok) assignment = picked.value;
        continue;
      }
      const next = applyDocument(trust, document, district.now);
      if (!next.ok) throw new Error(next.code);
      trust = next.value;
    }
    if (assignment === undefined) throw new Error('no assignment');
    const beacon = verifyBeacon(trust, district.beacon, assignment.platform);
    if (!beacon.ok) throw new Error(beacon.code);
    return { trust, assignment, beaconAt: beacon.value.beacon.at };
  }

  function play(steps: readonly Step[]): string[] {
    const { assignment, beaconAt, ...begun } = boot();
    let { trust } = begun;
    const floors = new Map<string, DispatcherFloor>();
    const journal = new Map<string, JournalEntry>();
    const seenDispatches = new Set<string>();
    const stops: Tombstone[] = [];
    const isolations: Isolation[] = [];
    const restrictions: Restriction[] = [];
    const taken = new Map<string, VerifiedOrder>();
    return steps.map(({ now, frame, sounded }) => {
      if (frame === undefined) {
        const entry = journal.get(sounded ?? '');
        if (entry !== undefined) journal.set(sounded ?? '', { ...entry, state: 'playing', repetition: 1, sounded: true });
        return entry === undefined ? 'unknown' : 'noted';
      }
      if (frame.kind === 'document') {
        const next = applyDocument(trust, frame.document, now);
        if (next.ok) trust = next.value;
        return next.ok ? 'taken' : next.code;
      }
      if (frame.kind === 'isolate') {
        const verified = verifyIsolate(trust, frame.isolate, now, assignment.areas);
        if (verified.ok) isolations.push(isolationOf(verified.value));
        return verified.ok ? 'isolated' : othersOr(verified.code);
      }
      if (frame.kind === 'restriction') {
        const verified = verifyRestriction(trust, frame.restriction, now, assignment.areas);
        if (verified.ok) restrictions.push(restrictionOf(verified.value));
        return verified.ok ? 'restricted' : othersOr(verified.code);
      }
      if (frame.kind === 'stop') {
        const verified = verifyStop(trust, frame.stop, assignment.areas);
        if (!verified.ok) return othersOr(verified.code);
        if (!assignment.areas.some(({ id }) => id === verified.value.stop.area)) return 'ignored';
        const stop = tombstoneOf(verified.value, now);
        stops.push(stop);
        for (const [digest, order] of taken) {
          const entry = journal.get(digest);
          if (entry !== undefined && silences(stop, stoppableOf(order), assignment.areas)) journal.set(digest, { ...entry, state: 'stopped', stoppedBy: stop.stopId });
        }
        return 'stopped';
      }
      const facts: AdmitFacts = {
        order: frame.order, bytes: JSON.stringify(frame.order).length, examinedThisSecond: 0, heldForMs: 0, now, beaconAt, trust, assignment, floors,
        seenDispatches, journal, stops, isolations, restrictions, mediaHeld: (sha256) => district.mediaHeld.includes(sha256),
      };
      const decision = admit(facts);
      if (decision.kind === 'play') {
        const { dispatcherKeyId, floor, dispatchId, messageDigest } = decision.writes;
        floors.set(dispatcherKeyId, floor);
        seenDispatches.add(dispatchId);
        journal.set(messageDigest, decision.writes.journal);
        taken.set(messageDigest, decision.order);
        return decision.aloud ? 'play' : 'play-silent';
      }
      return 'code' in decision ? decision.code : decision.kind;
    });
  }

  it.each(district.cases.map(({ name, steps }) => [name, steps] as const))('%s', (_name, steps) => {
    expect(play(steps)).toEqual(steps.map(({ expect: verdict }) => verdict));
  });

  it('shows a sample payload as text that is byte for byte what was signed', () => {
    const payload = bytesOf(district.sample.envelope.payload);
    expect(new TextDecoder().decode(payload)).toBe(district.sample.payloadText);
    expect(sha256Hex(payload)).toBe(district.sample.ofMessage);
  });
});
