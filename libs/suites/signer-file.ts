import { z } from 'zod';
import { softwareKeyRecordSchema } from '#libs/contracts';
import { checkedSigner } from './checked-signer';
import { askCommand } from './command-signer';
import { checkKeyRecord } from './key-record';
import { askService } from './service-signer';
import type { Signer } from './signer';
import { SuiteError } from './suite-error';
import { softwareSuiteOf } from './suites';

/** `bytes`: what is signed. `digest`: the suite's hash of it, for devices that take no more (of sm2-sm3 with the user id's hash). */
const sends = z.enum(['bytes', 'digest']);
const timeLimit = z.int().min(100).max(300_000);

/** Nothing leaves this machine unless a tunnel of the site's own carries it: loopback, or a socket file. */
const loopback = z.string().max(300).regex(/^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost):[1-9][0-9]{0,4}\/[!-~]*$/);

const serviceSchema = z.strictObject({
  url: loopback.optional(),
  socket: z.string().regex(/^\/[^\0]+$/).max(100).optional(),
  /** On the socket. */
  path: z.string().regex(/^\/[!-~]*$/).max(200).optional(),
  /** Holds the bearer token and nothing else. */
  tokenFile: z.string().min(1).optional(),
  sends: sends.default('bytes'),
  timeoutMs: timeLimit.default(10_000),
}).refine(({ url, socket }) => (url === undefined) !== (socket === undefined), 'either url or socket');

const commandSchema = z.strictObject({
  /** Program and arguments; no shell. It gets the bytes on its standard input and answers base64. */
  run: z.array(z.string().max(1_000)).min(1).max(40),
  sends: sends.default('bytes'),
  /** Somebody may have to touch a token or type a PIN. */
  timeoutMs: timeLimit.default(60_000),
});

const head = { format: z.literal('clarion-signer.v1'), key: softwareKeyRecordSchema };

/** What may stand in place of a key file: who signs, and where it is asked to. It holds no secret. */
export const signerFileSchema = z.union([
  z.strictObject({ ...head, service: serviceSchema }),
  z.strictObject({ ...head, command: commandSchema }),
]);
export type SignerFile = z.infer<typeof signerFileSchema>;

/** Whether a file names a signer elsewhere; whether it does so well, `openSignerFile` says. */
export function isSignerFile(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === 'clarion-signer.v1';
}

/**
 * The signer that a file names. `readToken` gives the content of a token file. Throws `signer-shape` for a file that is
 * no such file, a weak key, or a digest wanted of a suite that signs no digest. Each signature is verified before it is given out.
 */
export function openSignerFile(value: unknown, readToken: (path: string) => string): Signer {
  const file = signerFileSchema.safeParse(value);
  if (!file.success) throw new SuiteError('signer-shape', `not a signer file: ${file.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}`);
  const { key } = file.data;
  if (!checkKeyRecord(key).ok) throw new SuiteError('signer-shape', 'the key of the signer file is refused');
  const place = 'service' in file.data ? file.data.service : file.data.command;
  const digestOf = softwareSuiteOf(key.alg)?.digest;
  if (place.sends === 'digest' && digestOf === undefined) throw new SuiteError('signer-shape', `${key.alg} signs bytes, not a digest`);
  const toSend = (bytes: Uint8Array): Uint8Array => (place.sends === 'digest' && digestOf !== undefined ? digestOf(key.spki, bytes) : bytes);
  if ('command' in file.data) {
    const { command } = file.data;
    return checkedSigner(key, (bytes) => askCommand(command, toSend(bytes)));
  }
  const { service } = file.data;
  const token = service.tokenFile === undefined ? undefined : readToken(service.tokenFile).trim();
  return checkedSigner(key, (bytes) => askService({ ...service, token }, key, toSend(bytes)));
}
