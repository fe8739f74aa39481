import {
  approvalSchema, assignmentSchema, consentSchema, dispatchSchema, eventSchema, isolateSchema, messageSchema, permitSchema, receiptSchema, restrictionSchema, stopSchema, type AuditCount, type AuditFaultCode, type KeyRecord, type LeafBody,
} from '#libs/contracts';
import { parseEnvelope, unverifiedPayload, wordOf, type Envelope } from '#libs/envelope';
import { sha256Hex, verifiedSignatures, type VerificationCache } from '#libs/suites';
import type { Devices } from './devices';
import { fact, namedBy, recordName, type NamedBytes } from './named-by';
import type { Standing } from './standing';

const COUNTS = {
  message: 'messages', approval: 'approvals', dispatch: 'dispatches', consent: 'consents', stop: 'stops', isolate: 'isolates', restriction: 'restrictions', permit: 'permits', assignment: 'assignments', record: 'records',
} as const satisfies Partial<Record<NamedBytes['word'], AuditCount>>;

interface Approved { readonly message: string; readonly approves: boolean }
interface Placed { readonly line: number; readonly seq: number; readonly message: string; readonly approvals: readonly string[]; readonly consent: string | null; readonly resumes: boolean; readonly permit: string | undefined }

/** What one platform's people and its dispatcher signed, against what its log says of it, leaf by leaf. */
export class Evidence {
  private readonly authors = new Map<string, string>();
  private readonly corrections = new Set<string>();
  private readonly unsounded = new Set<string>();
  private readonly approvals = new Map<string, Approved>();
  private readonly consents = new Set<string>();
  /** The clerk of each permit, and the permit that a message names. */
  private readonly clerks = new Map<string, string>();
  private readonly under = new Map<string, string>();
  private readonly placed: Placed[] = [];
  private due: readonly NamedBytes[] = [];
  private taken: string[] = [];
  private body: LeafBody | undefined;
  private line = 0;
  private seq = 0;

  constructor(
    private readonly platform: string, private readonly standing: Standing, private readonly devices: Devices, private readonly count: (what: AuditCount) => void,
    private readonly cache?: VerificationCache,
  ) {}

  /** A leaf: what it names is due now. */
  begin(body: LeafBody, line: number, seq: number): void {
    this.body = body;
    this.line = line;
    this.seq = seq;
    this.due = namedBy(body);
    this.taken = [];
  }

  /** Whether the last leaf lacks nothing; else the code, and the place is the leaf. */
  complete(): { readonly code: AuditFaultCode; readonly line: number; readonly seq: number } | undefined {
    const { due, taken, body } = this;
    if (taken.length < due.length) return { code: 'SIGNED_MISSING', line: this.line, seq: this.seq };
    if (body?.kind !== 'receipts.taken' || due.length === 0) return undefined;
    const whole = sha256Hex(new TextEncoder().encode(taken.join('\n')));
    return whole === body.facts['digest'] ? undefined : { code: 'SIGNED_DIFFERS', line: this.line, seq: this.seq };
  }

  /** The next signed bytes behind the leaf. */
  signed(envelope: Envelope): AuditFaultCode | undefined {
    const named = this.due[this.taken.length];
    const { body } = this;
    const parsed = parseEnvelope(envelope);
    if (named === undefined || body === undefined) return 'LINE_MALFORMED';
    if (!parsed.ok) return 'SIGNED_REFUSED';
    const digest = sha256Hex(parsed.payload);
    if (named.digest === null ? saidBy(envelope) !== named.name : named.digest !== digest) return 'SIGNED_DIFFERS';
    const word = wordOf(envelope.payloadType) ?? '';
    const genuine = named.word === 'record' ? this.record(word, envelope, parsed.payload) : word === named.word && this.genuine(word, envelope, parsed.payload, digest, body);
    if (!genuine) return 'SIGNED_REFUSED';
    this.taken.push(digest);
    const counted = Object.entries(COUNTS).find(([known]) => known === named.word)?.[1];
    if (counted !== undefined) this.count(counted);
    return undefined;
  }

  /** The bytes that are due next are not what the leaf names. Whoever goes on after that takes the leaf's own word for them: its hash stands in the log. */
  pass(): void {
    const [named, body] = [this.due[this.taken.length], this.body];
    this.taken.push('');
    if (named === undefined || body === undefined) return;
    const { facts } = body;
    if (named.word === 'message' && named.name === facts['digest']) this.authors.set(named.name, fact(facts, 'author'));
    else if (named.word === 'message') this.corrections.add(named.name);
    if (named.word === 'approval') this.approvals.set(named.digest ?? '', { message: fact(facts, 'messageDigest'), approves: body.kind !== 'approval.returned' });
    if (named.word === 'consent') this.consents.add(named.name);
    if (named.word === 'permit') {
      this.clerks.set(named.name, fact(facts, 'clerk'));
      this.under.set(fact(facts, 'digest'), named.name);
    }
  }

  /** After the last leaf: each dispatch stands on a message and on approvals, a consent or its author's permit of this log. */
  unfounded(): { readonly line: number; readonly seq: number } | undefined {
    return this.placed.find(({ message, approvals, consent, resumes, permit }) => {
      const isCorrection = this.corrections.has(message);
      const consented = consent === null ? !isCorrection && !resumes : this.consents.has(consent);
      const approved = approvals.every((digest) => this.approvals.get(digest)?.message === message && this.approvals.get(digest)?.approves === true);
      return !(isCorrection || this.authors.has(message)) || !consented || !approved || permit !== this.under.get(message) || (permit !== undefined && (approvals.length > 0 || this.clerks.get(permit) !== this.authors.get(message)))
        || (!isCorrection && !this.unsounded.has(message) && approvals.length === 0 && permit === undefined);
    });
  }

  private record(word: string, envelope: Envelope, payload: Uint8Array): boolean {
    const value = unverifiedPayload(envelope);
    const { data } = word === 'receipt' ? receiptSchema.safeParse(value) : word === 'event' ? eventSchema.safeParse(value) : { data: undefined };
    return data !== undefined && this.devices.hasSigned(data.terminal, envelope, payload);
  }

  private genuine(word: string, envelope: Envelope, payload: Uint8Array, digest: string, { at, facts }: LeafBody): boolean {
    const value = unverifiedPayload(envelope);
    const by = (keys: readonly KeyRecord[]): boolean => verifiedSignatures(envelope, payload, keys, this.cache).length > 0;
    switch (word) {
      case 'message': {
        const { data } = messageSchema.safeParse(value);
        if (data?.platform !== this.platform || !by(this.standing.personKeys(at, data.author, 'author'))) return false;
        if (facts['digest'] === digest && facts['author'] !== data.author) return false;
        if (data.mode === 'test') this.unsounded.add(digest);
        if (data.permit !== undefined) this.under.set(digest, data.permit);
        if (facts['digest'] === digest) this.authors.set(digest, data.author);
        else this.corrections.add(digest);
        return true;
      }
      case 'approval': {
        const { data } = approvalSchema.safeParse(value);
        if (data?.platform !== this.platform || !by(this.standing.personKeys(at, data.person, null))) return false;
        const author = this.authors.get(data.messageDigest);
        if (author === undefined || author === data.person || data.displayedDigest !== data.messageDigest) return false;
        this.approvals.set(digest, { message: data.messageDigest, approves: data.decision === 'approve' });
        return facts['messageDigest'] === data.messageDigest && facts['person'] === data.person;
      }
      case 'dispatch': {
        const { data } = dispatchSchema.safeParse(value);
        if (data?.platform !== this.platform || facts['messageDigest'] !== data.messageDigest) return false;
        this.placed.push({ line: this.line, seq: this.seq, message: data.messageDigest, approvals: data.approvals, consent: data.consent, resumes: data.resumes !== null, permit: data.permit });
        return by(this.standing.dispatcherKeys(at));
      }
      case 'consent': {
        const { data } = consentSchema.safeParse(value);
        this.consents.add(digest);
        return data?.platform === this.platform && by(this.standing.personKeys(at, data.person, 'stopper'));
      }
      case 'stop': {
        const { data } = stopSchema.safeParse(value);
        return data?.platform === this.platform && by([...this.standing.dispatcherKeys(at), ...this.standing.personKeys(at, null, 'stopper')]);
      }
      case 'isolate': return isolateSchema.safeParse(value).data?.platform === this.platform && this.byOfficers(envelope, payload, at, null);
      case 'restriction': {
        const { data } = restrictionSchema.safeParse(value);
        if (data?.platform !== this.platform) return false;
        return data.kind === 'posture' ? by(this.standing.dispatcherKeys(at)) : this.byOfficers(envelope, payload, at, null);
      }
      case 'permit': {
        // The officers' list names these very bytes.
        const { data } = permitSchema.safeParse(value);
        if (data?.platform !== this.platform || facts['clerk'] !== data.clerk || !this.standing.lists(at, digest)) return false;
        this.clerks.set(digest, data.clerk);
        return true;
      }
      case 'assignment': {
        const { data } = assignmentSchema.safeParse(value);
        if (data?.platform !== this.platform || !this.byOfficers(envelope, payload, at, 1)) return false;
        for (const { terminal, deviceKeyId } of data.terminals) this.devices.name(terminal, deviceKeyId);
        return true;
      }
      default: return false;
    }
  }

  /** Distinct persons among the officers, as many as asked, or as the charter's threshold. */
  private byOfficers(envelope: Envelope, payload: Uint8Array, at: number, least: number | null): boolean {
    return this.standing.officers(at).some(({ keys, personOf, threshold }) =>
      new Set(verifiedSignatures(envelope, payload, keys, this.cache).map(({ keyId }) => personOf.get(keyId))).size >= (least ?? threshold));
  }
}

/** Of which terminal a record says that it is; '' of none. */
export function terminalOf(envelope: Envelope): string {
  const value = unverifiedPayload(envelope);
  return typeof value === 'object' && value !== null && 'terminal' in value && typeof value.terminal === 'string' ? value.terminal : '';
}

/** The name that a record gives itself. */
function saidBy(envelope: Envelope): string {
  const value = unverifiedPayload(envelope);
  return typeof value === 'object' && value !== null && 'terminal' in value && 'counter' in value ? recordName(value.terminal, value.counter) : '';
}
