import type { Message } from '#libs/contracts';
import { filesOf } from '#libs/domain';

/** An emergency opens with a siren, everything else with a chime. */
export function bodyOf({ body }: Message, kind: Message['class']): Message['body'] {
  return { segments: filesOf(body).map((segment, index) => (index === 0 ? { ...segment, role: kind === 'emergency' ? 'siren' as const : 'chime' as const } : segment)) };
}
