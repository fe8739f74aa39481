import { z } from 'zod';
import { base64Schema, keyIdSchema } from './ids';
import { softwareAlgSchema } from './words';

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/** A host name, or `localhost`; an address is none: WebAuthn knows names only. */
const HOST = `(?:${LABEL}\\.)*(?![0-9]+(?:$|:))${LABEL}`;
const PORT = ':[1-9][0-9]{0,4}';

/** An origin as a browser writes it: no path, no default port; plain http only on this machine. */
const originSchema = z.string().max(280).regex(new RegExp(`^(?:https://${HOST}(?!:443$)(?:${PORT})?|http://localhost(?!:80$)(?:${PORT})?)$`));

/**
 * Where a passkey may have signed (WebAuthn L3 5.1.4.1, 7.2): pinned by standing in a signed document, checked by the
 * terminal itself. Each origin is the relying party's host or one below it.
 */
export const relyingPartySchema = z.strictObject({
  id: z.string().max(253).regex(new RegExp(`^${HOST}$`)),
  origins: z.array(originSchema).min(1).max(4),
}).refine(({ id, origins }) => origins.every((origin) => isAtOrBelow(hostOf(origin), id)), { message: 'an origin outside the relying party', path: ['origins'] })
  .refine(({ origins }) => new Set(origins).size === origins.length, { message: 'an origin twice', path: ['origins'] });

/** A key whose private half a program can use. */
export const softwareKeyRecordSchema = z.strictObject({ keyId: keyIdSchema, alg: softwareAlgSchema, spki: base64Schema });

/**
 * A public key. `alg` belongs to the key, never to the message; `spki` is base64 of the DER. A passkey also names its
 * relying party, which no other key has.
 */
export const keyRecordSchema = z.discriminatedUnion('alg', [
  softwareKeyRecordSchema,
  z.strictObject({ keyId: keyIdSchema, alg: z.literal('webauthn-es256'), spki: base64Schema, rp: relyingPartySchema }),
]);

export type RelyingParty = z.infer<typeof relyingPartySchema>;
export type SoftwareKeyRecord = z.infer<typeof softwareKeyRecordSchema>;
export type KeyRecord = z.infer<typeof keyRecordSchema>;

function hostOf(origin: string): string {
  return origin.replace(/^https?:\/\//, '').replace(/:[0-9]+$/, '');
}

function isAtOrBelow(host: string, id: string): boolean {
  return host === id || host.endsWith(`.${id}`);
}
