/** A kind of secret, as it looks wherever it was written. */
interface Pattern {
  readonly kind: string;
  readonly pattern: RegExp;
}

/** Private keys in every form that our programs and OpenSSL write, tokens, and passwords in addresses. Base64 as base64 is: what only names a form is none. */
const PATTERNS: readonly Pattern[] = [
  { kind: 'private key (PEM)', pattern: /-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----(?:\\n|\\r|\s)+[A-Za-z0-9+/=]{40}/ },
  { kind: 'private key of Ed25519', pattern: /MC4CAQAwBQYDK2VwBCIEI[A-Za-z0-9+/]{43}/ },
  { kind: 'private key of P-256 or SM2', pattern: /M(?:IG[A-Z]|EECAQAw[A-Z])AgEAMB[A-Za-z0-9+\/]{80}/ },
  { kind: 'private key of RSA', pattern: /MII[CEGJ][A-Za-z0-9+/]{2}IBADANBgkqhkiG9w0BAQEFAASC[A-Za-z0-9+/]{60}/ },
  { kind: 'private key of Ed25519 (hex)', pattern: /302e020100300506032b657004220420[0-9a-f]{64}/i },
  { kind: 'private key as JWK', pattern: /"kty"\s*:\s*"(?:EC|OKP|RSA)"[^{}]{0,400}"d"\s*:\s*"[A-Za-z0-9_-]{40}/ },
  { kind: 'key file', pattern: /"cipher"\s*:\s*"aes-256-gcm"[^{}]{0,600}"data"\s*:\s*"[A-Za-z0-9+/]{60}/ },
  { kind: 'token of a session', pattern: /eyJ[A-Za-z0-9_-]{16,}\.eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{80}/ },
  { kind: 'token of a forge or a cloud', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60}|npm_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_-]{20}|AKIA[0-9A-Z]{16}|xox[bap]-[0-9A-Za-z-]{20})\b/ },
  { kind: 'password in an address', pattern: /\b(?:postgres(?:ql)?|mysql|redis|amqp|https?):\/\/[A-Za-z0-9_-]+:(?![$<{]|password@|secret@|PASSWORD@)[A-Za-z0-9%_.+-]{12,}@/ },
];

/** What in these bytes is a secret by its form; each kind once. */
export function secretsIn(bytes: Uint8Array): readonly string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return PATTERNS.filter(({ pattern }) => pattern.test(text)).map(({ kind }) => kind);
}

/** A secret of this run, in every spelling in which it might stand somewhere. */
export interface Needle {
  readonly name: string;
  readonly spellings: readonly Buffer[];
}

export function needleOf(name: string, secret: Uint8Array | string): Needle {
  const raw = Buffer.from(secret);
  const spelled = [raw, Buffer.from(raw.toString('hex')), Buffer.from(raw.toString('base64').replace(/=+$/, '')), Buffer.from(raw.toString('base64url'))];
  return { name, spellings: spelled };
}

/** Which of these secrets stand in these bytes, in any spelling. */
export function needlesIn(bytes: Uint8Array, needles: readonly Needle[]): readonly string[] {
  const hay = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return needles.filter(({ spellings }) => spellings.some((spelling) => hay.includes(spelling))).map(({ name }) => name);
}
