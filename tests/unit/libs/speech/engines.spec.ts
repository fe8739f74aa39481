import http from 'node:http';
import path from 'node:path';
import { pcmOf, readAudioFile, writeWav } from '#libs/audio';
import { createCommandEngine, createHttpEngine, lexiconOf, readAloud, speak, type SpeechEngine } from '#libs/speech';
import { joinWavs } from '../../../../libs/speech/join-wavs';
import { freePort } from '../../../support/ports';

const lexicon = lexiconOf();
const SCRIPT = path.join(__dirname, 'fake-voice.mjs');
const how = { language: 'zh-CN', speed: 'slow' } as const;

const tone = (durationMs: number): Uint8Array => writeWav(pcmOf(Float32Array.from({ length: durationMs * 48 }, (_, at) => Math.sin(at / 20) / 4)));

function parts(text: string) {
  const read = readAloud(text, { lexicon });
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.spoken;
}

const command = (behaviour: string, options: { readonly timeoutMs?: number; readonly maxBytes?: number } = {}): SpeechEngine =>
  createCommandEngine({ command: process.execPath, args: [SCRIPT, behaviour, '{speed}'], timeoutMs: 10_000, voice: 'fake', ...options });

/** Seconds of what was spoken. */
async function secondsBy(engine: SpeechEngine, text: string): Promise<number> {
  const spoken = await engine.speak(parts(text), how);
  if (!spoken.ok) throw new Error(spoken.sentence);
  const read = readAudioFile(spoken.wav);
  if (!read.ok) throw new Error(read.sentence);
  return read.pcm.samples.length / 48_000;
}

describe('a command as a voice', () => {
  it('speaks sentence by sentence what was made of the text, with a pause between', async () => {
    // 10 ms for each of 请拨打幺幺九。, and 300 ms between.
    expect(await secondsBy(command('speaks'), '请拨打119。请拨打119。')).toBeCloseTo((7 + 7) * 0.01 + 0.3, 2);
  });

  it('gets no environment, no shell, and the speed where it asked for it', async () => {
    expect(await secondsBy(command('environment'), '好。')).toBeGreaterThan(0);
    const shelled = createCommandEngine({ command: process.execPath, args: [SCRIPT, 'speaks', '; exit 9'], timeoutMs: 10_000 });
    expect(await secondsBy(shelled, '好。')).toBeGreaterThan(0);
  });

  it.each([
    ['sleeps', { timeoutMs: 300 }, 'SPEECH_TIMEOUT'],
    ['fails', {}, 'SPEECH_FAILED'],
    ['silent', {}, 'SPEECH_FAILED'],
    ['floods', { maxBytes: 1_000_000 }, 'SPEECH_FAILED'],
    ['nonsense', {}, 'SPEECH_FAILED'],
  ] as const)('that %s is an error with a code', async (behaviour, options, code) => {
    expect(await command(behaviour, options).speak(parts('好。'), how)).toMatchObject({ ok: false, code });
  });

  it('that is not there is said to be missing', async () => {
    const missing = createCommandEngine({ command: path.join(__dirname, 'no-such-voice'), args: [], timeoutMs: 1_000 });
    expect(await missing.speak(parts('好。'), how)).toMatchObject({ ok: false, code: 'SPEECH_ENGINE_MISSING' });
  });

  it('says which it is', () => {
    expect([command('speaks').name, command('speaks').voice]).toEqual(['command', 'fake']);
    expect(createCommandEngine({ command: '/opt/voice/tts', args: [], timeoutMs: 1 }).voice).toBe('tts');
  });
});

describe('a service as a voice', () => {
  let server: http.Server;
  let base: string;
  const asked: { readonly body: unknown; readonly headers: http.IncomingHttpHeaders }[] = [];
  const sound = tone(200);

  beforeAll(async () => {
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        asked.push({ body: JSON.parse(Buffer.concat(chunks).toString('utf8')), headers: request.headers });
        const wav = { 'content-type': 'audio/wav' };
        switch (request.url) {
          case '/speak': return response.writeHead(200, wav).end(sound);
          case '/elsewhere': return response.writeHead(302, { location: `${base}/speak` }).end();
          case '/words': return response.writeHead(200, { 'content-type': 'text/html' }).end('<p>sorry</p>');
          case '/broken': return response.writeHead(500).end();
          case '/large': return response.writeHead(200, wav).end(Buffer.alloc(2_000_000));
          case '/cut': return void response.writeHead(200, { ...wav, 'content-length': '99999' }).write(Buffer.alloc(10), () => response.destroy());
          default: return undefined;
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const service = (at: string, timeoutMs = 5_000): SpeechEngine => createHttpEngine({ url: `${base}${at}`, timeoutMs, maxBytes: 1_000_000, voice: 'xiaoyan' });

  it('gets each sentence as Hanzi and as pinyin, and answers with sound', async () => {
    expect(await secondsBy(service('/speak'), '14:02转移。请注意。')).toBeCloseTo(0.2 + 0.3 + 0.2, 2);
    expect(asked.map(({ body }) => body)).toEqual([
      { text: '十四时零二分转移。', pinyin: 'shi2 si4 shi2 ling2 er4 fen1 zhuan3 yi2.', language: 'zh-CN', voice: 'xiaoyan', speed: 'slow' },
      { text: '请注意。', pinyin: 'qing3 zhu4 yi4.', language: 'zh-CN', voice: 'xiaoyan', speed: 'slow' },
    ]);
    expect(asked[0]?.headers).toMatchObject({ 'content-type': 'application/json', accept: 'audio/wav' });
  });

  it.each([['/elsewhere', 'SPEECH_FAILED'], ['/words', 'SPEECH_FAILED'], ['/broken', 'SPEECH_FAILED'], ['/large', 'SPEECH_FAILED'], ['/cut', 'SPEECH_FAILED']])('that answers as %s does is an error with a code', async (at, code) => {
    expect(await service(at).speak(parts('好。'), how)).toMatchObject({ ok: false, code });
  });

  it('that hangs is not waited for', async () => {
    expect(await service('/hangs', 300).speak(parts('好。'), how)).toMatchObject({ code: 'SPEECH_TIMEOUT' });
  });

  it('where nobody listens is said to be missing', async () => {
    const nobody = createHttpEngine({ url: `http://127.0.0.1:${await freePort()}/`, timeoutMs: 2_000, maxBytes: 1_000 });
    expect(await nobody.speak(parts('好。'), how)).toMatchObject({ code: 'SPEECH_ENGINE_MISSING' });
  });

  it('is reached over http or https alone', () => {
    for (const url of ['file:///etc/passwd', 'ftp://127.0.0.1/', 'not an address']) expect(() => createHttpEngine({ url, timeoutMs: 1, maxBytes: 1 })).toThrow(/Invalid URL|http or https/);
  });
});

describe('the way from a text to sound', () => {
  it('gives the sound, the readings and the voice', async () => {
    expect(await speak('14:02。', { engine: command('speaks'), lexicon })).toMatchObject({
      ok: true, readings: [{ written: '14:02', read: '十四时零二分' }], engine: 'command', voice: 'fake',
    });
  });

  it('refuses a text before any voice hears of it, and a voice with its code', async () => {
    expect(await speak('3-5', { engine: command('speaks'), lexicon })).toMatchObject({ ok: false, faults: [{ at: 0, code: 'DASH_UNCLEAR' }] });
    expect(await speak('好。', { engine: command('fails'), lexicon })).toMatchObject({ ok: false, code: 'SPEECH_FAILED', faults: [] });
  });
});

describe('joined sound', () => {
  const wav = tone(100);
  it('is as long as its pieces and the pauses', () => {
    const joined = joinWavs([wav, wav, wav], 250);
    const read = readAudioFile(joined ?? new Uint8Array());
    expect(read.ok ? read.pcm.samples.length : read.sentence).toBe((3 * 100 + 2 * 250) * 48);
  });

  it('is not made of different formats, of nothing, or of what is no sound', () => {
    const other = wav.slice();
    new DataView(other.buffer).setUint32(24, 16_000, true);
    for (const wavs of [[], [wav, other], [new Uint8Array(10)], [wav.slice(0, 44)]]) expect(joinWavs(wavs, 100)).toBeUndefined();
  });
});
