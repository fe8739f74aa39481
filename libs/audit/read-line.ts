import { exportLineSchema, leafBodySchema, type ExportLine, type LeafBody } from '#libs/contracts';
import { canonicalJson } from '#libs/envelope';

/** A line of an export. One spelling only: what is not the canonical text of itself is refused, so that no two readers read two things. */
export function readLine(text: string): ExportLine | undefined {
  return exportLineSchema.safeParse(canonical(text)).data;
}

/** The body of a leaf, in its one spelling. */
export function readBody(text: string): LeafBody | undefined {
  return leafBodySchema.safeParse(canonical(text)).data;
}

function canonical(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return canonicalJson(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}
