import { rootSchema, type LiveEvidence } from '#libs/contracts';
import { parseEnvelope, unverifiedPayload } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { trustFromRoot, verifyLiveEvidence, type ProvenVoice, type VoiceRefused } from '#libs/trust';
import { writeVoiceOgg, type VoiceOgg } from '#libs/audio';
import { CliError } from '../cli-error';

export interface Proof {
  readonly voice: ProvenVoice;
  readonly ogg: VoiceOgg;
  readonly root: string;
  readonly isDemo: boolean;
}

/**
 * Proves a voice from what a platform handed out, and makes the sound that its blocks hold. `root`: the digest of the one
 * that it has to begin with; undefined: the one that it brings itself. Refuses with the code of the fault, and says where.
 */
export function proveVoice(evidence: LiveEvidence, blocks: Uint8Array, root?: string): Proof {
  const parsed = parseEnvelope(evidence.root);
  const read = rootSchema.safeParse(unverifiedPayload(evidence.root));
  if (!parsed.ok || !read.success) throw new CliError('FILE_NOT_EVIDENCE', 'The evidence brings no root');
  const digest = sha256Hex(parsed.payload);
  if (root !== undefined && root !== digest) throw new CliError('ROOT_DIFFERS', `The evidence begins with the root ${digest}, not with the one you brought / 根证不符`);
  const trust = trustFromRoot(evidence.root, { demo: read.data.demo });
  if (!trust.ok) throw refusal({ ...trust, at: `root${trust.at === undefined ? '' : `.${trust.at}`}` });
  const voice = verifyLiveEvidence(trust.value, evidence, blocks);
  if (!voice.ok) throw refusal(voice);
  return { voice: voice.value, ogg: writeVoiceOgg(voice.value.record.packets), root: digest, isDemo: read.data.demo };
}

function refusal({ code, at, block }: VoiceRefused): CliError {
  const where = block !== undefined ? ` at block ${block + 1} of the file` : at === undefined ? '' : ` at ${at}`;
  return new CliError(code, `This voice is not what was signed${where} / 与签名不符`);
}
