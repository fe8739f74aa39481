/**
 * Why a page cannot speak: no microphone there, the person or the device said no to it, nothing here can encode, make a
 * session's key or keep one, what the platform drafted is not what was asked, the platform gave no turn in time, or the browser's
 * encoder gave up in the middle.
 */
export type LiveFaultCode = 'live-no-microphone' | 'live-microphone-denied' | 'live-no-encoder' | 'live-no-session-key' | 'live-cannot-wait' | 'live-differs' | 'live-no-turn' | 'live-encoder';

export class LiveFault extends Error {
  constructor(readonly code: LiveFaultCode, sentence = '', cause?: unknown) {
    super(sentence, { cause });
    this.name = 'LiveFault';
  }
}
