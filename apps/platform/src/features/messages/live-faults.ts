import { Inject, Injectable } from '@nestjs/common';
import type { Draft, LiveBody, Message, MessageId, PlatformId } from '#libs/contracts';
import { CLASSES, heldFault, liveBlockMs } from '#libs/domain';
import { checkKeyRecord } from '#libs/suites';
import { holdersOf } from '#libs/trust';
import type { FieldError } from '../../kernel/errors';
import { serverScope } from '../access';
import { Trust } from '../authority';
import { Terminals } from '../terminals';
import { HeldSources } from './held-sources';
import { MESSAGE_STORE, type MessageStore } from './message.store';

/**
 * What is wrong with a grant of living voice besides what any message may be refused for: its blocks, and its key, which is
 * to be a new one that nobody has besides and that no other voice was signed with.
 */
@Injectable()
export class LiveFaults {
  private readonly everywhere = serverScope('looks whether a key is somebody\'s already');

  constructor(
    @Inject(MESSAGE_STORE) private readonly store: MessageStore,
    private readonly trust: Trust,
    private readonly terminals: Terminals,
    private readonly held: HeldSources,
  ) {}

  /** Of a draft: the key that it brings; of a source of the server LIVE_SOURCE_UNKNOWN, and LIVE_HELD where it would be of another class, or louder. */
  async ofDraft({ live, class: kind, volume }: Partial<Draft>, platform: PlatformId): Promise<readonly FieldError[]> {
    if (live?.sessionKey !== undefined) return this.ofKey(live.sessionKey, 'live.sessionKey');
    if (live?.source === undefined) return [];
    const beyond = kind === undefined ? undefined : heldFault({ class: kind, volume: volume ?? CLASSES[kind].volume });
    return [
      ...this.held.faults(live.source, platform, 'live.source'),
      ...(beyond === undefined ? [] : [{ path: beyond, code: 'LIVE_HELD', sentence: `What the server says by itself is of the class daily, and no louder than "${CLASSES.daily.volume}".` }]),
    ];
  }

  /** Of a signed message: SESSION_KEY_*, LIVE_BLOCKS, LIVE_OPENING. */
  async ofMessage({ id, body }: Pick<Message, 'id' | 'body'>): Promise<readonly FieldError[]> {
    if (!('live' in body)) return [];
    const { sessionKey, delayMs, blockMs, chime, held } = body.live;
    return [
      ...this.ofHolder(sessionKey, held, 'body.live.sessionKey'),
      ...await this.ofKey(sessionKey, 'body.live.sessionKey', id),
      ...(blockMs === liveBlockMs(delayMs) ? [] : [{ path: 'body.live.blockMs', code: 'LIVE_BLOCKS', sentence: `Heard ${delayMs} ms after it is said, a voice has blocks of ${liveBlockMs(delayMs)} ms.` }]),
      ...(chime === null || chime.role === 'chime' || chime.role === 'siren' ? [] : [{ path: 'body.live.chime.role', code: 'LIVE_OPENING', sentence: 'A living voice is opened by a chime or a siren.' }]),
    ];
  }

  /** What says that the server holds its key has one that lies here, and only that: nobody turns the one into the other. */
  private ofHolder({ keyId }: LiveBody['sessionKey'], held: LiveBody['held'], path: string): readonly FieldError[] {
    const isHere = this.held.find(keyId) !== undefined;
    if (held === undefined) return isHere ? [{ path, code: 'SESSION_KEY_HELD', sentence: 'The server made this key for a source of its own.' }] : [];
    return isHere ? [] : [{ path, code: 'LIVE_SOURCE_UNKNOWN', sentence: 'The server does not hold this key (any more); compose it again.' }];
  }

  /** SESSION_KEY_INVALID, SESSION_KEY_HELD or SESSION_KEY_USED. `of`: the message that it was handed in with. */
  async ofKey(key: LiveBody['sessionKey'], path: string, of: MessageId | null = null): Promise<readonly FieldError[]> {
    const checked = checkKeyRecord(key);
    if (!checked.ok) return [{ path, code: 'SESSION_KEY_INVALID', sentence: `It is no usable Ed25519 key under its own name (${checked.code}).` }];
    const revoked = [...this.trust.state().revoked.values()].some((entries) => entries.has(key.keyId));
    if (revoked || holdersOf(this.trust.state(), key.keyId).length > 0 || this.terminals.isDeviceKey(key.keyId)) {
      return [{ path, code: 'SESSION_KEY_HELD', sentence: 'It is somebody\'s key already; a voice has a new one that is thrown away behind it.' }];
    }
    if (await this.store.hasSessionKey(this.everywhere, key.keyId, of)) {
      return [{ path, code: 'SESSION_KEY_USED', sentence: 'Another voice was signed with it; a voice has a new one.' }];
    }
    return [];
  }
}
