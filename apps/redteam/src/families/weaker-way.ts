import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { DEVICE_PATH, DEVICE_SUBPROTOCOL } from '#libs/contracts';
import { toBase64 } from '#libs/envelope';
import { createDistrictCa } from '#libs/pki';
import { generateKey } from '#libs/suites';
import { systemClock } from '../../../cli/src';
import { until } from '../../../scripted-day/src/until';
import { createWsLink, districtTls } from '../../../terminal-agent/src/uplink/ws-link';
import type { Family, Scene } from '../attack';
import { ledTo, type Manners } from '../false-server';
import type { Aired } from '../range';
import { fleetOf, Rogue } from '../rogue';

const PATIENCE_MS = 3_000;
const SOUNDS_MS = 30_000;
/** Beside those of the man in the middle. */
const PORTS_ABOVE_DEVICES = { false: 54, weak: 55, plain: 56 } as const;
const HOST = '127.0.0.1';
/** OpenSSL offers these to nobody who does not ask for them. */
const ANYTHING = 'ALL:eNULL:aNULL:@SECLEVEL=0';
const OLD_TLS: readonly (readonly [string, NonNullable<Manners['tls']>])[] = [
  ['TLS 1.0', { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: ANYTHING }], ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: ANYTHING }],
  ['TLS 1.2 without certificate or cipher', { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'eNULL:aNULL:@SECLEVEL=0' }],
];
const NOW_TLS = ['TLSv1.2', 'TLSv1.3'] as const;
const REFUSED_UPGRADE = /^HTTP\/1\.1 4(?:00|03|04|26) /;

/** The gateway's door, as the terminals of the demo know it. */
interface Door { readonly port: number; readonly ca: string }

/** Somebody asks the gateway, or offers a terminal, something older, weaker or unsigned (T29): there is no such way in, and so none to be talked into. */
export const WEAKER_WAY: Family = {
  family: 'an older or weaker way in', threat: 'T29', where: 'district',
  run: async (scene) => {
    const { range, tally } = scene;
    const since = systemClock.now();
    const fleet = fleetOf(range);
    const { online } = await range.simulator.status();
    const door: Door = { port: Number(new URL(fleet.gatewayUrl).port), ca: readFileSync(fleet.caFile, 'utf8') };
    const aired = await range.airNotice([range.cast.insideArea]);
    await oldTls(scene, door);
    await inTheClear(scene, door);
    await otherProtocols(scene, door);
    await unsignedHellos(scene);
    await offered(scene, door);
    await unsignedOrders(scene, aired);
    tally.control('every terminal is still there', await range.untilOnline(online));
    tally.heard('in all', (await range.soundedWrongly(since)).length);
  },
};

/** Handshakes that nobody should make any more. The same client gets in where somebody lets it. */
async function oldTls({ tally }: Scene, { port, ca }: Door): Promise<void> {
  for (const [name, manners] of OLD_TLS) {
    tally.control(`${name} is what this client can speak`, await withServer(port + PORTS_ABOVE_DEVICES.weak, manners, (weak) => handshake(weak, { ...manners, rejectUnauthorized: false })) === 'linked');
    tally.judged(`${name} at the gateway`, await handshake(port, { ...manners, ca, rejectUnauthorized: false }), ['no link']);
  }
  for (const version of NOW_TLS) tally.control(`${version} at the gateway`, await handshake(port, { minVersion: version, maxVersion: version, ca }) === 'linked');
}

/** Without TLS the door says nothing that a terminal, a browser or a program would take for an answer. */
async function inTheClear({ tally }: Scene, { port }: Door): Promise<void> {
  const attempts: readonly (readonly [string, string | Buffer])[] = [
    ['an upgrade', upgrade()], ['a request for media', `GET /media/${'0'.repeat(64)} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`], ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['an order as text', '{"kind":"order","order":{}}\n'], ['a frame of a WebSocket', Buffer.concat([Buffer.of(0x81, 0x20), Buffer.from(JSON.stringify({ kind: 'order', order: null }))])], ['nothing but zeros', Buffer.alloc(512)],
  ];
  for (const [name, bytes] of attempts) {
    const answer = await said(net.connect(port, HOST), bytes);
    tally.judged(`${name} in the clear: ${answer.toString('latin1').slice(0, 40)}`, isPlain(answer) ? 'answered' : 'no answer', ['no answer']);
  }
}

/** Inside TLS: other protocols than the one there is, other places, and whoever comes as a page. */
async function otherProtocols({ tally }: Scene, { port, ca }: Door): Promise<void> {
  const asked = async (request: string): Promise<string> => (await said(tls.connect({ port, host: HOST, ca }), request)).toString('latin1').split('\r\n')[0] ?? '';
  tally.control('the one protocol is spoken', (await asked(upgrade())).startsWith('HTTP/1.1 101'));
  const attempts: readonly (readonly [string, string])[] = [
    ...['clarion.device.v0', 'clarion.device.v2', 'clarion.device', 'device.v1', ''].map((protocol) => [`protocol "${protocol}"`, upgrade({ protocol })] as const),
    ...['/device/v0', '/v0/device', '/', '/socket.io/?EIO=4&transport=websocket', '/device?v=0'].map((at) => [`a link at ${at}`, upgrade({ at })] as const),
    ['a page', upgrade({ more: 'Origin: https://example.cn\r\n' })], ['an older WebSocket', upgrade({ version: '8' })], ['no version of the WebSocket', upgrade({ version: '' })],
  ];
  for (const [name, request] of attempts) {
    const line = await asked(request);
    tally.judged(`${name}: ${line}`, REFUSED_UPGRADE.test(line) ? 'refused' : line, ['refused']);
  }
}

/** A genuine protocol, and in it words without a signature, with another suite's name, or of a version that was never there. */
async function unsignedHellos({ range, tally }: Scene): Promise<void> {
  const [victim] = fleetOf(range).terminals;
  if (victim === undefined) throw new Error('no terminal');
  const { signer } = await generateKey('ed25519');
  const hello = { kind: 'hello', terminal: victim.id, keyId: signer.key.keyId, agent: 'rogue/1', sig: toBase64(await signer.sign(Buffer.from('nothing'))) };
  const { sig: _sig, ...unsigned } = hello;
  const claim = { kind: 'claim', code: victim.claimCode, physicalCode: victim.physicalCode, key: signer.key, sig: hello.sig };
  const frames: readonly (readonly [string, object, readonly string[]])[] = [
    ['a hello without a signature', unsigned, ['FRAME_INVALID']], ['a hello with an empty one', { ...hello, sig: '' }, ['FRAME_INVALID', 'HELLO_SIGNATURE']], ['a hello with none as its suite', { ...hello, alg: 'none' }, ['FRAME_INVALID']],
    ['a hello of version 0', { ...hello, v: 0 }, ['FRAME_INVALID']], ['a hello of another kind', { ...hello, kind: 'hello.v0' }, ['FRAME_INVALID']], ['a hello over nothing', hello, ['HELLO_SIGNATURE', 'DEVICE_UNKNOWN']],
    ['a claim without a signature', { ...claim, sig: undefined }, ['FRAME_INVALID']], ['a claim with a suite of ours under another name', { ...claim, key: { ...claim.key, alg: 'rsa' } }, ['FRAME_INVALID', 'CLAIM_KEY']],
    ['an exchange before any hello', { kind: 'exchange' }, ['FRAME_INVALID', 'FRAME_UNEXPECTED']], ['receipts before any hello', { kind: 'receipts', envelopes: [] }, ['FRAME_INVALID', 'FRAME_UNEXPECTED']],
  ];
  for (const [name, frame, codes] of frames) {
    const rogue = Rogue.knock(range);
    tally.judged(name, await rogue.saysFirst(frame, PATIENCE_MS) ?? 'let stay', codes);
    rogue.leave();
  }
}

/** A terminal's own link, led to a server that has the district's genuine certificate and bad manners. */
async function offered({ range, tally }: Scene, { port, ca }: Door): Promise<void> {
  const pki = path.join(range.setting.supervisor.platform.dataDir, 'pki');
  const certificate = { cert: readFileSync(path.join(pki, 'server.pem'), 'utf8'), key: readFileSync(path.join(pki, 'server-key.pem'), 'utf8') };
  const led = (manners?: Manners): Promise<string> => ledTo(certificate, ca, port + PORTS_ABOVE_DEVICES.false, (ms) => systemClock.sleep(ms), undefined, manners);
  tally.control('with good manners a terminal links to it', await led() === 'linked');
  for (const [name, manners] of OLD_TLS) tally.judged(`a terminal is offered ${name}`, (await led({ tls: manners })).split(':')[0] ?? '', ['no link']);
  for (const protocol of ['clarion.device.v0', 'clarion.device.v2', null]) tally.judged(`a terminal is offered ${protocol ?? 'no protocol'}`, (await led({ protocol })).split(':')[0] ?? '', ['no link']);
  let heard = 0;
  const plain = net.createServer((socket) => { socket.on('data', (bytes) => { heard += bytes.length; }); socket.on('error', () => undefined); });
  const clear = port + PORTS_ABOVE_DEVICES.plain;
  await listening(plain, clear);
  for (const url of [`http://${HOST}:${clear}`, `ws://${HOST}:${clear}`]) tally.judged(`a terminal is sent to ${url.split(':')[0] ?? ''}`, await linkedTo(url, ca), ['no link']);
  tally.judged('what it said there in the clear', heard === 0 ? 'nothing' : `${heard} bytes`, ['nothing']);
  plain.close();
}

/** Orders inside a terminal's link that nobody signed, or that say that they are of another version. */
async function unsignedOrders({ range, tally }: Scene, { order, targets, published }: Aired): Promise<void> {
  const { dispatch } = order;
  const victims = targets.slice(0, 1);
  // What still sounds is known, and passed over in silence.
  await until(SOUNDS_MS, async () => ((await range.cards()).some((card) => card.messageDigest === published.digest && card.endedAt === null) ? undefined : true));
  const bare: unknown = JSON.parse(Buffer.from(dispatch.payload, 'base64').toString('utf8'));
  const typed = (version: string) => ({ ...order, dispatch: { ...dispatch, payloadType: dispatch.payloadType.replace('.v1+json', version) } });
  const attempts: readonly (readonly [string, unknown, readonly string[]])[] = [
    ['signatures stripped', { kind: 'order', order: { ...order, dispatch: { ...dispatch, signatures: [] } } }, ['REJ_SHAPE']], ['type of version 0', { kind: 'order', order: typed('.v0+json') }, ['REJ_TYPE']],
    ['type of version 2', { kind: 'order', order: typed('.v2+json') }, ['REJ_TYPE']], ['no version in its type', { kind: 'order', order: typed('+json') }, ['REJ_TYPE']],
    ['none as its suite', { kind: 'order', order: { ...order, dispatch: { ...dispatch, signatures: dispatch.signatures.map((one) => ({ ...one, alg: 'none' })) } } }, ['REJ_SHAPE']],
    ['the payload as it is', { kind: 'order', order: { ...order, dispatch: bare } }, ['REJ_SHAPE']],
  ];
  for (const [name, frame, codes] of attempts) {
    const refused = await range.inject(victims, frame);
    for (const victim of victims) tally.judged(`inside the link, ${name}`, refused.get(victim)?.code ?? 'nothing said', codes);
  }
}

function upgrade({ protocol = DEVICE_SUBPROTOCOL, at = DEVICE_PATH, version = '13', more = '' }: { readonly protocol?: string; readonly at?: string; readonly version?: string; readonly more?: string } = {}): string {
  const named = [...(protocol === '' ? [] : [`Sec-WebSocket-Protocol: ${protocol}\r\n`]), ...(version === '' ? [] : [`Sec-WebSocket-Version: ${version}\r\n`])].join('');
  return `GET ${at} HTTP/1.1\r\nHost: ${HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${toBase64(systemClock.random(16))}\r\n${named}${more}\r\n`;
}

/** A TLS alert is no answer; a status line or a frame is. */
function isPlain(answer: Buffer): boolean {
  return answer.length > 0 && answer[0] !== 0x15;
}

/** `linked` when the handshake went through. */
function handshake(port: number, options: tls.ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = tls.connect({ port, host: HOST, ...options }, () => {
      resolve('linked');
      socket.destroy();
    });
    socket.on('error', () => { resolve('no link'); });
    socket.on('close', () => { resolve('no link'); });
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
  });
}

/** What came back until the other end hung up, a first line was whole, or patience was over. */
function said(socket: net.Socket, bytes: string | Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const end = (): void => {
      resolve(Buffer.concat(parts));
      socket.destroy();
    };
    socket.on('data', (part: Buffer) => {
      parts.push(part);
      if (part.includes('\r\n')) end();
    });
    socket.on('error', end);
    socket.on('close', end);
    socket.setTimeout(PATIENCE_MS, end);
    socket.write(bytes);
  });
}

function linkedTo(url: string, ca: string): Promise<string> {
  return new Promise((resolve) => {
    try {
      const connection = createWsLink(url, districtTls(ca)).connect({ isRevoked: () => false, onFrame: () => { resolve('linked'); }, onBlock: () => undefined, onClose: () => { resolve('no link'); } });
      systemClock.sleep(PATIENCE_MS).then(() => { connection.close(); }, () => undefined);
    } catch {
      resolve('no link');
    }
  });
}

async function withServer<T>(port: number, manners: NonNullable<Manners['tls']>, use: (port: number) => Promise<T>): Promise<T> {
  const { certPem, keyPem } = await createDistrictCa({ districtId: 'weak', now: systemClock.now(), serial: systemClock.random(16) });
  const server = tls.createServer({ cert: certPem, key: keyPem, ...manners }, (socket) => { socket.on('error', () => undefined); });
  server.on('tlsClientError', () => undefined);
  try {
    await listening(server, port);
    return await use(port);
  } finally {
    await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
  }
}

function listening(server: net.Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
}
