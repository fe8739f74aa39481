import type { keyZh } from './key-zh';

/** The keys' page in English; key requests stand in officer-en.ts. */
export const keyEn: Readonly<Record<keyof typeof keyZh, string>> = {
  'keys.title': 'Signing keys in this browser',
  'keys.makeSoftware': 'Make a software key',
  'keys.makePasskey': 'Make a passkey ({host})',
  'keys.kinds': 'A software key lies in this browser where no program can read it, but it does not ask who uses it. A passkey is held by the phone or a security key, which asks for fingerprint, face or screen lock at every signature; an emergency needs at least one such signature.',
  'keys.noSecureContext': '{host} is no secure address: the browser gives no signing. Open it over https.',
  'keys.noSoftwareKeys': 'This browser keeps no software key (private window, or storage switched off).',
  'keys.noPasskeys': 'No passkeys here: they need https, a host name (no IP address) and WebAuthn. Pages inside chat apps often lack it: open this in the system\'s browser.',
  'keys.persistence.promised': 'The browser promised to keep the keys of this site.',
  'keys.persistence.refused': 'The browser did not promise to keep them: when space runs out or the site is not used for long, it may clear a software key. Add the page to the home screen or bookmarks and try again, or use a passkey.',
  'keys.persistence.unknown': 'This browser does not say whether it keeps keys for long.',
  'keys.none': 'There is no key in this browser yet.',
  'keys.fingerprint': 'Fingerprint of this key',
  'keys.qr': 'The key\'s record as a QR code',
  'keys.record': 'Record and fingerprint of the key (only where officers want the record; not the digits of a request)',
  'keys.notYetInRoster': 'Signatures of this key count once the officers have signed it into the roster.',
  'keys.forget': 'Remove from this browser',
  'keys.forgetSure': 'Remove: a software key cannot be brought back',
  'keys.keep': 'Keep it',
};
