import type { PlatformId } from '#libs/contracts';
import { sortRenewals } from '#libs/domain';
import { faultOf } from '../ui/fault';
import type { InForce } from './in-force';
import { draftPaper, PaperFault, type Paper } from './paper';
import type { LeftOut, ListedRequest } from './request-list';

/** One next roster for each platform. What cannot go into it is left out and says why; it stops none of the others. */
export async function draftAll(chosen: readonly ListedRequest[], inForce: ReadonlyMap<PlatformId, InForce>, now: number): Promise<{ readonly papers: readonly Paper[]; readonly leftOut: readonly LeftOut[] }> {
  const platforms = [...new Set(chosen.map(({ view }) => view.request.platform))];
  const drafted = await Promise.all(platforms.map(async (platform) => {
    const own = chosen.filter(({ view }) => view.request.platform === platform);
    try {
      return await draftOne(own, inForce.get(platform), now);
    } catch (cause) {
      const { code } = faultOf(cause);
      return { papers: [], leftOut: own.map(({ id }): LeftOut => ({ id, code })) };
    }
  }));
  return { papers: drafted.flatMap(({ papers }) => papers), leftOut: drafted.flatMap(({ leftOut }) => leftOut) };
}

async function draftOne(own: readonly ListedRequest[], held: InForce | undefined, now: number): Promise<{ readonly papers: readonly Paper[]; readonly leftOut: readonly LeftOut[] }> {
  if (held === undefined) throw new PaperFault('PAPER_BYTES');
  const { fit, leftOut } = sortRenewals(held.roster.value, own.map(({ view, id }) => ({ ...view.request, view, id })));
  const papers = fit.length === 0 ? [] : [await draftPaper(held, fit.map(({ view }) => view), fit.map(({ id }) => id), now)];
  return { papers, leftOut: leftOut.map(({ renewal: { id }, code }) => ({ id, code })) };
}
