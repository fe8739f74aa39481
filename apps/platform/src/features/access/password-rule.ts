const LEAST_DIFFERENT = 6;
const USUAL = ['password', 'qwerty', '123456', 'admin', 'clarion', 'yingji', 'guangbo'];

/** Why a new password is no good although it is long enough: too few different signs, the account's own name, or what everybody tries first. */
export function passwordFault(password: string, account: string): string | undefined {
  const lower = password.toLowerCase();
  if (new Set(lower).size < LEAST_DIFFERENT) return `It has fewer than ${LEAST_DIFFERENT} different signs.`;
  if (lower.includes(account.toLowerCase())) return 'It holds the name of the account.';
  return USUAL.some((usual) => lower.includes(usual)) ? 'It holds a word that everybody tries first.' : undefined;
}
