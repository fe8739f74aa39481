import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { envelopeSchema } from '#libs/contracts';
import type { Clock } from './clock';
import type { TerminalConfig } from './config';
import { freeMiB, replaceFile } from './hardware/file-disk';
import { findPlayer } from './hardware/open-sound';

/** One thing that was looked at: what was found, and what to do when it is not well. */
export interface Check {
  readonly name: 'sound' | 'disk' | 'root' | 'certificate' | 'gateway' | 'clock';
  readonly ok: boolean;
  readonly says: string;
  readonly hint: string | null;
}

const LEAST_MIB = 200;
const CLOCK_MS = 2_000;
const ANSWER_MS = 5_000;
const DAY_MS = 86_400_000;
const LEAST_DAYS = 14;

/** Looks at everything that a terminal stands on, and makes no sound. Changes nothing but that it makes the state folder where there is none, to write into it. */
export async function examine(config: TerminalConfig, clock: Clock): Promise<readonly Check[]> {
  const [sound, disk, root, gateway] = await Promise.all([soundCheck(config, clock), diskCheck(config), rootCheck(config), gatewayChecks(config, clock)]);
  return [sound, disk, root, ...gateway];
}

async function soundCheck({ sound }: TerminalConfig, clock: Clock): Promise<Check> {
  if (sound.kind !== 'player') return { name: 'sound', ok: false, says: `no loudspeaker: CLARION_SOUND says ${sound.kind}`, hint: 'leave CLARION_SOUND out to play through a sound device' };
  const found = await findPlayer(sound, clock);
  if (found.ok) return well('sound', `${found.program.name} plays${sound.device === null ? '' : ` on ${sound.device}`}${found.program.reports ? '' : ' (its device tells no clock: up to 0.2 s off)'}`);
  const hint = found.tried.length === 0
    ? 'install a player: apt install alsa-utils (Debian, Ubuntu), brew install sox (macOS)'
    : 'is a sound device connected (aplay -l), is this account in the group audio, is the device named in CLARION_SOUND_DEVICE right?';
  return { name: 'sound', ok: false, says: found.tried.length === 0 ? 'no player found (aplay, pacat, play, ffplay)' : found.tried.join(' | '), hint };
}

async function diskCheck({ stateDir }: TerminalConfig): Promise<Check> {
  const probe = join(stateDir, 'doctor');
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    await replaceFile(probe, new Uint8Array(1));
    await rm(probe);
  } catch (cause) {
    return { name: 'disk', ok: false, says: `${stateDir} cannot be written durably: ${wordsOf(cause)}`, hint: 'the account that runs the terminal must own this folder; look at the disk' };
  }
  const free = freeMiB(stateDir);
  return free >= LEAST_MIB ? well('disk', `${free} MiB free`) : { name: 'disk', ok: false, says: `only ${free} MiB free`, hint: `a terminal wants ${LEAST_MIB} MiB for sounds and its journal` };
}

async function rootCheck({ rootFile }: TerminalConfig): Promise<Check> {
  try {
    envelopeSchema.parse(JSON.parse(await readFile(rootFile, 'utf8')));
    return well('root', 'the pinned root document is there');
  } catch (cause) {
    return { name: 'root', ok: false, says: `${rootFile}: ${wordsOf(cause)}`, hint: 'copy the root document of the district here (CLARION_ROOT_FILE)' };
  }
}

/** Certificate, gateway and clock, learned from one answer. */
async function gatewayChecks({ gatewayUrl, caFile }: TerminalConfig, clock: Clock): Promise<readonly Check[]> {
  let ca: string;
  try {
    ca = await readFile(caFile, 'utf8');
    new X509Certificate(ca);
  } catch (cause) {
    return [{ name: 'certificate', ok: false, says: `${caFile}: ${wordsOf(cause)}`, hint: 'copy ca.pem of the district here (CLARION_CA_FILE)' }];
  }
  try {
    const { certificate, date } = await ask(gatewayUrl, ca);
    const days = Math.floor((Date.parse(certificate.validTo) - clock.wallMs()) / DAY_MS);
    const off = date === null ? null : Math.round(clock.wallMs() - date);
    return [
      days >= LEAST_DAYS ? well('certificate', `the gateway's certificate holds for ${days} days`) : { name: 'certificate', ok: false, says: `the gateway's certificate ends in ${days} days`, hint: 'the server renews it when it starts with the CA\'s key' },
      well('gateway', `${gatewayUrl} answers, under the district's CA`),
      off === null || Math.abs(off) > CLOCK_MS
        ? { name: 'clock', ok: false, says: off === null ? 'the gateway told no time' : `this clock is ${off} ms from the gateway's`, hint: 'switch time synchronisation on (chrony, systemd-timesyncd); the terminal itself goes by signed beacons' }
        : well('clock', 'within 2 s of the gateway'),
    ];
  } catch (cause) {
    const words = wordsOf(cause);
    const foreign = /certificate|self-signed|altname|issuer/i.test(words);
    return foreign
      ? [{ name: 'certificate', ok: false, says: words, hint: 'the server stands under another CA, or its certificate does not name this address: add it to CLARION_HOSTNAMES of the gateway and start it again' }]
      : [{ name: 'gateway', ok: false, says: `${gatewayUrl}: ${words}`, hint: 'is the server up, is port 8444 open in its firewall, is the address right (CLARION_GATEWAY_URL)?' }];
  }
}

function ask(gatewayUrl: string, ca: string): Promise<{ readonly certificate: X509Certificate; readonly date: number | null }> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL('/', gatewayUrl), { agent: false, ca, rejectUnauthorized: true, timeout: ANSWER_MS }, (response) => {
      const certificate = isTls(response.socket) ? response.socket.getPeerX509Certificate() : undefined;
      const date = Date.parse(response.headers.date ?? '');
      response.resume();
      asked.destroy();
      if (certificate === undefined) reject(new Error('it showed no certificate'));
      // The header has whole seconds.
      else resolve({ certificate, date: Number.isNaN(date) ? null : date + 500 });
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${ANSWER_MS / 1000} s`)));
    asked.on('error', reject);
    asked.end();
  });
}

function isTls(socket: object): socket is TLSSocket {
  return 'getPeerX509Certificate' in socket;
}

function well(name: Check['name'], says: string): Check {
  return { name, ok: true, says, hint: null };
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.split('\n')[0] ?? cause.message : String(cause);
}
