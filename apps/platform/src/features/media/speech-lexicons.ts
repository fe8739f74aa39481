import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { LexiconEntry, PlatformId } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { lexiconFaults, lexiconOf, readLexicon, type Lexicon } from '#libs/speech';
import { sha256Hex } from '#libs/suites';
import { lineageOf } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import type { Transactions } from '../../kernel/database';
import { operationalError, userError } from '../../kernel/errors';
import { Leaves } from '../../kernel/leaf';
import { CLOCK, CONFIG, TRANSACTIONS } from '../../kernel/tokens';
import { scopeOf, type Principal } from '../access';
import { Trust } from '../authority';
import type { SpokenFor } from './speech';
import { SPEECH_STORE, type SpeechStore } from './speech.store';

/** From the sources and from dist. */
const SHIPPED = ['../../../../..', '../../../../../..'].map((up) => path.resolve(__dirname, up, 'policy', 'lexicon.json'));

/** How words are read: the lexicon that ships, overruled by the district's own words, those by the township's, those by the village's. */
@Injectable()
export class SpeechLexicons {
  private readonly base: readonly LexiconEntry[];

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(SPEECH_STORE) private readonly store: SpeechStore,
    private readonly trust: Trust,
    private readonly leaves: Leaves,
  ) {
    this.base = baseLexicon(config.speech.lexiconFile);
  }

  async of(caller: SpokenFor): Promise<Lexicon> {
    const lineage = this.trust.isReady() ? [...lineageOf(this.trust.state(), caller.platform)].reverse() : [caller.platform];
    return lexiconOf(this.base, await this.store.lexicon(scopeOf(caller), lineage));
  }

  /** The platform's own words, without those of the tiers above and without the base. */
  own(caller: SpokenFor): Promise<readonly LexiconEntry[]> {
    return this.store.lexicon(scopeOf(caller), [caller.platform]);
  }

  /** Puts these words in the place of the platform's own ones. Throws LEXICON_READING naming every entry that says something else than it is written. */
  async write(caller: Principal, entries: readonly LexiconEntry[]): Promise<readonly LexiconEntry[]> {
    const fields = lexiconFaults(entries).map(({ index, field, sentence }) => ({ path: `${index}.${field}`, code: 'LEXICON_READING', sentence }));
    if (fields.length > 0) throw userError('LEXICON_READING', 'A word would be read as something else than it is written.', { fields });
    const platform: PlatformId = caller.platform;
    await this.transactions.run(async (tx) => {
      await this.store.writeLexicon(scopeOf(caller), tx, platform, entries, { person: caller.person, at: Math.trunc(this.clock.now()) });
      await this.leaves.insert(tx, { platform, kind: 'lexicon.written', subject: platform, facts: { person: caller.person, entries: entries.length, digest: sha256Hex(encodePayload(entries)) } });
    });
    return this.own(caller);
  }
}

/** Throws CONFIG_INVALID: without its lexicon a server would misread places in silence. */
function baseLexicon(file: string | null): readonly LexiconEntry[] {
  const at = file ?? SHIPPED.find((candidate) => existsSync(candidate)) ?? 'policy/lexicon.json';
  try {
    return readLexicon(JSON.parse(readFileSync(at, 'utf8')));
  } catch (cause) {
    throw operationalError('CONFIG_INVALID', 'The lexicon of readings (CLARION_SPEECH_LEXICON) is missing or not valid.', { cause });
  }
}
