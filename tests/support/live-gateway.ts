import { rmSync } from 'node:fs';
import path from 'node:path';
import { LIVE_SOCKET, gatewayRoutes, type Beacon, type StreamId } from '#libs/contracts';
import { LiveDesk } from '../../apps/gateway/src/live/live-desk';
import { LiveServer } from '../../apps/gateway/src/live/live-server';
import { createSystemClock } from '../../apps/gateway/src/clock';
import { writeToAll } from '../../apps/gateway/src/live/fan-out';
import type { FakeGateway } from './fake-gateway';
import { readPayload } from './message-flow';

/** The gateway's own keeping of living voices behind a `FakeGateway`, with a memory of what reached it. */
export class LiveGatewayDouble {
  readonly blocks: Buffer[] = [];
  readonly opened: StreamId[] = [];
  readonly closed: StreamId[] = [];
  readonly leases: { readonly streams: readonly StreamId[]; readonly beacon: Beacon }[] = [];
  desk = LiveGatewayDouble.newDesk();
  private server: LiveServer | undefined;

  private constructor(private readonly dataDir: string, private readonly gateway: FakeGateway) {}

  static async start(dataDir: string, gateway: FakeGateway): Promise<LiveGatewayDouble> {
    const double = new LiveGatewayDouble(dataDir, gateway);
    gateway.live = (at, body) => double.answer(at, body);
    await double.listen();
    return double;
  }

  /** As a gateway that died and came back: every connection is cut, and it knows of no voice. */
  async restart(): Promise<void> {
    await this.server?.close();
    this.desk = LiveGatewayDouble.newDesk();
    await this.listen();
  }

  async close(): Promise<void> {
    this.gateway.live = undefined;
    await this.server?.close();
  }

  private async listen(): Promise<void> {
    const at = path.join(this.dataDir, LIVE_SOCKET);
    rmSync(at, { force: true });
    this.server = new LiveServer(at, (block) => {
      const fault = this.desk.take(block);
      if (fault === undefined) this.blocks.push(Buffer.from(block));
      return fault;
    }, { warn: () => undefined } as never);
    await this.server.listen();
  }

  private answer(at: string, body: unknown): object | undefined {
    if (at === gatewayRoutes.liveOpen.path) {
      const asked = gatewayRoutes.liveOpen.request.parse(body);
      this.opened.push(asked.stream);
      return this.desk.begin(asked) ? {} : undefined;
    }
    if (at === gatewayRoutes.liveLease.path) {
      const { streams, beacon } = gatewayRoutes.liveLease.request.parse(body);
      this.leases.push({ streams, beacon: readPayload(beacon) });
      return { streams: [...this.desk.lease(streams, Buffer.from('lease') as never)] };
    }
    if (at !== gatewayRoutes.liveClose.path) return undefined;
    const { stream } = gatewayRoutes.liveClose.request.parse(body);
    this.closed.push(stream);
    this.desk.end(stream);
    return {};
  }

  private static newDesk(): LiveDesk {
    return new LiveDesk(createSystemClock(), writeToAll, { liveBlocks: () => undefined, liveCut: () => undefined });
  }
}
