import { Agent } from 'node:https';
import { connect as tlsConnect, createSecureContext } from 'node:tls';
import WebSocket from 'ws';
import { DEVICE_PATH, DEVICE_SUBPROTOCOL, serverFrameSchema, type ServerFrame } from '#libs/contracts';
import type { GeneratedKey } from '#libs/suites';

type Kind = ServerFrame['kind'];
type FrameOf<K extends Kind> = Extract<ServerFrame, { kind: K }>;

/** Parsing the CA once makes a burst of hundreds cheap on our side; sessions are not resumed. */
const agents = new Map<string, Agent>();
function agentFor(ca: string): Agent {
  const agent = agents.get(ca) ?? new Agent({ secureContext: createSecureContext({ ca }), maxCachedSessions: 0 });
  agents.set(ca, agent);
  return agent;
}

/** One connection of a terminal as docs/protocol.md describes it, with a record of everything that came. */
export class TestTerminal {
  readonly socket: WebSocket;
  /** Everything received, in order, with the exact text. */
  readonly received: { readonly frame: ServerFrame; readonly text: string }[] = [];
  /** Binary frames, in order. */
  readonly blocks: Buffer[] = [];
  closeCode: number | undefined;
  failure: Error | undefined;
  private readonly taken = new Set<object>();
  private readonly watchers = new Set<() => void>();

  constructor(port: number, ca: string, options: { readonly protocol?: string; readonly path?: string; readonly origin?: string; readonly protocolVersion?: number } = {}) {
    this.socket = new WebSocket(`wss://127.0.0.1:${port}${options.path ?? DEVICE_PATH}`, options.protocol ?? DEVICE_SUBPROTOCOL, {
      agent: agentFor(ca), perMessageDeflate: false, ...(options.origin === undefined ? {} : { origin: options.origin }), ...(options.protocolVersion === undefined ? {} : { protocolVersion: options.protocolVersion }),
    });
    this.socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) {
        this.blocks.push(data);
        return this.wake();
      }
      const text = data.toString('utf8');
      this.received.push({ frame: serverFrameSchema.parse(JSON.parse(text)), text });
      this.wake();
    });
    this.socket.on('close', (code) => {
      this.closeCode = code;
      this.wake();
    });
    this.socket.on('error', (cause) => {
      this.failure = cause;
      this.wake();
    });
  }

  get kinds(): readonly Kind[] {
    return this.received.map(({ frame }) => frame.kind);
  }

  /** The next frame of this kind that no call took before; fails when the connection ends without one. */
  async frame<K extends Kind>(kind: K): Promise<FrameOf<K>> {
    for (;;) {
      const entry = this.received.find((candidate) => candidate.frame.kind === kind && !this.taken.has(candidate));
      if (entry !== undefined) {
        this.taken.add(entry);
        return entry.frame as FrameOf<K>;
      }
      if (this.closeCode !== undefined) throw new Error(`closed with ${this.closeCode} after ${this.kinds.join(', ')}`);
      await this.change();
    }
  }

  /** Resolves to the code of the `refused` frame, after the connection has closed. */
  async refusal(): Promise<string> {
    const { code } = await this.frame('refused');
    await this.closed();
    return code;
  }

  async closed(): Promise<number> {
    while (this.closeCode === undefined) await this.change();
    return this.closeCode;
  }

  send(frame: object | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  async hello(terminal: string, key: GeneratedKey, change: { readonly nonce?: string; readonly context?: string; readonly keyId?: string } = {}): Promise<void> {
    const { nonce } = await this.frame('challenge');
    const text = `${change.context ?? 'clarion-device-hello.v1'}\0${change.nonce ?? nonce}\0${terminal}`;
    const sig = Buffer.from(await key.signer.sign(Buffer.from(text))).toString('base64');
    this.send({ kind: 'hello', terminal, keyId: change.keyId ?? key.key.keyId, agent: 'test', sig });
  }

  async claim(code: string, key: GeneratedKey, change: { readonly signs?: string } = {}): Promise<void> {
    const { nonce } = await this.frame('challenge');
    const sig = Buffer.from(await key.signer.sign(Buffer.from(`clarion-device-claim.v1\0${nonce}\0${change.signs ?? code}`))).toString('base64');
    this.send({ kind: 'claim', code, physicalCode: 'SN-1', key: key.key, sig });
    this.nonce = nonce;
  }

  /** The nonce that `claim` used; the hello on the same connection signs it too. */
  nonce = '';

  async helloAfterClaim(terminal: string, key: GeneratedKey): Promise<void> {
    const sig = Buffer.from(await key.signer.sign(Buffer.from(`clarion-device-hello.v1\0${this.nonce}\0${terminal}`))).toString('base64');
    this.send({ kind: 'hello', terminal, keyId: key.key.keyId, agent: 'test', sig });
  }

  cut(): void {
    this.socket.terminate();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.watchers.delete(wake);
        resolve();
      };
      this.watchers.add(wake);
    });
  }

  private wake(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}

/** Raw bytes over TLS, for what no WebSocket client would do; resolves to whatever came back until the end. */
export function rawTls(port: number, ca: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = tlsConnect({ host: '127.0.0.1', port, ca }, () => socket.write(text));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}
