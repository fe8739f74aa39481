import { FEATURES } from '../../../../../apps/platform/src/app.module';
import type { Lies, Passkey } from '../../../../support/passkey';
import { usePlatform, type Answer } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { useMessageFlow, type Submitted } from '../../../../support/message-flow';
import { MIXED } from '../../../../support/trust-builder';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES, suites: { ...MIXED, person: (who) => (who.startsWith('approver') ? 'webauthn-es256' : 'ed25519') } });
const flow = useMessageFlow(server);

/** An approval by this person's passkey, which says what the test wants. */
async function approve(made: Submitted, who: string, lies: Lies): Promise<Answer> {
  const { signer } = server.world.key('t1', who);
  const lying = { ...signer, sign: async (bytes: Uint8Array) => (signer as Passkey).signLying(bytes, lies) };
  const approval = await server.world.approval('t1', made.envelope, who, { by: [lying], set: { signedAt: server.clock.now() } });
  return (await flow.as(`t1-${who}`)).post(`/api/messages/${made.id}/approvals`, { approval });
}
const said = ({ status, body }: Answer): string => `${status} ${String(body.code ?? body.state)}`;
const refusedLeaves = async (): Promise<number> => Number((await db.asOwner<{ n: string }>('SELECT count(*) AS n FROM audit_leaf WHERE kind = $1', ['passkey.counter-refused']))[0]?.n);

describe('an approval by a passkey', () => {
  it('counts as user verification, and reaches the air', async () => {
    const made = await flow.submit('t1');
    expect(said(await approve(made, 'approver-a', { counter: 5 }))).toBe('201 submitted');
    expect(said(await approve(made, 'approver-b', { counter: 1 }))).toBe('201 dispatched');
  });

  it('is refused when its counter stands still, goes back or falls to nothing, which is told in the audit', async () => {
    const made = await flow.submit('t1');
    const before = await refusedLeaves();
    for (const counter of [5, 4, 0]) expect(said(await approve(made, 'approver-a', { counter }))).toBe('403 AUTH_PASSKEY_COUNTER');
    expect((await flow.view(made.id)).state).toBe('submitted');
    expect(await refusedLeaves()).toBe(before + 3);
    const events = (await (await flow.as('t1-auditor')).get('/api/events')).body as readonly { readonly kind: string; readonly code: string; readonly keyIds: readonly string[] }[];
    expect(events.find(({ code }) => code === 'AUTH_PASSKEY_COUNTER')).toMatchObject({ kind: 'api-refused', keyIds: [server.world.key('t1', 'approver-a').record.keyId] });
    expect(said(await approve(made, 'approver-a', { counter: 6 }))).toBe('201 submitted');
  });

  it('moves no counter when it is refused for anything else', async () => {
    const made = await flow.submit('t1');
    expect(said(await approve(made, 'approver-a', { counter: 4_000_000_000, clientData: { origin: 'https://sign.example.com' } }))).toBe('422 REJ_SIGNATURE');
    expect(said(await approve(made, 'approver-a', { counter: 4_000_000_000, flags: 0x01 }))).toBe('422 REJ_SIGNATURE');
    expect(said(await approve(made, 'approver-a', { counter: 7 }))).toBe('201 submitted');
  });

  it('need not count at all, as long as it never did', async () => {
    for (let time = 0; time < 2; time++) {
      const made = await flow.submit('t1');
      expect(said(await approve(made, 'approver-c', { counter: 0 }))).toBe('201 submitted');
    }
  });

  it('gets its answer again when it is only repeated', async () => {
    const made = await flow.submit('t1');
    const { signer } = server.world.key('t1', 'approver-a');
    const lying = { ...signer, sign: async (bytes: Uint8Array) => (signer as Passkey).signLying(bytes, { counter: 8 }) };
    const approval = await server.world.approval('t1', made.envelope, 'approver-a', { by: [lying], set: { signedAt: server.clock.now() } });
    const [caller, key] = [await flow.as('t1-approver-a'), server.clock.uuid()];
    for (let time = 0; time < 2; time++) {
      expect((await caller.post(`/api/messages/${made.id}/approvals`, { approval }, { 'idempotency-key': key })).status).toBe(201);
    }
  });
});
