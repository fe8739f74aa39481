import type { Message, Mode } from '#libs/contracts';

type Drill = Message['drill'];

/**
 * Why a terminal does not even take this drill: one of kind `platform` stays on the platforms (GD/J 082 table 3).
 * A front-end drill goes out and is answered, only not heard: `soundsAloud`.
 */
export function drillFault(message: { readonly drill: Drill }): 'REJ_CEILING' | undefined {
  return message.drill?.kind === 'platform' ? 'REJ_CEILING' : undefined;
}

/** Whether a message of this mode may end one of that mode: only its own, so that no drill ends what is meant. */
export function mayReplace(mode: Mode, replaced: Mode): boolean {
  return mode === replaced;
}

/** Whether the amplifier may be switched on for it: actual messages and terminal drills; tests and other drills never. */
export function soundsAloud(mode: Mode, drill: Drill): boolean {
  switch (mode) {
    case 'actual': return true;
    case 'drill': return drill?.kind === 'terminal';
    case 'test': return false;
  }
}
