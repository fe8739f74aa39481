/**
 * Changes to an exported audit of which nobody says beforehand what they should be called: each seed makes one, and two
 * verifiers must give the same verdict. On lines as they stand; on leaves, sealed again with the stolen log key; and on
 * payloads, signed again by whoever signed them, so that only their content is at fault.
 */
import { canonicalJson, encodePayload, toHex, type Envelope } from '#libs/envelope';
import type { ExportLine } from '#libs/contracts';
import { keyIdOf, leafHash, sha256Hex, signEnvelope, type Signer } from '#libs/suites';
import { bodyOf, copy, counted, payloadIn, textOf, type AuditBook, type LeafLine } from './audit-book';
import { mutatedText, mutatedValue } from './json-mutations';
import type { SeededRandom } from './seeded-random';
import { digestOf, payloadOf } from './trust-builder';

export interface Mutated {
  readonly lines: readonly string[];
  readonly witness?: readonly string[];
}
export type Mutation = (book: AuditBook, random: SeededRandom) => Promise<Mutated> | Mutated;

const utf8 = new TextEncoder();

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'lines moved, doubled or gone': (book, random) => {
    const lines = [...textOf(book.lines)];
    const [from, to] = [random.int(lines.length), random.int(lines.length)];
    random.pick([
      () => { lines.splice(from, 1); },
      () => { lines.splice(to, 0, lines[from] ?? ''); },
      () => { [lines[from], lines[to]] = [lines[to] ?? '', lines[from] ?? '']; },
      () => { lines.splice(to, 0, ...lines.splice(from, 1)); },
      () => { lines.length = from; },
      () => { lines[from] = (lines[from] ?? '').slice(0, to); },
      () => { lines.splice(from, 0, ''); },
      () => { lines.push(lines[from] ?? ''); },
    ])();
    return { lines: random.int(2) === 0 ? lines : recounted(lines) };
  },
  'the text of a line': (book, random) => {
    const lines = textOf(book.lines);
    const at = random.int(lines.length);
    return { lines: lines.map((line, nth) => (nth === at ? mutatedText(line, random) : line)) };
  },
  'a value in a line': (book, random) => {
    const kind = random.pick(['export', 'document', 'device', 'log', 'leaf', 'signed', 'detail', 'head', 'end']);
    const at = pickAt(book, random, ({ line }) => line === kind);
    return { lines: textOf(book.lines).map((line, nth) => (nth === at ? written(mutatedValue(book.lines[nth], random)) : line)) };
  },
  'the body of a leaf, hashed anew': (book, random) => {
    const at = pickAt(book, random, ({ line }) => line === 'leaf');
    return { lines: textOf(book.lines.map((line, nth) => (nth === at && line.line === 'leaf' ? withBody(line, bodyText(line, random)) : line))) };
  },
  'the body of a leaf, sealed': async (book, random) => {
    const at = pickAt(book, random, ({ line }) => line === 'leaf');
    return { lines: textOf(await book.sealed(book.lines.map((line, nth) => (nth === at && line.line === 'leaf' ? withBody(line, bodyText(line, random)) : line)))) };
  },
  'a head, signed': async (book, random) => {
    const at = pickAt(book, random, ({ line }) => line === 'head');
    const line = book.lines[at];
    return { lines: textOf(await replaced(book, at, line?.line === 'head' ? await resigned(book, line.envelope, random) : undefined)) };
  },
  'what a leaf names, signed, named and sealed': async (book, random) => {
    const words = [...new Set(book.lines.flatMap((line) => (line.line === 'signed' ? [line.envelope.payloadType] : [])))];
    const word = random.pick(words);
    const at = pickAt(book, random, (line) => line.line === 'signed' && line.envelope.payloadType === word);
    const line = book.lines[at];
    if (line?.line !== 'signed') throw new Error('nothing signed');
    const next = await resigned(book, line.envelope, random);
    return { lines: textOf(await book.sealed(renamed(await replaced(book, at, next), line.envelope, next, true))) };
  },
  'a trust document, signed': async (book, random) => {
    const word = random.pick(['root', 'charter', 'roster', 'roster', 'revocation']);
    const at = pickAt(book, random, (line) => line.line === 'document' && line.envelope.payloadType.includes(`.${word}.`));
    const line = book.lines[at];
    if (line?.line !== 'document') throw new Error('no document');
    const next = await resigned(book, line.envelope, random);
    const lines = renamed(await replaced(book, at, next), line.envelope, next, false);
    return { lines: textOf(random.int(2) === 0 ? lines : await book.sealed(lines)) };
  },
  'a name about as long as it may be, signed': async (book, random) => {
    const at = pickAt(book, random, (line) => line.line === 'document' && line.envelope.payloadType.includes('.roster.'));
    const line = book.lines[at];
    if (line?.line !== 'document') throw new Error('no roster');
    const payload = payloadIn(line.envelope);
    const name = random.pick(['x', '区', '😀', 'e\u0301', '👩\u200d🚒', '\u00a0', '\u0085', '\u200f', '\t', '\n']).repeat(random.pick([1, 12, 20, 30, 31, 59, 60, 61]));
    const next = await signEnvelope('roster', encodePayload({ ...payload, units: [{ id: `${String(payload['platform'])}-office`, name, classes: [] }] }), signersOf(book, line.envelope));
    return { lines: textOf(await book.sealed(renamed(await replaced(book, at, next), line.envelope, next, false))) };
  },
  'a key in a trust document, signed': async (book, random) => {
    const word = random.pick(['root', 'charter', 'roster']);
    const at = pickAt(book, random, (line) => line.line === 'document' && line.envelope.payloadType.includes(`.${word}.`));
    const line = book.lines[at];
    if (line?.line !== 'document') throw new Error('no document');
    const payload = structuredClone(payloadIn(line.envelope));
    const keys: Record<string, unknown>[] = [];
    const collect = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      if ('spki' in value && 'alg' in value) keys.push(value as Record<string, unknown>);
      Object.values(value).forEach(collect);
    };
    collect(payload);
    spoil(random.pick(keys), random);
    const next = await signEnvelope(word, utf8.encode(JSON.stringify(payload)), signersOf(book, line.envelope));
    return { lines: documentsOnly(await replaced(book, at, next)) };
  },
  'what somebody kept': (book, random) => {
    const kept = textOf(book.lines.filter(({ line }) => line === 'leaf' || line === 'head' || line === 'signed'));
    const at = random.int(kept.length);
    const line = kept[at] ?? '';
    const lone = line.includes('"envelope"') && random.int(2) === 0 ? canonicalJson((JSON.parse(line) as { envelope: unknown }).envelope) : line;
    return { lines: textOf(book.lines), witness: [random.int(2) === 0 ? mutatedText(lone, random) : written(mutatedValue(JSON.parse(lone), random))] };
  },
  'what somebody kept, signed with the stolen log key': async (book, random) => {
    const line = random.pick(book.lines.filter((one) => one.line === 'head'));
    if (line.line !== 'head') throw new Error('no head');
    return { lines: textOf(book.lines), witness: [canonicalJson(await resigned(book, line.envelope, random))] };
  },
};

/** A key in another spelling, off its curve, under another name or with another site. */
function spoil(key: Record<string, unknown>, random: SeededRandom): void {
  const spki = Buffer.from(String(key['spki']), 'base64');
  const named = (bytes: Buffer): void => {
    key['spki'] = bytes.toString('base64');
    key['keyId'] = keyIdOf(key['alg'] as 'ed25519', bytes);
  };
  const point = (hex: string): Buffer => Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(hex.padEnd(64, '0'), 'hex')]);
  random.pick([
    () => { named(Buffer.concat([spki, Buffer.of(0)])); },
    () => { named(spki.subarray(0, -1)); },
    () => { spki[spki.length - 1] = (spki.at(-1) ?? 0) ^ 1; named(spki); },
    () => { spki[26] = 2 + random.int(6); named(spki); },
    () => { key['alg'] = 'ed25519'; named(point(random.pick(['00', '01', 'ff'.repeat(32), `ec${'ff'.repeat(30)}7f`, `ed${'ff'.repeat(30)}7f`, `ee${'ff'.repeat(30)}7f`, '02', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05']))); },
    () => { key['alg'] = random.pick(['es256', 'ed25519', 'sm2-sm3', 'webauthn-es256', 'rsa']); named(spki); },
    () => { key['rp'] = { id: 'a.example', origins: random.pick([['https://a.example'], ['https://b.example'], ['https://x.a.example', 'https://x.a.example'], [], ['https://a.example:443'], ['http://a.example'], ['https://a.example/']]) }; },
    () => { key['alg'] = 'webauthn-es256'; key['rp'] = { id: random.pick(['a.example', '127.0.0.1', 'A.example']), origins: ['https://a.example:8443'] }; named(spki); },
    () => { key['keyId'] = '0'.repeat(64); },
    () => { key['spki'] = `${String(key['spki'])}=`; },
    () => { delete key['rp']; delete key['keyId']; },
  ])();
}

/** The same keys over another payload: a value changed, or only its text. */
async function resigned(book: AuditBook, envelope: Envelope, random: SeededRandom): Promise<Envelope> {
  const text = new TextDecoder().decode(payloadOf(envelope));
  const payload = random.int(4) === 0 ? mutatedText(text, random) : written(mutatedValue(JSON.parse(text), random));
  const word = /clarion\.(.*)\.v1/.exec(envelope.payloadType)?.[1] ?? '';
  return signEnvelope(word, utf8.encode(payload), signersOf(book, envelope));
}

function signersOf({ world }: AuditBook, envelope: Envelope): readonly Signer[] {
  const keys = [
    ...world.rootKeys, world.device, world.stranger,
    ...[...world.platforms.values()].flatMap(({ officers, dispatcher, log, people }) => [...officers.map(({ key }) => key), dispatcher, log, ...people.values()]),
  ];
  return envelope.signatures.flatMap(({ keyid }) => keys.find(({ record }) => record.keyId === keyid)?.signer ?? []);
}

async function replaced(book: AuditBook, at: number, envelope: Envelope | undefined): Promise<readonly ExportLine[]> {
  return book.lines.map((line, nth) => (nth === at && 'envelope' in line && envelope !== undefined ? { ...line, envelope: copy(envelope) } : line));
}

/** The leaves name what was signed anew; where it is a record, their digest over all is made anew. */
function renamed(lines: readonly ExportLine[], before: Envelope, now: Envelope, records: boolean): readonly ExportLine[] {
  const [old, next] = [digestOf(before), digestOf(now)];
  return lines.map((line, at) => {
    if (line.line !== 'leaf') return line;
    const text = line.body.replaceAll(old, next);
    const body = bodyOf({ ...line, body: text });
    if (!records || body.kind !== 'receipts.taken') return withBody(line, text);
    const taken: string[] = [];
    for (let nth = at + 1; ; nth += 1) {
      const behind = lines[nth];
      if (behind?.line !== 'signed') break;
      taken.push(digestOf(behind.envelope));
    }
    const digest = sha256Hex(utf8.encode(taken.join('\n')));
    return withBody(line, canonicalJson({ ...body, facts: { ...body.facts, digest } }));
  });
}

function bodyText(line: LeafLine, random: SeededRandom): string {
  return random.int(3) === 0 ? mutatedText(line.body, random) : written(mutatedValue(JSON.parse(line.body), random));
}

function withBody(line: LeafLine, body: string): LeafLine {
  return { ...line, body, hash: toHex(leafHash(utf8.encode(body))) };
}

function pickAt(book: AuditBook, random: SeededRandom, fits: (line: ExportLine) => boolean): number {
  return random.pick(book.lines.flatMap((line, at) => (fits(line) ? [at] : [])));
}

/** Canonical where that can be written, else as it is. */
function written(value: unknown): string {
  try {
    return canonicalJson(value);
  } catch {
    return JSON.stringify(value) ?? '';
  }
}

/** No logs: what follows from a document is not asked, and both verifiers have the sooner done. */
function documentsOnly(lines: readonly ExportLine[]): readonly string[] {
  return textOf(counted(lines.filter(({ line }) => line === 'export' || line === 'document' || line === 'end').map((line) => (line.line === 'export' ? { ...line, platforms: [] } : line))));
}

function recounted(lines: readonly string[]): readonly string[] {
  return lines.map((line, at) => (line.startsWith('{"line":"end"') ? canonicalJson({ line: 'end', lines: at }) : line));
}
