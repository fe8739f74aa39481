import { createHash } from 'node:crypto';
import { digestSchema, type AuditCount, type AuditFaultCode, type AuditVerdict, type ExportLine, type HeadRef, type LeafBody } from '#libs/contracts';
import { fromBase64, type Envelope } from '#libs/envelope';
import type { VerificationCache } from '#libs/suites';
import { Devices } from './devices';
import { Documents } from './documents';
import { Evidence, terminalOf } from './evidence';
import { fact } from './named-by';
import { OneLog, type LogFault } from './one-log';
import { readBody, readLine } from './read-line';
import { Standing } from './standing';
import { refIn, Witnesses } from './witnesses';

type Fault = Extract<AuditVerdict, { readonly ok: false }>;
interface Reading { readonly log: OneLog; readonly evidence: Evidence; body: LeafBody | undefined }
interface Waiting { readonly ref: HeadRef; readonly line: number }

/** With what a file is held together. */
export interface VerifyBy {
  /** Digest of a root document that the file must hold; without it the file's own is believed, and told. */
  readonly root?: string;
  readonly witnesses?: Witnesses;
  /** Terminals whose word about heads is passed over: one with a stolen key could contradict a sound log for ever. */
  readonly disregard?: ReadonlySet<string>;
  /** Shared by whoever reads much the same file again and again. */
  readonly cache?: VerificationCache;
}

const DOCUMENT_LEAF = /^(?:root|charter|roster|revocation)\.accepted$/;

/** Which lines may follow a line. A head ends what follows its leaf. */
const FOLLOWS: Readonly<Record<ExportLine['line'], ReadonlySet<string>>> = {
  export: new Set(['document']),
  document: new Set(['document', 'device', 'log', 'end']),
  device: new Set(['device', 'log', 'end']),
  log: new Set(['leaf', 'log', 'end']),
  leaf: new Set(['signed', 'detail', 'leaf', 'head', 'log', 'end']),
  signed: new Set(['signed', 'detail', 'leaf', 'head', 'log', 'end']),
  detail: new Set(['detail', 'leaf', 'head', 'log', 'end']),
  head: new Set(['leaf', 'log', 'end']),
  end: new Set(),
};

/**
 * Reads an export line by line (docs/audit.md) and stops at the first fault. Memory grows with the documents, with one
 * hash or id per leaf and with the number of messages, not with the records. Nothing is believed that is not signed,
 * counted or named by what was signed.
 */
export class ExportVerifier {
  private readonly counts = new Map<AuditCount, number>();
  private readonly documents: Documents;
  private readonly devices: Devices;
  /** When each document was accepted, by the leaf that says so. */
  private readonly accepted = new Map<string, number>();
  private readonly finished = new Map<string, OneLog>();
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly outside: Witnesses;
  private platforms: readonly string[] = [];
  private reading: Reading | undefined;
  private before: ExportLine['line'] | undefined;
  private line = 0;

  constructor(private readonly by: VerifyBy = {}) {
    this.documents = new Documents(by.cache);
    this.devices = new Devices(by.cache);
    this.outside = by.witnesses ?? new Witnesses();
  }

  /** The next line, without its line feed. A fault is final. */
  take(text: string): Fault | undefined {
    this.line += 1;
    const line = readLine(text);
    if (line === undefined || !(this.before === undefined ? line.line === 'export' : FOLLOWS[this.before].has(line.line))) return this.fault('LINE_MALFORMED');
    const fault = this.boundary(line) ?? this.judge(line);
    this.before = line.line;
    return fault;
  }

  /** After the last line. */
  verdict(): AuditVerdict {
    if (this.before !== 'end') return this.faultAt('FILE_CUT', Math.max(this.line, 1));
    const { digest, demo } = this.documents.root;
    const counts: Partial<Record<AuditCount, number>> = Object.fromEntries(this.counts);
    return { ok: true, root: digestSchema.parse(digest), demo, counts: { ...ZERO, ...counts } };
  }

  /** What a line that does not belong to the leaf before ends: that leaf's evidence, a log, the head part of the file. */
  private boundary({ line }: ExportLine): Fault | undefined {
    if (this.before === 'document' && line !== 'document') {
      if (this.by.root !== undefined && this.documents.get(this.by.root)?.word !== 'root') return this.faultAt('ROOT_FOREIGN', 2);
    }
    if (this.reading === undefined || line === 'signed' || line === 'detail') return undefined;
    const { log, evidence } = this.reading;
    const lacking = this.before === 'head' ? undefined : evidence.complete();
    if (lacking !== undefined) return this.inLog({ code: lacking.code, seq: lacking.seq, through: lacking.seq }, lacking.line);
    if (line !== 'log' && line !== 'end') return undefined;
    const fault = log.end();
    if (fault !== undefined) return this.inLog(fault);
    const unfounded = evidence.unfounded();
    if (unfounded !== undefined) return this.inLog({ code: 'DISPATCH_UNFOUNDED', seq: unfounded.seq, through: unfounded.seq }, unfounded.line);
    for (const { ref, line: at } of this.waiting.get(log.platform) ?? []) {
      const differs = this.witnessed(log, ref);
      if (differs !== undefined) return this.inLog(differs, at);
    }
    this.finished.set(log.platform, log);
    this.reading = undefined;
    return undefined;
  }

  private judge(line: ExportLine): Fault | undefined {
    switch (line.line) {
      case 'export':
        this.platforms = line.platforms;
        return undefined;
      case 'document':
        this.count('documents');
        return this.documents.take(line.envelope, this.line) ? undefined : this.fault('DOCUMENT_REFUSED');
      case 'device':
        this.count('devices');
        return this.devices.take(line.terminal, line.key, this.line) ? undefined : this.fault('DEVICE_REFUSED');
      case 'log': return this.begin(line.platform, line.size);
      case 'leaf': return this.leaf(line);
      case 'signed': return this.signed(line.envelope);
      case 'detail': return this.detail(line);
      case 'head': {
        this.count('heads');
        const fault = this.reading?.log.head(line.envelope);
        return fault === undefined ? undefined : this.inLog(fault);
      }
      case 'end': return this.end(line.lines);
    }
  }

  /** Logs come in the order that the first line names, each once. */
  private begin(platform: string, size: number): Fault | undefined {
    if (this.platforms[this.finished.size] !== platform) return this.fault('LINE_MALFORMED');
    // What a platform above revoked is known only when its log was read.
    if (this.documents.above(platform).some((above) => this.platforms.includes(above) && !this.finished.has(above))) return this.fault('LINE_MALFORMED');
    this.count('logs');
    const standing = new Standing(this.documents, platform, this.accepted);
    const log = new OneLog(platform, size, standing, this.outside, this.by.cache);
    this.reading = { log, evidence: new Evidence(platform, standing, this.devices, (what) => { this.count(what); }, this.by.cache), body: undefined };
    return undefined;
  }

  private leaf({ seq, hash, body: text }: Extract<ExportLine, { line: 'leaf' }>): Fault | undefined {
    const { reading } = this;
    const body = readBody(text);
    if (reading === undefined) return this.fault('LINE_MALFORMED');
    const fault = reading.log.leaf(seq, hash, text, body);
    if (fault !== undefined || body === undefined) return fault && this.inLog(fault);
    this.count('leaves');
    reading.body = body;
    reading.evidence.begin(body, this.line, seq);
    if (body.kind === 'terminal.enrolled') this.devices.name(body.subject, fact(body.facts, 'keyId'));
    if (!DOCUMENT_LEAF.test(body.kind)) return undefined;
    const digest = fact(body.facts, 'digest');
    if (!this.accepted.has(digest)) this.accepted.set(digest, body.at);
    return reading.log.standing.accept(digest, body.at) ? undefined : this.inLog({ code: 'SIGNED_MISSING', seq, through: seq });
  }

  private signed(envelope: Envelope): Fault | undefined {
    const { reading } = this;
    if (reading === undefined) return this.fault('LINE_MALFORMED');
    const at = reading.log.size - 1;
    const code = reading.evidence.signed(envelope);
    if (code !== undefined) return this.inLog({ code, seq: at, through: at });
    const ref = refIn(envelope);
    if (ref === null || this.by.disregard?.has(terminalOf(envelope)) === true) return undefined;
    const log = ref.platform === reading.log.platform ? reading.log : this.finished.get(ref.platform);
    if (log === undefined) {
      this.waiting.set(ref.platform, [...(this.waiting.get(ref.platform) ?? []), { ref, line: this.line }]);
      return undefined;
    }
    const fault = this.witnessed(log, ref);
    return fault === undefined ? undefined : { ...this.inLog(fault), platform: ref.platform };
  }

  private detail({ field, salt, value }: Extract<ExportLine, { line: 'detail' }>): Fault | undefined {
    const { reading } = this;
    if (reading === undefined) return this.fault('LINE_MALFORMED');
    const at = reading.log.size - 1;
    const stated = Object.entries(reading.body?.details ?? {}).find(([name]) => name === field)?.[1];
    const bytes = fromBase64(salt);
    if (stated === undefined || bytes === undefined) return this.inLog({ code: 'LINE_MALFORMED', seq: at, through: at });
    this.count('details');
    const hash = createHash('sha256').update(bytes).update(value, 'utf8').digest('hex');
    return hash === stated ? undefined : this.inLog({ code: 'DETAIL_DIFFERS', seq: at, through: at });
  }

  private end(lines: number): Fault | undefined {
    if (lines !== this.line - 1 || this.finished.size !== this.platforms.length) return this.fault('FILE_CUT');
    const unnamed = this.documents.all().find(({ platform, digest }) => this.finished.has(platform) && !this.accepted.has(digest));
    if (unnamed !== undefined) return this.faultAt('DOCUMENT_UNNAMED', unnamed.line);
    const device = this.devices.unnamed();
    return device === undefined ? undefined : this.faultAt('DEVICE_UNNAMED', device);
  }

  private witnessed(log: OneLog, ref: HeadRef): LogFault | undefined {
    this.count('witnesses');
    return log.witness(ref);
  }

  private count(what: AuditCount): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  private inLog({ code, seq, through }: LogFault, line = this.line): Fault {
    return { ok: false, code, line, platform: this.reading?.log.platform ?? null, seq, through };
  }

  private faultAt(code: AuditFaultCode, line: number): Fault {
    return { ok: false, code, line, platform: null, seq: null, through: null };
  }

  private fault(code: AuditFaultCode): Fault {
    return this.faultAt(code, this.line);
  }
}

const ZERO: Extract<AuditVerdict, { readonly ok: true }>['counts'] = {
  documents: 0, devices: 0, logs: 0, leaves: 0, heads: 0, messages: 0, approvals: 0, dispatches: 0, consents: 0, stops: 0, isolates: 0, restrictions: 0, permits: 0, assignments: 0, records: 0, details: 0, witnesses: 0,
};
