import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { envelopeSchema } from '#libs/contracts';
import { knownAnswerGate } from '#libs/suites';
import { Agent } from './agent';
import { ownTrustSteps } from './admit/trust-steps';
import { hostUnixMs, systemChance, systemClock } from './clock';
import { readTerminalConfig } from './config';
import { openFileDisk } from './hardware/file-disk';
import { createFileShelf } from './hardware/file-shelf';
import { plainUnit } from './hardware/unit';
import { RecentSounds } from './media/recent-sounds';
import { decodeSounds } from './playout/decode-sound';
import { VirtualCard } from './simulator/virtual-card';
import { createHttpsMedia } from './uplink/https-media';
import { parseFrame } from './uplink/parse-frame';
import { createWsLink, districtTls, mediaAgent } from './uplink/ws-link';

const AGENT = 'clarion-terminal/0.1';
const SOUNDS_IN_MEMORY = 16;
const MEDIA_SOCKETS = 2;

/**
 * One terminal of its own. Until the ALSA child is built it plays on the virtual card: it does everything that a
 * loudspeaker does, proof included, except the noise.
 */
async function main(): Promise<void> {
  const config = readTerminalConfig();
  const log = pino({ name: 'terminal', level: config.logLevel });
  knownAnswerGate();
  const tls = districtTls(readFileSync(config.caFile, 'utf8'));
  const clock = systemClock();
  const card = new VirtualCard({
    truth: { now: hostUnixMs, setTimer: clock.setTimer }, ppm: 0,
    decode: (sounds) => decodeSounds(sounds, () => new Promise((resolve) => setImmediate(resolve))),
    onRecord: ({ job, startedAt, endedAt }) => log.info({ dispatchId: job.dispatchId, repetition: job.repetition, startedAt, endedAt }, 'card'),
  });
  const agent = await Agent.boot({
    clock, chance: systemChance(), disk: await openFileDisk(config.stateDir), shelf: createFileShelf(join(config.stateDir, 'shelf')), card,
    unit: plainUnit(config.batteryClock), link: createWsLink(config.gatewayUrl, tls), media: createHttpsMedia(config.gatewayUrl, mediaAgent(tls, MEDIA_SOCKETS)),
    parse: parseFrame, trust: ownTrustSteps, sounds: new RecentSounds(SOUNDS_IN_MEMORY),
  }, {
    root: envelopeSchema.parse(JSON.parse(readFileSync(config.rootFile, 'utf8'))), rootOf: { demo: config.demo }, claimCode: config.claimCode,
    physicalCode: config.physicalCode, agent: AGENT,
  }, {
    onRefused: ({ code, subject, payloadType }) => log.warn({ code, subject, payloadType }, 'refused'),
    onIncident: (kind) => log.error({ kind }, 'incident'),
    onFault: (fault) => log.error({ err: fault }, 'fault'),
  });
  agent.connect(0);
  process.stdout.write(`${JSON.stringify({ ready: true, service: 'terminal', pid: process.pid })}\n`);

  const end = () => {
    agent.disconnect();
    card.silence(0);
    process.exit(0);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

main().catch((cause: unknown) => {
  process.stderr.write(`${JSON.stringify({ ready: false, service: 'terminal', reason: cause instanceof Error ? cause.message : String(cause) })}\n`);
  process.exit(1);
});
