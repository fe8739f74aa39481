/**
 * What somebody could do to an exported audit, or to the database behind it: each operator changes a book at a place
 * that the seed chooses and says, from what it did and not from any verifier, which fault must be found and where.
 */
import { canonicalJson, encodePayload, fromBase64, toBase64, toHex, type Envelope } from '#libs/envelope';
import type { AuditFaultCode, ExportLine, LeafBody } from '#libs/contracts';
import { leafHash, signEnvelope } from '#libs/suites';
import { BOOK_PLATFORMS, bodyOf, copy, counted, payloadIn, textOf, type AuditBook, type LeafLine, type Line } from './audit-book';
import { badRosters } from './audit-bad-rosters';
import type { SeededRandom } from './seeded-random';
import { areaOf, digestOf, personOf } from './trust-builder';

export interface Tampered {
  readonly lines: readonly ExportLine[];
  /** Raw text instead of `lines`, for what is no book any more. */
  readonly text?: readonly string[];
  readonly expect: { readonly code: AuditFaultCode; readonly line?: number; readonly platform: string | null; readonly seq: number | null; readonly through: number | null };
  /** Lines that somebody outside kept. */
  readonly witness?: readonly string[];
  readonly root?: string;
}
export type Tamper = (book: AuditBook, random: SeededRandom) => Promise<Tampered> | Tampered;

interface Place { readonly at: number; readonly platform: string; readonly leaf: LeafLine; readonly body: LeafBody; readonly ends: number; readonly headBefore: number; readonly headAfter: number }

/** Every leaf with where its own lines end, and the sizes of the heads around it. */
function places(lines: readonly ExportLine[]): readonly Place[] {
  const found: Place[] = [];
  let platform = '';
  let headBefore = 0;
  lines.forEach((line, at) => {
    if (line.line === 'log') [platform, headBefore] = [line.platform, 0];
    if (line.line === 'head') headBefore = Number(payloadIn(line.envelope)['treeSize']);
    if (line.line !== 'leaf') return;
    let ends = at + 1;
    while (lines[ends]?.line === 'signed' || lines[ends]?.line === 'detail') ends += 1;
    const next = lines.slice(at).find((one): one is Line<'head'> => one.line === 'head');
    found.push({ at, platform, leaf: line, body: bodyOf(line), ends, headBefore, headAfter: next === undefined ? 0 : Number(payloadIn(next.envelope)['treeSize']) });
  });
  return found;
}

const inLog = (code: AuditFaultCode, { platform }: Pick<Place, 'platform'>, seq: number, through = seq) => ({ code, platform, seq, through });
const since = (code: AuditFaultCode, place: Place) => inLog(code, place, place.headBefore, place.headAfter - 1);
const inFile = (code: AuditFaultCode, line: number) => ({ code, line, platform: null, seq: null, through: null });
const splice = (lines: readonly ExportLine[], at: number, remove: number, ...put: readonly ExportLine[]) => counted([...lines.slice(0, at), ...put, ...lines.slice(at + remove)]);
const withBody = (leaf: LeafLine, body: object): LeafLine => {
  const text = canonicalJson(body);
  return { ...leaf, body: text, hash: toHex(leafHash(new TextEncoder().encode(text))) };
};
const pickPlace = ({ lines }: AuditBook, random: SeededRandom, fits: (place: Place) => boolean = () => true): Place => random.pick(places(lines).filter(fits));
const isPlain = ({ body }: Place): boolean => body.kind === 'template.enabled' || body.kind === 'session.opened';
const hasNext = (place: Place): boolean => place.leaf.seq + 1 < place.headAfter;
const flipped = (text: string, at: number): string => `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`;
const forged = (body: LeafBody) => ({ ...body, facts: { ...body.facts, by: 'd-somebody-else' } });
const heads = (lines: readonly ExportLine[], platform: string): readonly { readonly at: number; readonly line: Line<'head'>; readonly size: number; readonly before: number }[] => {
  const own = lines.flatMap((line, at) => (line.line === 'head' && payloadIn(line.envelope)['platform'] === platform ? [{ at, line, size: Number(payloadIn(line.envelope)['treeSize']) }] : []));
  return own.map((head, nth) => ({ ...head, before: own[nth - 1]?.size ?? 0 }));
};
const resigned = async (book: AuditBook, platform: string, head: Line<'head'>, set: object): Promise<Line<'head'>> =>
  ({ line: 'head', envelope: copy(await signEnvelope('head', encodePayload({ ...payloadIn(head.envelope), ...set }), [book.world.platform(platform).log.signer])) });
/** Sizes of a platform's log that records in the file confirm, up to this line. */
const confirmed = (lines: readonly ExportLine[], platform: string, before: number): readonly number[] => lines.slice(0, before).flatMap((line) => {
  const head = line.line === 'signed' ? payloadIn(line.envelope)['head'] : undefined;
  return typeof head === 'object' && head !== null && 'platform' in head && head.platform === platform && 'treeSize' in head ? [Number(head.treeSize)] : [];
});
const signedAfter = (place: Place, lines: readonly ExportLine[]): readonly number[] => lines.flatMap((line, at) => (at > place.at && at < place.ends && line.line === 'signed' ? [at] : []));
const withSigned = (lines: readonly ExportLine[], at: number, change: (envelope: Line<'signed'>['envelope']) => Line<'signed'>['envelope']): readonly ExportLine[] =>
  lines.map((line, nth) => (nth === at && line.line === 'signed' ? { ...line, envelope: change(line.envelope) } : line));
const otherSignature = (envelope: Line<'signed'>['envelope']): Line<'signed'>['envelope'] => {
  const [signature] = envelope.signatures;
  const bytes = fromBase64(signature?.sig ?? '') ?? new Uint8Array();
  return { ...envelope, signatures: [{ keyid: signature?.keyid ?? '', sig: toBase64(bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte))) }, ...envelope.signatures.slice(1)] };
};

export const TAMPERS: Readonly<Record<string, Tamper>> = {
  'a leaf cut out': (book, random) => {
    const place = pickPlace(book, random, hasNext);
    return { lines: splice(book.lines, place.at, place.ends - place.at), expect: inLog('LEAF_MISSING', place, place.leaf.seq) };
  },
  'a leaf cut out, the rest numbered anew': async (book, random) => {
    const place = pickPlace(book, random, (one) => isPlain(one) && hasNext(one));
    const sealed = await book.sealed(splice(book.lines, place.at, place.ends - place.at));
    // The hashes can be made anew, the signatures of the heads cannot.
    return { lines: withHeadsOf(book, sealed), expect: since('HEAD_DIFFERS', place) };
  },
  'a leaf edited': (book, random) => {
    const place = pickPlace(book, random);
    const { hash } = place.leaf;
    return { lines: splice(book.lines, place.at, 1, { ...withBody(place.leaf, forged(place.body)), hash }), expect: inLog('LEAF_CHANGED', place, place.leaf.seq) };
  },
  'a leaf edited with its hash': (book, random) => {
    const place = pickPlace(book, random, isPlain);
    return { lines: splice(book.lines, place.at, 1, withBody(place.leaf, forged(place.body))), expect: since('HEAD_DIFFERS', place) };
  },
  'a leaf edited to name another digest': (book, random) => {
    const place = pickPlace(book, random, ({ body }) => body.kind === 'approval.signed');
    const body = { ...place.body, facts: { ...place.body.facts, approval: flipped(String(place.body.facts['approval']), 10) } };
    return { lines: splice(book.lines, place.at, 1, withBody(place.leaf, body)), expect: inLog('SIGNED_DIFFERS', place, place.leaf.seq) };
  },
  'two leaves in the other order': (book, random) => {
    const place = pickPlace(book, random, hasNext);
    const next = places(book.lines).find(({ platform, leaf }) => platform === place.platform && leaf.seq === place.leaf.seq + 1);
    if (next === undefined) throw new Error('no next leaf');
    const [first, second] = [book.lines.slice(place.at, place.ends), book.lines.slice(next.at, next.ends)];
    return { lines: splice(book.lines, place.at, next.ends - place.at, ...second, ...first), expect: inLog('LEAF_MISSING', place, place.leaf.seq) };
  },
  'two leaves in the other order, numbered anew': async (book, random) => {
    const all = places(book.lines);
    const place = random.pick(all.filter((one) => isPlain(one) && hasNext(one)));
    const next = all.find(({ platform, leaf }) => platform === place.platform && leaf.seq === place.leaf.seq + 1);
    if (next === undefined) throw new Error('no next leaf');
    const swapped = splice(book.lines, place.at, next.ends - place.at, ...book.lines.slice(next.at, next.ends), ...book.lines.slice(place.at, place.ends));
    return { lines: withHeadsOf(book, await book.sealed(swapped)), expect: since('HEAD_DIFFERS', place) };
  },
  'a leaf twice': (book, random) => {
    const place = pickPlace(book, random);
    return { lines: splice(book.lines, place.ends, 0, ...book.lines.slice(place.at, place.ends)), expect: inLog('LEAF_REPEATED', place, place.leaf.seq) };
  },
  'a leaf twice, sealed with the stolen log key': async (book, random) => {
    const place = pickPlace(book, random);
    return { lines: await book.sealed(splice(book.lines, place.ends, 0, ...book.lines.slice(place.at, place.ends))), expect: inLog('LEAF_REPEATED', place, place.leaf.seq + 1) };
  },
  'a leaf put in': async (book, random) => {
    const place = pickPlace(book, random);
    const extra = withBody(place.leaf, { ...forged(place.body), kind: 'template.enabled', id: book.world.nextId() });
    return { lines: withHeadsOf(book, await book.sealed(splice(book.lines, place.at, 0, extra))), expect: inLog('HEAD_DIFFERS', place, place.headBefore, place.headAfter) };
  },
  'a leaf of another platform': async (book, random) => {
    const place = pickPlace(book, random, isPlain);
    const body = { ...place.body, platform: BOOK_PLATFORMS.find((name) => name !== place.platform) ?? '' };
    return { lines: await book.sealed(splice(book.lines, place.at, 1, withBody(place.leaf, body))), expect: inLog('LEAF_FOREIGN', place, place.leaf.seq) };
  },
  'the file cut': (book, random) => {
    const keep = 1 + random.int(book.lines.length - 1);
    return { lines: book.lines.slice(0, keep), expect: inFile('FILE_CUT', keep) };
  },
  'lines cut out of the middle of a log\'s end': (book, random) => {
    const place = pickPlace(book, random, ({ leaf, headBefore }) => leaf.seq > 1 && leaf.seq === headBefore);
    const end = book.lines.findIndex((line, at) => at > place.at && (line.line === 'log' || line.line === 'end'));
    const size = sizeOf(book, place.platform);
    return { lines: splice(book.lines, place.at, end - place.at), expect: inLog('LEAF_MISSING', place, place.leaf.seq, size - 1) };
  },
  'a log\'s tail gone with its heads, and a terminal remembers': (book, random) => {
    const place = pickPlace(book, random, ({ platform, leaf, headBefore }) => platform === 'v1' && leaf.seq > 1 && leaf.seq === headBefore);
    const kept = random.pick(heads(book.lines, 'v1').filter(({ size }) => size > place.leaf.seq));
    return { lines: shortened(book, place), expect: inLog('LOG_CUT', place, place.leaf.seq, kept.size - 1), witness: [canonicalJson(kept.line.envelope)] };
  },
  'a log\'s tail gone, and records in another log remember': (book, random) => {
    const district = places(book.lines).filter(({ platform }) => platform === 'd');
    const last = Math.max(...confirmed(book.lines.slice(book.lines.findIndex((line) => line.line === 'log' && line.platform === 't1')), 'd', book.lines.length));
    const place = random.pick(district.filter(({ leaf, headBefore }) => leaf.seq > 1 && leaf.seq === headBefore && leaf.seq < last));
    return { lines: shortened(book, place), expect: inLog('LOG_CUT', place, place.leaf.seq, last - 1) };
  },
  'an older copy of the database': (book, random) => {
    const kept = random.pick(heads(book.lines, 'v1').filter(({ size, before }) => before > 2 && size > 3));
    const place = places(book.lines).find(({ platform, leaf }) => platform === 'v1' && leaf.seq === kept.before);
    if (place === undefined) throw new Error('no place');
    // Everything of the file is genuine; the terminals saw more.
    return { lines: shortened(book, place), expect: inLog('LOG_CUT', place, kept.before, kept.size - 1), witness: textOf(book.lines).filter((line) => line.includes(kept.line.envelope.payload)) };
  },
  'another history, sealed with the stolen log key': async (book, random) => {
    const last = book.lines.findIndex((line) => line.line === 'log' && line.platform === 't1');
    const after = confirmed(book.lines.slice(last), 'd', book.lines.length);
    const place = random.pick(places(book.lines).filter((one) => one.platform === 'd' && isPlain(one) && one.leaf.seq < Math.max(...after)));
    const seen = confirmed(book.lines, 'd', book.lines.length).find((size) => size > place.leaf.seq) ?? 0;
    const sound = Math.max(0, ...confirmed(book.lines, 'd', book.lines.length).filter((size) => size <= place.leaf.seq));
    return { lines: await book.sealed(splice(book.lines, place.at, 1, withBody(place.leaf, forged(place.body)))), expect: inLog('WITNESS_DIFFERS', place, sound, seen - 1) };
  },
  'another history, and an earlier export is at hand': async (book, random) => {
    const place = pickPlace(book, random, isPlain);
    const lines = await book.sealed(splice(book.lines, place.at, 1, withBody(place.leaf, forged(place.body))));
    return { lines, expect: inLog('WITNESS_DIFFERS', place, place.leaf.seq), witness: textOf(book.lines) };
  },
  'a salt changed': (book, random) => {
    const at = random.pick(book.lines.flatMap((line, nth) => (line.line === 'detail' ? [nth] : [])));
    const place = placeOf(book, at);
    const lines = book.lines.map((line, nth) => (nth === at && line.line === 'detail' ? { ...line, salt: toBase64(new Uint8Array(16).fill(random.int(256))) } : line));
    return { lines, expect: inLog('DETAIL_DIFFERS', place, place.leaf.seq) };
  },
  'a name replaced': (book, random) => {
    const at = random.pick(book.lines.flatMap((line, nth) => (line.line === 'detail' ? [nth] : [])));
    const place = placeOf(book, at);
    const lines = book.lines.map((line, nth) => (nth === at && line.line === 'detail' ? { ...line, value: `${line.value}.` } : line));
    return { lines, expect: inLog('DETAIL_DIFFERS', place, place.leaf.seq) };
  },
  'a head dated anew': (book, random) => {
    const { at, line, platform, before, size } = pickHead(book, random);
    const payload = toBase64(encodePayload({ ...payloadIn(line.envelope), at: Number(payloadIn(line.envelope)['at']) + 1 + random.int(1_000) }));
    return { lines: splice(book.lines, at, 1, { line: 'head', envelope: { ...line.envelope, payload } }), expect: { code: 'HEAD_REFUSED', platform, seq: before, through: size - 1 } };
  },
  'a head dated back with the stolen log key': async (book, random) => {
    const { at, line, platform, before, size } = pickHead(book, random, 1);
    const set = { at: Number(payloadIn(line.envelope)['at']) - 6 * 60_000 - random.int(60_000) };
    return { lines: splice(book.lines, at, 1, await resigned(book, platform, line, set)), expect: { code: 'HEAD_TIME', platform, seq: before, through: size - 1 } };
  },
  'the head of another platform': (book, random) => {
    const { at, platform, before, size } = pickHead(book, random);
    const other = random.pick(BOOK_PLATFORMS.filter((name) => name !== platform).flatMap((name) => heads(book.lines, name)));
    return { lines: splice(book.lines, at, 1, other.line), expect: { code: 'HEAD_REFUSED', platform, seq: before, through: size - 1 } };
  },
  'the last head gone': (book, random) => {
    const platform = random.pick(BOOK_PLATFORMS);
    const last = heads(book.lines, platform).at(-1);
    if (last === undefined) throw new Error('no head');
    return { lines: splice(book.lines, last.at, 1), expect: { code: 'LEAF_UNSIGNED', platform, seq: last.before, through: last.size - 1 } };
  },
  'signed bytes taken out': (book, random) => {
    const place = pickPlace(book, random, ({ body }) => ['message.submitted', 'approval.signed', 'dispatch.placed', 'assignment.accepted', 'stop.imported'].includes(body.kind));
    return { lines: splice(book.lines, place.at + 1, 1), expect: { ...inLog('SIGNED_MISSING', place, place.leaf.seq), line: place.at + 1 } };
  },
  'a receipt taken out': (book, random) => {
    const place = pickPlace(book, random, ({ body }) => body.kind === 'receipts.taken');
    const nth = random.int(2);
    const [at = 0] = signedAfter(place, book.lines).slice(nth);
    // Of the first the second stands in its place.
    return { lines: splice(book.lines, at, 1), expect: inLog(nth === 0 ? 'SIGNED_DIFFERS' : 'SIGNED_MISSING', place, place.leaf.seq) };
  },
  'another person\'s approval in its place': (book, random) => {
    const all = places(book.lines).filter(({ body }) => body.kind === 'approval.signed');
    const place = random.pick(all);
    const other = random.pick(all.filter(({ at }) => at !== place.at));
    const line = book.lines[other.at + 1];
    return { lines: splice(book.lines, place.at + 1, 1, ...(line === undefined ? [] : [line])), expect: inLog('SIGNED_DIFFERS', place, place.leaf.seq) };
  },
  'a signature changed': (book, random) => {
    const place = random.pick(places(book.lines).filter((one) => signedAfter(one, book.lines).length > 0 && one.body.kind !== 'isolate.placed'));
    const at = random.pick(signedAfter(place, book.lines));
    return { lines: withSigned(book.lines, at, otherSignature), expect: inLog('SIGNED_REFUSED', place, place.leaf.seq) };
  },
  'an approval by somebody without a key, sealed with the stolen log key': async (book, random) => {
    const place = pickPlace(book, random, ({ body }) => body.kind === 'approval.signed');
    const line = book.lines[place.at + 1];
    if (line?.line !== 'signed') throw new Error('no approval');
    const approval = await signEnvelope('approval', encodePayload({ ...payloadIn(line.envelope), listenedPermille: random.int(999) }), [book.world.stranger.signer]);
    const digest = digestOf(approval);
    const leaf = withBody(place.leaf, { ...place.body, facts: { ...place.body.facts, approval: digest } });
    return { lines: await book.sealed(splice(book.lines, place.at, 2, leaf, { line: 'signed', envelope: copy(approval) })), expect: inLog('SIGNED_REFUSED', place, place.leaf.seq) };
  },
  'an approval signed with another approver\'s key, sealed with the stolen log key': async (book, random) => {
    const place = pickPlace(book, random, ({ body, platform }) => body.kind === 'approval.signed' && body.facts['person'] === `${platform}-approver-a`);
    return { lines: await approvedAnew(book, place, {}, 'approver-b'), expect: inLog('SIGNED_REFUSED', place, place.leaf.seq) };
  },
  'an approval by the author, sealed with the stolen log key': async (book, random) => {
    const place = pickPlace(book, random, ({ body }) => body.kind === 'approval.signed');
    return { lines: await approvedAnew(book, place, { person: `${place.platform}-author` }, 'author'), expect: inLog('SIGNED_REFUSED', place, place.leaf.seq) };
  },
  'something signed that has not the fields of its kind, sealed with the stolen log key': async (book, random) => {
    const [kind, word, fact, set] = random.pick<readonly [string, string, string, object]>([
      ['restriction.placed', 'restriction', 'restriction', { classes: ['daily', 'daily'] }], ['restriction.placed', 'restriction', 'restriction', { zzz: 1 }],
      ['message.submitted', 'message', 'digest', { mode: 'drill' }], ['message.submitted', 'message', 'digest', { corrects: 'correction', corrections: [{ kind: 'correction', digest: '0'.repeat(64) }] }],
      ['message.submitted', 'message', 'digest', { repeats: 11 }], ['stop.imported', 'stop', 'stop', { scope: { kind: 'all', messages: [] } }],
      ['isolate.placed', 'isolate', 'isolate', { reason: '' }], ['dispatch.placed', 'dispatch', 'dispatch', { epoch: 0 }], ['approval.signed', 'approval', 'approval', { listenedPermille: 1_001 }],
    ]);
    const place = pickPlace(book, random, ({ body, platform }) => body.kind === kind && platform === 'v1' && (kind !== 'approval.signed' || body.facts['person'] === 'v1-approver-a'));
    const line = book.lines[place.at + 1];
    if (line?.line !== 'signed') throw new Error('nothing signed');
    const { dispatcher } = book.world.platform('v1');
    const by = { restriction: [dispatcher.signer], message: [book.world.key('v1', 'author').signer], isolate: book.world.officers('v1').slice(0, 2), approval: [book.world.key('v1', 'approver-a').signer] };
    const envelope = await signEnvelope(word, encodePayload({ ...payloadIn(line.envelope), ...set }), Object.entries(by).find(([name]) => name === word)?.[1] ?? [dispatcher.signer]);
    const leaf = withBody(place.leaf, { ...place.body, facts: { ...place.body.facts, [fact]: digestOf(envelope) } });
    return { lines: await book.sealed(splice(book.lines, place.at, 2, leaf, { line: 'signed', envelope: copy(envelope) })), expect: inLog('SIGNED_REFUSED', place, place.leaf.seq) };
  },
  'a message taken out from under its approvals, sealed with the stolen log key': async (book, random) => {
    const place = pickPlace(book, random, ({ body }) => body.kind === 'message.submitted');
    return { lines: await book.sealed(splice(book.lines, place.at, place.ends - place.at)), expect: inLog('SIGNED_REFUSED', place, place.leaf.seq) };
  },
  'a dispatch that names no approval, sealed with the stolen log key': async (book) => {
    const own = places(book.lines).filter(({ platform }) => platform === 'v1');
    const place = own.filter(({ body }) => body.kind === 'dispatch.placed').at(-1);
    const line = book.lines[(place?.at ?? 0) + 1];
    if (place === undefined || line?.line !== 'signed') throw new Error('no dispatch');
    const dispatch = await signEnvelope('dispatch', encodePayload({ ...payloadIn(line.envelope), approvals: [] }), [book.world.platform('v1').dispatcher.signer]);
    const leaf = withBody(place.leaf, { ...place.body, facts: { ...place.body.facts, dispatch: digestOf(dispatch) } });
    const receipts = own.find(({ body, at }) => body.kind === 'receipts.taken' && at > place.at);
    const changed = splice(book.lines, place.at, 2, leaf, { line: 'signed', envelope: copy(dispatch) });
    return { lines: await book.sealed(receipts === undefined ? changed : splice(changed, receipts.at, receipts.ends - receipts.at)), expect: { ...inLog('DISPATCH_UNFOUNDED', place, place.leaf.seq), line: place.at + 1 } };
  },
  'a log\'s tail gone with its heads, and the leaves of an earlier export remember': (book, random) => {
    const place = pickPlace(book, random, ({ platform, leaf, headBefore }) => platform === 'v1' && leaf.seq > 1 && leaf.seq === headBefore);
    const witness = textOf(places(book.lines).filter(({ platform }) => platform === 'v1').map(({ leaf }) => leaf));
    return { lines: shortened(book, place), expect: inLog('LOG_CUT', place, place.leaf.seq, sizeOf(book, 'v1') - 1), witness };
  },
  'a dispatch without its approvals, sealed with the stolen log key': async (book) => {
    const own = places(book.lines).filter(({ platform }) => platform === 'v1');
    const place = own.filter(({ body }) => body.kind === 'dispatch.placed').at(-1);
    // What would tell earlier that the heads are others: the terminals' records after it.
    const gone = own.filter(({ body, at }) => body.subject === place?.body.subject && (body.kind === 'approval.signed' || (body.kind === 'receipts.taken' && at > place.at)));
    if (place === undefined) throw new Error('no dispatch');
    const isGone = (at: number): boolean => gone.some((one) => one.at <= at && at < one.ends);
    const lines = await book.sealed(book.lines.filter((_, at) => !isGone(at)));
    const at = lines.findIndex((line) => line.line === 'leaf' && bodyOf(line).id === place.body.id);
    return { lines, expect: { ...inLog('DISPATCH_UNFOUNDED', place, place.leaf.seq - 1), line: at + 1 } };
  },
  'a charter that widens, although the right officers signed it': async ({ lines, world }, random) => {
    const [own] = world.charterPayload('t1').areas;
    const [officer] = world.charterPayload('t1').officers;
    if (own === undefined || officer === undefined) throw new Error('t1 has areas and officers');
    const { officers, ceilings } = world.charterPayload('t1');
    const more = (set: object) => ({ areas: [own, { ...own, id: areaOf('t1-east'), codes: ['360123009901'], ...set }] });
    // Its parent's grant beside it: what was right once widens a narrower one.
    const [child, parent] = random.pick<readonly [Parameters<typeof world.charter>[1], Parameters<typeof world.charter>[1]]>([
      [{ set: more({ id: areaOf('d-area'), parent: null }) }, {}], [{ set: more({ parent: null }) }, {}], [{ set: more({ parent: areaOf('nowhere') }) }, {}],
      [{ set: { areas: [own, own] } }, {}], [{ set: { areas: [{ ...own, parent: areaOf('t1-loop') }, { ...own, id: areaOf('t1-loop'), parent: own.id }] } }, {}],
      [{ set: { tier: 'district' } }, {}], [{ set: { threshold: 9 } }, {}], [{ set: { officers: [...officers, { ...officer, person: personOf('t1-officer-9') }] } }, {}],
      [{}, { set: { ceilings: { ...ceilings, classes: ['emergency', 'notice'] } } }], [{}, { set: { ceilings: { ...ceilings, severities: ['red', 'none'] } } }],
      [{}, { set: { ceilings: { ...ceilings, modes: ['actual'] } } }], [{}, { set: { minimumApprovals: [{ class: 'emergency', tier: 'village', approvals: 3 }] } }],
    ]);
    const placed = async (name: 'd' | 't1', signing: Parameters<typeof world.charter>[1]): Promise<Line<'document'>> => ({ line: 'document', envelope: copy(await world.charter(name, signing)) });
    const charterOf = (name: string) => lines.findIndex((line) => line.line === 'document' && line.envelope.payloadType.includes('.charter.') && payloadIn(line.envelope)['platform'] === name);
    const [above, at] = [charterOf('d'), charterOf('t1')];
    return { lines: splice(splice(lines, above, 1, await placed('d', parent)), at, 1, await placed('t1', child)), expect: inFile('DOCUMENT_REFUSED', at + 1) };
  },
  'a roster of bad content, although the right officers signed it': async ({ lines, world }, random) => {
    const bad = random.pick(badRosters(world, 't1'));
    const at = lines.findIndex((line) => line.line === 'document' && line.envelope.payloadType.includes('.roster.') && payloadIn(line.envelope)['platform'] === 't1');
    const envelope = copy(await signEnvelope('roster', new TextEncoder().encode(bad), world.officers('t1').slice(0, 2)));
    return { lines: splice(lines, at, 1, { line: 'document', envelope }), expect: inFile('DOCUMENT_REFUSED', at + 1) };
  },
  'a roster with one more approver': (book, random) => {
    const at = random.pick(book.lines.flatMap((line, nth) => (line.line === 'document' && line.envelope.payloadType.includes('.roster.') ? [nth] : [])));
    const line = book.lines[at];
    if (line?.line !== 'document') throw new Error('no roster');
    const roster = payloadIn(line.envelope);
    const persons: readonly unknown[] = Array.isArray(roster['persons']) ? roster['persons'] : [];
    const extra = { id: 'd-somebody', unit: `${String(roster['platform'])}-office`, roles: ['approver'], keys: [book.world.stranger.record] };
    const payload = toBase64(encodePayload({ ...roster, persons: [...persons, extra] }));
    return { lines: splice(book.lines, at, 1, { line: 'document', envelope: { ...line.envelope, payload } }), expect: inFile('DOCUMENT_REFUSED', at + 1) };
  },
  'a document taken out': (book, random) => {
    const platform = random.pick(BOOK_PLATFORMS);
    const at = book.lines.findIndex((line) => line.line === 'document' && line.envelope.payloadType.includes('.roster.') && payloadIn(line.envelope)['platform'] === platform);
    const place = places(book.lines).find((one) => one.platform === platform && one.body.kind === 'roster.accepted');
    if (place === undefined) throw new Error('no leaf');
    return { lines: splice(book.lines, at, 1), expect: inLog('SIGNED_MISSING', place, place.leaf.seq) };
  },
  'a device\'s key exchanged': (book, random) => {
    const at = random.pick(book.lines.flatMap((line, nth) => (line.line === 'device' ? [nth] : [])));
    const line = book.lines[at];
    if (line?.line !== 'device') throw new Error('no device');
    const key = { ...line.key, spki: book.world.stranger.record.spki };
    return { lines: splice(book.lines, at, 1, { ...line, key }), expect: inFile('DEVICE_REFUSED', at + 1) };
  },
  'a root of somebody else\'s': (book, random) => ({ lines: book.lines, root: toHex(new Uint8Array(32).fill(random.int(256))), expect: inFile('ROOT_FOREIGN', 2) }),
  'a line spelled otherwise': (book, random) => {
    const at = random.int(book.lines.length);
    const text = textOf(book.lines).map((line, nth) => (nth === at ? random.pick([line.replace('{', '{ '), `${line} `, line.replace('"line"', '"\\u006cine"')]) : line));
    return { lines: book.lines, text, expect: inFile('LINE_MALFORMED', at + 1) };
  },
};

/** The approval of a leaf with other fields, signed by this person of its platform, and the leaf names it. */
async function approvedAnew(book: AuditBook, place: Place, set: object, who: string): Promise<readonly ExportLine[]> {
  const line = book.lines[place.at + 1];
  if (line?.line !== 'signed') throw new Error('no approval');
  const approval = await signEnvelope('approval', encodePayload({ ...payloadIn(line.envelope), listenedPermille: 1, ...set }), [book.world.key(place.platform, who).signer]);
  const { person } = payloadIn(approval);
  const leaf = withBody(place.leaf, { ...place.body, facts: { ...place.body.facts, approval: digestOf(approval), person } });
  return book.sealed(splice(book.lines, place.at, 2, leaf, { line: 'signed', envelope: copy(approval) }));
}

function pickHead(book: AuditBook, random: SeededRandom, from = 0): { readonly at: number; readonly line: Line<'head'>; readonly platform: string; readonly before: number; readonly size: number } {
  const platform = random.pick(BOOK_PLATFORMS);
  return { ...random.pick(heads(book.lines, platform).slice(from)), platform };
}

function placeOf(book: AuditBook, at: number): Place {
  const place = places(book.lines).find((one) => one.at < at && at < one.ends);
  if (place === undefined) throw new Error(`line ${at} follows no leaf`);
  return place;
}

function sizeOf(book: AuditBook, platform: string): number {
  return places(book.lines).filter((one) => one.platform === platform).length;
}

/** The log ends before this leaf, and says so. */
function shortened(book: AuditBook, place: Place): readonly ExportLine[] {
  const end = book.lines.findIndex((line, at) => at > place.at && (line.line === 'log' || line.line === 'end'));
  return splice(book.lines, place.at, end - place.at).map((line) => (line.line === 'log' && line.platform === place.platform ? { ...line, size: place.leaf.seq } : line));
}

/** Numbers and hashes as somebody made them anew, but the heads as they were signed: in the order in which they stood. */
function withHeadsOf(book: AuditBook, lines: readonly ExportLine[]): readonly ExportLine[] {
  const signed: Envelope[] = book.lines.flatMap((line) => (line.line === 'head' ? [line.envelope] : []));
  return lines.map((line) => {
    const envelope = line.line === 'head' ? signed.shift() : undefined;
    return line.line === 'head' && envelope !== undefined ? { line: 'head', envelope: copy(envelope) } : line;
  });
}
