import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { helloBytes } from '../../../apps/gateway/src/hello/signed-bytes';
import { DEVICE_PATH, DEVICE_SUBPROTOCOL } from '#libs/contracts';
import { mqttConnect, mqttSubscribe } from './mqtt';
import { BENCH_TOPIC, ICECAST_MOUNT } from './source';
import { BENCH_STREAM } from './voice';

/** A terminal's key as the listeners' process holds it. */
export interface ListenerKey {
  readonly terminal: string;
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

/** The same in the file that the benchmark writes: PKCS #8, base64. */
export type KeptKey = Omit<ListenerKey, 'privateKey'> & { readonly privateKey: string };

/** Before anybody comes: reading keys is no part of joining. */
export function readKeys(text: string): readonly ListenerKey[] {
  return (JSON.parse(text) as readonly KeptKey[]).map((key) => ({ ...key, privateKey: createPrivateKey({ key: Buffer.from(key.privateKey, 'base64'), format: 'der', type: 'pkcs8' }) }));
}

/** How a light listener of one system gets from an open socket to the first sound. */
export interface Wire {
  /** What to say once the connection stands. */
  readonly first?: Buffer;
  /** What to say to all that came so far; `connected` once it may ask for the voice; undefined to wait. */
  next(soFar: string): Buffer | 'connected' | undefined;
  readonly ask: Buffer;
  /** What it says each second while it listens. */
  readonly report?: (lastSeq: number) => Buffer;
}

export type WireKind = 'clarion' | 'mqtt' | 'icecast' | 'room';

/** `clarion` needs the keys, by index. */
export function wireOf(kind: WireKind, index: number, keys: readonly ListenerKey[]): Wire {
  switch (kind) {
    case 'clarion':
      return clarion(keys[index]);
    case 'mqtt':
      return { first: mqttConnect(`l${index}`), next: (soFar) => (soFar.length >= 4 ? 'connected' : undefined), ask: mqttSubscribe(BENCH_TOPIC) };
    case 'icecast':
      return { next: () => 'connected', ask: Buffer.from(`GET ${ICECAST_MOUNT} HTTP/1.0\r\n\r\n`) };
    case 'room':
      return room();
  }
}

function clarion(key: ListenerKey | undefined): Wire {
  if (key === undefined) throw new Error('there are fewer keys than listeners');
  let said = false;
  return {
    first: upgrade(DEVICE_PATH, DEVICE_SUBPROTOCOL),
    next: (soFar) => {
      const nonce = /"nonce":"([0-9a-f]{32})"/.exec(soFar)?.[1];
      if (nonce === undefined) return undefined;
      if (said) return soFar.includes('"welcome"') ? 'connected' : undefined;
      said = true;
      const sig = sign(null, helloBytes(nonce, key.terminal), key.privateKey).toString('base64');
      return textFrame(JSON.stringify({ kind: 'hello', terminal: key.terminal, keyId: key.keyId, agent: 'bench/1', sig }));
    },
    ask: textFrame(JSON.stringify({ kind: 'listen', stream: BENCH_STREAM, lastSeq: 0 })),
    report: (lastSeq) => textFrame(`{"kind":"progress","stream":"${BENCH_STREAM}","lastSeq":${lastSeq},"late":0,"refused":0,"bufferMs":700}`),
  };
}

/** Engine.IO 4 and Socket.IO 5 over WebSocket, by their published protocols. */
function room(): Wire {
  let said = false;
  return {
    first: upgrade('/socket.io/?EIO=4&transport=websocket'),
    next: (soFar) => {
      if (said) return soFar.includes('40{"sid"') ? 'connected' : undefined;
      if (!soFar.includes('0{"sid"')) return undefined;
      said = true;
      return textFrame('40');
    },
    ask: textFrame('42["listen"]'),
  };
}

function upgrade(path: string, protocol?: string): Buffer {
  const offered = protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${offered}\r\n`);
}

/** Masked as a client's frames must be (RFC 6455 5.3), with a key of zeros, which spares the work. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text, 'utf8');
  const head = payload.length < 126 ? [0x81, 0x80 | payload.length] : [0x81, 0xfe, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}
