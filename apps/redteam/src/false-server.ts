import { createHash } from 'node:crypto';
import tls from 'node:tls';
import { DEVICE_SUBPROTOCOL } from '#libs/contracts';
import { createWsLink, districtTls } from '../../terminal-agent/src/uplink/ws-link';

/** RFC 6455 1.3. */
const HANDSHAKE = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const CHALLENGE = JSON.stringify({ kind: 'challenge', nonce: '00112233445566778899aabbccddeeff', serverTime: 1 });
const PATIENCE_MS = 5_000;

export interface Certificate { readonly cert: string; readonly key: string }

/** What such a server agrees to: by default what ours does. */
export interface Manners {
  readonly tls?: Pick<tls.TlsOptions, 'minVersion' | 'maxVersion' | 'ciphers'>;
  /** The subprotocol that it answers with; null for none. */
  readonly protocol?: string | null;
}

/**
 * A man in the middle: a server with this certificate, and a terminal's own link that was led to it. `linked` when the
 * terminal read a frame of it, else why it hung up. `isRevoked`: what this terminal has been told of certificates.
 */
export async function ledTo({ cert, key }: Certificate, districtCa: string, port: number, sleep: (ms: number) => Promise<void>, isRevoked: (chain: readonly string[]) => boolean = () => false, { tls: agreed = {}, protocol = DEVICE_SUBPROTOCOL }: Manners = {}): Promise<string> {
  const server = tls.createServer({ cert, key, ...agreed }, (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (request) => {
      const asked = /sec-websocket-key: (\S+)/i.exec(request.toString('latin1'))?.[1] ?? '';
      const accept = createHash('sha1').update(`${asked}${HANDSHAKE}`).digest('base64');
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${protocol === null ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`}\r\n`);
      socket.write(Buffer.concat([Buffer.of(0x81, CHALLENGE.length), Buffer.from(CHALLENGE)]));
    });
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  try {
    let closed: (() => void) | undefined;
    const outcome = new Promise<string>((resolve) => {
      const connection = createWsLink(`https://127.0.0.1:${port}`, districtTls(districtCa)).connect({ isRevoked, onFrame: () => { resolve('linked'); }, onBlock: () => undefined, onClose: (reason) => { resolve(`no link: ${reason}`); } });
      closed = () => { connection.close(); };
    });
    const answer = await Promise.race([outcome, sleep(PATIENCE_MS).then(() => 'no link: nothing heard')]);
    closed?.();
    return answer;
  } finally {
    await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
  }
}
