const encoder = new TextEncoder();

/**
 * The exact bytes a signature covers: DSSE v1 pre-authentication encoding,
 * `DSSEv1 SP len(type) SP type SP len(body) SP body`, lengths in bytes as decimal ASCII.
 * Type and lengths stand inside, so bytes signed as one kind of order never verify as another.
 */
export function pae(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = encoder.encode(payloadType);
  const head = encoder.encode(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `);
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  bytes.set(payload, head.length);
  return bytes;
}
