/**
 * Why a page shows nothing to sign, whatever the platform says: a closed list, each with its plain words in `i18n`.
 * `field` names what differs.
 */
export type PageRefusalCode =
  /** What came is no envelope, no strict JSON, or not of its kind. */
  | 'PAGE_ENVELOPE' | 'PAGE_PAYLOAD'
  /** The platform tells of another digest, another message or other words than the signed bytes hold. */
  | 'PAGE_DIGEST' | 'PAGE_OTHER_MESSAGE' | 'PAGE_WORDS_DIFFER'
  /** A signature does not hold: of the author, or of the documents that say who may sign. */
  | 'PAGE_AUTHOR' | 'PAGE_CHAIN' | 'PAGE_ROOT_CHANGED' | 'PAGE_ROSTER_OLD' | 'PAGE_CHARTER_OLD'
  /** The corrections, the steps or the audio are not those of the signed bytes and documents. */
  | 'PAGE_CORRECTION' | 'PAGE_STEP' | 'PAGE_AUDIO'
  /** A live permit could never count, another one than the link names came, or an earlier signer of it may not sign it. */
  | 'PAGE_PERMIT' | 'PAGE_OTHER_PERMIT' | 'PAGE_SIGNER'
  /** A key request that the platform calls ours is not what our key signed. */
  | 'PAGE_REQUEST';

export class PageRefusal extends Error {
  constructor(readonly code: PageRefusalCode, field = '') {
    super(field);
    this.name = 'PageRefusal';
  }
}
