import { spawn } from 'node:child_process';
import { z } from 'zod';
import { areaViewSchema, eventViewSchema, onAirSchema, soundViewSchema, terminalIdSchema, terminalIssuedSchema, terminalViewSchema, volumeBandSchema, type TerminalId, type TerminalView, type VolumeBand } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';
import { confirm } from '../confirm';
import { drillMark } from '../drill-mark';
import { writeReadable } from '../files';
import { readRoot } from '../roster-in-force';
import { openSigner } from '../signing';
import { askSimulatorBytes } from '../simulator-control';
import { admit } from './admit';
import { unseenOf } from './goes-on';

/** `terminals`: the fleet; `terminals cap`: how loud one may be; `terminals admit`: an officer signs where enrolled terminals stand and how loud they may be. */
export const terminals: Command = {
  usage: 'terminals [--state expected|enrolled|assigned|retired] [--offline] | terminals cap TERMINAL low|normal|high|full | terminals replace TERMINAL [--yes] | terminals admit [TERMINAL]... --key OFFICER_KEY_FILE [--passphrase-file FILE] [--root ROOT_FILE] [--dry-run] [--yes]',
  does: 'list terminals, cap the volume of one, replace a box that was stolen or copied, or admit those that wait for a signature / 终端',
  async run(args, context) {
    const { values, words } = readArgs(args, {
      state: { type: 'string' }, offline: { type: 'boolean' }, key: { type: 'string' }, 'passphrase-file': { type: 'string' }, root: { type: 'string' }, 'dry-run': { type: 'boolean' }, yes: { type: 'boolean' },
    }, { min: 0, max: 201, usage: this.usage });
    const [word, ...rest] = words;
    const misused = (sentence: string): CliError => new CliError('USAGE', `${sentence}\nUsage: ./clarion ${this.usage}`, EXIT.usage);
    if (word === 'cap') {
      const [terminal, volume] = rest;
      if (terminal === undefined || volume === undefined) throw misused('Say which terminal and how loud it may be');
      return cap(context, readWord(terminalIdSchema, terminal, 'is not a terminal id; ./clarion terminals lists them', this.usage),
        readWord(volumeBandSchema, volume, `is no volume; there are: ${volumeBandSchema.options.join(', ')}`, this.usage));
    }
    if (word === 'replace') {
      const [terminal] = rest;
      if (terminal === undefined) throw misused('Say which terminal has lost its box');
      return replace(context, readWord(terminalIdSchema, terminal, 'is not a terminal id; ./clarion terminals lists them', this.usage), values.yes === true);
    }
    if (word !== undefined && word !== 'admit') throw misused(`"${words.join(' ')}" is nothing that terminals does; there are: cap, replace, admit`);
    if (word === 'admit') {
      if (values.key === undefined) throw misused('An officer signs where terminals stand: --key OFFICER_KEY_FILE');
      return admit(context, {
        only: rest.map((id) => readWord(terminalIdSchema, id, 'is not a terminal id; ./clarion terminals lists them', this.usage)),
        signer: await openSigner(context.config, values.key, values['passphrase-file']),
        root: values.root === undefined ? undefined : readRoot(values.root), dryRun: values['dry-run'] === true, yes: values.yes === true,
      });
    }
    const states = terminalViewSchema.shape.state;
    const state = values.state === undefined ? undefined : readWord(states, values.state, `is no state of a terminal; there are: ${states.options.join(', ')}`, this.usage);
    const list = (await context.api.get('/api/terminals', z.array(terminalViewSchema)))
      .filter((row) => (state === undefined || row.state === state) && (values.offline !== true || !row.online));
    list.forEach((row) => { context.say(`${row.id.padEnd(24)} ${row.online ? 'online ' : 'offline'} ${row.state.padEnd(9)} ${row.name} ${row.resourceCode}${sayCap(row)}`); });
    context.say(`${list.length} terminals, ${list.filter((row) => row.online).length} online`);
    context.give(list);
    return EXIT.ok;
  },
};

/** Asks for the cap; an officer's signature makes it hold (`terminals admit`). */
async function cap(context: Context, terminal: TerminalId, volume: VolumeBand): Promise<number> {
  const view = await context.api.post(`/api/terminals/${terminal}/max-volume`, terminalViewSchema, { volume });
  context.say(view.signedMaxVolume === view.maxVolume ? `${view.id} is at most ${view.maxVolume}, as it was signed`
    : `${view.id} shall be at most ${view.maxVolume}${view.signedMaxVolume === null ? '' : `; until an officer signs it, it is at most ${view.signedMaxVolume}`}: ./clarion terminals admit --key OFFICER_KEY_FILE`);
  context.give(view);
  return EXIT.ok;
}

/** The old box is out at every gateway within seconds; the new one is mute until an officer admits it. */
async function replace(context: Context, terminal: TerminalId, isSure: boolean): Promise<number> {
  await confirm(context, isSure, `${terminal} falls silent, until a new box has claimed it and an officer has admitted it / 旧设备立即失效。`);
  const { claimCode, claimUntil } = await context.api.post(`/api/terminals/${terminal}/replace-device`, terminalIssuedSchema, {});
  context.say(`the box that was ${terminal} counts no more; the claim code of the new one is ${claimCode}, until ${new Date(claimUntil).toISOString()}`);
  context.say('then: ./clarion terminals admit --key OFFICER_KEY_FILE');
  context.give({ terminal, claimCode, claimUntil });
  return EXIT.ok;
}

/** Nothing for a terminal that may be as loud as it can. */
function sayCap({ maxVolume, signedMaxVolume }: TerminalView): string {
  if (maxVolume === signedMaxVolume || signedMaxVolume === null) return maxVolume === 'full' ? '' : ` at most ${maxVolume}`;
  return ` at most ${signedMaxVolume}, ${maxVolume} waits for a signature`;
}

export const areas: Command = {
  usage: 'areas',
  does: 'the declared areas and their terminals / 区域',
  async run(args, context) {
    readArgs(args, {}, { min: 0, max: 0, usage: this.usage });
    const list = await context.api.get('/api/areas', z.array(areaViewSchema));
    list.forEach((row) => { context.say(`${row.id.padEnd(16)} ${row.tier.padEnd(9)} ${row.name}  ${row.online}/${row.terminals}  ${row.codes.join(' ')}`); });
    context.give(list);
    return EXIT.ok;
  },
};

export const sounds: Command = {
  usage: 'sounds',
  does: 'siren, chime and stock phrases / 提示音',
  async run(args, context) {
    readArgs(args, {}, { min: 0, max: 0, usage: this.usage });
    const list = await context.api.get('/api/sounds', z.array(soundViewSchema));
    list.forEach((row) => { context.say(`${row.id.padEnd(20)} ${row.role.padEnd(10)} ${row.durationMs} ms  ${row.name}`); });
    context.give(list);
    return EXIT.ok;
  },
};

export const onAir: Command = {
  usage: 'on-air',
  does: 'what sounds where now / 正在播出',
  async run(args, context) {
    readArgs(args, {}, { min: 0, max: 0, usage: this.usage });
    const view = await context.api.get('/api/on-air', onAirSchema);
    context.say(`${view.terminals.sounding} sounding, ${view.terminals.online} of ${view.terminals.total} online`);
    view.drills.forEach(({ name, phase, opensAt, closesAt }) => { context.say(`${drillMark('drill')}${name}: ${phase}, ${new Date(opensAt).toISOString()} to ${new Date(closesAt).toISOString()}`); });
    // What never went out has nothing to say here; ./clarion messages lists it.
    view.messages.filter(({ startAt }) => startAt !== null).forEach((row) => { context.say(`${drillMark(row.mode)}${row.title}: ${row.tally.audible} sounding, ${row.tally.done} done, ${row.tally.failed} failed of ${row.tally.targeted}`); });
    const unseen = unseenOf(view, undefined);
    if (unseen > 0) context.say(`${unseen} of the sounding terminals say a message from above, which is not shown to you / 上级正在播出`);
    context.give(view);
    return EXIT.ok;
  },
};

export const events: Command = {
  usage: 'events',
  does: 'security events / 安全事件',
  async run(args, context) {
    readArgs(args, {}, { min: 0, max: 0, usage: this.usage });
    const list = await context.api.get('/api/events', z.array(eventViewSchema));
    list.forEach((row) => { context.say(`${new Date(row.receivedAt).toISOString()} ${row.terminal ?? '-'} ${row.kind} ${row.code ?? ''} x${row.count}`); });
    context.give(list);
    return EXIT.ok;
  },
};

/** `listen`: what a simulated terminal sounded, as a WAV file or through this machine's loudspeaker. */
export const listen: Command = {
  usage: 'listen TERMINAL [--out FILE.wav]',
  does: 'write or play what a simulated terminal sounds / 监听',
  async run(args, context) {
    const { values, words } = readArgs(args, { out: { type: 'string' } }, { min: 1, max: 1, usage: this.usage });
    const terminal = readWord(terminalIdSchema, words[0] ?? '', 'is not a terminal id; ./clarion terminals lists them', this.usage);
    const wav = await askSimulatorBytes(context.config, '/listen', { terminal }).catch((error: unknown) => {
      if (!(error instanceof CliError) || !error.message.includes('TERMINAL_UNKNOWN')) throw error;
      throw new CliError('NOT_SIMULATED', `${terminal} is no terminal that the demo simulates, and only those can be listened to here; ./clarion receipts ID says what a real one sounded / 只能监听模拟终端`);
    });
    if (values.out !== undefined) {
      writeReadable(values.out, wav);
      context.say(`${wav.length} bytes written to ${values.out}`);
      context.give({ file: values.out, bytes: wav.length });
      return EXIT.ok;
    }
    const player = spawn('aplay', ['-q', '-'], { env: { ...context.config.agentEnvironment }, stdio: ['pipe', 'inherit', 'inherit'] });
    const code = await new Promise<number | undefined>((resolve) => {
      player.on('error', () => { resolve(undefined); });
      player.on('close', (exit) => { resolve(exit === 0 ? EXIT.ok : EXIT.unexpected); });
      player.stdin.on('error', () => undefined);
      player.stdin.end(wav);
    });
    if (code === undefined) throw new CliError('PLAYER_MISSING', 'There is no player (aplay) here; write a file with --out FILE.wav', EXIT.unreachable);
    context.give({ played: terminal, bytes: wav.length });
    return code;
  },
};
