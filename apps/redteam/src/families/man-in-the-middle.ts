import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { documentsAnswerSchema, platformIdSchema, revocationSchema, stopIdSchema, trustViewSchema } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { certificateFingerprint, createDistrictCa, issueServerCertificate, type DistrictCa, type ServerNames } from '#libs/pki';
import { signEnvelope, type Signer } from '#libs/suites';
import { applyDocument, trustFromRoot } from '#libs/trust';
import { systemClock } from '../../../cli/src';
import { dispatchOf, readPayload, recorded, signed } from '../../../scripted-day/src/attacks/stolen-keys';
import { until } from '../../../scripted-day/src/until';
import { CERTIFICATE_REVOKED } from '../../../terminal-agent/src/uplink/link';
import type { Family, Scene } from '../attack';
import { ledTo, type Certificate } from '../false-server';
import type { Range } from '../range';

const DAY = 24 * 3_600_000;
const PORT_ABOVE_DEVICES = 53;
const MOVED_MS = 15_000;
const HERE: ServerNames = { dns: ['localhost'], ip: ['127.0.0.1'] };

/** Somebody stands between a terminal and its server: with certificates of his own no link comes about; with the server's own key, TLS is worth nothing and still nothing sounds that persons did not sign. */
export const MAN_IN_THE_MIDDLE: Family = {
  family: 'a man in the middle, and TLS broken', threat: 'T59 T76', where: 'district',
  run: async ({ range, tally }) => {
    const since = systemClock.now();
    const pki = path.join(range.setting.supervisor.platform.dataDir, 'pki');
    const [caPem, caKey, serverPem, serverKey] = ['ca.pem', 'ca-key.pem', 'server.pem', 'server-key.pem'].map((name) => readFileSync(path.join(pki, name), 'utf8'));
    if (caPem === undefined || caKey === undefined || serverPem === undefined || serverKey === undefined) throw new Error('no certificates of the district');
    const ca: DistrictCa = { districtId: /^O=(.+)$/m.exec(new X509Certificate(caPem).subject)?.[1] ?? '', certPem: caPem, keyPem: caKey, fingerprint256: certificateFingerprint(caPem) };
    const port = range.setting.supervisor.platform.ports.devices + PORT_ABOVE_DEVICES;
    const led = (certificate: Certificate): Promise<string> => ledTo(certificate, caPem, port, (ms) => systemClock.sleep(ms));
    tally.control('with the server\'s own certificate and key the link comes about', (await led({ cert: serverPem, key: serverKey })) === 'linked');
    for (const [name, certificate] of await certificates(ca)) {
      const outcome = await led(certificate);
      tally.judged(`${name}: ${outcome}`, outcome.startsWith('no link') ? 'no link' : outcome, ['no link']);
    }
    // The authority's key is a server's name and nothing more: whoever has it leads terminals to a server of his own, and is then where the one stands who broke TLS.
    tally.admitted('a stolen authority for certificates makes one that terminals link to', (await led(issued(ca, HERE, systemClock.now()))) === 'linked');
    await revokedOnes({ range, tally }, ca, { cert: serverPem, key: serverKey }, (certificate, isRevoked) => ledTo(certificate, caPem, port, (ms) => systemClock.sleep(ms), isRevoked));
    await broken({ range, tally });
    tally.heard('in all', (await range.soundedWrongly(since)).length);
    const after = await range.airNotice([range.cast.insideArea]);
    tally.control('a genuine notice sounds after it', after.targets.length > 0);
  },
};

function issued(ca: DistrictCa, names: ServerNames, now: number): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  return { cert: issueServerCertificate({ ca, names, publicKeyPem: publicKey, now, serial: systemClock.random(16) }), key: privateKey };
}

async function certificates(ca: DistrictCa): Promise<readonly (readonly [string, Certificate])[]> {
  const now = systemClock.now();
  const [other, twin] = [await createDistrictCa({ districtId: 'elsewhere', now, serial: systemClock.random(16) }), await createDistrictCa({ districtId: ca.districtId, now, serial: systemClock.random(16) })];
  const old = await createDistrictCa({ districtId: 'old', now: now - 200 * DAY, serial: systemClock.random(16) });
  return [
    ['another authority', issued(other, HERE, now)], ['another authority under the same name', issued(twin, HERE, now)], ['a certificate that vouches for itself', { cert: other.certPem, key: other.keyPem }],
    ['another authority, the district\'s certificate sent along', withChain(issued(other, HERE, now), ca.certPem)],
    ['another host\'s certificate of the right authority', issued(ca, { dns: ['other.example.cn'], ip: ['10.9.9.9'] }, now)],
    ['an expired certificate of another authority', issued(old, HERE, now - 150 * DAY)], ['the authority\'s own certificate in a server\'s place', { cert: ca.certPem, key: ca.keyPem }],
  ];
}

function withChain({ cert, key }: Certificate, above: string): Certificate {
  return { cert: `${cert}${above}`, key };
}

/**
 * Seen once, the certificates of a stolen authority and of a stolen server are revoked by an officer of the district. Who
 * reads the list as the server hands it out links to neither, and the district's own terminals have moved to another.
 */
async function revokedOnes({ range, tally }: Pick<Scene, 'range' | 'tally'>, ca: DistrictCa, server: Certificate, led: (certificate: Certificate, isRevoked: (chain: readonly string[]) => boolean) => Promise<string>): Promise<void> {
  const [made, unknown] = [issued(ca, HERE, systemClock.now()), issued(ca, HERE, systemClock.now())];
  const { online } = await range.simulator.status();
  await revokeCertificates(range, [made, server]);
  const known = await certificatesRevoked(range);
  const isRevoked = (chain: readonly string[]): boolean => chain.some((fingerprint) => known.has(fingerprint));
  for (const [name, certificate] of [['a revoked certificate of the stolen authority', made], ['the server\'s own, stolen and revoked', server]] as const) {
    tally.judged(name, await led(certificate, isRevoked), [`no link: ${CERTIFICATE_REVOKED}`]);
  }
  tally.admitted('another one that it makes is linked to until it is seen', (await led(unknown, isRevoked)) === 'linked');
  const renewed = await until(MOVED_MS, () => {
    const pem = readFileSync(path.join(range.setting.supervisor.platform.dataDir, 'pki', 'server.pem'), 'utf8');
    return Promise.resolve(pem === server.cert ? undefined : pem);
  });
  tally.control('the gateway has made itself another', renewed !== undefined && !isRevoked([certificateFingerprint(renewed)]));
  tally.control('all terminals are back at it', await range.untilOnline(online));
}

async function revokeCertificates(range: Range, certificates: readonly Certificate[]): Promise<void> {
  const { district, officer } = range.cast;
  const { context } = await range.actor(district, officer);
  const held = (await context.api.get('/api/trust', trustViewSchema)).revocations.map((envelope) => revocationSchema.parse(readPayload(envelope))).find(({ platform }) => platform === district);
  const since = systemClock.now();
  const revocation = revocationSchema.parse({
    entries: [], ...held, platform: district, version: (held?.version ?? 0) + 1, issuedAt: since,
    certificates: [...held?.certificates ?? [], ...certificates.map(({ cert }) => ({ fingerprint: certificateFingerprint(cert), since }))],
  });
  await context.api.post('/api/revocations', documentsAnswerSchema, { documents: [await signEnvelope('revocation', encodePayload(revocation), [await range.keys.officer(district, officer)])] });
}

/** As a terminal comes to it: from the documents that the server hands out, each verified. */
async function certificatesRevoked(range: Range): Promise<ReadonlyMap<string, unknown>> {
  const { context } = await range.actor(range.cast.district, range.cast.officer);
  const view = await context.api.get('/api/trust', trustViewSchema);
  const begun = trustFromRoot(view.root, { demo: true });
  if (!begun.ok) throw new Error(begun.code);
  return [...view.charters, ...view.revocations].reduce((state, document) => {
    const next = applyDocument(state, document, null);
    return next.ok ? next.value : state;
  }, begun.value).certificates;
}

/** The attacker sits inside the link and says whatever he wants; he has no key of any role. */
async function broken({ range, tally }: Pick<Scene, 'range' | 'tally'>): Promise<void> {
  const { cast, keys: { attacker } } = range;
  const aired = await range.airNotice([cast.insideArea]);
  const { message, dispatch } = recorded(aired.order);
  const victims = aired.targets.slice(0, 2);
  const now = systemClock.now();
  const platform = platformIdSchema.parse(cast.district);
  const forge = (word: string, payload: object, by: Signer = attacker) => signEnvelope(word, encodePayload(payload), [by]);
  const evil = await signed('message', { ...message, texts: message.texts.map((text) => ({ ...text, text: '请立即离开。' })) }, attacker);
  // An order that is known already is no incident until it has sounded, and its number is asked before its parts. A document of unknown signers waits for theirs.
  // A stop of an unknown key waits for documents and is not told of; the notices after it show that it stopped nothing.
  const sent: readonly (readonly [string, unknown, readonly string[]])[] = [
    ['an order of his own', { kind: 'order', order: await dispatchOf(dispatch, evil, [], attacker) }, ['REJ_KEY_UNKNOWN']],
    ['the genuine order once more', { kind: 'order', order: aired.order }, ['REJ_ID_SEEN', 'REJ_SEQ_REPLAY', 'REJ_COMPLETED', 'nothing said']],
    ['the genuine order with his message', { kind: 'order', order: { ...aired.order, message: evil } }, ['REJ_KEY_UNKNOWN', 'REJ_MESSAGE_DIGEST', 'REJ_SIGNATURE', 'REJ_SEQ_REPLAY', 'nothing said']],
    ['a stop', { kind: 'stop', stop: await forge('stop', { stopId: stopIdSchema.parse(systemClock.uuid7()), platform, issuedAt: now, notAfter: now + DAY, area: cast.insideArea, scope: { kind: 'all' } }) }, ['nothing said']],
    ['a roster', { kind: 'document', document: await forge('roster', { platform, version: 99 }) }, ['REJ_KEY_UNKNOWN', 'REJ_THRESHOLD', 'REJ_SCHEMA', 'nothing said']],
    ['a revocation', { kind: 'document', document: await forge('revocation', { platform, version: 99, issuedAt: now, entries: [] }) }, ['REJ_KEY_UNKNOWN', 'REJ_THRESHOLD', 'REJ_SCHEMA', 'nothing said']],
    ['half a frame', { kind: 'order' }, ['REJ_SHAPE']],
    ['a frame of no kind', { kind: 'play', sha256: dispatch.messageDigest }, ['REJ_SHAPE']],
  ];
  for (const [name, what, codes] of sent) {
    const refused = await range.inject(victims, what, codes.includes('nothing said'));
    for (const victim of victims) tally.judged(`inside the link, ${name} at ${victim}`, refused.get(victim)?.code ?? 'nothing said', codes);
  }
  await quietTime({ range, tally }, victims, await forge('beacon', beaconOf(range, now)));
}

function beaconOf(range: Range, now: number): object {
  return { platform: range.cast.district, at: now + 365 * DAY, epoch: 1, versions: { root: 1, charters: {}, rosters: {}, revocations: {} }, terminal: null, nonce: null, counter: null, head: null };
}

/** A false time is not followed: a notice composed now still sounds. Beacons of unknown keys are not told of. */
async function quietTime({ range, tally }: Pick<Scene, 'range' | 'tally'>, victims: readonly string[], beacon: unknown): Promise<void> {
  await range.simulator.inject(victims, { kind: 'exchange', beacon, documents: [], stops: [], isolates: [], orders: [] });
  const aired = await range.airNotice([range.cast.insideArea]);
  for (const victim of victims) tally.judged(`inside the link, a time a year ahead at ${victim}`, aired.targets.includes(victim) ? 'not followed' : 'followed', ['not followed']);
}
