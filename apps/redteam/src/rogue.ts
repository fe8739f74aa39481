import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import path from 'node:path';
import { CLAIM_CONTEXT, digestSchema, fleetSchema, HELLO_CONTEXT, serverFrameSchema, type Fleet, type ServerFrame } from '#libs/contracts';
import { toBase64 } from '#libs/envelope';
import type { Signer } from '#libs/suites';
import { systemClock } from '../../cli/src';
import { challengeBytes } from '../../terminal-agent/src/enrol/sign-hello';
import { createWsLink, districtTls, mediaAgent } from '../../terminal-agent/src/uplink/ws-link';
import type { Connection } from '../../terminal-agent/src/uplink/link';
import type { Range } from './range';

const ANSWER_MS = 10_000;

/** A box of the attacker's at the gateway's door: it speaks the device link, and says what it likes. */
export class Rogue {
  private readonly frames: ServerFrame[] = [];
  private closed: string | undefined;
  private wake: () => void = () => undefined;
  private readonly connection: Connection;

  private constructor(fleet: Fleet, private readonly ca: string, private readonly gatewayUrl: string) {
    this.connection = createWsLink(fleet.gatewayUrl, districtTls(ca)).connect({
      isRevoked: () => false,
      onFrame: (text) => {
        const frame = serverFrameSchema.safeParse(JSON.parse(text));
        if (frame.success) this.frames.push(frame.data);
        this.wake();
      },
      onBlock: () => undefined,
      onClose: (reason) => {
        this.closed = reason;
        this.wake();
      },
    });
  }

  /** Connected, with the challenge still to be answered. */
  static knock(range: Range): Rogue {
    const fleet = fleetOf(range);
    return new Rogue(fleet, readFileSync(fleet.caFile, 'utf8'), fleet.gatewayUrl);
  }

  get isOpen(): boolean {
    return this.closed === undefined;
  }

  /** `claimed`, or the code that refused it. */
  async claim(code: string, physicalCode: string, key: Signer): Promise<string> {
    const nonce = await this.challenge();
    this.say({ kind: 'claim', code, physicalCode, key: key.key, sig: toBase64(await key.sign(challengeBytes(CLAIM_CONTEXT, nonce, code))) });
    return this.verdict('claimed');
  }

  /** `welcome`, or the code that refused it. */
  async hello(terminal: string, key: Signer, keyId: string = key.key.keyId): Promise<string> {
    const nonce = await this.challenge();
    this.say({ kind: 'hello', terminal, keyId: digestSchema.parse(keyId), agent: 'rogue/1', sig: toBase64(await key.sign(challengeBytes(HELLO_CONTEXT, nonce, terminal))) });
    return this.verdict('welcome');
  }

  /** Answers the challenge with this, whatever it is; the code with which it was turned away, undefined while it is let stay. */
  async saysFirst(frame: object, withinMs: number): Promise<string | undefined> {
    await this.challenge();
    this.say(frame);
    return this.turnedAway(withinMs);
  }

  say(frame: object): boolean {
    return this.connection.send(JSON.stringify(frame));
  }

  /** Everything that it was told since it knocked. */
  told(): readonly ServerFrame[] {
    return this.frames;
  }

  /** The code with which it was turned away, once it was; undefined while it is let stay. */
  async turnedAway(withinMs: number): Promise<string | undefined> {
    const end = systemClock.now() + withinMs;
    while (this.closed === undefined && systemClock.now() < end) await this.something(end);
    const refused = this.frames.findLast((frame) => frame.kind === 'refused');
    return refused?.kind === 'refused' ? refused.code : this.closed;
  }

  /** HTTP status of a file fetched with this connection's token, another, or none. */
  fetchMedia(sha256: string, token = this.token()): Promise<number> {
    return new Promise((resolve) => {
      const asked = request(new URL(`/media/${sha256}`, this.gatewayUrl.replace(/^ws/, 'http')), {
        agent: mediaAgent(districtTls(this.ca), 1), headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asked.on('error', () => { resolve(0); });
      asked.end();
    });
  }

  token(): string | undefined {
    const welcome = this.frames.find((frame) => frame.kind === 'welcome');
    return welcome?.kind === 'welcome' ? welcome.mediaToken : undefined;
  }

  leave(): void {
    this.connection.close();
  }

  private async challenge(): Promise<string> {
    const first = await this.first((frame) => frame.kind === 'challenge');
    if (first?.kind !== 'challenge') throw new Error(`the gateway did not challenge: ${this.closed ?? 'nothing said'}`);
    return first.nonce;
  }

  private async verdict(good: 'claimed' | 'welcome'): Promise<string> {
    const answer = await this.first((frame) => frame.kind === good || frame.kind === 'refused');
    return answer?.kind === 'refused' ? answer.code : answer?.kind ?? `closed: ${this.closed ?? 'nothing said'}`;
  }

  private async first(wanted: (frame: ServerFrame) => boolean): Promise<ServerFrame | undefined> {
    const end = systemClock.now() + ANSWER_MS;
    for (;;) {
      const found = this.frames.find(wanted);
      if (found !== undefined || this.closed !== undefined || systemClock.now() >= end) return found;
      await this.something(end);
    }
  }

  private something(end: number): Promise<void> {
    return Promise.race([new Promise<void>((resolve) => { this.wake = resolve; }), systemClock.sleep(Math.max(1, Math.min(200, end - systemClock.now())))]);
  }
}

/** The demo's own list of its terminals, claim codes included. */
export function fleetOf(range: Range): Fleet {
  return fleetSchema.parse(JSON.parse(readFileSync(path.join(range.setting.cli.dataDir, 'simulator', 'fleet.json'), 'utf8')));
}
