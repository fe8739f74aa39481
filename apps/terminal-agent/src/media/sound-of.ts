import type { Digest } from '#libs/contracts';
import { readOggOpusPackets } from '#libs/audio';
import { sha256Hex } from '#libs/suites';
import type { Sound } from '../hardware/sound-card';

/**
 * The sound of these bytes, or why it is none: another digest than the approved one, or not the Ogg Opus (RFC 7845)
 * that every terminal plays. What was hashed here is what sounds: nobody reads the file a second time.
 */
export function soundOf(sha256: Digest, bytes: Uint8Array): Sound | 'wrong-digest' | 'unreadable' {
  if (sha256Hex(bytes) !== sha256) return 'wrong-digest';
  const stream = readOggOpusPackets(bytes);
  if (!stream.ok || stream.channels !== 1) return 'unreadable';
  return { sha256, packets: stream.packets, preSkip: stream.preSkip, samples: stream.samples };
}
