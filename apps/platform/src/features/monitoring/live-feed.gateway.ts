import { Inject, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection, type OnGatewayDisconnect } from '@nestjs/websockets';
import type { Socket } from 'socket.io';
import type { Clock } from '../../kernel/clock';
import { Notifications } from '../../kernel/database';
import { LEAF_CHANNEL } from '../../kernel/leaf';
import type { Log } from '../../kernel/log';
import type { Scope } from '../../kernel/scope';
import { principalOf } from '../../kernel/socket';
import { Ticker } from '../../kernel/ticker';
import { CLOCK, LOG } from '../../kernel/tokens';
import { isPrincipal, mayDo, scopeOf, Sessions, type Principal } from '../access';
import { INCIDENT_STORE, type IncidentStore } from './incident.store';
import { INCIDENT_CHANNEL } from './incident.store.pg';
import { ReadVoices } from '../streaming';
import { ReadOnAir } from './read-on-air';

/** At most two pictures a second, and one every two seconds for what leaves no trace in the log (presence). */
const EVERY_MS = 500;
const QUIET_MS = 2_000;
/** Voices that are told; GET /api/live has more. */
const MOST_VOICES = 20;
/** Incidents that are told; GET /api/incidents has them all. */
const MOST_INCIDENTS = 100;

interface Listener {
  readonly token: string;
  readonly principal: Principal;
}

/**
 * The live feed: event `on-air` to everybody signed in, each with the own scope. It says nothing that GET /api/on-air
 * does not say; whoever misses one gets the next. Event `incidents`, when one changed and to who just came: those that stand, as GET /api/incidents says them; event `live` the same of voices, the newest as GET /api/live says them. Before each picture every session is asked for again: who signed out, or
 * lost the right to see, is disconnected within two seconds and gets nothing more. Every change leaves an audit leaf, and its notification wakes the feed.
 */
@WebSocketGateway({ namespace: 'live' })
export class LiveFeed implements OnGatewayConnection, OnGatewayDisconnect, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly listeners = new Map<Socket, Listener>();
  private readonly ticker: Ticker;
  private stopListening: readonly (() => void)[] = [];
  private changed = true;
  /** Who heard of the incidents as they stand. */
  private informed: WeakSet<Socket> = new WeakSet();
  private toldAt = 0;
  /** What each was told last of the voices. */
  private readonly voicesTold = new WeakMap<Socket, string>();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) log: Log,
    private readonly notifications: Notifications,
    @Inject(INCIDENT_STORE) private readonly incidents: IncidentStore,
    private readonly onAir: ReadOnAir,
    private readonly voices: ReadVoices,
    private readonly sessions: Sessions,
  ) {
    this.ticker = new Ticker('monitoring.feed', EVERY_MS, () => this.tell(), log);
  }

  onApplicationBootstrap(): void {
    this.stopListening = [
      this.notifications.on(LEAF_CHANNEL, () => {
        this.changed = true;
      }),
      this.notifications.on(INCIDENT_CHANNEL, () => {
        this.changed = true;
        this.informed = new WeakSet();
      }),
    ];
    this.ticker.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stopListening) stop();
    await this.ticker.stop();
  }

  handleConnection(socket: Socket): void {
    const principal = principalOf(socket);
    const token: unknown = Reflect.get(socket.handshake.auth, 'token');
    if (typeof token !== 'string' || !isPrincipal(principal) || !mayDo(principal, 'on-air:read')) {
      socket.disconnect(true);
      return;
    }
    this.listeners.set(socket, { token, principal });
    this.changed = true;
  }

  handleDisconnect(socket: Socket): void {
    this.listeners.delete(socket);
  }

  /** One picture per platform that listens, however many people look at it. */
  private async tell(): Promise<void> {
    const now = this.clock.monotonicMs();
    if (this.listeners.size === 0 || (!this.changed && now - this.toldAt < QUIET_MS)) return;
    this.changed = false;
    this.toldAt = now;
    const groups = new Map<string, { readonly principal: Principal; readonly sockets: Socket[] }>();
    for (const [socket, principal] of await this.stillSignedIn()) {
      const group = groups.get(principal.platform) ?? { principal, sockets: [] };
      group.sockets.push(socket);
      groups.set(principal.platform, group);
    }
    const { informed } = this;
    for (const { principal, sockets } of groups.values()) {
      const scope = scopeOf(principal);
      const news = sockets.filter((socket) => !informed.has(socket));
      if (news.length > 0) {
        const standing = await this.incidents.list(scope, { all: false, count: MOST_INCIDENTS });
        for (const socket of news) {
          informed.add(socket);
          socket.emit('incidents', standing);
        }
      }
      const picture = await this.onAir.run(scope);
      for (const socket of sockets) socket.emit('on-air', picture);
      await this.tellVoices(scope, sockets);
    }
  }

  private async tellVoices(scope: Scope, sockets: readonly Socket[]): Promise<void> {
    const voices = await this.voices.run(scope, MOST_VOICES);
    const told = JSON.stringify(voices);
    for (const socket of sockets) {
      if ((this.voicesTold.get(socket) ?? '[]') === told) continue;
      this.voicesTold.set(socket, told);
      socket.emit('live', voices);
    }
  }

  /** Asks for each session once, however many pages it has open, and disconnects those whose session is over. */
  private async stillSignedIn(): Promise<readonly (readonly [Socket, Principal])[]> {
    const asked = new Map<string, Promise<Principal | null>>();
    const found: (readonly [Socket, Principal])[] = [];
    for (const [socket, { token, principal: { account } }] of [...this.listeners]) {
      const asking = asked.get(token) ?? this.sessions.authenticate(token, 'unattended');
      asked.set(token, asking);
      const principal = await asking;
      if (principal !== null && principal.account === account && mayDo(principal, 'on-air:read')) found.push([socket, principal]);
      else socket.disconnect(true);
    }
    return found;
  }
}
