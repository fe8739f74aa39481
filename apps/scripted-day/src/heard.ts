import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { detailOf, readMessageEnvelope, systemClock } from '../../cli/src';
import type { CardStart } from './figures';
import type { Simulator } from './simulator';
import type { Published } from './steps/publish';

/**
 * Keeps what one horn sounded, `NAME.wav`, beside what was signed to be said, `NAME.txt`: for ears, a spectrum or a
 * transcript. Without a folder nothing is kept.
 */
export class Heard {
  constructor(private readonly folder: string | undefined, private readonly simulator: Simulator) {
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
  }

  /** The last 60 s of the first horn that sounded `digest`: the message itself or one of its corrections. */
  async keep(name: string, message: Published, digest: string, cards: readonly CardStart[]): Promise<void> {
    const start = cards.find((card) => card.messageDigest === digest);
    if (this.folder === undefined || start === undefined) return;
    const { envelope, correctionEnvelopes } = await detailOf(message.author.context, message.id);
    const signed = [envelope, ...correctionEnvelopes].map(readMessageEnvelope).find((read) => read.digest === digest);
    if (signed === undefined) throw new Error(`nothing signed has the digest ${digest}`);
    writeFileSync(path.join(this.folder, `${name}.wav`), await this.simulator.listen(start.terminal));
    const { texts, readings, mode } = signed.message;
    writeFileSync(path.join(this.folder, `${name}.txt`), [
      `terminal ${start.terminal}, first sample ${new Date(start.startedAt).toISOString()}, recording ends ${new Date(systemClock.now()).toISOString()}`,
      ...texts.flatMap(({ title, text }) => [`${mode}: ${title}`, text]), ...readings.map(({ written, read }) => `${written} -> ${read}`), '',
    ].join('\n'));
  }
}
