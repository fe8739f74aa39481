import http from 'node:http';
import https from 'node:https';
import type { SpokenPart } from './reading/spoken-parts';
import { speakEach } from './speak-each';
import { refuseSpeech, type SpeechEngine, type SpeechHow, type SpeechRefusal, type Spoken } from './speech-engine';

export interface HttpEngineOptions {
  /** http or https, from the settings alone; a redirect is refused. */
  readonly url: string;
  /** For one sentence, until the last byte. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Sent along and shown. Default `default`. */
  readonly voice?: string;
}

/**
 * A speech service: POST of `{text, pinyin, language, voice, speed}` as JSON for each sentence, answered with
 * `audio/wav`. Throws when the address is none of http or https.
 */
export function createHttpEngine(options: HttpEngineOptions): SpeechEngine {
  const url = new URL(options.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError('a speech service is reached over http or https');
  const voice = options.voice ?? 'default';
  return { name: 'http', voice, speak: (parts, how) => speakEach(parts, (part) => ask(url, options, voice, part, how)) };
}

function ask(url: URL, { timeoutMs, maxBytes }: HttpEngineOptions, voice: string, { text, pinyin }: SpokenPart, { language, speed }: SpeechHow): Promise<Spoken | SpeechRefusal> {
  return new Promise((resolve) => {
    const body = JSON.stringify({ text, pinyin, language, voice, speed });
    const finish = (answer: Spoken | SpeechRefusal): void => {
      clearTimeout(timer);
      request.destroy();
      resolve(answer);
    };
    const failed = (sentence: string): void => finish(refuseSpeech('SPEECH_FAILED', sentence));
    const timer = setTimeout(() => finish(refuseSpeech('SPEECH_TIMEOUT', `The speech service gave no sound in ${timeoutMs} ms.`)), timeoutMs);
    const send = url.protocol === 'https:' ? https.request : http.request;
    // Without an agent no connection is kept: each sentence stands alone.
    const request = send(url, { method: 'POST', agent: false, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), accept: 'audio/wav' } }, (response) => {
      const type = response.headers['content-type'] ?? '';
      if (response.statusCode !== 200) return failed(`The speech service answered ${response.statusCode ?? 'nothing'}.`);
      if (!/^audio\/(?:x-|vnd\.)?wave?(?:;|$)/.test(type)) return failed('The speech service did not answer with audio/wav.');
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > maxBytes) failed(`The speech service gave more than ${maxBytes} bytes.`);
      });
      response.once('end', () => (response.complete ? finish({ ok: true, wav: new Uint8Array(Buffer.concat(chunks)) }) : failed('The speech service broke off.')));
      response.once('error', () => failed('The speech service broke off.'));
    });
    request.once('error', (cause) => finish('code' in cause && (cause.code === 'ECONNREFUSED' || cause.code === 'ENOTFOUND')
      ? refuseSpeech('SPEECH_ENGINE_MISSING', 'Nobody answers at the address of the speech service.')
      : refuseSpeech('SPEECH_FAILED', 'The speech service could not be reached.')));
    request.end(body);
  });
}
