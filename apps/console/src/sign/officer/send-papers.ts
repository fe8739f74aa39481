import { keyIdSchema, LIMITS, papersAnswerSchema, paperSignaturesAnswerSchema, type PaperSignaturesAnswer } from '#libs/contracts';
import { pae, payloadTypeOf, toBase64 } from '#libs/envelope';
import type { Clock } from '../../clock';
import type { Api } from '../api';
import { signBytes, type HeldKey } from '../keys';
import type { Paper } from './paper';

const ROOM = LIMITS.apiBodyBytes - 4_096;

/** Lays drafts before the other officers, as many in one request as it may hold. */
export async function keepPapers(api: Api, clock: Clock, papers: readonly Paper[]): Promise<void> {
  for (const some of inRequests(papers.map(({ payload, onto, requests }) => ({ payload: toBase64(payload), onto, requests })))) {
    await api.post('/api/papers', { papers: some }, papersAnswerSchema, clock.uuid());
  }
}

/** Signs the exact bytes of each paper and hands all signatures over together: what is complete with them is published, all or none. */
export async function signPapers(api: Api, clock: Clock, papers: readonly { readonly paper: Paper; readonly key: HeldKey }[]): Promise<PaperSignaturesAnswer> {
  const signatures = [];
  for (const { paper: { payload, digest }, key } of papers) {
    signatures.push({ digest, keyid: keyIdSchema.parse(key.record.keyId), sig: toBase64(await signBytes(key, pae(payloadTypeOf('roster'), payload))) });
  }
  return api.post('/api/papers/signatures', { signatures }, paperSignaturesAnswerSchema, clock.uuid());
}

function inRequests<T>(parts: readonly T[]): readonly (readonly T[])[] {
  const all: T[][] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (last === undefined || JSON.stringify([...last, part]).length > ROOM) all.push([part]);
    else last.push(part);
  }
  return all;
}
