import { charterSchema, dispatchSchema, revocationSchema, rootSchema, rosterSchema, type EnvelopeShape, type LiveEvidence, type RefusalCode, type Versions } from '#libs/contracts';
import { unverifiedPayload, wordOf } from '#libs/envelope';
import { applyDocument } from './apply-document';
import { liveGrantOf, type LiveGrant } from './judge-block';
import { isVoid, judgeOrder, type VerifiedOrder } from './judge-order';
import { ok, refuse, type Result } from './result';
import type { TrustState } from './trust-state';
import { verifyLiveRecord, type LiveRecord } from './verify-live-record';
import { lackingOf } from './versions';

/** A recorded voice of which nothing rests on anybody's word but the root's. */
export interface ProvenVoice {
  readonly order: VerifiedOrder;
  readonly grant: LiveGrant;
  readonly record: LiveRecord;
  /** A key that it stands on was told to be in wrong hands since (`isVoid`): whoever has it can date something back. */
  readonly isVoidSince: boolean;
}

export type VoiceRefused = { readonly ok: false; readonly code: RefusalCode; readonly at?: string; readonly block?: number };

/**
 * Proves a recorded voice under `root` (design 4), as a terminal judged its order when it was dispatched: the papers that
 * the dispatch names let its author speak, enough approvers or a permit let it go out, the dispatcher bound it, and every
 * block is signed by the key that the approved message names, in its order and its time. Every document in the evidence
 * has to hold, the later ones too. It is not asked when blocks arrived, nor what restrictions stood at which loudspeaker.
 */
export function verifyLiveEvidence(root: TrustState, { stream, order, documents }: LiveEvidence, blocks: Uint8Array): { readonly ok: true; readonly value: ProvenVoice } | VoiceRefused {
  const dispatch = dispatchSchema.safeParse(unverifiedPayload(order.dispatch));
  if (!dispatch.success) return refuse('REJ_SCHEMA', 'order.dispatch');
  const { minVersions, issuedAt, notBefore } = dispatch.data;
  const [then, later] = parted(documents, minVersions);
  const trust = walk(root, then);
  if (!trust.ok) return trust;
  if (lackingOf(trust.value, minVersions) !== undefined) return refuse('REJ_VERSIONS', 'documents');
  const judged = judgeOrder(trust.value, order, Math.max(issuedAt, notBefore));
  if (!judged.ok) return refuse(judged.code, judged.at === undefined ? 'order' : `order.${judged.at}`);
  const { message, digest } = judged.value.message;
  if ('segments' in message.body) return refuse('REJ_SCHEMA', 'order.message.body');
  const grant = liveGrantOf(digest, message.body.live, judged.value.dispatch);
  if (stream !== grant.stream) return refuse('REJ_STREAM', 'stream');
  const record = verifyLiveRecord(grant, blocks);
  if (!record.ok) return { ok: false, code: record.code, ...(record.block === null ? {} : { block: record.block }) };
  const since = walk(trust.value, later);
  if (!since.ok) return since;
  return ok({ order: judged.value, grant, record: record.value, isVoidSince: isVoid(since.value, judged.value) });
}

/** A document of the evidence, with its place in it. */
interface Placed { readonly envelope: EnvelopeShape; readonly at: string }

/** What was in force when it was dispatched, or before that; and what came after it. */
function parted(documents: readonly EnvelopeShape[], versions: Versions): readonly [readonly Placed[], readonly Placed[]] {
  const placed = documents.map((envelope, at): Placed => ({ envelope, at: `documents.${at}` }));
  return [placed.filter(({ envelope }) => stoodThen(envelope, versions)), placed.filter(({ envelope }) => !stoodThen(envelope, versions))];
}

/** What cannot be read counts as later, and is refused there. */
function stoodThen(envelope: EnvelopeShape, { root, charters, rosters, revocations }: Versions): boolean {
  const value = unverifiedPayload(envelope);
  const within = (of: Versions['charters'], document: { readonly platform: keyof Versions['charters']; readonly version: number } | undefined): boolean =>
    document !== undefined && document.version <= (of[document.platform] ?? 0);
  switch (wordOf(envelope.payloadType)) {
    case 'root': return (rootSchema.safeParse(value).data?.version ?? Infinity) <= root;
    case 'charter': return within(charters, charterSchema.safeParse(value).data);
    case 'roster': return within(rosters, rosterSchema.safeParse(value).data);
    case 'revocation': return within(revocations, revocationSchema.safeParse(value).data);
    default: return false;
  }
}

function walk(from: TrustState, documents: readonly Placed[]): Result<TrustState> {
  let state = from;
  for (const { envelope, at } of documents) {
    const next = applyDocument(state, envelope, null);
    if (!next.ok) return refuse(next.code, at);
    state = next.value;
  }
  return ok(state);
}
