type Place = Pick<Storage, 'getItem' | 'setItem'>;

const nameOf = (account: string): string => `clarion-known:${account}`;

/**
 * What this browser was told when the account signed in here before (docs/sign-in.md). It opens nothing; with it, guessing by
 * others keeps nobody out here. A browser that keeps nothing is as good as a new one.
 */
export function knownDevice(account: string, place: () => Place = () => localStorage): string | undefined {
  try {
    return place().getItem(nameOf(account)) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepKnownDevice(account: string, token: string, place: () => Place = () => localStorage): void {
  try {
    place().setItem(nameOf(account), token);
  } catch {
    // The next sign-in is one of a new device.
  }
}
