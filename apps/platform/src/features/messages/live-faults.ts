import { Inject, Injectable } from '@nestjs/common';
import type { LiveBody, Message, MessageId } from '#libs/contracts';
import { liveBlockMs } from '#libs/domain';
import { checkKeyRecord } from '#libs/suites';
import { holdersOf } from '#libs/trust';
import type { FieldError } from '../../kernel/errors';
import { serverScope } from '../access';
import { Trust } from '../authority';
import { Terminals } from '../terminals';
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
  ) {}

  /** Of a signed message: SESSION_KEY_*, LIVE_BLOCKS, LIVE_OPENING. */
  async ofMessage({ id, body }: Pick<Message, 'id' | 'body'>): Promise<readonly FieldError[]> {
    if (!('live' in body)) return [];
    const { sessionKey, delayMs, blockMs, chime } = body.live;
    return [
      ...await this.ofKey(sessionKey, 'body.live.sessionKey', id),
      ...(blockMs === liveBlockMs(delayMs) ? [] : [{ path: 'body.live.blockMs', code: 'LIVE_BLOCKS', sentence: `Heard ${delayMs} ms after it is said, a voice has blocks of ${liveBlockMs(delayMs)} ms.` }]),
      ...(chime === null || chime.role === 'chime' || chime.role === 'siren' ? [] : [{ path: 'body.live.chime.role', code: 'LIVE_OPENING', sentence: 'A living voice is opened by a chime or a siren.' }]),
    ];
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
