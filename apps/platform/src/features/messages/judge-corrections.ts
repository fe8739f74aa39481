import { Injectable } from '@nestjs/common';
import type { CorrectionKind, Digest } from '#libs/contracts';
import { filesOf, needsCorrections } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import { correctionFault, verifyMessage, type VerifiedMessage } from '#libs/trust';
import type { FieldError } from '../../kernel/errors';
import type { Scope } from '../../kernel/scope';
import { Trust } from '../authority';
import { ContentLookup } from './content-facts';
import { contentFaults, contentOfMessage } from './content-faults';
import { mediaFaults } from './media-faults';
import { refusalError } from './refusals';
import { drillWordFaults } from './says-drill';

/** A signed correction of a message that is handed in with it. */
export interface SignedCorrection {
  readonly kind: CorrectionKind;
  readonly digest: Digest;
  readonly envelope: Envelope;
  /** The recordings it sounds, by their digests. */
  readonly sounds: readonly string[];
}

/**
 * Judges what takes a message back, from its signed bytes and by the terminals' own rules: just those that the message
 * lists, by its author, to the same people. A warning without a correction is refused (CORRECTION_MISSING), because it
 * could not be taken back with one press.
 */
@Injectable()
export class JudgeCorrections {
  constructor(
    private readonly trust: Trust,
    private readonly lookup: ContentLookup,
  ) {}

  async run(scope: Scope, original: VerifiedMessage, envelopes: readonly Envelope[], now: number): Promise<{ readonly corrections: readonly SignedCorrection[]; readonly faults: readonly FieldError[] }> {
    const { message } = original;
    const corrections: SignedCorrection[] = [];
    const faults: FieldError[] = [];
    if (message.corrects !== null) faults.push(fault('corrects', 'CORRECTION_ALONE', 'A correction is handed in with the message that it takes back.'));
    else if (needsCorrections(message) && !message.corrections.some(({ kind }) => kind === 'correction')) {
      faults.push(fault('corrections', 'CORRECTION_MISSING', `A message of the class "${message.class}" goes out only with a correction.`));
    }
    for (const [at, envelope] of envelopes.entries()) {
      const verified = verifyMessage(this.trust.state(), envelope, now);
      if (!verified.ok) faults.push(fault(`corrections.${at}`, verified.code, refusalError(verified).message));
      else {
        const found = await this.faults(scope, original, verified.value, now);
        faults.push(...found.map((one) => ({ ...one, path: `corrections.${at}.${one.path}` })));
        const { corrects, body } = verified.value.message;
        if (corrects !== null) corrections.push({ kind: corrects, digest: verified.value.digest, envelope, sounds: filesOf(body).map(({ sha256 }) => sha256) });
      }
    }
    const given = corrections.map(({ digest }) => digest);
    message.corrections.forEach(({ digest }, at) => {
      if (!given.includes(digest)) faults.push(fault(`corrections.${at}`, 'CORRECTION_ABSENT', 'A correction that the message lists was not handed in with it.'));
    });
    if (new Set(given).size < given.length || new Set(corrections.map(({ kind }) => kind)).size < corrections.length) {
      faults.push(fault('corrections', 'CORRECTION_TWICE', 'There is one of each kind for a message.'));
    }
    return { corrections, faults };
  }

  private async faults(scope: Scope, original: VerifiedMessage, correction: VerifiedMessage, now: number): Promise<readonly FieldError[]> {
    const { message } = correction;
    const foreign = correctionFault(correction, original.message);
    const faults: FieldError[] = foreign === undefined ? [] : [fault(foreign.at ?? '', 'CORRECTION_DIFFERS', 'It is not a correction that the message lists, or it speaks in another way or to others.')];
    if (message.author !== original.message.author) faults.push(fault('author', 'AUTHOR_FOREIGN', 'A correction has the author of what it takes back.'));
    const found = await this.lookup.ask(scope, {
      now, platform: message.platform, author: message.author, charter: original.charter, roster: original.roster,
      areas: message.targets.areas, terminals: message.targets.terminals, media: filesOf(message.body).map(({ sha256 }) => sha256), replaces: message.replaces,
    });
    const [content, path] = contentOfMessage(message);
    if ('live' in message.body) faults.push(fault('body', 'CORRECTION_LIVE', 'What takes a message back is recorded: it must be there when nobody can speak.'));
    const titles = message.texts.map(({ title }, at) => ({ path: `texts.${at}.title`, text: title }));
    const texts = message.texts.map(({ text }, at) => ({ path: `texts.${at}.text`, text }));
    return [...faults, ...drillWordFaults(message.mode, titles, texts), ...contentFaults(content, found.facts, path), ...mediaFaults(message, found.media)];
  }
}

function fault(path: string, code: string, sentence: string): FieldError {
  return { path, code, sentence };
}
