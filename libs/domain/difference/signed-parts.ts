import type { KeyRecord, MessageClass } from '#libs/contracts';
import { CLASSES } from '../classes';
import { choiceOf, listOf, NONE, partOf, saidAbove, valueOf, type Field, type Words } from './field';

const CST_MS = 8 * 3_600_000;
const never = (): boolean => false;
export const always = (): boolean => true;

/** `2026-11-22 16:00`, in China Standard Time. */
function sayTime(at: number): string {
  return new Date(at + CST_MS).toISOString().slice(0, 16).replace('T', ' ');
}

export function counted(zh: string, en: string, weakens: (before: number, after: number) => boolean): Field<number> {
  return valueOf({ zh, en }, String, weakens);
}
export const lower = (before: number, after: number): boolean => after < before;
export const higher = (before: number, after: number): boolean => after > before;

/** A name that a document is about: another one makes it another document. */
export function nameOf<T extends string | null>(zh: string, en: string): Field<T> {
  return valueOf<T>({ zh, en }, (name) => name ?? NONE, always);
}
export const shownName: Field<string> = valueOf({ zh: '名称', en: 'name' }, (name) => name, never);

/** What every signed document has. One that is renewed lasts longer; one that ends sooner may be a slip of the hand. */
export const dated = {
  version: counted('版本', 'version', lower),
  issuedAt: valueOf<number>({ zh: '签发时间', en: 'issued' }, sayTime, never),
  expiresAt: valueOf<number>({ zh: '有效期至', en: 'valid until' }, sayTime, lower),
};
export const since: Field<number> = valueOf({ zh: '起始', en: 'since' }, sayTime, higher);

/** Sixteen digits of the key id, as people read them to each other, its kind, and of a passkey the site that it works at. */
export function sayKey(key: KeyRecord): string {
  return `${key.keyId.slice(0, 16)} ${key.alg}${'rp' in key ? ` at ${siteOf(key)}` : ''}`;
}

function siteOf(key: KeyRecord): string {
  return 'rp' in key ? `${key.rp.id} (${key.rp.origins.join(' ')})` : '';
}

/** The one key of its use. */
export function keyOf(zh: string, en: string): Field<KeyRecord> {
  return valueOf({ zh, en }, sayKey, always);
}

const bareKey = partOf<Pick<KeyRecord, 'keyId' | 'alg' | 'spki'>>({
  keyId: saidAbove,
  alg: valueOf<KeyRecord['alg']>({ zh: '算法', en: 'kind' }, (alg) => alg, always),
  spki: (before, after, field) => (before === undefined || before === after ? [] : [{ field, zh: `公钥内容改变：${before} → ${after}`, en: `another public half: ${before} -> ${after}`, weakens: true }]),
});

const keyParts: Field<KeyRecord> = (before, after, path) => {
  const [then, now] = [before === undefined ? '' : siteOf(before), siteOf(after)];
  const site = then === now ? [] : [{
    field: `${path}.rp`, weakens: before !== undefined,
    zh: `用于网站：${before === undefined ? '' : `${then || '无'} → `}${now || '无'}`, en: `works at: ${before === undefined ? '' : `${then || 'none'} -> `}${now || 'none'}`,
  }];
  return [...bareKey(before, after, path), ...site];
};

/** Keys side by side. Taking one away harms only where too few are left, which the thresholds and `silenceEffect` say. */
export function keysOf(what: Words): Field<readonly KeyRecord[]> {
  return listOf<KeyRecord>({
    identity: ({ keyId }) => keyId, name: ({ keyId }) => ({ zh: `${what.zh} ${keyId.slice(0, 16)}`, en: `${what.en} ${keyId.slice(0, 16)}` }),
    inside: keyParts, added: always, removed: never,
  });
}

/** Classes that something reaches: one more is more. */
export function classesOf(zh: string, en: string): Field<readonly MessageClass[]> {
  return choiceOf<MessageClass>({ zh, en }, (one) => CLASSES[one].zh, { added: always, removed: never });
}
