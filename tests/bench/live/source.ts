import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { frameLiveBlock } from '#libs/envelope';
import { writeOggPage } from '../../../libs/audio/ogg-pages';
import { writeOpusHead, writeOpusTags } from '../../../libs/audio/opus-head';
import { answerQuestions, settingOf } from './child';
import { mqttConnect, mqttPublish } from './mqtt';
import { BENCH_STREAM, BLOCK_MS, DELAY_MS, Voice } from './voice';

const LEASE_MS = 2_000;
/** Of one block, at 48 kHz. */
const SAMPLES = 4_800;

export const BENCH_TOPIC = 'live';
export const ICECAST_MOUNT = '/live.ogg';

/** Where the voice goes: to a gateway as the platform brings it, framed to a Unix socket, to a broker, to Icecast. */
export type SourceSetting =
  | { readonly kind: 'gateway'; readonly liveSocket: string; readonly controlSocket: string }
  | { readonly kind: 'frames'; readonly socket: string }
  | { readonly kind: 'mqtt'; readonly port: number }
  | { readonly kind: 'icecast'; readonly port: number; readonly password: string };

/** Since it began to speak. */
export interface SourceFigures {
  readonly blocks: number;
  readonly signMs: number;
}

/** What the gateway answered to one lease; `at` in Unix ms. */
export interface LeaseAnswer {
  readonly at: number;
  readonly listening: number;
  readonly behind: number;
  readonly lost: number;
}

/** As large as a beacon with one lease and the signature of a dispatcher. */
const BEACON = { payloadType: 'application/vnd.clarion.beacon.v1+json', payload: Buffer.alloc(600, 0x20).toString('base64'), signatures: [{ keyid: 'ab'.repeat(32), sig: Buffer.alloc(64).toString('base64') }] };

type Send = (voice: ReturnType<Voice['next']>, index: number) => void;

async function open(setting: SourceSetting, leased: (answer: LeaseAnswer) => void): Promise<Send> {
  switch (setting.kind) {
    case 'gateway': {
      const until = Date.now() + 600_000;
      await post(setting.controlSocket, '/live/open', { stream: BENCH_STREAM, delayMs: DELAY_MS, until });
      setInterval(() => {
        void post(setting.controlSocket, '/live/lease', { streams: [BENCH_STREAM], beacon: BEACON }).then((answer) => {
          const [stream] = (answer as { readonly streams: readonly Omit<LeaseAnswer, 'at'>[] }).streams;
          if (stream !== undefined) leased({ ...stream, at: performance.timeOrigin + performance.now() });
        });
      }, LEASE_MS);
      return framesTo(await connected(connect(setting.liveSocket)));
    }
    case 'frames':
      return framesTo(await connected(connect(setting.socket)));
    case 'mqtt': {
      const broker = await connected(connect(setting.port, '127.0.0.1'));
      broker.setNoDelay(true).resume().write(mqttConnect('source'));
      return ({ block }) => broker.write(mqttPublish(BENCH_TOPIC, block));
    }
    case 'icecast': {
      const server = await connected(connect(setting.port, '127.0.0.1'));
      server.setNoDelay(true).resume();
      server.write(`PUT ${ICECAST_MOUNT} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic ${Buffer.from(`source:${setting.password}`).toString('base64')}\r\nContent-Type: audio/ogg\r\nIce-Public: 0\r\n\r\n`);
      const page = (sequence: number, packets: readonly Uint8Array[], first = false) =>
        server.write(writeOggPage({ serial: 7, sequence, granule: BigInt(Math.max(0, sequence - 1) * SAMPLES), first, packets }));
      page(0, [writeOpusHead(312)], true);
      page(1, [writeOpusTags()]);
      return ({ packets }, index) => page(index + 2, packets);
    }
  }
}

function framesTo(socket: Socket): Send {
  return ({ block }) => socket.write(frameLiveBlock(block));
}

function connected(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket));
  });
}

function post(socketPath: string, path: string, body: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const asked = request({ socketPath, path, method: 'POST', headers: { 'content-length': Buffer.byteLength(text) } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(JSON.parse(answer));
        else reject(new Error(`${path}: ${answer}`));
      });
    });
    asked.on('error', reject);
    asked.end(text);
  });
}

function main(): void {
  const setting = settingOf<SourceSetting>();
  const voice = new Voice();
  const leases: LeaseAnswer[] = [];
  answerQuestions({
    speak: async () => {
      const send = await open(setting, (answer) => leases.push(answer));
      const begun = performance.now();
      const tick = (index: number) => {
        send(voice.next(performance.timeOrigin + performance.now()), index);
        setTimeout(() => tick(index + 1), Math.max(0, begun + (index + 1) * BLOCK_MS - performance.now()));
      };
      tick(0);
    },
    figures: (): SourceFigures => ({ blocks: voice.blocks, signMs: voice.signMs }),
    leases: () => leases,
  });
}

if (require.main === module) main();
