import type { Pipe } from '../socket/device-socket';

/**
 * Writes one pre-built frame, the same bytes, to every socket. All of them are open and have room: who gets it was decided
 * before, so that another loop can stand here.
 */
export type FanOut = (pipes: readonly Pipe[], frame: Buffer) => void;

export const writeToAll: FanOut = (pipes, frame) => {
  for (const pipe of pipes) pipe.write(frame);
};
