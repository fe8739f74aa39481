import type { RouteEntry } from '../../apps/platform/src/kernel/http';
import { mayDo } from '../../apps/platform/src/features/access';
import { permitIdSchema, type Role } from '#libs/contracts';
import { encodePayload, toBase64 } from '#libs/envelope';
import { generateSiren, writeWav } from '#libs/audio';
import { signEnvelope } from '#libs/suites';
import { draftPaper, keepPapers, keyRequest, requestId, rostersInForce, type DraftedPaper } from '../support/key-life';
import { makeKey, personOf } from '../support/trust-builder';
import { MINUTE, threat, type Attacked } from './attacker';

/** Whoever a township has, and one who has no role any more. */
const CALLERS: Readonly<Record<string, readonly Role[]>> = {
  't1-author': ['author'], 't1-approver-a': ['approver'], 't1-stopper': ['stopper', 'duty'], 't1-auditor': ['auditor'], 't1-officer-1': ['officer', 'auditor'], 't1-admin': ['administrator'], 'v1-author': ['author'],
};

/** What of another township stands in a route's place. */
interface Foreign {
  readonly message: string;
  readonly stream: string;
  readonly drill: string;
  readonly incident: string;
  readonly sha256: string;
  readonly template: string;
  readonly templateBody: unknown;
  readonly keyId: string;
  readonly keyRequest: unknown;
  readonly requestId: string;
  readonly paper: DraftedPaper;
  readonly permit: string;
  readonly envelope: (word: string) => Promise<unknown>;
}

/** One call: what stands for each parameter, query and body. Undefined body: none is sent. */
interface Call {
  readonly at: string;
  readonly body?: unknown;
}

/** Every route that an id of another platform can be given to. A new route that takes one must be named here. */
const CALLS: Readonly<Record<string, (foreign: Foreign) => Promise<readonly Call[]> | readonly Call[]>> = {
  'post /accounts/:account/revoke': () => ['t2-author', 'v3-author', 'd-author'].map((account) => ({ at: `/accounts/${account}/revoke`, body: { factors: true } })),
  'post /accounts/:account/setup': () => ['t2-author', 'v3-author', 'd-author'].map((account) => ({ at: `/accounts/${account}/setup`, body: {} })),
  'post /accounts/:account/unlock': () => ['t2-author', 'v3-author', 'd-author'].map((account) => ({ at: `/accounts/${account}/unlock`, body: {} })),
  'get /trust': () => ['t2', 'v3'].map((platform) => ({ at: `/trust?platform=${platform}` })),
  'get /audit/heads': () => ['t2', 'v3', 'd'].map((platform) => ({ at: `/audit/heads?platform=${platform}` })),
  'get /audit/leaves': () => ['t2', 'v3', 'd'].map((platform) => ({ at: `/audit/leaves?platform=${platform}` })),
  'get /audit/export': () => ['t2', 'v3', 'd'].map((platform) => ({ at: `/audit/export?platform=${platform}` })),
  'post /audit/erasures': () => [{ at: '/audit/erasures', body: { platform: 't2', person: 't2-author' } }],
  'post /drills': () => [{ at: '/drills', body: { name: '防汛演练', kind: 'terminal', areas: ['t2-area'], opensAt: 1, closesAt: 2, notice: '今天下午防汛演练。' } }],
  'post /drills/:id/cancel': ({ drill }) => [{ at: `/drills/${drill}/cancel`, body: {} }],
  'post /isolates': async ({ envelope }) => [{ at: '/isolates', body: { isolate: await envelope('isolate') } }],
  'post /incidents/:id/acknowledge': ({ incident }) => [{ at: `/incidents/${incident}/acknowledge`, body: {} }],
  'post /incidents/:id/close': ({ incident }) => [{ at: `/incidents/${incident}/close`, body: { note: '已查明' } }],
  'post /restrictions': async ({ envelope }) => [{ at: '/restrictions', body: { restriction: await envelope('restriction') } }],
  'post /permits': async ({ envelope }) => [{ at: '/permits', body: { permit: await envelope('permit') } }],
  'post /permits/:digest/withdraw': ({ permit }) => [{ at: `/permits/${permit}/withdraw`, body: {} }],
  'delete /media/:sha256': ({ sha256 }) => [{ at: `/media/${sha256}` }],
  'get /media/:sha256': ({ sha256 }) => [{ at: `/media/${sha256}` }],
  'post /messages': async ({ envelope }) => [{ at: '/messages', body: { message: await envelope('message') } }],
  'post /messages/draft': ({ sha256 }) => [{ at: '/messages/draft', body: { class: 'emergency', severity: 'red', eventType: 'x', title: '暴雨', text: '请转移。', segments: [{ sha256, role: 'siren' }], targets: { areas: ['t2-area', 'v3-area'], terminals: ['v3-term-1'] } } }],
  'get /messages/:id': ({ message }) => [{ at: `/messages/${message}` }],
  'post /messages/:id/approvals': async ({ message, envelope }) => [{ at: `/messages/${message}/approvals`, body: { approval: await envelope('approval') } }],
  'post /messages/:id/again': ({ message }) => [{ at: `/messages/${message}/again`, body: {} }],
  'get /messages/:id/consents': ({ message }) => [{ at: `/messages/${message}/consents` }],
  'post /messages/:id/correct': async ({ message, envelope }) => [{ at: `/messages/${message}/correct`, body: { consent: await envelope('consent') } }],
  'get /messages/:id/deliveries': ({ message }) => [{ at: `/messages/${message}/deliveries` }],
  'post /messages/:id/dispatch': ({ message }) => [{ at: `/messages/${message}/dispatch`, body: {} }],
  'get /messages/:id/receipts': ({ message }) => [{ at: `/messages/${message}/receipts` }],
  'post /messages/:id/resume': async ({ message, envelope }) => [{ at: `/messages/${message}/resume`, body: { consent: await envelope('consent') } }],
  'get /live/:stream/recording': ({ stream }) => [{ at: `/live/${stream}/recording` }],
  'get /live/:stream/blocks': ({ stream }) => [{ at: `/live/${stream}/blocks` }],
  'get /live/:stream/evidence': ({ stream }) => [{ at: `/live/${stream}/evidence` }],
  'get /live/:stream/listen': ({ stream }) => [{ at: `/live/${stream}/listen` }],
  'post /messages/:id/withdraw': ({ message }) => [{ at: `/messages/${message}/withdraw`, body: {} }],
  'get /receipts': ({ message }) => [{ at: `/receipts?message=${message}&terminal=v3-term-1` }],
  'delete /session/keys/:keyId': ({ keyId }) => [{ at: `/session/keys/${keyId}` }],
  'get /templates/:id': ({ template }) => [{ at: `/templates/${template}` }],
  'put /templates/:id': ({ template, templateBody }) => [{ at: `/templates/${template}`, body: { basedOn: 1, template: templateBody } }],
  'post /templates/:id/disable': ({ template }) => [{ at: `/templates/${template}/disable` }],
  'post /templates/:id/draft': ({ template }) => [{ at: `/templates/${template}/draft`, body: {} }, { at: '/templates/rainstorm-red/draft', body: { areas: ['t2-area'], terminals: ['v3-term-1'] } }],
  'post /templates/:id/enable': ({ template }) => [{ at: `/templates/${template}/enable`, body: { version: 1 } }],
  'post /terminals': () => [{ at: '/terminals', body: { name: '喇叭', area: 'v3-area', physicalCode: 'X-1', latitudeE6: 1, longitudeE6: 1 } }],
  'get /terminals/:id': () => [{ at: '/terminals/v3-term-1' }],
  'post /terminals/:id/claim-code': () => [{ at: '/terminals/v3-term-1/claim-code', body: {} }],
  'post /terminals/:id/replace-device': () => [{ at: '/terminals/v3-term-1/replace-device', body: {} }],
  'post /terminals/:id/max-volume': () => [{ at: '/terminals/v3-term-1/max-volume', body: { volume: 'low' } }],
  'post /assignments': async ({ envelope }) => [{ at: '/assignments', body: { documents: [await envelope('assignment')] } }],
  'get /trust/can-sign': () => ['t2', 'v3', 'd'].map((platform) => ({ at: `/trust/can-sign?platform=${platform}` })),
  'post /keys/requests': ({ keyRequest }) => [{ at: '/keys/requests', body: keyRequest }],
  'delete /keys/requests/:id': ({ requestId }) => [{ at: `/keys/requests/${requestId}` }],
  'post /keys/requests/:id/refusal': ({ requestId }) => [{ at: `/keys/requests/${requestId}/refusal`, body: { reason: '不办理' } }],
  'post /keys/possession': ({ keyId }) => [{ at: '/keys/possession', body: { keyId, challenge: 'A'.repeat(64), sig: 'AAAA' } }],
  'post /papers': ({ paper }) => [{ at: '/papers', body: { papers: [{ payload: paper.payload, onto: paper.onto, requests: [] }] } }],
  'post /papers/signatures': ({ paper, keyId }) => [{ at: '/papers/signatures', body: { signatures: [{ digest: paper.digest, keyid: keyId, sig: 'AAAA' }] } }],
  'delete /papers/:digest': ({ paper }) => [{ at: `/papers/${paper.digest}` }],
  'post /trust/documents': async ({ envelope }) => [{ at: '/trust/documents', body: { documents: [await envelope('roster')] } }],
  'post /revocations': async ({ envelope }) => [{ at: '/revocations', body: { documents: [await envelope('revocation')] } }],
};

/** These change only what is the caller's own, whatever is sent, or nothing. */
const OWN = [
  'delete /session', 'get /session', 'get /session/factors', 'post /session/keys', 'post /session/password', 'post /session/totp', 'post /session/totp/confirm',
  'get /media', 'post /media', 'post /speech', 'post /speech/lexicon', 'post /speech/read', 'post /assignments/draft', 'post /time/confirmation', 'post /history/epoch', 'post /audit/check',
];

const nameOf = ({ method, path }: RouteEntry): string => `${method} ${path}`;
const takesNothing = ({ method, path, contract }: RouteEntry): boolean => method === 'get' && !path.includes(':') && !Object.keys(contract?.query?.shape ?? {}).some((key) => !['count', 'from', 'state', 'mode', 'whose'].includes(key));

export function t06(attacked: Attacked): void {
  threat(attacked, 'T06', 'another platform\'s ids', () => {
    let foreign: Foreign;
    let before: string;
    const state = async (): Promise<string> => JSON.stringify(await Promise.all(['message', 'approval', 'dispatch', 'account', 'terminal', 'drill', 'template_version', 'template_use', 'isolate', 'trust_document', 'account_key', 'account_totp', 'media', 'permit', 'permit_use', 'key_request', 'key_possession', 'paper', 'paper_signature'].map(async (table) => {
      const rows = await attacked.db.asOwner(`SELECT to_regclass('${table}') IS NOT NULL AS there`);
      return rows[0]?.['there'] === true ? attacked.db.asOwner(`SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS all FROM ${table} t`) : table;
    })));

    beforeAll(async () => {
      const { flow, server, db } = attacked;
      const made = await flow.submit('t2', {}, true);
      const author = await flow.as('t2-author');
      const now = server.clock.now();
      const drill = await author.post('/api/drills', { name: '防汛演练', kind: 'terminal', areas: ['t2-area'], opensAt: now, closesAt: now + 3_600_000, notice: '今天下午防汛演练。' });
      const recording = await flow.upload(author, writeWav(generateSiren('rise-fall', 700)), 'recording');
      expect(recording.status).toBe(201);
      const { id: _id, version: _version, enabled: _enabled, proposed: _proposed, shipped: _shipped, writtenBy: _by, writtenAt: _at, ...template } = (await author.get('/api/templates/rainstorm-red')).body;
      await db.asOwner("INSERT INTO template_version (platform, id, version, body, written_by, written_at) VALUES ('t2', 'of-t2', 1, $1, 't2-author', 1)", [JSON.stringify(template)]);
      await db.asOwner("INSERT INTO template_use (platform, id, version, changed_by, changed_at) VALUES ('t2', 'of-t2', 1, 't2-officer-1', 1)");
      expect((await author.get('/api/templates/of-t2')).status).toBe(200);
      const incident = server.clock.uuid();
      await db.asOwner("INSERT INTO incident (id, platform, kind, cause, first_at, last_at, count, terminals, witnesses, codes, subjects, key_ids, last_batch) VALUES ($1, 't2', 'refused', 'of-t2', 1, 1, 1, '{}', '{}', '{}', '{}', '{}', $1)", [incident]);
      const stranger = await makeKey();
      const permit = await (await flow.as('t2-approver-a')).post('/api/permits', { permit: await server.world.permit('v3', { set: { permitId: permitIdSchema.parse(server.clock.uuid()), issuedAt: now, notBefore: now, notAfter: now + 3_600_000 }, by: [server.world.key('t2', 'approver-a').signer] }) });
      expect(permit.status).toBe(201);
      const asked = await keyRequest('t2', 't2-author', await makeKey('es256'), { madeAt: now });
      expect((await author.post('/api/keys/requests', asked)).status).toBe(201);
      const officer = await flow.as('t2-officer-1');
      const held = (await rostersInForce(officer)).get('t2');
      if (held === undefined) throw new Error('no roster of t2');
      const paper = draftPaper(held, [{ person: personOf('t2-author'), key: asked.request.key, replaces: null, reason: 'new' }], now);
      expect((await keepPapers(officer, [paper])).status).toBe(201);
      const stream = made.digest.slice(0, 32);
      await db.asOwner(`INSERT INTO live_session (stream, message, digest, platform, author, areas, claimed_until, ends_at, dispatch, start_at, started_at, ended_at, ended)
        VALUES ($1, $2, $3, 't2', 't2-author', '{t2-area}', 1, 1, $2, 1, 1, 1, 'LIVE_SAID')`, [stream, made.id, made.digest]);
      foreign = {
        message: made.id, stream, drill: drill.body.id, incident, sha256: recording.body.sha256, template: 'of-t2', templateBody: template, keyId: stranger.record.keyId, permit: permit.body.digest,
        keyRequest: await keyRequest('t2', 't2-author', await makeKey('es256'), { madeAt: now }), requestId: requestId(asked), paper,
        // Well formed, about the other township, signed by its own officer's key where a caller could have copied it.
        envelope: async (word) => (word === 'message' ? made.envelope : word === 'approval' ? server.world.approval('t2', made.envelope, 'approver-a')
          : signEnvelope(word as never, encodePayload({ platform: 't2' }), [stranger.signer]).then((signed) => ({ ...signed, payload: toBase64(encodePayload({ platform: 't2' })) }))),
      };
      before = await state();
    }, 60_000);

    it('are known for every route that could be given one', () => {
      const unknown = attacked.routes.filter((route) => route.policy?.kind === 'permission' && CALLS[nameOf(route)] === undefined && !OWN.includes(nameOf(route)) && !takesNothing(route));
      expect(unknown.map(nameOf)).toEqual([]);
      const gone = [...Object.keys(CALLS), ...OWN].filter((name) => !attacked.routes.some((route) => nameOf(route) === name));
      expect(gone).toEqual([]);
    });

    it.each(Object.entries(CALLERS))('open nothing to %s, on any route: 403 or 404, whatever else is wrong', async (account, roles) => {
      attacked.server.clock.advance(MINUTE);
      const token = await attacked.token(account);
      for (const route of attacked.routes) {
        const calls = await CALLS[nameOf(route)]?.(foreign);
        for (const { at, body } of calls ?? []) {
          attacked.server.clock.advance(1_000);
          const answer = await attacked.ask(route.method.toUpperCase(), `/api${at}`, { token, ...(body === undefined ? {} : { body }) });
          const may = route.policy?.kind === 'permission' && mayDo({ roles }, route.policy.name);
          expect([account, nameOf(route), may && answer.status === 404 ? 403 : answer.status, may || answer.body.code]).toEqual([account, nameOf(route), 403, may || 'FORBIDDEN']);
        }
      }
    });

    it.each(Object.keys(CALLERS))('show nothing of theirs to %s in any list', async (account) => {
      attacked.server.clock.advance(MINUTE);
      const token = await attacked.token(account);
      for (const route of attacked.routes.filter(takesNothing)) {
        attacked.server.clock.advance(1_000);
        const { status, text } = await attacked.ask('GET', `/api${route.path}${route.path === '/keys' ? '?whose=all' : ''}`, { token });
        expect([nameOf(route), [200, 403].includes(status)]).toEqual([nameOf(route), true]);
        for (const theirs of ['v3-term-1', 't2-author', 'v3-author', foreign.message, foreign.stream, foreign.drill, foreign.incident, 'of-t2', '"t2"', '"v3"', 't2-area', 'v3-area']) expect([nameOf(route), theirs, text.includes(theirs)]).toEqual([nameOf(route), theirs, false]);
      }
    });

    it('have left no row changed', async () => {
      const now = await state();
      expect(now).toBe(before);
    });
  });
}
