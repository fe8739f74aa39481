import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { LiveObserver } from './live/live-stream';
import type { LinkObserver } from './socket/device-socket';
import type { EndCode } from './socket/link-codes';

/** Figures read when somebody asks, from whoever holds them. */
export interface GaugeReadings {
  readonly connected: () => number;
  readonly guests: () => number;
  readonly devices: () => number;
  readonly stops: () => number;
  readonly exchangesWaiting: () => number;
  readonly receiptsWaiting: () => number;
  readonly platformUp: () => boolean;
  readonly liveStreams: () => number;
  readonly liveListeners: () => number;
}

/** Counters and gauges of one gateway, in a registry of its own, and the totals that `/status` tells. */
export class GatewayMetrics implements LinkObserver, LiveObserver {
  readonly totals = { framesIn: 0, framesOut: 0, refused: 0 };
  private readonly registry = new Registry();
  private readonly framesIn = this.counter('clarion_gateway_frames_in_total', 'Frames from terminals', ['kind']);
  private readonly framesOut = this.counter('clarion_gateway_frames_out_total', 'Frames to terminals', ['kind']);
  private readonly refusals = this.counter('clarion_gateway_refused_total', 'Connections ended by the gateway', ['code']);
  private readonly mediaBytes = this.counter('clarion_gateway_media_bytes_total', 'Bytes of media served', []);
  private readonly liveOut = this.counter('clarion_gateway_live_blocks_out_total', 'Blocks of living voice written to terminals', []);
  private readonly liveSkipped = this.counter('clarion_gateway_live_blocks_skipped_total', 'Blocks not written to terminals that were behind', []);
  private readonly liveCuts = this.counter('clarion_gateway_live_cut_total', 'Terminals cut because they did not keep up with a living voice', []);

  constructor(readings: GaugeReadings) {
    this.gauge('clarion_gateway_connected', 'Terminals that said hello', readings.connected);
    this.gauge('clarion_gateway_guests', 'Connections that did not yet', readings.guests);
    this.gauge('clarion_gateway_devices', 'Device keys in the directory', readings.devices);
    this.gauge('clarion_gateway_stops_in_force', 'Stops told to every newcomer', readings.stops);
    this.gauge('clarion_gateway_exchanges_waiting', 'Exchanges not yet answered by the platform', readings.exchangesWaiting);
    this.gauge('clarion_gateway_receipts_waiting', 'Receipts not yet committed by the platform', readings.receiptsWaiting);
    this.gauge('clarion_gateway_platform_up', '1 while the platform answers', () => (readings.platformUp() ? 1 : 0));
    this.gauge('clarion_gateway_live_streams', 'Living voices under way', readings.liveStreams);
    this.gauge('clarion_gateway_live_listeners', 'Terminals that listen to them', readings.liveListeners);
  }

  /** Adds the figures of the process itself: memory, CPU, event loop. */
  withProcessFigures(): this {
    collectDefaultMetrics({ register: this.registry });
    return this;
  }

  frameIn(kind: string): void {
    this.totals.framesIn += 1;
    this.framesIn.inc({ kind });
  }

  frameOut(kind: string): void {
    this.totals.framesOut += 1;
    this.framesOut.inc({ kind });
  }

  refused(code: EndCode): void {
    this.totals.refused += 1;
    this.refusals.inc({ code });
  }

  mediaServed(bytes: number): void {
    this.mediaBytes.inc(bytes);
  }

  liveBlocks(written: number, skipped: number): void {
    this.liveOut.inc(written);
    this.liveSkipped.inc(skipped);
  }

  liveCut(): void {
    this.liveCuts.inc();
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  private counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name, help, registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }
}
