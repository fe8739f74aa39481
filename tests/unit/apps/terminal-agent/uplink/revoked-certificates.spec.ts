import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { certificateFingerprint, createDistrictCa, generateRsaKey, issueServerCertificate, type DistrictCa } from '#libs/pki';
import { createHttpsMedia } from '../../../../../apps/terminal-agent/src/uplink/https-media';
import type { Connection } from '../../../../../apps/terminal-agent/src/uplink/link';
import { createWsLink, districtTls, mediaAgent } from '../../../../../apps/terminal-agent/src/uplink/ws-link';
import { digestNamed } from '../../../../support/trust-builder';

interface Leaf { readonly cert: string; readonly key: string }
let ca: DistrictCa;
let leaves: readonly Leaf[];
let server: Server;
let url: string;
let heard: string[] = [];
const live = new Set<TLSSocket>();
const resumed: boolean[] = [];
const revoked = new Set<string>();
const isRevoked = (chain: readonly string[]): boolean => chain.some((fingerprint) => revoked.has(fingerprint));

async function leafOf(): Promise<Leaf> {
  const { publicKeyPem, privateKeyPem } = await generateRsaKey(2_048);
  return { cert: issueServerCertificate({ ca, names: { dns: ['localhost'], ip: ['127.0.0.1'] }, publicKeyPem, now: Date.now(), serial: randomBytes(16) }), key: privateKeyPem };
}
const leaf = (at: number): Leaf => leaves[at] ?? { cert: '', key: '' };

/** Speaks as much of the device link and of media as is needed to be linked to. */
function answer(socket: TLSSocket): void {
  live.add(socket);
  resumed.push(socket.isSessionReused());
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    const text = bytes.toString('latin1');
    heard.push(text);
    const asked = /sec-websocket-key: (\S+)/i.exec(text)?.[1];
    if (asked !== undefined) {
      const accept = createHash('sha1').update(`${asked}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: clarion.device.v1\r\n\r\n`);
      socket.write(Buffer.from([0x81, 2, 0x68, 0x69]));
    } else if (text.startsWith('GET /media/')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  });
}

beforeAll(async () => {
  ca = await createDistrictCa({ districtId: 'd', now: Date.now(), serial: randomBytes(16) });
  leaves = await Promise.all([leafOf(), leafOf()]);
  server = createServer({ ...leaf(0) }, answer);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  live.forEach((socket) => socket.destroy());
  server.close();
});
beforeEach(() => {
  revoked.clear();
  heard = [];
  server.setSecureContext(leaf(0));
});

interface Outcome { readonly said: string; readonly connection: Connection; readonly closed: Promise<string> }

function linkOnce(link = createWsLink(url, districtTls(ca.certPem))): Promise<Outcome> {
  return new Promise((resolve) => {
    let close: (reason: string) => void = () => undefined;
    const closed = new Promise<string>((done) => { close = done; });
    const connection = link.connect({
      isRevoked,
      onFrame: (text) => resolve({ said: text, connection, closed }),
      onBlock: () => undefined,
      onClose: (reason) => {
        close(reason);
        resolve({ said: reason, connection, closed });
      },
    });
  });
}

describe('a server whose certificate was revoked', () => {
  it('hears nothing, not even what it would be asked for; another certificate of the same authority is linked to', async () => {
    revoked.add(certificateFingerprint(leaf(0).cert));
    expect((await linkOnce()).said).toBe('TLS_CERTIFICATE_REVOKED');
    expect(heard).toEqual([]);
    server.setSecureContext(leaf(1));
    const { said, connection } = await linkOnce();
    expect(said).toBe('hi');
    expect(connection.chain()).toEqual([certificateFingerprint(leaf(1).cert)]);
    connection.close();
  });

  it('is not the pinned authority: who names that one cuts nobody off', async () => {
    revoked.add(ca.fingerprint256);
    const { said, connection } = await linkOnce();
    expect(said).toBe('hi');
    connection.close();
  });

  it('cannot hide behind a session that is resumed: every connection is a whole handshake, and both ways know whom they speak to', async () => {
    const link = createWsLink(url, districtTls(ca.certPem));
    const agent = mediaAgent(districtTls(ca.certPem), 1);
    const media = createHttpsMedia(url, agent, [new X509Certificate(ca.certPem)]);
    for (let round = 0; round < 3; round += 1) {
      const { said, connection } = await linkOnce(link);
      expect([said, connection.chain()]).toEqual(['hi', [certificateFingerprint(leaf(0).cert)]]);
      connection.close();
      const outcome = await media.fetch({ sha256: digestNamed('x'), from: 0, token: 'secret', isRevoked, onStart: () => undefined, onChunk: () => true });
      expect(outcome).toEqual({ kind: 'complete' });
      const open = [...live].filter((socket) => !socket.destroyed);
      await Promise.all(open.map((socket) => new Promise((done) => socket.once('close', done).end())));
    }
    expect(resumed).not.toContain(true);
    agent.destroy();
  });

  it('is not asked for media either, on a new connection or on one that is kept', async () => {
    const agent = mediaAgent(districtTls(ca.certPem), 1);
    const media = createHttpsMedia(url, agent, [new X509Certificate(ca.certPem)]);
    const fetched = () => media.fetch({ sha256: digestNamed('x'), from: 0, token: 'secret', isRevoked, onStart: () => undefined, onChunk: () => true });
    expect(await fetched()).toEqual({ kind: 'complete' });
    expect(heard).toHaveLength(1);
    // The kept connection serves again, still known for what it showed: else each download after the first would begin in vain.
    const connections = live.size;
    expect([await fetched(), await fetched(), live.size - connections, heard.length]).toEqual([{ kind: 'complete' }, { kind: 'complete' }, 0, 3]);
    revoked.add(certificateFingerprint(leaf(0).cert));
    expect([await fetched(), await fetched(), heard.length]).toEqual([{ kind: 'cut' }, { kind: 'cut' }, 3]);
    revoked.clear();
    expect(await fetched()).toEqual({ kind: 'complete' });
    agent.destroy();
  });
});
