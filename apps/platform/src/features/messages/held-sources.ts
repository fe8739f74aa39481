import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { isDevice, isStreamUrl } from '#libs/audio';
import { heldSourceNameSchema, keyIdSchema, platformIdSchema, sessionKeySchema, type KeyId, type LiveBody, type MessageState, type PlatformId } from '#libs/contracts';
import { generateKey, type Signer } from '#libs/suites';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import { errorCode, operationalError, type FieldError } from '../../kernel/errors';
import { CLOCK, CONFIG } from '../../kernel/tokens';
import { keepServerKey, openServerKey, serverScope } from '../access';
import { MESSAGE_STORE, type MessageRecord, type MessageStore } from './message.store';

/** Where the sound comes from; `platforms`: whose authors may ask for it, everybody's where it is left out. */
const sourceSchema = z.strictObject({ url: z.string().refine(isStreamUrl).optional(), alsa: z.string().refine(isDevice).optional(), platforms: z.array(platformIdSchema).optional() })
  .refine(({ url, alsa }) => (url === undefined) !== (alsa === undefined));
const sourcesSchema = z.record(heldSourceNameSchema, sourceSchema);
export type HeldSource = z.infer<typeof sourceSchema>;

/** One key that lies here, and for which source it was made. */
export interface HeldKey {
  readonly keyId: KeyId;
  readonly source: string;
  readonly file: string;
  readonly madeAt: number;
}

/** What nobody handed in by then nobody can any more: a message is composed at most ten minutes before. */
const DRAFT_MS = 15 * 60_000;
const MOST_KEYS = 512;
const FOLDER = 'live';
const FILE = /^([0-9a-f]{64})\.([a-z0-9][a-z0-9-]{0,39})\.json$/;
/** Of a message whose voice will not be heard any more. */
const OVER: ReadonlySet<MessageState> = new Set(['returned', 'withdrawn', 'completed', 'stopped', 'expired']);

/**
 * The sources that this server holds itself (CLARION_LIVE_SOURCES: `{"radio": {"url": "https://..."}, "hall": {"alsa": "hw:1,0"}}`)
 * and the keys of their voices: one for each grant, made with its draft, in CLARION_KEYS (0600) and never in the database,
 * thrown away when the grant is over. Nobody names an address but the settings.
 */
@Injectable()
export class HeldSources implements OnModuleInit {
  private readonly everywhere = serverScope('keeps the keys of its own voices');
  private sources: ReadonlyMap<string, HeldSource> = new Map();
  private readonly folder: string;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(MESSAGE_STORE) private readonly store: MessageStore,
  ) {
    this.folder = path.join(config.keysDir, FOLDER);
  }

  onModuleInit(): void {
    const file = this.config.liveSourcesFile;
    if (file !== null) this.sources = sourcesIn(file);
  }

  named(source: string): HeldSource | undefined {
    return this.sources.get(source);
  }

  /** LIVE_SOURCE_UNKNOWN: there is none of that name for this platform. */
  faults(source: string, platform: PlatformId, at: string): readonly FieldError[] {
    const open = [...this.sources].filter(([, { platforms }]) => platforms?.includes(platform) ?? true).map(([name]) => name);
    if (open.includes(source)) return [];
    return [{ path: at, code: 'LIVE_SOURCE_UNKNOWN', sentence: open.length === 0 ? 'This server holds no source for you.' : `This server holds no source "${source}" for you, only: ${open.join(', ')}.` }];
  }

  /** A new key for one voice of this source. Refuses LIVE_SOURCE_BUSY where too many drafts wait to be handed in. */
  async makeKey(source: string): Promise<LiveBody['sessionKey']> {
    if (this.keys().length >= MOST_KEYS) await this.tidy();
    if (this.keys().length >= MOST_KEYS) throw operationalError('LIVE_SOURCE_BUSY', 'Too many drafts for the sources of this server wait to be signed; try again in a quarter of an hour.');
    const made = await generateKey('ed25519');
    keepServerKey(path.join(this.folder, `${made.key.keyId}.${source}.json`), made);
    return sessionKeySchema.parse(made.key);
  }

  keys(): readonly HeldKey[] {
    return this.fileNames().flatMap((name) => {
      const [, key, source] = FILE.exec(name) ?? [];
      const file = path.join(this.folder, name);
      const madeAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
      return key === undefined || source === undefined || madeAt === undefined ? [] : [{ keyId: keyIdSchema.parse(key), source, file, madeAt }];
    });
  }

  find(keyId: KeyId): HeldKey | undefined {
    return this.keys().find((key) => key.keyId === keyId);
  }

  async signer({ file }: HeldKey): Promise<Signer> {
    return (await openServerKey(file)).signer;
  }

  /** The message that was handed in with this key. */
  grantOf({ keyId }: HeldKey): Promise<MessageRecord | undefined> {
    return this.store.bySessionKey(this.everywhere, keyId);
  }

  forget({ file }: HeldKey): void {
    rmSync(file, { force: true });
  }

  /** Throws away the keys whose message nobody handed in, or is over. */
  async tidy(): Promise<void> {
    for (const key of this.keys()) {
      const record = await this.grantOf(key);
      if (record === undefined ? this.clock.now() - key.madeAt > DRAFT_MS : OVER.has(record.state)) this.forget(key);
    }
  }

  private fileNames(): readonly string[] {
    try {
      return readdirSync(this.folder);
    } catch (cause) {
      if (errorCode(cause) === 'ENOENT') return [];
      throw cause;
    }
  }
}

/** Refuses LIVE_SOURCES_INVALID. */
function sourcesIn(file: string): ReadonlyMap<string, HeldSource> {
  try {
    return new Map(Object.entries(sourcesSchema.parse(JSON.parse(readFileSync(file, 'utf8')))));
  } catch (cause) {
    throw operationalError('LIVE_SOURCES_INVALID', `${file} (CLARION_LIVE_SOURCES) does not name sources: {"name": {"url": "https://..."}} or {"name": {"alsa": "hw:1,0"}}.`, { cause });
  }
}
