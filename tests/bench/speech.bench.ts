import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createEspeakEngine, lexiconOf, readAloud, readLexicon, type SpeechEngine, type SpokenPart } from '#libs/speech';
import { KeptSpeechWorkshop } from '../../apps/platform/src/features/media/speech-workshop';

const ROUNDS = 9;
const TARGET_MS = 2_000;
const LEXICON = path.join(__dirname, '../../../policy/lexicon.json');

/** 200 characters with numbers in them, another text each round. */
function text(round: number): string {
  const sentences = Array.from({ length: 10 }, (_, at) => `第${round * 10 + at + 1}组请在${at + 6}时${10 + at}分前转移到安全地带，勿返回。`);
  return [...sentences.join('')].slice(0, 199).join('') + '。';
}

/**
 * What an author waits for: 200 characters read, spoken, levelled to the horns' loudness and encoded. The peer speaks the
 * same pinyin sentence by sentence, a process for each, and does nothing else: the system's espeak-ng where it is
 * installed, or else ours.
 */
export async function run() {
  const lexicon = lexiconOf(readLexicon(JSON.parse(readFileSync(LEXICON, 'utf8'))));
  const engine = createEspeakEngine({ timeoutMs: 30_000, standby: true });
  const workshop = new KeptSpeechWorkshop();
  const spoken: number[] = [];
  const ready: number[] = [];
  const peer: number[] = [];
  const system = spawnSync('espeak-ng', ['--version']).status === 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const from = now();
    const read = readAloud(text(round), { lexicon });
    if (!read.ok) throw new Error(JSON.stringify(read.faults));
    const sound = await engine.speak(read.spoken, { language: 'zh-CN', speed: 'normal' });
    if (!sound.ok) throw new Error(sound.sentence);
    spoken.push(now() - from);
    const prepared = await workshop.prepare(sound.wav);
    if (!prepared.ok) throw new Error(prepared.sentence);
    ready.push(now() - from);
    const before = now();
    await (system ? eachBySystem(read.spoken) : eachByOurs(read.spoken, engine));
    peer.push(now() - before);
  }
  const measured = { readyMedianMs: at(ready, 0.5), readyMostMs: at(ready, 1), spokenMedianMs: at(spoken, 0.5), characters: 200 };
  return {
    target: '200 characters read, spoken, levelled and encoded: at most 2 s in every round',
    measured, peers: { [system ? 'systemEspeakPerSentenceMedianMs' : 'ourEspeakPerSentenceMedianMs']: at(peer, 0.5) }, runs: ROUNDS, held: measured.readyMostMs <= TARGET_MS,
  };
}

function eachBySystem(parts: readonly SpokenPart[]): void {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-bench-'));
  parts.forEach(({ pinyin }, index) => spawnSync('espeak-ng', ['-v', 'cmn-latn-pinyin', '-s', '150', '-w', path.join(folder, `${index}.wav`), pinyin]));
  rmSync(folder, { recursive: true });
}

async function eachByOurs(parts: readonly SpokenPart[], engine: SpeechEngine): Promise<void> {
  for (const part of parts) await engine.speak([part], { language: 'zh-CN', speed: 'normal' });
}

const now = (): number => performance.now();
const at = (times: readonly number[], share: number): number => Math.round([...times].sort((a, b) => a - b)[Math.floor(share * (times.length - 1))] ?? Number.NaN);
