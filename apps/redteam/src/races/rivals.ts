import { draftSchema, problemSchema, type Draft } from '#libs/contracts';
import { draft, readMessageEnvelope, signApproval, signPayload, systemClock, type Drafted } from '../../../cli/src';
import type { Actor } from '../../../scripted-day/src/actor';
import { bulletinDraft, noticeDraft } from '../../../scripted-day/src/scripts';
import type { EnvelopeShape } from '#libs/contracts';
import type { Range } from '../range';
import { sqlAs } from '../sql';
import type { Race, RaceOutcome } from './history';

/** Of the demo's policy. */
const POLICY = 1;
const STEP = 'issue';

/** A held message of the race, as its author submitted it. */
interface Submission {
  readonly id: string;
  readonly envelope: EnvelopeShape;
  readonly body: object;
}

/** People with the browser's own requests: nothing is waited for between the two. */
export class Rivals {
  private serial = 0;

  private constructor(
    private readonly range: Range, private readonly author: Actor, private readonly approvers: readonly [Actor, Actor], private readonly urgentAuthor: Actor,
    private readonly notice: Draft, private readonly urgent: Draft,
  ) {}

  static async of(range: Range): Promise<Rivals> {
    const { cast } = range;
    const author = await range.actor(cast.district, cast.noticeAuthor);
    const urgentAuthor = await range.actor(cast.district, cast.bulletinAuthor);
    const approvers = [await range.actor(cast.district, cast.bulletinApprovers[0]), await range.actor(cast.district, cast.bulletinApprovers[1])] as const;
    return new Rivals(range, author, approvers, urgentAuthor, draftSchema.parse(await noticeDraft(author, [cast.insideArea], 1, 3_600_000)), draftSchema.parse({ ...await bulletinDraft(urgentAuthor, cast), repeats: 1 }));
  }

  async race(kind: Race): Promise<RaceOutcome> {
    const [a, b] = this.approvers;
    if (kind === 'submitted twice' || kind === 'another text under the same key') return this.submitting(kind);
    const one = await this.submit(kind === 'two approvers for two places');
    switch (kind) {
      case 'one approver twice': return this.both(one, this.approve(a, one), this.approve(a, one));
      case 'two approvers for one place': return this.both(one, this.approve(a, one), this.approve(b, one));
      case 'two approvers for two places': return this.both(one, this.approve(a, one), this.approve(b, one));
      case 'approve and withdraw': return this.both(one, this.approve(a, one), this.withdraw(this.author, one));
      case 'approve and return': return this.both(one, this.approve(a, one), this.approve(b, one, 'return'));
      case 'withdraw twice': return this.both(one, this.withdraw(this.author, one), this.withdraw(a, one));
      case 'edited after submit': return this.both(one, this.approve(a, one), this.submit(false).then(({ id }) => (id === one.id ? 'SAME_MESSAGE' : 'ACCEPTED')));
    }
  }

  private async submitting(kind: 'submitted twice' | 'another text under the same key'): Promise<RaceOutcome> {
    const [first, second] = [await this.prepare(false), await this.prepare(false)];
    const [key, other] = [systemClock.uuid(), systemClock.uuid()];
    const bodies = kind === 'submitted twice' ? [first, first] as const : [first, second] as const;
    const answers = await Promise.all([this.send(this.author, '/api/messages', bodies[0].body, key), this.send(this.author, '/api/messages', bodies[1].body, kind === 'submitted twice' ? other : key)]);
    const ids = await this.idsOf([first, second]);
    const [id] = ids;
    if (id === undefined || ids.length > 1) return { answers, state: `${ids.length} messages`, approvals: [], leaves: [], dispatches: 0 };
    return this.outcome(id, answers);
  }

  private async both({ id }: Submission, first: Promise<string>, second: Promise<string>): Promise<RaceOutcome> {
    return this.outcome(id, await Promise.all([first, second]));
  }

  private async prepare(isUrgent: boolean): Promise<Omit<Submission, 'id'>> {
    this.serial += 1;
    const [author, wanted] = isUrgent ? [this.urgentAuthor, this.urgent] : [this.author, this.notice];
    const drafted = await draft(author.context, { ...wanted, sourceRef: `RACE-${this.serial}-${systemClock.now()}` });
    return signedBy(author, drafted);
  }

  private async submit(isUrgent: boolean): Promise<Submission> {
    const one = await this.prepare(isUrgent);
    const answer = await this.send(isUrgent ? this.urgentAuthor : this.author, '/api/messages', one.body);
    const [id] = await this.idsOf([one]);
    if (id === undefined) throw new Error(`the message of a race was not taken: ${answer}`);
    return { ...one, id };
  }

  private async approve(by: Actor, { id, envelope }: Submission, decision: 'approve' | 'return' = 'approve'): Promise<string> {
    const read = readMessageEnvelope(envelope);
    const approval = await signApproval(read, { person: by.person, step: STEP, decision, reason: '', policyVersion: POLICY, listenedPermille: 1_000, signedAt: systemClock.now() }, by.signer);
    return this.send(by, `/api/messages/${id}/approvals`, { approval });
  }

  private withdraw(by: Actor, { id }: Submission): Promise<string> {
    return this.send(by, `/api/messages/${id}/withdraw`, { reason: 'race' });
  }

  private async send(by: Actor, path: string, body: object, key: string = systemClock.uuid()): Promise<string> {
    const { token } = by.context.api.currentSession();
    const response = await fetch(`${this.range.setting.cli.apiUrl}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'idempotency-key': key }, body: JSON.stringify(body) });
    const text = await response.text();
    if (response.ok) return 'ACCEPTED';
    const problem = problemSchema.safeParse(JSON.parse(text));
    return problem.success ? problem.data.code : `HTTP ${response.status}`;
  }

  private idsOf(ones: readonly Pick<Submission, 'envelope'>[]): Promise<readonly string[]> {
    const digests = ones.map(({ envelope }) => readMessageEnvelope(envelope).digest);
    return sqlAs(this.range.system.ownerDatabaseUrl, async (query) => (await query<{ id: string }>('SELECT id FROM message WHERE digest = ANY ($1)', [digests])).map(({ id }) => id));
  }

  /** What stands, read where nobody can tell a tale: in the database itself. */
  private outcome(id: string, answers: readonly [string, string]): Promise<RaceOutcome> {
    return sqlAs(this.range.system.ownerDatabaseUrl, async (query) => {
      const [message] = await query<{ state: string }>('SELECT state FROM message WHERE id = $1', [id]);
      const approvals = await query<{ person: string }>('SELECT person FROM approval WHERE message = $1 AND decision = \'approve\'', [id]);
      const leaves = await query<{ kind: string }>('SELECT kind FROM audit_leaf WHERE subject = $1 ORDER BY id', [id]);
      const dispatches = await query('SELECT 1 FROM dispatch WHERE message = $1', [id]);
      return { answers, state: message?.state ?? 'gone', approvals: approvals.map(({ person }) => person), leaves: leaves.map(({ kind }) => kind), dispatches: dispatches.length };
    });
  }
}

async function signedBy(author: Actor, { read, corrections }: Drafted): Promise<Omit<Submission, 'id'>> {
  const message = await signPayload('message', read.payload, author.signer);
  const signed = await Promise.all(corrections.map(({ payload }) => signPayload('message', payload, author.signer)));
  return { envelope: message, body: { message, corrections: signed, hold: true } };
}
