import { Inject, Injectable } from '@nestjs/common';
import { digestSchema, type KeyRefusal, type KeyRequestView, type SignedKeyRequest } from '#libs/contracts';
import { allowsSuite, keyRequestBytes } from '#libs/domain';
import { fromBase64 } from '#libs/envelope';
import { checkKeyRecord, sha256Hex, verify } from '#libs/suites';
import { holdersOf } from '#libs/trust';
import type { Clock } from '../../../kernel/clock';
import type { Transactions, Tx } from '../../../kernel/database';
import { userError } from '../../../kernel/errors';
import { withIdempotency, type IdempotentCall } from '../../../kernel/http';
import { Leaves } from '../../../kernel/leaf';
import { CLOCK, TRANSACTIONS } from '../../../kernel/tokens';
import { mayDo, scopeOf, type Principal } from '../../access';
import { Trust } from '../authority';
import { KEYS_STORE, type KeysStore } from './keys.store';

const LIFE_MS = 7 * 86_400_000;
const MOST_OPEN = 4;

/**
 * A person asks the officers for a key: kept until its key stands in the roster in force (AnswerRequests), an officer turns it
 * down, the person takes it back, or a week is over. It gives no right to anything, and what this server says of it is worth nothing to an officer, who
 * compares its fingerprint with the person's own screen.
 */
@Injectable()
export class RequestKey {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(KEYS_STORE) private readonly store: KeysStore,
    private readonly trust: Trust,
    private readonly leaves: Leaves,
  ) {}

  /** Refuses FORBIDDEN (another person's), KEY_UNUSABLE, KEY_PROOF, KEY_UNKNOWN (what it replaces), KEY_EXISTS, REQUESTS_FULL. */
  async run(caller: Principal, { request, sig }: SignedKeyRequest, call: IdempotentCall): Promise<KeyRequestView> {
    const now = Math.trunc(this.clock.now());
    if (request.person !== caller.person || request.platform !== caller.platform) throw userError('FORBIDDEN', 'A key is asked for by the person who will sign with it.');
    const { key, replaces } = request;
    const state = this.trust.state();
    if (!checkKeyRecord(key).ok || !allowsSuite(state.root.value.profile, key.alg)) throw userError('KEY_UNUSABLE', 'Such a key cannot be used in this district.');
    const bytes = keyRequestBytes(request);
    if (!verify(key, bytes, fromBase64(sig) ?? new Uint8Array())) throw userError('KEY_PROOF', 'The new key has not signed this request.', { status: 403 });
    const person = state.rosters.get(request.platform)?.value.persons.find(({ id }) => id === request.person);
    if (replaces !== null && person?.keys.some(({ keyId }) => keyId === replaces) !== true) throw userError('KEY_UNKNOWN', 'The key that it should replace is not yours in the roster in force.');
    if (holdersOf(state, key.keyId).some((holder) => holder.use !== 'root' && holder.platform === request.platform)) throw userError('KEY_EXISTS', 'This key stands in the roster already.', { status: 409 });
    const view: KeyRequestView = { id: digestSchema.parse(sha256Hex(bytes)), request, sig, receivedAt: now, expiresAt: now + LIFE_MS };
    return this.transactions.run((tx) => withIdempotency(tx, this.clock, caller.account, call, () => this.keep(tx, caller, view)));
  }

  /** The caller's own, with what became of them, or what an officer is still asked for. */
  async list(caller: Principal): Promise<readonly KeyRequestView[]> {
    const now = Math.trunc(this.clock.now());
    const requests = await (mayDo(caller, 'trust:publish') ? this.store.requests(scopeOf(caller), now) : this.store.requests(scopeOf(caller), now, caller.person));
    const { rosters } = this.trust.state();
    // One that was answered before this server began to look, or in a roster that came with a restored history.
    const stands = ({ request: { platform, person, key } }: KeyRequestView): boolean => rosters.get(platform)?.value.persons.find(({ id }) => id === person)?.keys.some(({ keyId }) => keyId === key.keyId) === true;
    return requests.filter((one) => !stands(one) && (one.refused === undefined || isOwn(caller, one)));
  }

  /** An officer will not grant it: the person reads why. Refuses NOT_FOUND (none in reach, or it is answered already). */
  async refuse(caller: Principal, id: string, { reason }: KeyRefusal, call: IdempotentCall): Promise<Record<string, never>> {
    return this.transactions.run((tx) => withIdempotency(tx, this.clock, caller.account, call, async () => {
      const open = (await this.list(caller)).find((one) => one.id === id && one.refused === undefined);
      const at = Math.trunc(this.clock.now());
      if (open === undefined || !(await this.store.refuseRequest(scopeOf(caller), tx, id, { by: caller.person, reason, at }))) throw userError('NOT_FOUND', 'There is no such open request in your reach.');
      const { platform, person, key } = open.request;
      await this.leaves.insert(tx, { platform, kind: 'key.refused', subject: person, facts: { request: id, keyId: key.keyId, reason, by: caller.account } });
      return {};
    }));
  }

  /** By whoever asked alone; an officer who will not grant it says why (`refuse`). Refuses NOT_FOUND and FORBIDDEN. */
  async withdraw(caller: Principal, id: string): Promise<void> {
    const asked = (await this.list(caller)).find((one) => one.id === id);
    if (asked === undefined) throw userError('NOT_FOUND', 'There is no such request in your reach.');
    if (!isOwn(caller, asked)) throw userError('FORBIDDEN', `Only its person takes a request back. To turn it down give a reason: POST /api/keys/requests/${id}/refusal.`);
    await this.transactions.run(async (tx) => {
      await this.store.removeRequests(scopeOf(caller), tx, [id]);
      await this.leaves.insert(tx, { platform: asked.request.platform, kind: 'key.request-withdrawn', subject: asked.request.person, facts: { request: id, by: caller.account } });
    });
  }

  private async keep(tx: Tx, caller: Principal, view: KeyRequestView): Promise<KeyRequestView> {
    const { platform, person, key, replaces, reason } = view.request;
    if (await this.store.countRequests(scopeOf(caller), tx, platform, person, view.receivedAt) >= MOST_OPEN) throw userError('REQUESTS_FULL', `There are ${MOST_OPEN} open requests; take one back first.`, { status: 409 });
    if (!(await this.store.addRequest(scopeOf(caller), tx, view, caller.account))) throw userError('KEY_EXISTS', 'This request is there already.', { status: 409 });
    await this.leaves.insert(tx, { platform, kind: 'key.requested', subject: person, facts: { request: view.id, keyId: key.keyId, replaces, reason, session: caller.session } });
    return view;
  }
}

function isOwn(caller: Principal, { request }: KeyRequestView): boolean {
  return request.platform === caller.platform && request.person === caller.person;
}
