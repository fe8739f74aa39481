import { beaconSchema, keyIdSchema, platformRoutes, revocationSchema, rosterSchema, type ExchangeAnswer, type Revocation } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { wordOf } from '#libs/envelope';
import { FEATURES } from '../../../../../apps/platform/src/app.module';
import { readPayload, useMessageFlow } from '../../../../support/message-flow';
import { usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { areaOf, makeKey, NONCE, type PlatformName } from '../../../../support/trust-builder';

const db = useDatabase();
const server = usePlatform(db, { features: FEATURES });
const flow = useMessageFlow(server);

async function exchange(terminal: string): Promise<ExchangeAnswer> {
  const health = { state: 'ready', playing: null, volumePermille: 1000, muted: false, amplifier: 'ok', isolatedUntil: null, supply: 'mains', clockOffsetMs: 0, spooledReceipts: 0, freeDiskMiB: 100 };
  const { body } = await server.internal(platformRoutes.exchanges.path, { exchanges: [{ terminal, exchange: { kind: 'exchange', health, counter: 0, versions: null, assignmentVersion: 0, held: '0'.repeat(64), nonce: NONCE } }] });
  const [answer] = platformRoutes.exchanges.answer.parse(body).answers;
  if (answer === undefined) throw new Error('no answer');
  return answer.exchange;
}

const officerKey = (platform: PlatformName, index: number) => {
  const officer = server.world.platform(platform).officers[index];
  if (officer === undefined) throw new Error(`${platform} has fewer officers`);
  return officer.key;
};
const words = ({ documents }: ExchangeAnswer): readonly string[] => documents.map((document) => {
  const { platform, district } = readPayload<{ platform?: string; district?: string }>(document);
  return `${wordOf(document.payloadType) ?? '?'}:${platform ?? district ?? '?'}`;
});
const post = async (account: string, at: string, documents: readonly Envelope[], more: object = {}) => (await flow.as(account)).post(at, { documents, ...more });

describe('a charter that lists other officers', () => {
  it('leaves the terminals where their officers put them, and asks for a new signature', async () => {
    const fresh = await Promise.all([1, 2].map(() => makeKey()));
    const charter = server.world.charterPayload('v3');
    const officers = charter.officers.map((officer, index) => ({ ...officer, key: fresh[index]?.record ?? officer.key }));
    const documents = [
      await server.world.charter('v3', { set: { version: 2, officers } }),
      await server.world.roster('v3', { set: { ...rosterInForce('v3'), version: 2 }, by: fresh.map(({ signer }) => signer) }),
    ];
    expect((await post('d-officer-1', '/api/trust/documents', documents)).body).toEqual({ accepted: 2 });
    const { body } = await (await flow.as('d-officer-1')).get('/api/terminals/v3-term-1');
    expect(body).toMatchObject({ state: 'assigned', assignmentVersion: 1 });
    await flow.onAir('v3');
    expect(flow.gateway.frames('order').at(-1)?.terminals).toEqual(['v3-term-1']);
    const draft = await (await flow.as('d-officer-1')).post('/api/assignments/draft', {});
    expect(draft.body.batches.map(({ platform }: { platform: string }) => platform)).toEqual(['v3']);
  });
});

describe('a revocation that takes the ground from a township', () => {
  const revoke = (platform: PlatformName, entries: Revocation['entries'], set: Partial<Revocation> = {}, by = 1) =>
    server.world.revocation(platform, { set: { entries, issuedAt: server.clock.now(), ...set }, by: [officerKey(platform, by).signer] });

  it('reaches the terminals it is meant for at once, and whoever was away with the next exchange', async () => {
    const envelope = await revoke('t1', [{ keyId: keyIdSchema.parse(officerKey('t1', 0).record.keyId), reason: 'compromised', since: server.clock.now() }]);
    expect((await post('t1-officer-1', '/api/revocations', [envelope])).body).toEqual({ accepted: 1 });
    await flow.settle();
    const pushed = flow.gateway.frames('document').find(({ frame }) => frame.document.payload === envelope.payload);
    expect([...pushed?.terminals ?? []].sort()).toEqual(['t1-term-1', 'v1-term-1', 'v2-term-1']);
    for (const terminal of ['t1-term-1', 'v1-term-1']) {
      const answer = await exchange(terminal);
      expect(words(answer)).toEqual(['root:d', 'charter:d', 'roster:d', 'charter:t1', 'revocation:t1', `assignment:${terminal.replace('-term-1', '')}`]);
      const document = answer.documents.find(({ payloadType }) => payloadType === envelope.payloadType);
      expect(revocationSchema.parse(readPayload(document ?? envelope)).entries).toHaveLength(1);
      expect(beaconSchema.parse(readPayload(answer.beacon ?? envelope))).toMatchObject({ platform: 'd', nonce: NONCE, terminal });
    }
  });

  it('leaves the district its say over them: its stop is theirs', async () => {
    const stop = await flow.stop('d', { area: areaOf('t1-area') });
    const { stops } = await exchange('v1-term-1');
    expect(stops.map((one) => readPayload<{ stopId: string }>(one).stopId)).toContain(stop.stopId);
  });
});

function rosterInForce(platform: PlatformName) {
  const envelope = server.world.expected.documents.find((document) => document.payloadType.includes('.roster.') && readPayload<{ platform: string }>(document).platform === platform);
  if (envelope === undefined) throw new Error(`no roster of ${platform}`);
  return rosterSchema.parse(readPayload(envelope));
}
