import { createHash } from 'node:crypto';

const hex = (text: string) => createHash('sha256').update(text).digest('hex');

/** An envelope of the right shape whose payload is `text`; the gateway never looks inside. */
export function envelope(word: string, text: string) {
  return {
    payloadType: `application/vnd.clarion.${word}.v1+json`,
    payload: Buffer.from(text).toString('base64'),
    signatures: [{ keyid: hex(`key of ${text}`), sig: Buffer.alloc(64, 7).toString('base64') }],
  };
}

export function order(text: string) {
  return { dispatch: envelope('dispatch', text), message: envelope('message', `message of ${text}`), approvals: [envelope('approval', `approval of ${text}`)] };
}

export function exchange(change: object = {}) {
  return {
    kind: 'exchange',
    health: { state: 'ready', playing: null, volumePermille: 800, muted: false, amplifier: 'ok', isolatedUntil: null, supply: 'mains', clockOffsetMs: 3, spooledReceipts: 0, freeDiskMiB: 900 },
    counter: 0, versions: null, assignmentVersion: 0, held: hex('nothing'), nonce: null, ...change,
  };
}
