import { join } from 'node:path';
import { z } from 'zod';
import { terminalViewSchema } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readArgs, type Command, type Context } from '../command';
import { demoSignIn } from '../demo/init';
import { DemoKeyFolder } from '../demo/key-folder';
import { agentScript, askDoctor, startAgent, type AgentLine, type AgentProcess } from '../terminal/agent-process';
import { ownTerminal, type OwnTerminal } from '../terminal/own-terminal';
import { admitEnrolled } from './admit';

const SETTLE_MS = 60_000;
const LOOK_MS = 500;
const PROOF_MS = 1_500;
const OPTIONS = { area: { type: 'string' }, wav: { type: 'string' }, player: { type: 'string' }, device: { type: 'string' }, once: { type: 'boolean' } } as const;

interface Sound { readonly wav?: string | undefined; readonly player?: string | undefined; readonly device?: string | undefined }

const checksSchema = z.strictObject({ checks: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), says: z.string(), hint: z.string().nullable() })) });

/** `terminal try`: this machine becomes one of the demo district's loudspeakers. `terminal doctor`: whether it could. */
export const terminal: Command = {
  usage: 'terminal try [--area AREA] [--wav FOLDER] [--player aplay|pacat|play|ffplay] [--device DEVICE] [--once] | terminal doctor [--player PLAYER] [--device DEVICE]',
  does: 'make this machine a loudspeaker of the demo district, or look whether it could be one / 本机当喇叭',
  async run(args, context) {
    const { values, words } = readArgs(args, OPTIONS, { min: 1, max: 1, usage: this.usage });
    if (words[0] === 'doctor') return doctor(context, values);
    if (words[0] === 'try') return tryOut(context, values, values.area, values.once === true);
    throw new CliError('USAGE', `"${words[0]}" is nothing that terminal does; there are: try, doctor\nUsage: ./clarion ${this.usage}`, EXIT.usage);
  },
};

async function tryOut(context: Context, sound: Sound, area: string | undefined, once: boolean): Promise<number> {
  const script = agentScript();
  const own = await ownTerminal(context, area);
  const run = new Trial(context, own, once);
  let ended = await run.play(script, sound);
  if (!run.began && sound.wav === undefined && ended.reason.includes('No sound device plays')) {
    const folder = join(own.folder, 'heard');
    context.say(`\n!!! NO SOUND DEVICE on this machine: nothing will be heard. 没有声卡，不会出声。\n    ${ended.reason}\n    What would sound is written as WAV files to ${folder}\n`);
    ended = await run.play(script, { wav: folder });
  }
  if (!run.began) throw new CliError('TERMINAL_FAILED', ended.reason, EXIT.unreachable);
  context.give({ terminal: own.terminal, area: own.area.id, sounded: run.sounded, failed: run.failed, files: run.files });
  return run.failed > 0 ? EXIT.partial : EXIT.ok;
}

/** One run of the agent, told to whoever looks on. */
class Trial {
  began = false;
  sounded = 0;
  failed = 0;
  readonly files: string[] = [];
  private agent: AgentProcess | undefined;
  private writesFiles = false;
  private standing = false;
  private admitting: Promise<void> | undefined;

  constructor(private readonly context: Context, private readonly own: OwnTerminal, private readonly once: boolean) {}

  async play(script: string, sound: Sound): Promise<{ readonly code: number | null; readonly reason: string }> {
    const agent = startAgent(script, environmentOf(this.context, this.own, sound), (line) => { this.take(line); });
    this.agent = agent;
    const stop = () => { agent.stop(); };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    try {
      return await agent.ended;
    } finally {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    }
  }

  private take(line: AgentLine): void {
    const { say } = this.context;
    switch (line.kind) {
      case 'ready':
        this.began = true;
        this.writesFiles = line.sound.startsWith('files');
        say(`sound: ${line.sound}`);
        return;
      case 'status':
        if (line.refusal !== null) say(`the gateway refuses this terminal: ${line.refusal}`);
        if (line.assigned && line.online && !this.standing) {
          this.standing = true;
          this.welcome();
        } else if (line.terminal !== null && !line.assigned) {
          this.admitting ??= this.admit().catch((cause: unknown) => { say(`not admitted: ${cause instanceof Error ? cause.message : String(cause)}`); });
        }
        return;
      case 'sounding':
        say(`>>> sounding 正在播出 (repetition ${line.repetition})`);
        return;
      case 'sounded':
        this.ended(line.how, line.repetition);
        return;
      case 'written':
        this.files.push(line.file);
        say(`    written: ${line.file}`);
        this.enough();
        return;
      case 'refused':
        say(`refused ${line.code}: this terminal does not play that`);
        return;
      case 'fault':
        say(`the sound device gave out: ${line.words}`);
    }
  }

  private ended(how: 'played' | 'cut' | 'failed', repetition: number): void {
    if (how === 'failed') this.failed += 1;
    else this.sounded += 1;
    this.context.say(`    ${how === 'played' ? 'played to its end, proof signed' : how === 'cut' ? 'stopped or cut off' : 'FAILED: the device did not sound it'} (repetition ${repetition})`);
    // Files are told of when they are written.
    if (!this.writesFiles) this.enough();
  }

  /** With --once, after the first sound and time for its proof to be sent. */
  private enough(): void {
    if (this.once) void this.context.clock.sleep(PROOF_MS).then(() => this.agent?.stop());
  }

  /** Signs where it stands, as the township's officer does when somebody looked at the pole. */
  private async admit(): Promise<void> {
    const { context, own } = this;
    const { passphrase, accounts } = demoSignIn(context.config);
    const officer = accounts.find(({ officerKey, signsFor }) => officerKey !== null && signsFor.includes(own.view.platform));
    if (officer?.officerKey === undefined || officer.officerKey === null) throw new CliError('DEMO_MISSING', `${own.view.platform} has no officer here`, EXIT.refused);
    await context.api.signIn(officer.account, passphrase);
    const folder = await DemoKeyFolder.open(context.config.demoKeysDir, context.clock);
    const signer = await folder.signer(officer.officerKey);
    const until = context.clock.now() + SETTLE_MS;
    for (;;) {
      const { state } = await context.api.get(`/api/terminals/${own.terminal}`, terminalViewSchema);
      if (state === 'assigned') return;
      if (state === 'enrolled') await admitEnrolled(context, (platform) => (platform === own.view.platform ? signer : undefined));
      if (context.clock.now() > until) throw new CliError('SETTLE_TIMEOUT', `the terminal is still ${state}`);
      await context.clock.sleep(LOOK_MS);
    }
  }

  private welcome(): void {
    const { context: { say, config }, own } = this;
    say(`\nThis machine is now loudspeaker ${own.terminal} in ${own.area.name} (${own.area.id}), signed in by an officer of its township.`);
    say('本机现在是这个村的一只喇叭。Ctrl-C ends it. To hear something, in another window:\n');
    firstSteps(demoSignIn(config).accounts.map(({ account }) => account), config.demoKeysDir, own.area.id).forEach((line) => { say(`  ${line}`); });
    say('');
  }
}

/** The people of examples/compose/notice.json, who live in the demo's own district only. */
const NOTICE = { author: 'district-jtz-author', approver: 'district-yjj-approver', platform: 'jingkai', area: 'jiaoqiao-01' };

/** What to type so that this terminal sounds; in a district of other people no names are invented. */
export function firstSteps(accounts: readonly string[], demoKeysDir: string, area: string): readonly string[] {
  if (![NOTICE.author, NOTICE.approver].every((account) => accounts.includes(account))) {
    return [
      `send a message to ${area} as its people do: examples/compose/notice.json with "${area}" as its target area,`,
      `submitted by an author and approved by an approver; who there is, and their key files: ${join(demoKeysDir, 'accounts.json')}`,
    ];
  }
  const keyOf = (account: string): string => join(demoKeysDir, 'people', NOTICE.platform, `${account}.key.json`);
  const passphrase = join(demoKeysDir, 'passphrase');
  return [
    `./clarion sign-in --account ${NOTICE.author} --password-file ${passphrase}`,
    `./clarion submit examples/compose/notice.json --key ${keyOf(NOTICE.author)}`,
    `./clarion sign-in --account ${NOTICE.approver} --password-file ${passphrase}`,
    `./clarion approve ID --key ${keyOf(NOTICE.approver)}     (ID: what submit printed)`,
    ...(area === NOTICE.area ? [] : [`(notice.json speaks to ${NOTICE.area}: write "${area}" into its targets first)`]),
  ];
}

async function doctor(context: Context, sound: Sound): Promise<number> {
  const script = agentScript();
  const folder = join(context.config.terminalDir, 'doctor');
  const caFile = join(context.config.dataDir, 'pki', 'ca.pem');
  const environment = agentEnvironment(context, sound, { folder, caFile, rootFile: join(context.config.dataDir, 'bootstrap.json'), physicalCode: 'DOCTOR' });
  const { checks } = checksSchema.parse(await askDoctor(script, environment));
  for (const { name, ok, says, hint } of checks.filter((check) => check.name !== 'root')) {
    context.say(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(12)} ${says}${hint === null ? '' : `\n                  ${hint}`}`);
  }
  const well = checks.filter((check) => check.name !== 'root');
  context.give({ checks: well });
  return well.every(({ ok }) => ok) ? EXIT.ok : EXIT.partial;
}

function environmentOf(context: Context, own: OwnTerminal, sound: Sound): Readonly<Record<string, string>> {
  return { ...agentEnvironment(context, sound, own), CLARION_CLAIM_CODE: own.claimCode };
}

function agentEnvironment(
  { config }: Context, { wav, player, device }: Sound, at: { readonly folder: string; readonly caFile: string; readonly rootFile: string; readonly physicalCode: string },
): Readonly<Record<string, string>> {
  return {
    ...config.agentEnvironment,
    CLARION_TERMINAL_STATE: at.folder, CLARION_GATEWAY_URL: config.deviceUrl.replace(/^ws/, 'http'), CLARION_CA_FILE: at.caFile, CLARION_ROOT_FILE: at.rootFile,
    CLARION_TERMINAL_DEMO: 'yes', CLARION_PHYSICAL_CODE: at.physicalCode, CLARION_BATTERY_CLOCK: 'yes',
    CLARION_SOUND: wav === undefined ? (player ?? 'auto') : `wav:${wav}`,
    ...(device === undefined ? {} : { CLARION_SOUND_DEVICE: device }),
  };
}
