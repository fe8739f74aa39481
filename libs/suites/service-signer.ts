import { request, type RequestOptions } from 'node:http';
import { fromBase64, parseStrictJson, toBase64 } from '#libs/envelope';
import type { SoftwareKeyRecord } from './key-record';
import { SuiteError } from './suite-error';

/** An answer is a signature and a few words around it. */
const MAX_ANSWER_BYTES = 16_384;

export interface SigningService {
  readonly url?: string | undefined;
  readonly socket?: string | undefined;
  readonly path?: string | undefined;
  readonly token: string | undefined;
  readonly sends: 'bytes' | 'digest';
  readonly timeoutMs: number;
}

/**
 * Asks a signing service: POST {keyId, alg, bytes | digest} as JSON with base64, answer 200 {"sig": base64}. Throws
 * `signer-unreachable`, `signer-timeout`, `signer-refused` (another status) and `signer-answer`.
 */
export async function askService(service: SigningService, { keyId, alg }: SoftwareKeyRecord, bytes: Uint8Array): Promise<Uint8Array> {
  const { status, body } = await post(service, JSON.stringify({ keyId, alg, [service.sends]: toBase64(bytes) }));
  if (status !== 200) throw new SuiteError('signer-refused', `the signing service answered ${status}`);
  const json = parseStrictJson(body, { maxBytes: MAX_ANSWER_BYTES, maxDepth: 4 });
  const { sig } = { sig: undefined, ...(json.ok && typeof json.value === 'object' && json.value !== null ? json.value : {}) };
  const raw = typeof sig === 'string' ? fromBase64(sig) : undefined;
  if (raw === undefined) throw new SuiteError('signer-answer', 'the signing service answered without a signature');
  return raw;
}

function post(service: SigningService, body: string): Promise<{ readonly status: number; readonly body: Uint8Array }> {
  const signal = AbortSignal.timeout(service.timeoutMs);
  const options: RequestOptions = {
    method: 'POST', agent: false, signal,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...(service.token === undefined ? {} : { authorization: `Bearer ${service.token}` }) },
  };
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => reject(signal.aborted
      ? new SuiteError('signer-timeout', `the signing service did not answer within ${service.timeoutMs} ms`, cause)
      : new SuiteError('signer-unreachable', 'the signing service cannot be reached', cause));
    const asked = service.url === undefined
      ? request({ ...options, socketPath: service.socket, path: service.path ?? '/' })
      : request(service.url, options);
    asked.on('error', fail).on('response', (response) => {
      const parts: Buffer[] = [];
      let length = 0;
      response.on('error', fail).on('data', (part: Buffer) => {
        length += part.length;
        if (length <= MAX_ANSWER_BYTES) parts.push(part);
        else asked.destroy(new SuiteError('signer-answer', 'the signing service answered too much'));
      }).on('end', () => resolve({ status: response.statusCode ?? 0, body: new Uint8Array(Buffer.concat(parts)) }));
    });
    asked.end(body);
  });
}
