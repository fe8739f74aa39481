import type { RefusalCode } from '#libs/contracts';
import { writeVoiceOgg } from '#libs/audio';
import { verifyLiveRecord, type LiveGrant } from '#libs/trust';

export type RecordedSound = { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly code: RefusalCode };

/** The sound of a record that its grant proves, block by block; refused with the code of the first that it does not. */
export function makeSound(grant: LiveGrant, record: Uint8Array): RecordedSound {
  const verified = verifyLiveRecord(grant, record);
  if (!verified.ok) return { ok: false, code: verified.code };
  return verified.value.packets.length === 0 ? { ok: false, code: 'REJ_SHAPE' } : { ok: true, bytes: writeVoiceOgg(verified.value.packets).bytes };
}
