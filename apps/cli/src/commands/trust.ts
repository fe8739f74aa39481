import { existsSync } from 'node:fs';
import { canSignSchema, platformIdSchema, severitySchema, trustViewSchema } from '#libs/contracts';
import { z } from 'zod';
import { bySigners } from '#libs/domain';
import { expiryAlarms, lineageOf, rehearseExpiry, type ExpiryAlarm, type ExpiryStep, type TrustState } from '#libs/trust';
import { standingOf, trustOf } from '../ceremony/standing';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';
import { writePrivate } from '../files';

const CST_MS = 8 * 3_600_000;
const STAGES: Readonly<Record<ExpiryAlarm['stage'], { readonly en: string; readonly zh: string }>> = {
  'within-90': { en: 'ends within 90 days', zh: '90 天内到期' }, 'within-30': { en: 'ends within 30 days', zh: '30 天内到期' }, 'within-7': { en: 'ENDS WITHIN 7 DAYS', zh: '7 天内到期' },
  grace: { en: 'HAS ENDED: emergencies alone go on, marked', zh: '已到期：仅紧急类在宽限期内可播' }, over: { en: 'IS OVER: nothing sounds any more', zh: '宽限已过：全部停播' },
};

/** `trust`: what is in force, by whose word, and what must be signed anew before when. */
export const trust: Command = {
  usage: `trust show [--trust FILE|FOLDER]... [--root ROOT]
  trust expiry [--trust FILE|FOLDER]... [--root ROOT]      (exit code 3 where something ends within 90 days)
  trust rehearse [--trust FILE|FOLDER]... [--root ROOT]    (moves the clock past every end: what still sounds after it)
  trust can-sign [PLATFORM]                                (n of m can sign now; exit code 3 where that is not enough)
  trust export --out FILE                                  (what is in force, for a machine without a network)`,
  does: 'the signed documents in force, their ends, and who must sign next / 在用文件、到期提醒',
  async run(args, context) {
    const { values, words: [verb, platform] } = readArgs(args, { trust: { type: 'string', multiple: true }, root: { type: 'string' }, out: { type: 'string' } }, { min: 1, max: 2, usage: this.usage });
    if (verb === 'can-sign') return canSign(context, platform);
    if (platform !== undefined) throw new CliError('USAGE', `Usage: ./clarion ${this.usage}`, EXIT.usage);
    if (verb === 'export' && values.out !== undefined) return exportTrust(context, values.out);
    if (verb !== 'show' && verb !== 'expiry' && verb !== 'rehearse') throw new CliError('USAGE', `Usage: ./clarion ${this.usage}`, EXIT.usage);
    const standing = await standingOf(context, { root: values.root, trust: values.trust ?? [], askServer: true });
    const state = trustOf(standing);
    if (standing.trust === undefined) context.say('by the word of the server or the file; --root ROOT makes sure / 未经根核对');
    if (verb === 'rehearse') return rehearse(context, state);
    return verb === 'show' ? show(context, state) : expiry(context, state);
  },
};

async function exportTrust(context: Context, out: string): Promise<number> {
  if (existsSync(out)) throw new CliError('FILE_EXISTS', `${out} exists; nothing was written`, EXIT.usage);
  const view = await context.api.get('/api/trust', trustViewSchema);
  writePrivate(out, JSON.stringify(view));
  context.say(`${out}: the root, ${view.charters.length} charters, ${view.rosters.length} rosters, ${view.revocations.length} lists of revoked keys; on another machine: --trust ${out}`);
  context.give({ file: out, charters: view.charters.length, rosters: view.rosters.length });
  return EXIT.ok;
}

const LACKS: Readonly<Record<string, string>> = { author: 'NO AUTHOR besides them / 缺制播员', approvers: 'TOO FEW / 人数不足', verified: 'NONE OF THEM VERIFIED / 缺须验证本人的密钥' };

/** By the server's word: whose keys stand, and when they were last shown. */
async function canSign(context: Context, platform: string | undefined): Promise<number> {
  const at = platform === undefined ? '' : `?platform=${readWord(platformIdSchema, platform, 'is not a platform id', 'trust can-sign')}`;
  const platforms = await context.api.get(`/api/trust/can-sign${at}`, z.array(canSignSchema));
  for (const { platform: id, name, cases, persons, unsigned } of platforms) {
    context.say(`${id} ${name}`);
    for (const one of unsigned) context.say(`  ‼ NO ${one.word.toUpperCase()} IN FORCE, nobody can sign / 文件已失效，无人能签: ${one.threshold} of ${one.signers.join(', ')} sign version ${one.version}${one.signers.length < one.threshold ? '; TOO FEW ARE LEFT / 人数不足' : ''}`);
    for (const { classes, severities, able, of, needs, lacks } of cases) {
      const colours = severities.length === severitySchema.options.length ? '' : ` ${severities.join('/')}`;
      context.say(`  ${lacks === null ? '·' : '‼'} ${classes.join(', ')}${colours}: ${able} of ${of} can sign now, ${needs} needed${lacks === null ? '' : `: ${LACKS[lacks] ?? lacks}`}`);
    }
    const out = persons.filter(({ able, why }) => !able && why !== 'no-key' && why !== 'fallen');
    if (out.length > 0) context.say(`    not now: ${out.map(({ person, why }) => `${person} (${why})`).join(', ')}`);
  }
  context.give({ platforms });
  return platforms.every(({ enough }) => enough) ? EXIT.ok : EXIT.partial;
}

function show(context: Context, state: TrustState): number {
  const { value: root, digest } = state.root;
  context.say(`root ${root.version} of ${root.district}${root.demo ? ' DEMO 演示' : ''}: ${root.threshold} of ${root.keys.length} keys, until ${day(root.expiresAt)}\n  digest ${(digest.match(/.{8}/g) ?? []).join(' ')}`);
  const rows = [...state.charters.values()].map(({ value: charter }) => {
    const roster = state.rosters.get(charter.platform)?.value;
    return {
      platform: charter.platform, tier: charter.tier, charter: charter.version, charterUntil: charter.expiresAt, roster: roster?.version ?? null, rosterUntil: roster?.expiresAt ?? null,
      persons: roster?.persons.length ?? 0, officers: charter.officers.map(({ person }) => person), threshold: charter.threshold, depth: lineageOf(state, charter.platform).length,
    };
  });
  for (const row of rows) {
    context.say(`${'  '.repeat(row.depth)}${row.platform}: charter ${row.charter} until ${day(row.charterUntil)}, ${row.roster === null ? 'NO ROSTER' : `roster ${row.roster} until ${day(row.rosterUntil ?? 0)}, ${row.persons} people`}, ${row.threshold} of ${row.officers.join(' ')}`);
  }
  context.give({ root: { version: root.version, district: root.district, demo: root.demo, digest, expiresAt: root.expiresAt }, platforms: rows });
  return EXIT.ok;
}

const FROM_THEN: Readonly<Record<ExpiryStep['changes'][number]['stage'], string>> = {
  'in-force': 'everything sounds / 全部可播', grace: 'EMERGENCIES ALONE SOUND, marked / 仅紧急类可播（宽限期，有标记）', over: 'NOTHING SOUNDS / 全部停播',
};

/** Every end in its order, if nobody signs until then: what ends, who must sign before, and what sounds from then on. */
function rehearse(context: Context, state: TrustState): number {
  const steps = rehearseExpiry(state, context.clock.now());
  for (const { at, ends, changes } of steps) {
    context.say(`${day(at)}${ends.length === 0 ? ' the grace is over / 宽限期满' : ''}`);
    for (const { documents, alarm } of alike(ends)) context.say(`  ends / 到期: ${documents.join(', ')}; ${alarm.threshold} of ${signersOf(alarm).join(', ')} sign before / 须在此前签署`);
    for (const [stage, words] of Object.entries(FROM_THEN)) {
      const platforms = changes.filter((change) => change.stage === stage).map(({ platform }) => platform);
      if (platforms.length > 0) context.say(`  ${words}: ${platforms.join(', ')}`);
    }
    if (changes.length === 0) context.say('  changes nothing that sounds / 不影响播发');
  }
  context.give({ steps });
  return EXIT.ok;
}

/** Papers that the same people sign by the same day, together. */
function alike(alarms: readonly ExpiryAlarm[]): readonly { readonly alarm: ExpiryAlarm; readonly documents: readonly string[] }[] {
  return bySigners(alarms, ({ expiresAt }) => day(expiresAt)).map((together) => ({ alarm: together[0], documents: together.map(({ word, platform }) => `${word} of ${platform}`) }));
}

function signersOf({ signers }: ExpiryAlarm): readonly string[] {
  return signers.map((who) => (/^[0-9a-f]{64}$/.test(who) ? `root key ${who.slice(0, 16)}` : who));
}

/** One line for each document and its signers; the same signers with the same stage share one where they are many. */
function expiry(context: Context, state: TrustState): number {
  const alarms = expiryAlarms(state, context.clock.now());
  if (alarms.length === 0) context.say('nothing ends within 90 days / 90 天内没有到期');
  for (const { alarm, documents } of alike(alarms)) {
    const { en, zh } = STAGES[alarm.stage];
    const signers = signersOf(alarm);
    context.say(`${en} / ${zh} (${day(alarm.expiresAt)}): ${documents.join(', ')}\n    wants ${alarm.threshold} of: ${signers.join(', ')}${signers.length < alarm.threshold ? '; TOO FEW ARE LEFT / 人数不足' : ''}`);
  }
  context.give({ alarms });
  return alarms.length === 0 ? EXIT.ok : EXIT.partial;
}

/** In China Standard Time. */
function day(at: number): string {
  return new Date(at + CST_MS).toISOString().slice(0, 10);
}
