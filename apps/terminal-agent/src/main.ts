import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { envelopeSchema } from '#libs/contracts';
import { knownAnswerGate } from '#libs/suites';
import { Agent } from './agent';
import type { AgentStatus } from './agent-ports';
import { ownTrustSteps } from './admit/trust-steps';
import { hostUnixMs, systemChance, systemClock, type Clock } from './clock';
import { readTerminalConfig, type SoundSetting, type TerminalConfig } from './config';
import { examine } from './doctor';
import { openFileDisk } from './hardware/file-disk';
import { createFileShelf } from './hardware/file-shelf';
import { findPlayer, openPlayer } from './hardware/open-sound';
import type { SoundCard } from './hardware/sound-card';
import { soundlessCard } from './hardware/soundless-card';
import { plainUnit } from './hardware/unit';
import { watchedCard } from './hardware/watched-card';
import { openWavCard } from './hardware/wav-card';
import { RecentSounds } from './media/recent-sounds';
import { tellServiceManager } from './service-manager';
import { VirtualCard } from './simulator/virtual-card';
import { createHttpsMedia } from './uplink/https-media';
import { parseFrame } from './uplink/parse-frame';
import { createWsLink, districtTls, mediaAgent } from './uplink/ws-link';

const AGENT = 'clarion-terminal/0.1';
const SOUNDS_IN_MEMORY = 16;
const MEDIA_SOCKETS = 2;
const STATUS_MS = 250;

/** A loudspeaker without a loudspeaker would be the worst of faults: it is refused at the start. */
class NoSoundError extends Error {
  readonly code = 'NO_SOUND_DEVICE';
  constructor(tried: readonly string[]) {
    super(`No sound device plays. ${tried.length === 0 ? 'No player is installed (aplay, pacat, play, ffplay).' : tried.join(' | ')} Look with: doctor`);
  }
}

/** One terminal of its own: everything that a loudspeaker does. `doctor` as first word: looks and ends, 0 when all is well, else 3. */
async function main(words: readonly string[]): Promise<void> {
  const config = readTerminalConfig();
  const clock = systemClock();
  if (words[0] === 'doctor') {
    const checks = await examine(config, clock);
    process.stdout.write(`${JSON.stringify({ checks })}\n`);
    process.exit(checks.every(({ ok }) => ok) ? 0 : 3);
  }
  await play(config, clock);
}

async function play(config: TerminalConfig, clock: Clock): Promise<void> {
  const log = pino({ name: 'terminal', level: config.logLevel });
  // A fault in some corner must never end a siren that sounds.
  process.on('unhandledRejection', (err) => log.error({ err }, 'fault'));
  // Unheard, this signal makes the runtime open a debugger's port: a way in that nobody here has asked for.
  process.on('SIGUSR1', () => log.error('a debugger was asked for, and is not opened'));
  knownAnswerGate();
  const tls = districtTls(readFileSync(config.caFile, 'utf8'));
  const opened = await openCard(config.sound, clock, log);
  const card = watchedCard(opened.card,
    ({ dispatchId, repetition }) => log.info({ dispatchId, repetition }, 'sounding'),
    ({ dispatchId, repetition }, { how, levelCentiDbfs }) => log.info({ dispatchId, repetition, how, levelCentiDbfs }, 'sounded'));
  const agent = await Agent.boot({
    clock, chance: systemChance(), disk: await openFileDisk(config.stateDir), shelf: createFileShelf(join(config.stateDir, 'shelf')), card,
    unit: plainUnit(config.batteryClock), link: createWsLink(config.gatewayUrl, tls), media: createHttpsMedia(config.gatewayUrl, mediaAgent(tls, MEDIA_SOCKETS), tls.authorities),
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
  process.stdout.write(`${JSON.stringify({ ready: true, service: 'terminal', pid: process.pid, sound: opened.says })}\n`);
  tellStatus(() => agent.status(), clock, log);
  tellServiceManager(config.serviceManager, clock, (err) => log.error({ err }, 'systemd-notify'));

  const end = () => {
    agent.disconnect();
    opened.card.silence(0);
    opened.close();
    process.exit(0);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

interface OpenedCard {
  readonly card: SoundCard;
  readonly says: string;
  close(): void;
}

async function openCard(sound: SoundSetting, clock: Clock, log: Logger): Promise<OpenedCard> {
  const truth = { now: hostUnixMs, setTimer: clock.setTimer };
  switch (sound.kind) {
    case 'none': {
      log.warn('no sound: CLARION_SOUND=none');
      const card = soundlessCard(new VirtualCard({ truth, ppm: 0, decode: () => Promise.resolve(null), onRecord: () => undefined }));
      return { card, says: 'none', close: () => undefined };
    }
    case 'wav': {
      log.warn({ folder: sound.folder }, 'no sound: what would sound is written to files');
      const card = openWavCard(sound.folder, truth, (file) => log.info({ file }, 'written'), (err) => log.error({ err }, 'fault'));
      return { card, says: `files in ${sound.folder}`, close: () => undefined };
    }
    case 'player': {
      const found = await findPlayer(sound, clock);
      if (!found.ok) throw new NoSoundError(found.tried);
      const card = openPlayer(found.program, sound, clock, (words) => log.error({ words }, 'sound device'));
      return { card, says: found.program.name, close: () => card.close() };
    }
  }
}

/** Logs the agent's state whenever it changed. */
function tellStatus(status: () => AgentStatus, clock: Clock, log: Logger): void {
  let before = '';
  const look = () => {
    const now = status();
    const text = JSON.stringify(now);
    if (text !== before) log.info({ status: now }, 'status');
    before = text;
    clock.setTimer(STATUS_MS, look);
  };
  look();
}

main(process.argv.slice(2)).catch((cause: unknown) => {
  process.stderr.write(`${JSON.stringify({ ready: false, service: 'terminal', reason: cause instanceof Error ? cause.message : String(cause) })}\n`);
  process.exit(1);
});
