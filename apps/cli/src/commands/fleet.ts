import { writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { z } from 'zod';
import { areaViewSchema, assignmentDraftAnswerSchema, documentsAnswerSchema, eventViewSchema, onAirSchema, soundViewSchema, terminalViewSchema, type EnvelopeShape } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';
import { drillMark } from '../drill-mark';
import { decodePayload, openSigner, signPayload } from '../signing';
import { askSimulatorBytes } from '../simulator-control';

/** `terminals`: the fleet; `terminals admit`: an officer signs where enrolled terminals stand. */
export const terminals: Command = {
  usage: 'terminals [--state expected|enrolled|assigned|retired] [--offline] | terminals admit --key OFFICER_KEY_FILE',
  does: 'list terminals, or admit enrolled ones / 终端',
  async run(args, context) {
    const { values, words } = readArgs(args, {
      state: { type: 'string' }, offline: { type: 'boolean' }, key: { type: 'string' }, 'passphrase-file': { type: 'string' },
    }, { min: 0, max: 1, usage: this.usage });
    const [word] = words;
    if (word !== undefined && word !== 'admit') throw new CliError('USAGE', `"${word}" is nothing that terminals does; there is: admit\nUsage: ./clarion ${this.usage}`, EXIT.usage);
    if (word === 'admit') {
      if (values.key === undefined) throw new CliError('USAGE', `An officer signs where terminals stand: --key OFFICER_KEY_FILE\nUsage: ./clarion ${this.usage}`, EXIT.usage);
      const signer = await openSigner(context.config, values.key, values['passphrase-file']);
      const accepted = await admitEnrolled(context, () => signer);
      context.say(`admitted ${accepted} terminals`);
      context.give({ admitted: accepted });
      return EXIT.ok;
    }
    const states = terminalViewSchema.shape.state;
    const state = values.state === undefined ? undefined : readWord(states, values.state, `is no state of a terminal; there are: ${states.options.join(', ')}`, this.usage);
    const list = (await context.api.get('/api/terminals', z.array(terminalViewSchema)))
      .filter((row) => (state === undefined || row.state === state) && (values.offline !== true || !row.online));
    list.forEach((row) => { context.say(`${row.id.padEnd(24)} ${row.online ? 'online ' : 'offline'} ${row.state.padEnd(9)} ${row.name} ${row.resourceCode}`); });
    context.say(`${list.length} terminals, ${list.filter((row) => row.online).length} online`);
    context.give(list);
    return EXIT.ok;
  },
};

/** Signs every batch that the platform drafts, with the officer that `signerFor` gives for its platform. */
export async function admitEnrolled(context: Context, signerFor: (platform: string) => Awaited<ReturnType<typeof openSigner>> | undefined): Promise<number> {
  const drafts = await context.api.post('/api/assignments/draft', assignmentDraftAnswerSchema, {});
  const documents: EnvelopeShape[] = [];
  let count = 0;
  for (const batch of drafts.batches) {
    const signer = signerFor(batch.platform);
    if (signer === undefined) continue;
    documents.push(await signPayload('assignment', decodePayload(batch.payload), signer));
    count += batch.terminals;
  }
  for (let at = 0; at < documents.length; at += 20) {
    await context.api.post('/api/assignments', documentsAnswerSchema, { documents: documents.slice(at, at + 20) });
  }
  return count;
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
    view.messages.forEach((row) => { context.say(`${drillMark(row.mode)}${row.title}: ${row.tally.audible} sounding, ${row.tally.done} done, ${row.tally.failed} failed of ${row.tally.targeted}`); });
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
    const wav = await askSimulatorBytes(context.config, '/listen', { terminal: words[0] ?? '' });
    if (values.out !== undefined) {
      writeFileSync(values.out, wav);
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
    context.give({ played: words[0], bytes: wav.length });
    return code;
  },
};
