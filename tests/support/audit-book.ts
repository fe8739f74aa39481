/**
 * An exported audit made in memory, without a server: the logs of district `d`, township `t1` and village `v1` with
 * everything that people, dispatchers and terminals signed, and what a thief with the log key could make of them.
 *
 *   const book = await AuditBook.write();
 *   verifyExport(textOf(book.lines));                       // { ok: true, ... }
 *   const forged = await book.sealed(changed);              // sequence, hashes and heads made anew with the stolen key
 */
import { createHash } from 'node:crypto';
import type { ExportLine, HeadRef, LeafBody } from '#libs/contracts';
import { canonicalJson, encodePayload, toBase64, toHex, unverifiedPayload, type Envelope } from '#libs/envelope';
import { leafHash, MerkleFrontier, sha256Hex, signEnvelope } from '#libs/suites';
import { buildWorld, digestNamed, digestOf, NOW, PLATFORMS, WITH_PASSKEY, type OrderParts, type PermitParts, type PlatformName, type World } from './trust-builder';

export type Line<K extends ExportLine['line']> = Extract<ExportLine, { readonly line: K }>;
export type LeafLine = Line<'leaf'>;

export const BOOK_PLATFORMS = ['d', 't1', 'v1'] as const;
const STEP_MS = 25_000;
const HEAD_MS = 60_000;

interface Facts { readonly kind: string; readonly subject: string; readonly facts: object; readonly details?: Readonly<Record<string, string>> }

export class AuditBook {
  private constructor(readonly world: World, readonly lines: readonly ExportLine[]) {}

  /** `messages` warnings in each log; with `everyKind` also what few logs hold: a correction, a resumption, a live permit, an event, a passkey. */
  static async write(messages = 3, everyKind = false): Promise<AuditBook> {
    const world = await buildWorld(everyKind ? { suites: WITH_PASSKEY } : {});
    const permitted = everyKind ? await world.permitOrder('v1') : undefined;
    const count = 1 + PLATFORMS.length * 2;
    // A list of nothing but a certificate of a server: no verifier may stumble over it.
    const list = await world.revocation('d', { set: { entries: [], certificates: [{ fingerprint: digestNamed('a server'), since: NOW - 1_000 }], issuedAt: NOW - 1_000 } });
    const documents = [...[world.expected.rootEnvelope, ...world.expected.documents].slice(0, count), list, ...(permitted === undefined ? [] : [permitted.roster])]
      .filter((envelope) => BOOK_PLATFORMS.some((name) => name === platformIn(envelope)));
    const lines: ExportLine[] = [
      { line: 'export', format: 'clarion-audit.v1', at: NOW, platforms: [...BOOK_PLATFORMS], details: true },
      ...documents.map((envelope) => ({ line: 'document' as const, envelope: copy(envelope) })),
      ...BOOK_PLATFORMS.map((name) => ({ line: 'device' as const, terminal: `${name}-term-1`, key: { ...world.device.record } })),
    ];
    const heads = new Map<string, HeadRef>();
    for (const name of BOOK_PLATFORMS) {
      const log = new LogWriter(world, name, heads);
      await log.live(documents.filter((envelope) => platformIn(envelope) === name), messages, name === 'v1' ? permitted : undefined);
      lines.push({ line: 'log', platform: name, size: log.size }, ...log.lines);
    }
    return new AuditBook(world, [...lines, { line: 'end', lines: lines.length }]);
  }

  /**
   * The lines as somebody would leave them who can write every row and holds the log keys: numbered, hashed, heads
   * signed again where they stand, counts right.
   */
  async sealed(lines: readonly ExportLine[]): Promise<readonly ExportLine[]> {
    const out: ExportLine[] = [];
    let tree = MerkleFrontier.empty();
    let platform = '';
    let header = 0;
    for (const line of lines) {
      if (line.line === 'log') {
        platform = line.platform;
        header = out.length;
        tree = MerkleFrontier.empty();
      }
      if (line.line === 'leaf') {
        const hash = leafHash(new TextEncoder().encode(line.body));
        out.push({ ...line, seq: tree.size, hash: toHex(hash) });
        tree.append(hash);
        out[header] = { line: 'log', platform, size: tree.size };
      } else if (line.line === 'head') {
        const at = Number(payloadIn(line.envelope)['at']);
        const head = { platform, treeSize: tree.size, rootHash: toHex(tree.root()), at };
        out.push({ line: 'head', envelope: copy(await signEnvelope('head', encodePayload(head), [this.world.platform(platform).log.signer])) });
      } else out.push(line);
    }
    return counted(out);
  }
}

class LogWriter {
  readonly lines: ExportLine[] = [];
  private readonly tree = MerkleFrontier.empty();
  private at = NOW - 40 * 60_000;
  private headAt = this.at;
  private counter = 0;

  constructor(private readonly world: World, private readonly name: PlatformName, private readonly heads: Map<string, HeadRef>) {}

  get size(): number {
    return this.tree.size;
  }

  /** A day in short: documents, enrolment, sign-in, warnings from submit to receipts, a stop, an isolation. */
  async live(documents: readonly Envelope[], messages: number, permitted: PermitParts | undefined): Promise<void> {
    const { world, name } = this;
    const terminal = `${name}-term-1`;
    for (const envelope of documents) {
      const word = /\.(\w+)\.v1/.exec(envelope.payloadType)?.[1] ?? '';
      await this.leaf({ kind: `${word}.accepted`, subject: `${word}:${name}`, facts: { version: 1, digest: digestOf(envelope), by: 'bootstrap' } });
    }
    await this.leaf({ kind: 'terminal.enrolled', subject: terminal, facts: { ...world.device.record, physicalCode: `DEMO-${name}` } });
    const assignment = await world.assignment(name);
    await this.leaf({ kind: 'assignment.accepted', subject: digestOf(assignment), facts: { terminals: [terminal], by: `${name}-officer-1` } }, [assignment]);
    await this.leaf({ kind: 'session.opened', subject: world.nextId(), facts: { person: `${name}-author` }, details: { account: `${name}-author` } });
    for (let nth = 0; nth < messages; nth += 1) await this.warning(terminal, nth);
    const stop = await world.stop(name);
    await this.leaf({ kind: 'stop.imported', subject: String(payloadIn(stop)['stopId']), facts: { stop: digestOf(stop), area: `${name}-area`, scope: 'all' } }, [stop]);
    const isolate = await world.isolate(name);
    await this.leaf({ kind: 'isolate.placed', subject: String(payloadIn(isolate)['isolateId']), facts: { isolate: digestOf(isolate), terminals: 1 }, details: { reason: '演示' } }, [isolate]);
    const restriction = await world.restriction(name, { set: { kind: name === 't1' ? 'period' : 'posture' } });
    await this.leaf({ kind: 'restriction.placed', subject: String(payloadIn(restriction)['restrictionId']), facts: { restriction: digestOf(restriction) } }, [restriction]);
    if (permitted !== undefined) await this.seldom(terminal, permitted);
    await this.head();
  }

  /** Of each kind that an ordinary day has not. */
  private async seldom(terminal: string, { permit, message, dispatch }: PermitParts): Promise<void> {
    const { world, name } = this;
    await this.submitted(message);
    await this.leaf({ kind: 'permit.used', subject: digestOf(permit), facts: { permit: digestOf(permit), clerk: `${name}-author` } }, [permit]);
    await this.placed(dispatch, message);
    const { original, message: correction, consent, dispatch: corrected } = await world.correctionOrder(name);
    await this.ordered(original, [correction]);
    await this.leaf({ kind: 'consent.correct', subject: world.nextId(), facts: { consent: digestOf(consent) } }, [consent]);
    await this.placed(corrected, correction);
    const stop = await world.stop(name, { set: { scope: { kind: 'messages', messages: [digestOf(original.message)] } } });
    await this.leaf({ kind: 'stop.placed', subject: world.nextId(), facts: { stopId: payloadIn(stop)['stopId'], stop: digestOf(stop) } }, [stop]);
    const resumed = await world.resumeOrder(name, original, stop);
    await this.leaf({ kind: 'consent.resume', subject: world.nextId(), facts: { consent: digestOf(resumed.consent) } }, [resumed.consent]);
    await this.placed(resumed.dispatch, original.message);
    const tested = await world.message(name, { set: { mode: 'test' } });
    await this.submitted(tested);
    const approval = await world.approval(name, tested, 'approver-c');
    await this.leaf({ kind: 'approval.late', subject: world.nextId(), facts: { messageDigest: digestOf(tested), approval: digestOf(approval), person: `${name}-approver-c` } }, [approval]);
    await this.placed(await world.dispatch(name, tested, []), tested);
    this.counter += 1;
    const event = await world.event(terminal, { set: { counter: this.counter, head: this.heads.get('d') ?? null } });
    await this.leaf({ kind: 'receipts.taken', subject: terminal, facts: { count: 1, digest: sha256Hex(new TextEncoder().encode(digestOf(event))), records: [[terminal, this.counter]] } }, [event]);
  }

  private async ordered({ message, approvals, dispatch }: OrderParts, corrections: readonly Envelope[]): Promise<void> {
    await this.submitted(message, corrections);
    for (const approval of approvals) {
      const { person } = payloadIn(approval);
      await this.leaf({ kind: 'approval.signed', subject: this.world.nextId(), facts: { messageDigest: digestOf(message), approval: digestOf(approval), person } }, [approval]);
    }
    await this.placed(dispatch, message);
  }

  private submitted(message: Envelope, corrections: readonly Envelope[] = []): Promise<void> {
    const facts = { digest: digestOf(message), author: `${this.name}-author`, corrections: corrections.map(digestOf) };
    return this.leaf({ kind: 'message.submitted', subject: String(payloadIn(message)['id']), facts }, [message, ...corrections]);
  }

  private placed(dispatch: Envelope, message: Envelope): Promise<void> {
    return this.leaf({ kind: 'dispatch.placed', subject: String(payloadIn(message)['id']), facts: { dispatch: digestOf(dispatch), messageDigest: digestOf(message) } }, [dispatch]);
  }

  private async warning(terminal: string, nth: number): Promise<void> {
    const { world, name } = this;
    const { message, approvals, dispatch } = await world.order(name, { message: { set: { texts: [{ language: 'zh-CN', title: `预警 ${nth}`, text: '请立即转移。' }] } } });
    const digest = digestOf(message);
    const subject = String(payloadIn(message)['id']);
    await this.leaf({ kind: 'message.submitted', subject, facts: { digest, author: `${name}-author`, corrections: [] } }, [message]);
    for (const approval of approvals) {
      const { person } = payloadIn(approval);
      await this.leaf({ kind: 'approval.signed', subject, facts: { messageDigest: digest, approval: digestOf(approval), person, step: 'issue', policyVersion: 1 } }, [approval]);
    }
    await this.leaf({ kind: 'dispatch.placed', subject, facts: { dispatch: digestOf(dispatch), messageDigest: digest, epoch: 1, seq: nth + 1 } }, [dispatch]);
    const records: Envelope[] = [];
    for (const state of ['acked', 'done'] as const) {
      this.counter += 1;
      // A terminal hears the heads of its own platform and of those above it.
      const witnessed = this.heads.get(nth % 2 === 0 ? this.name : 'd') ?? null;
      records.push(await world.receipt(terminal, { set: { counter: this.counter, state, messageDigest: digest, head: witnessed } }));
    }
    await this.leaf({
      kind: 'receipts.taken', subject,
      facts: { count: 2, digest: sha256Hex(new TextEncoder().encode(records.map(digestOf).join('\n'))), records: [[terminal, this.counter - 1, this.counter]] },
    }, records);
    await this.leaf({ kind: 'template.enabled', subject: world.nextId(), facts: { version: nth + 1, by: `${name}-officer-1` } });
    await this.leaf({ kind: 'drill.planned', subject: world.nextId(), facts: { by: `${name}-author` }, details: { name: `演练 ${nth}`, notice: '请勿惊慌' } });
  }

  private async leaf({ kind, subject, facts, details }: Facts, signed: readonly Envelope[] = []): Promise<void> {
    this.at += STEP_MS;
    const sides = Object.entries(details ?? {}).map(([field, value]) => {
      const salt = createHash('sha256').update(`${this.name} ${this.size} ${field}`).digest().subarray(0, 16);
      return { field, value, salt, hash: createHash('sha256').update(salt).update(value, 'utf8').digest('hex') };
    });
    const body = canonicalJson({
      id: this.world.nextId(this.at), platform: this.name, kind, subject, at: this.at, facts,
      ...(sides.length === 0 ? {} : { details: Object.fromEntries(sides.map(({ field, hash }) => [field, hash])) }),
    });
    const hash = leafHash(new TextEncoder().encode(body));
    this.lines.push({ line: 'leaf', seq: this.size, hash: toHex(hash), body });
    this.lines.push(...signed.map((envelope) => ({ line: 'signed' as const, envelope: copy(envelope) })));
    this.lines.push(...sides.map(({ field, salt, value }) => ({ line: 'detail' as const, field, salt: toBase64(salt), value })));
    this.tree.append(hash);
    if (this.at - this.headAt >= HEAD_MS) await this.head();
  }

  private async head(): Promise<void> {
    const before = this.heads.get(this.name);
    if (before?.treeSize === this.size) return;
    const at = Math.max(this.at, this.headAt + HEAD_MS);
    const ref = { treeSize: this.size, rootHash: toHex(this.tree.root()) as HeadRef['rootHash'] };
    const envelope = await this.world.head(this.name, { set: { ...ref, at } });
    this.headAt = at;
    this.heads.set(this.name, { platform: this.world.platform(this.name).id, ...ref });
    this.lines.push({ line: 'head', envelope: copy(envelope) });
  }
}

export function textOf(lines: readonly ExportLine[]): readonly string[] {
  return lines.map((line) => canonicalJson(line));
}

/** The last line says how many there are. */
export function counted(lines: readonly ExportLine[]): readonly ExportLine[] {
  return lines.map((line, at) => (line.line === 'end' ? { ...line, lines: at } : line));
}

export function payloadIn(envelope: Pick<Envelope, 'payload'>): Readonly<Record<string, unknown>> {
  const value = unverifiedPayload(envelope);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

export function bodyOf(leaf: LeafLine): LeafBody {
  return JSON.parse(leaf.body) as LeafBody;
}

export function copy(envelope: Envelope): Line<'signed'>['envelope'] {
  return { ...envelope, signatures: envelope.signatures.map((signature) => ({ ...signature })) };
}

function platformIn(envelope: Envelope): string {
  const { platform, district } = payloadIn(envelope);
  return String(platform ?? district);
}

