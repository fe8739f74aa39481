/** The little of fluent-ffmpeg that we use; it comes without typings. */
declare module 'fluent-ffmpeg' {
  import type { ChildProcess } from 'node:child_process';
  import type { Writable } from 'node:stream';

  export interface FfmpegCommand {
    /** Set from just before `start` until the process has ended. */
    readonly ffmpegProc?: ChildProcess;
    setFfmpegPath(file: string): FfmpegCommand;
    input(source: string): FfmpegCommand;
    inputFormat(format: string): FfmpegCommand;
    inputOptions(options: readonly string[]): FfmpegCommand;
    output(target: Writable, options: { readonly end: boolean }): FfmpegCommand;
    outputOptions(options: readonly string[]): FfmpegCommand;
    format(format: string): FfmpegCommand;
    on(event: 'start' | 'stderr', told: (line: string) => void): FfmpegCommand;
    on(event: 'end', told: () => void): FfmpegCommand;
    on(event: 'error', told: (cause: Error) => void): FfmpegCommand;
    run(): void;
  }
  export default function ffmpeg(options: { readonly stdoutLines: number }): FfmpegCommand;
}
