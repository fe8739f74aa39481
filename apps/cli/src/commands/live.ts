import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { liveEvidenceSchema, liveViewSchema, streamIdSchema, type LiveView } from '#libs/contracts';
import { isHeld } from '#libs/domain';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';
import { readInput } from '../files';
import { proveVoice, type Proof } from '../live/prove-voice';
import { makeFolder, readFolder, VOICE_FILES, writeFolder } from '../live/voice-folder';
import { digestOfRoot } from '../root-digest';

/** `live`: voices that were spoken: which, taken out with all that proves them, and proved without any server. */
export const live: Command = {
  usage: `live list
  live export STREAM --to FOLDER [--root ROOT_FILE or its digest]
  live verify FOLDER [--root ROOT_FILE or its digest]`,
  does: 'living voices: list them, export one as sound and evidence, verify an export offline / 喊话记录：列出、导出、离线核验',
  async run(args, context) {
    const { values, words: [verb, word] } = readArgs(args, { to: { type: 'string' }, root: { type: 'string' } }, { min: 1, max: 2, usage: this.usage });
    const misused = (sentence: string): CliError => new CliError('USAGE', `${sentence}\nUsage: ./clarion ${this.usage}`, EXIT.usage);
    const root = values.root === undefined ? undefined : digestOfRoot(values.root);
    switch (verb) {
      case 'list':
        if (word !== undefined || values.to !== undefined || root !== undefined) throw misused('live list takes nothing');
        return list(context);
      case 'export':
        if (word === undefined || values.to === undefined) throw misused('Which voice, and where to: live export STREAM --to FOLDER');
        return exportTo(context, readWord(streamIdSchema, word, 'is no stream; ./clarion live list', this.usage), values.to, root);
      case 'verify':
        if (word === undefined || values.to !== undefined) throw misused('Which folder?');
        return verify(context, word, root);
      default: throw misused(`"${verb ?? ''}" is nothing that live does; there are: list, export, verify`);
    }
  },
};

async function list({ api, say, give }: Context): Promise<number> {
  const voices = await api.get('/api/live', z.array(liveViewSchema));
  voices.forEach((view) => { say(voiceLine(view)); });
  give(voices);
  return EXIT.ok;
}

function voiceLine({ stream, state, ended, class: kind, held, title, holder, startedAt, lastSeq, refused }: LiveView): string {
  return `${stream}  ${(ended ?? state).padEnd(12)} ${kind}${held === null ? '' : ' HELD'}  ${title}  ${holder}  ${new Date(startedAt).toISOString()}  ${lastSeq} blocks${refused === 0 ? '' : `, ${refused} refused`}`;
}

/** Nothing is kept that does not hold. */
async function exportTo(context: Context, stream: string, folder: string, root: string | undefined): Promise<number> {
  const { api, say, give } = context;
  const evidence = await api.get(`/api/live/${stream}/evidence`, liveEvidenceSchema);
  if (evidence.stream !== stream) throw new CliError('PAYLOAD_DIFFERS', 'The server gave another voice than the one that was asked for; nothing was kept');
  makeFolder(folder);
  const file = join(folder, VOICE_FILES.blocks);
  await api.download(`/api/live/${stream}/blocks`, file);
  const blocks = readInput(file);
  const proof = provenOrGone(file, () => proveVoice(evidence, blocks, root));
  writeFolder(folder, { blocks, evidence, ogg: proof.ogg.bytes });
  sayProof(context, proof, root !== undefined);
  say(`${folder}: ${Object.values(VOICE_FILES).join(', ')}; ./clarion live verify ${folder} says whether it holds`);
  give({ folder, ...told(proof) });
  return EXIT.ok;
}

function provenOrGone(file: string, prove: () => Proof): Proof {
  try {
    return prove();
  } catch (cause) {
    rmSync(file, { force: true });
    throw cause;
  }
}

async function verify(context: Context, folder: string, root: string | undefined): Promise<number> {
  const { blocks, evidence, ogg } = readFolder(folder);
  const proof = proveVoice(evidence, blocks, root);
  if (Buffer.compare(proof.ogg.bytes, ogg) !== 0) throw new CliError('OGG_DIFFERS', `${join(folder, VOICE_FILES.ogg)} is not the sound of the signed blocks / 录音与签名不符`);
  sayProof(context, proof, root !== undefined);
  context.give(told(proof));
  return proof.voice.isVoidSince ? EXIT.partial : EXIT.ok;
}

function told({ voice: { order, record, isVoidSince }, root, ogg }: Proof): object {
  const { message, digest } = order.message;
  return {
    stream: record.stream, messageDigest: digest, platform: message.platform, author: message.author, permit: order.permit?.digest ?? null,
    approvers: order.approvals.map(({ approval }) => approval.person), capturedFrom: record.capturedFrom, capturedUntil: record.capturedUntil, durationMs: ogg.durationMs,
    blocks: record.digests.length, lostBlocks: record.gaps.reduce((sum, { lostBlocks }) => sum + lostBlocks, 0), ended: record.ended, cutBytes: record.cutBytes,
    held: isHeld(message.body), blocksDigest: record.blocksDigest, packetsDigest: record.packetsDigest, root, isVoidSince,
  };
}

function sayProof({ say }: Context, { voice: { order, record, isVoidSince }, ogg, root, isDemo }: Proof, isRootKnown: boolean): void {
  const { message, digest } = order.message;
  const lost = record.gaps.reduce((sum, { lostBlocks }) => sum + lostBlocks, 0);
  say(`holds / 核验通过: ${message.class} "${message.texts[0]?.title ?? ''}" by ${message.author} of ${message.platform}, ${
    order.permit === null ? `approved by ${order.approvals.map(({ approval }) => approval.person).join(' ')}` : `under the permit ${order.permit.digest}`}`);
  say(`said ${new Date(record.capturedFrom).toISOString()} to ${new Date(record.capturedUntil).toISOString()}, ${Math.round(ogg.durationMs / 1000)} s in ${record.digests.length} blocks`);
  if (isHeld(message.body)) say('! the platform\'s own server held the key: whoever broke into it could say this / 密钥由服务器持有');
  if (lost > 0) say(`! ${lost} blocks were signed and are not in it / 缺失数据块`);
  if (!record.ended) say('! it breaks off: its source did not end it, so more may have been said / 未正常结束');
  if (isVoidSince) say('! a key that it stands on was stolen since: whoever has it could have made this afterwards / 相关密钥其后被盗');
  say(`message ${digest}\nblocks ${record.blocksDigest}\nroot ${root}${isDemo ? ' (DEMO 演示)' : ''}${isRootKnown ? ', the one you brought' : '; the file says so, --root makes sure'}`);
}
