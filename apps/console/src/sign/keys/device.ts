/** What this browser can do for a signer; what is missing is told before somebody tries in vain. */
export interface DeviceAbilities {
  /** https, or this very machine: without it a browser gives neither keys nor passkeys. */
  readonly secure: boolean;
  readonly softwareKeys: boolean;
  readonly passkeys: boolean;
}

export function deviceAbilities(): DeviceAbilities {
  const secure = globalThis.isSecureContext;
  // An address is no name: a passkey belongs to a host name.
  const named = !/^[0-9.]+$|^\[/.test(location.hostname);
  return {
    secure,
    softwareKeys: secure && typeof indexedDB !== 'undefined' && typeof globalThis.crypto.subtle !== 'undefined',
    passkeys: secure && named && typeof PublicKeyCredential !== 'undefined',
  };
}

/** Whether the browser promised to keep what is stored here when its disk is full; `unknown` where it cannot be asked. */
export type Persistence = 'promised' | 'refused' | 'unknown';

/** Asks for that promise. A browser may say no; then its own cleaning can take a software key away. */
export async function askToPersist(): Promise<Persistence> {
  try {
    return (await navigator.storage.persist()) ? 'promised' : 'refused';
  } catch {
    return 'unknown';
  }
}

export async function persistence(): Promise<Persistence> {
  try {
    return (await navigator.storage.persisted()) ? 'promised' : 'refused';
  } catch {
    return 'unknown';
  }
}
