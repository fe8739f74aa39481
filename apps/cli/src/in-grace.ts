/** Said of what only the grace carries: to whoever composes, signs or looks at it (design 4, expiry). */
export const IN_GRACE = '!!! charter or roster of its platform has EXPIRED: it sounds only by the grace for emergencies; the officers must sign new ones / 授权证或权责清单已到期，仅靠紧急宽限播出，请尽快补签';
