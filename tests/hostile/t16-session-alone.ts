import { encodePayload, toBase64, type Envelope } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { ServerKeys } from '../../apps/platform/src/features/authority';
import { platformIdSchema } from '#libs/contracts';
import { makeKey } from '../support/trust-builder';
import { threat, type Attacked } from './attacker';

export function t16(attacked: Attacked): void {
  const { flow, server } = attacked;

  threat(attacked, 'T16', 'an approver\'s session without the approver\'s key', () => {
    it('approves nothing, however it asks', async () => {
      const made = await flow.submit('t1');
      const other = await flow.submit('t1');
      const token = await attacked.token('t1-approver-a');
      const genuine = await server.world.approval('t1', other.envelope, 'approver-a', { set: { signedAt: server.clock.now() } });
      const theirs = await server.world.approval('t1', made.envelope, 'approver-b', { set: { signedAt: server.clock.now() } });
      const payload = encodePayload({ ...(JSON.parse(Buffer.from(genuine.payload, 'base64').toString()) as object), messageDigest: made.digest, displayedDigest: made.digest });
      const stranger = await makeKey('es256');
      const dispatcher = server.app.get(ServerKeys).dispatcherOf(platformIdSchema.parse('t1'));
      const sig = genuine.signatures[0]?.sig ?? '';
      const keyid = genuine.signatures[0]?.keyid ?? '';
      const forged = (signatures: Envelope['signatures'], over: Uint8Array = payload): unknown => ({ payloadType: genuine.payloadType, payload: toBase64(over), signatures });
      const tries: Readonly<Record<string, unknown>> = {
        nothing: undefined, 'null': null, 'true': true, 'no signature': forged([]), 'an empty signature': forged([{ keyid, sig: '' }]), 'the signature of another approval': forged([{ keyid, sig }]),
        'the approval of another message': genuine, 'another approver\'s approval': theirs, 'a key nobody knows': await signEnvelope('approval', payload, [stranger.signer]),
        'a strange signature under the right key id': forged([{ keyid, sig: toBase64(await stranger.signer.sign(payload)) }]), 'the server\'s own dispatcher key': await signEnvelope('approval', payload, [dispatcher]),
        'an assertion of another page': forged([{ keyid, sig: toBase64(Buffer.concat([Buffer.from([0, 37]), Buffer.alloc(37, 5), Buffer.from([0, 60]), Buffer.from(JSON.stringify({ type: 'webauthn.get', challenge: 'x', origin: 'http://evil.example' }).padEnd(60)), Buffer.alloc(64, 1)])) }]),
        'the message in its place': made.envelope, 'the type of another thing': { ...genuine, payloadType: made.envelope.payloadType }, 'twice the same signature': forged([{ keyid, sig }, { keyid, sig }]),
        'the author\'s key': await signEnvelope('approval', payload, [server.world.key('t1', 'author').signer]), 'the author\'s own': await server.world.approval('t1', made.envelope, 'author'),
        'two approvals in one': [genuine, genuine], 'a text': JSON.stringify(genuine),
      };
      for (const [name, approval] of Object.entries(tries)) {
        server.clock.advance(1_000);
        for (const body of [{ approval }, { approval, force: true, approved: true }, { approval, person: 't1-approver-a', role: 'approver' }]) {
          const { status } = await attacked.ask('POST', `/api/messages/${made.id}/approvals`, { token, body });
          expect([name, status >= 400 && status < 500]).toEqual([name, true]);
        }
      }
      for (const [method, at, body] of [
        ['PUT', `/api/messages/${made.id}`, { state: 'approved' }], ['PATCH', `/api/messages/${made.id}`, { state: 'approved' }], ['POST', `/api/messages/${made.id}`, { state: 'dispatched' }], ['PUT', `/api/messages/${made.id}/approvals`, { approval: genuine }],
        ['POST', `/api/messages/${made.id}/dispatch`, {}], ['POST', `/api/messages/${made.id}/dispatch`, { terminals: ['t1-term-1'] }], ['POST', `/api/messages/${made.id}/approve`, {}], ['DELETE', `/api/messages/${made.id}/approvals`, {}],
      ] as const) expect([method, at, (await attacked.ask(method, at, { token, body })).status]).toEqual([method, at, expect.any(Number)]);
      const [row] = await attacked.db.asOwner('SELECT (SELECT count(*)::int FROM approval WHERE message = $1) AS approvals, (SELECT state FROM message WHERE id = $1) AS state, (SELECT count(*)::int FROM dispatch WHERE message = $1) AS dispatches', [made.id]);
      expect(row).toEqual({ approvals: 0, state: 'submitted', dispatches: 0 });
      // And with the key it is one call: what was refused was the lack of it.
      expect((await flow.approve('t1', made, 'approver-a')).status).toBe(201);
    });
  });
}
