import { platformIdSchema, type Charter, type PlatformId, type Revocation, type Root, type Roster } from '#libs/contracts';
import { applyDocument, type HeldDocument, type TrustState } from '#libs/trust';
import { parseEnvelope, unverifiedPayload, wordOf, type Envelope } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { z } from 'zod';
import type { FieldError } from '../../kernel/errors';
import type { AcceptedDocument, DocumentWord } from './authority.store';

export interface Accepted {
  readonly state: TrustState;
  /** Without those that were in force already. */
  readonly documents: readonly AcceptedDocument[];
}
export type Acceptance = { readonly ok: true; readonly value: Accepted } | { readonly ok: false; readonly faults: readonly FieldError[] };

const SENTENCES: Readonly<Record<string, string>> = {
  REJ_KEY_UNKNOWN: 'No key that signed it is known here.',
  REJ_KEY_USAGE: 'The key that signed it may not sign this kind of document for this platform.',
  REJ_SIGNATURE: 'A signature does not belong to these bytes.',
  REJ_THRESHOLD: 'Too few of the persons who must sign it have signed.',
  REJ_KEY_REVOKED: 'The key that signed it has been revoked.',
  REJ_VERSIONS: 'Its version does not follow what is in force: a root follows by one, a revocation by no leap.',
  REJ_VERSION_ROLLBACK: 'It is older than what is in force, or takes back what may not be taken back.',
  REJ_LINEAGE: 'It does not belong to this district, or its parent is missing.',
  REJ_WIDENS: 'It grants more than the document above it allows.',
  DOCUMENT_FOREIGN: 'It is about a platform outside your scope.',
  DOCUMENT_FELL: 'It was in force and fell: it has to be signed anew, as the next version.',
  DOCUMENT_KIND: 'This kind of document is not taken here.',
};

/** Verifies documents one on top of the other. Reports every one that is refused; answers all of them or none. */
export function acceptDocuments(
  state: TrustState,
  envelopes: readonly unknown[],
  rules: { readonly now: number; readonly by: string; readonly words: readonly DocumentWord[]; readonly covers: (platform: PlatformId) => boolean },
): Acceptance {
  const faults: FieldError[] = [];
  const documents: AcceptedDocument[] = [];
  let at = state;
  envelopes.forEach((value, index) => {
    const parsed = parseEnvelope(value);
    const word = parsed.ok ? rules.words.find((known) => known === wordOf(parsed.envelope.payloadType)) : undefined;
    const refuse = (code: string): void => {
      const last = code === 'REJ_VERSION_ROLLBACK' && parsed.ok && word !== undefined ? lastTaken(at, word, parsed.envelope) : '';
      faults.push({ path: `documents.${index}`, code, sentence: `${SENTENCES[code] ?? 'The document does not hold.'}${last}` });
    };
    if (!parsed.ok) return refuse('REJ_SHAPE');
    if (word === undefined) return refuse('DOCUMENT_KIND');
    const next = applyDocument(at, parsed.envelope, rules.now);
    if (!next.ok) return refuse(next.code);
    const digest = sha256Hex(parsed.payload);
    // Stored once already: read again in the stored order it would fall again.
    if (heldAs(at, word, digest) === undefined && [...at.floors.values()].some((floor) => floor.digest === digest)) return refuse('DOCUMENT_FELL');
    const held = heldAs(next.value, word, digest);
    // It verified but is not in force: something newer already is.
    if (held === undefined) return refuse('REJ_VERSION_ROLLBACK');
    // Verifiers let a fallen revocation's version go (a stolen key must not number the others out); here each version is kept once.
    if (word === 'revocation' && heldAs(at, word, digest) === undefined && held.version <= (at.floors.get(`revocation:${held.platform}`)?.version ?? 0)) return refuse('REJ_VERSION_ROLLBACK');
    if (!rules.covers(held.platform)) return refuse('DOCUMENT_FOREIGN');
    if (heldAs(at, word, digest) === undefined) {
      documents.push({ word, platform: held.platform, version: held.version, digest, envelope: parsed.envelope, acceptedAt: rules.now, acceptedBy: rules.by });
    }
    at = next.value;
  });
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value: { state: at, documents } };
}

/** Whoever signs the next version cannot see that of one that fell. */
function lastTaken(state: TrustState, word: DocumentWord, envelope: Envelope): string {
  const claimed = z.object({ platform: platformIdSchema }).safeParse(unverifiedPayload(envelope));
  const floor = claimed.success ? state.floors.get(`${word}:${claimed.data.platform}`) : undefined;
  return floor === undefined ? '' : ` The last one taken was version ${floor.version}.`;
}

/** Platform and version of the document in force that has these bytes. */
export function heldAs(state: TrustState, word: DocumentWord, digest: string): { readonly platform: PlatformId; readonly version: number } | undefined {
  if (word === 'root') return state.root.digest === digest ? { platform: state.root.value.district, version: state.root.value.version } : undefined;
  const kinds: Readonly<Record<Exclude<DocumentWord, 'root'>, ReadonlyMap<PlatformId, HeldDocument<Charter | Roster | Revocation>>>> = {
    charter: state.charters, roster: state.rosters, revocation: state.revocations,
  };
  for (const [platform, held] of kinds[word]) if (held.digest === digest) return { platform, version: held.value.version };
  return undefined;
}

/** The root of this state as a stored document. */
export function rootDocument(root: HeldDocument<Root>, envelope: Envelope, now: number, by: string): AcceptedDocument {
  return { word: 'root', platform: root.value.district, version: root.value.version, digest: root.digest, envelope, acceptedAt: now, acceptedBy: by };
}
