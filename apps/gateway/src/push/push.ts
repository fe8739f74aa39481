import type { TerminalId } from '#libs/contracts';
import type { Session, Sessions } from '../presence/sessions';
import type { WireFrame } from '../socket/wire-frame';

/** Writes one pre-built frame to the named terminals, or to all; answers those it was written to. */
export function push(sessions: Sessions, frame: WireFrame, terminals: readonly TerminalId[] | null): readonly TerminalId[] {
  const written: TerminalId[] = [];
  for (const session of terminals === null ? sessions.all() : named(sessions, terminals)) {
    if (session.link.write(frame)) written.push(session.terminal);
  }
  return written;
}

function* named(sessions: Sessions, terminals: readonly TerminalId[]): Iterable<Session> {
  for (const terminal of new Set(terminals)) {
    const session = sessions.get(terminal);
    if (session !== undefined) yield session;
  }
}
