import { z } from 'zod';
import { permitViewSchema, type PermitView } from '#libs/contracts';
import type { Api } from '../api';
import { PageRefusal } from '../trust';

const MOST = 500;

/** Live permits in reach, by the platform's word. */
export function toldPermits(api: Api): Promise<readonly PermitView[]> {
  return api.get(`/api/permits?count=${MOST}`, z.array(permitViewSchema));
}

/** What the platform tells under this digest. Refuses PAGE_OTHER_PERMIT. */
export async function toldPermit(api: Api, digest: string): Promise<PermitView> {
  const told = (await toldPermits(api)).find((one) => one.digest === digest);
  if (told === undefined) throw new PageRefusal('PAGE_OTHER_PERMIT', digest.slice(0, 16));
  return told;
}
