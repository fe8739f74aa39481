import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { refuseSpeech, type SpeechRefusal } from './speech-engine';

export type EspeakRequest = { readonly voice: string; readonly wordsPerMinute: number; readonly text: string };
/** `phonemes` in espeak-ng's own notation; `(en)` in it means a part was read as English. */
export type EspeakAnswer = { readonly ok: true; readonly wav: Uint8Array; readonly phonemes: string };

const CHILD = path.join(__dirname, 'espeak-child.js');

/** Starts the child process, which loads the engine and waits for its one text; it has no environment. */
export function startEspeak(childFile = CHILD): ChildProcess {
  return fork(childFile, [], { env: {}, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
}

/** Speaks one text in a child process that ends afterwards; killed when the time is over. Never throws. */
export function runEspeak(request: EspeakRequest, timeoutMs: number, child = startEspeak()): Promise<EspeakAnswer | SpeechRefusal> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish(refuseSpeech('SPEECH_TIMEOUT', `The speech engine gave no answer in ${timeoutMs} ms.`)), timeoutMs);
    const finish = (answer: EspeakAnswer | SpeechRefusal): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      child.on('error', () => undefined);
      child.kill('SIGKILL');
      resolve(answer);
    };
    child.once('message', (message: unknown) => finish(readAnswer(message)));
    child.once('error', () => finish(refuseSpeech('SPEECH_FAILED', 'The speech process could not be started.')));
    // Not `exit`: what it said last may still lie in the channel then.
    child.once('close', () => finish(refuseSpeech('SPEECH_FAILED', 'The speech process ended without an answer.')));
    // A child that is gone already fails the send too; its end says so.
    child.send(request, () => undefined);
  });
}

function readAnswer(message: unknown): EspeakAnswer | SpeechRefusal {
  if (typeof message !== 'object' || message === null) return refuseSpeech('SPEECH_FAILED', 'The speech process answered nonsense.');
  if ('fault' in message && message.fault === 'missing') return refuseSpeech('SPEECH_ENGINE_MISSING', 'The speech engine espeak-ng is not installed.');
  if (!('wav' in message && typeof message.wav === 'string' && 'phonemes' in message && typeof message.phonemes === 'string')) {
    return refuseSpeech('SPEECH_FAILED', 'The speech engine failed.');
  }
  return { ok: true, wav: new Uint8Array(Buffer.from(message.wav, 'base64')), phonemes: message.phonemes };
}
