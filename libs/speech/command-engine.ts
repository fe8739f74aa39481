import { spawn } from 'node:child_process';
import { speakEach } from './speak-each';
import { refuseSpeech, type SpeechEngine, type SpeechRefusal, type Spoken } from './speech-engine';

export interface CommandEngineOptions {
  /** Path of the program; it is started without a shell and with an empty environment. */
  readonly command: string;
  /** `{speed}` and `{pinyin}` in them are replaced. */
  readonly args: readonly string[];
  /** For one sentence; the program is killed then. */
  readonly timeoutMs: number;
  /** What is shown as the voice. Default: the program's name. */
  readonly voice?: string;
  readonly maxBytes?: number;
}

/** Three minutes of 48 kHz stereo. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Any program that takes one sentence of Chinese text (UTF-8) on stdin and gives a WAV PCM file on stdout. */
export function createCommandEngine(options: CommandEngineOptions): SpeechEngine {
  return {
    name: 'command',
    voice: options.voice ?? options.command.split('/').at(-1) ?? options.command,
    speak: (parts, { speed }) => speakEach(parts, ({ text, pinyin }) =>
      runCommand(options, options.args.map((arg) => arg.replaceAll('{speed}', speed).replaceAll('{pinyin}', pinyin)), text)),
  };
}

function runCommand({ command, timeoutMs, maxBytes = MAX_BYTES }: CommandEngineOptions, args: readonly string[], text: string): Promise<Spoken | SpeechRefusal> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], { env: {}, shell: false, stdio: ['pipe', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (answer: Spoken | SpeechRefusal): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      child.stdout.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(refuseSpeech('SPEECH_TIMEOUT', `The speech program gave no sound in ${timeoutMs} ms.`)), timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > maxBytes) finish(refuseSpeech('SPEECH_FAILED', `The speech program gave more than ${maxBytes} bytes.`));
    });
    child.once('error', (cause) => finish('code' in cause && cause.code === 'ENOENT'
      ? refuseSpeech('SPEECH_ENGINE_MISSING', 'The speech program is not there.')
      : refuseSpeech('SPEECH_FAILED', 'The speech program could not be started.')));
    child.once('close', (code) => finish(code === 0 && bytes > 0
      ? { ok: true, wav: new Uint8Array(Buffer.concat(chunks)) }
      : refuseSpeech('SPEECH_FAILED', 'The speech program ended without a sound.')));
    // A program that ends without reading closes the pipe; its exit says so.
    child.stdin.on('error', () => undefined);
    child.stdin.end(text);
  });
}
