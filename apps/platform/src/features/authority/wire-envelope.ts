import { envelopeSchema, type EnvelopeShape } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';

/** An envelope as the API's contracts give it: the same fields, its key ids branded. */
export function wireEnvelope(envelope: Envelope): EnvelopeShape {
  return envelopeSchema.parse(envelope);
}
