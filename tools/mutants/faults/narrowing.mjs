// What a few may do alone, and what is kept from before: permits, restrictions, isolations, quiet hours, orders and
// assignments read back from a disk (docs/protocol.md 7 and 9).
const TRUST = 'tests/unit/libs/trust/';
const PERMITS = [`${TRUST}permits.spec.ts`];
const RESTRICTIONS = [`${TRUST}restrictions.spec.ts`];
const ROOM = ['tests/unit/libs/domain/restriction-room.spec.ts'];
const CORRECTIONS = [`${TRUST}corrections.spec.ts`];

export const narrowingFaults = [
  {
    name: 'permit-by-one', file: 'libs/trust/verify-permit.ts', why: 'one approver lets a clerk speak alone', suites: PERMITS,
    find: "if (opened.value.signers.length < PERMIT_SIGNERS) return refuse('REJ_THRESHOLD', 'signatures');", replace: '',
  },
  {
    name: 'permit-one-person-twice', file: 'libs/trust/verify-permit.ts', why: 'one approver with two keys is two', suites: PERMITS,
    find: "if (names.some((name) => seen.has(name))) return refuse('REJ_APPROVER_REPEATED', 'signatures');", replace: '',
  },
  {
    name: 'permit-by-its-clerk', file: 'libs/trust/verify-permit.ts', why: 'a clerk permits himself', suites: PERMITS,
    find: "return refuse('REJ_APPROVER_IS_AUTHOR', 'signatures');", replace: 'continue;',
  },
  {
    name: 'permit-by-no-approver', file: 'libs/trust/verify-permit.ts', why: 'whoever is listed permits', suites: PERMITS,
    find: "standing.find(({ person }) => person.roles.includes('approver'))", replace: 'standing.find(({ person }) => person.roles.length > 0)',
  },
  {
    name: 'permit-by-a-revoked-key', file: 'libs/trust/verify-permit.ts', why: 'a stolen approver\'s key permits', suites: PERMITS,
    find: "if (standing.length < own.length) return refuse('REJ_KEY_REVOKED', own[0].key.keyId);", replace: '',
  },
  {
    name: 'permit-by-strangers', file: 'libs/trust/verify-permit.ts', why: 'approvers of a neighbour permit', suites: PERMITS,
    find: 'key.keyId === keyid && lineage.includes(platform));', replace: 'key.keyId === keyid);',
  },
  {
    name: 'permit-unverified', file: 'libs/trust/verify-permit.ts', why: 'a hijacked page permits', suites: PERMITS,
    find: "return opened.value.signers.some(({ alg }) => isVerifiedSigning(alg)) ? opened : refuse('REJ_VERIFICATION', 'signatures');", replace: 'return opened;',
  },
  {
    name: 'permit-not-listed', file: 'libs/trust/verify-permit.ts', why: 'a permit that the officers took out of the roster', suites: PERMITS,
    find: "if (roster.permits?.includes(digest) !== true) return refuse('REJ_PERMIT', 'roster');", replace: '',
  },
  {
    name: 'permit-laid-under', file: 'libs/trust/verify-permit.ts', why: 'a message that waits for approval goes out under a permit that its author never named', suites: PERMITS,
    find: "if (message.permit !== dispatch.permit) return refuse('REJ_PERMIT', 'permit');", replace: '',
  },
  {
    name: 'permit-another', file: 'libs/trust/verify-permit.ts', why: 'one permit named, another brought', suites: PERMITS,
    find: "if (digest !== dispatch.permit) return refuse('REJ_PERMIT', 'permit');", replace: '',
  },
  {
    name: 'permit-without-bounds', file: 'libs/trust/verify-permit.ts', why: 'any class, length, volume and hour under a permit', suites: PERMITS,
    find: "return fault === undefined ? verified : refuse('REJ_PERMIT', fault);", replace: 'return fault === undefined ? verified : verified;',
  },
  {
    name: 'permit-for-ever', file: 'libs/domain/permits.ts', why: 'a permit for years', suites: PERMITS,
    find: "['notAfter', notAfter - Math.min(issuedAt, notBefore) > LIMITS.expiryDays * DAY_MS],", replace: '',
  },
  {
    name: 'permit-counted-from-its-issue', file: 'libs/domain/permits.ts', why: 'a permit dated back by as much as it pleases', suites: PERMITS,
    find: 'notAfter - Math.min(issuedAt, notBefore) > LIMITS.expiryDays * DAY_MS', replace: 'notAfter - issuedAt > LIMITS.expiryDays * DAY_MS',
  },
  {
    name: 'permit-by-its-clerks-key', file: 'libs/trust/verify-permit.ts', why: 'a clerk permits himself by his own key under another suite and another name', suites: PERMITS,
    find: 'name === permit.clerk || clerkKeys.some(({ spki }) => spki === name)', replace: 'name === permit.clerk',
  },
  {
    name: 'permit-any-number-a-day', file: 'libs/trust/admit.ts', why: 'a clerk speaks all day', suites: PERMITS,
    find: "return hasRoomThatDay(permit.permit, begun, dispatch.startAt) ? undefined : refuse('REJ_PERMIT', 'perDay');", replace: 'return undefined;',
  },
  {
    name: 'permit-and-approvals', file: 'libs/trust/judge-order.ts', why: 'an order of two grounds, of which one is judged', suites: PERMITS,
    find: "if (permit.value !== null && dispatch.approvals.length + order.approvals.length > 0) return refuse('REJ_APPROVAL_DIGEST', 'approvals');", replace: '',
  },
  {
    name: 'restriction-for-days', file: 'libs/trust/verify-restriction.ts', why: 'one server silences a village for a day', suites: RESTRICTIONS,
    find: "if (tooLong) return refuse('REJ_WINDOW', 'notAfter');", replace: '',
  },
  {
    name: 'restriction-period-by-one', file: 'libs/trust/verify-restriction.ts', why: 'one officer begins an important period', suites: RESTRICTIONS,
    find: "if (kind === 'period') return officersFault(state, platform, charter, signed.filter((holder) => holder.use === 'officer'), issuedAt);", replace: "if (kind === 'period') return undefined;",
  },
  {
    name: 'restriction-posture-by-officers', file: 'libs/trust/verify-restriction.ts', why: 'a period\'s signers make what only the server\'s hour is for', suites: RESTRICTIONS,
    find: "use === (restriction.kind === 'posture' ? 'dispatcher' : 'officer')", replace: "use === 'dispatcher' || use === 'officer'",
  },
  {
    name: 'restriction-elsewhere', file: 'libs/trust/verify-restriction.ts', why: 'a village narrows its neighbour', suites: RESTRICTIONS,
    find: "if (!charter.areas.some((top) => isWithin(known, restriction.area, top.id))) return refuse('REJ_AREA', 'area');", replace: '',
  },
  {
    name: 'restriction-over', file: 'libs/trust/verify-restriction.ts', why: 'a restriction of yesterday begins again', suites: RESTRICTIONS,
    find: "if (now >= notAfter) return refuse('REJ_EXPIRED', 'notAfter');", replace: '',
  },
  {
    name: 'restriction-posture-by-two', file: 'libs/trust/verify-restriction.ts', why: 'a posture with a second signature that nobody judges', suites: RESTRICTIONS,
    find: "if (envelope.signatures.length !== 1) return refuse('REJ_SHAPE', 'signatures');", replace: '',
  },
  {
    name: 'restriction-of-a-charter-that-ended', file: 'libs/trust/verify-restriction.ts', why: 'a platform whose charter ended silences its villages', suites: RESTRICTIONS,
    find: "return now >= charterUntil ? refuse('REJ_CHARTER_EXPIRED') : undefined;", replace: 'return undefined;',
  },
  {
    name: 'restriction-upwards', file: 'libs/domain/restrictions.ts', why: 'a village silences its district', suites: RESTRICTIONS,
    find: 'TIERS[message.tier].rank <= TIERS[tier].rank', replace: 'TIERS[message.tier].rank >= 0',
  },
  {
    name: 'restriction-last-counts', file: 'libs/domain/restrictions.ts', why: 'a later restriction that asks for fewer lifts one that asks for more', suites: RESTRICTIONS,
    find: 'asked = Math.max(asked, restriction.approvals);', replace: 'asked = restriction.approvals;',
  },
  {
    name: 'restriction-at-once-only', file: 'libs/trust/admit.ts', why: 'what begins inside a restriction that is still to come sounds', suites: RESTRICTIONS,
    find: 'assignment.areas, Math.max(now, entering.startAt))) {', replace: 'assignment.areas, now)) {',
  },
  {
    name: 'restriction-covered-by-less', file: 'libs/domain/restriction-room.ts', why: 'a weak posture pushes a strong one out', suites: ROOM,
    find: 'asks(other) >= asks(one)', replace: 'asks(other) >= 0',
  },
  {
    name: 'restriction-covered-by-other-classes', file: 'libs/domain/restriction-room.ts', why: 'a posture over other classes pushes one out', suites: ROOM,
    find: 'one.classes.every((kept) => other.classes.includes(kept)) && ', replace: '',
  },
  {
    name: 'restriction-covered-by-a-shorter', file: 'libs/domain/restriction-room.ts', why: 'a posture of a minute pushes out one of an hour', suites: ROOM,
    find: ' && other.notAfter >= one.notAfter', replace: '',
  },
  {
    name: 'restriction-first-come', file: 'libs/domain/restriction-room.ts', why: 'sixteen weak postures of a stolen key keep the answer to its theft out', suites: ROOM,
    find: '[...uncovered].sort((a, b) => byStrength(a, b, now))', replace: '[...uncovered]',
  },
  {
    name: 'isolation-unasked', file: 'libs/trust/admit.ts', why: 'an upper tier that was shut out goes on speaking', suites: [`${TRUST}isolates.spec.ts`],
    find: "return { kind: 'isolated', order, ...refusalOf(facts, 'REJ_ISOLATED', 'isolations') };", replace: '',
  },
  {
    name: 'isolation-of-its-own', file: 'libs/domain/isolations.ts', why: 'who shuts out what is above shuts out himself', suites: [`${TRUST}isolates.spec.ts`],
    find: 'TIERS[message.tier].rank > TIERS[isolation.tier].rank', replace: 'TIERS[message.tier].rank >= TIERS[isolation.tier].rank',
  },
  {
    name: 'isolation-keeps-emergencies-out', file: 'libs/domain/isolations.ts', why: 'what the root lets through is not heard', suites: [`${TRUST}isolates.spec.ts`],
    find: "!(message.mode === 'actual' && isolation.except.includes(message.class))", replace: 'isolation.except.length >= 0',
  },
  {
    name: 'quiet-hours-of-one', file: 'libs/trust/hours.ts', why: 'a district that takes out its own quiet hours speaks at night', suites: [`${TRUST}quiet-hours.spec.ts`],
    find: 'heardAt(state, platform).flatMap((above) => state.rosters.get(above)?.value.quietHours', replace: 'heardAt(state, platform).slice(0, 1).flatMap((above) => state.rosters.get(above)?.value.quietHours',
  },
  {
    name: 'quiet-hours-for-the-late', file: 'libs/trust/entering.ts', why: 'who comes late to something of the evening says it at night', suites: [`${TRUST}quiet-hours.spec.ts`],
    find: 'const begins = out(joining.startAt);', replace: 'const begins: number | null = joining.startAt;',
  },
  {
    name: 'quiet-hours-with-old-news', file: 'libs/trust/entering.ts', why: 'put off to the morning it sounds although a stop may have been missed', suites: [`${TRUST}quiet-hours.spec.ts`],
    find: 'if (postponed !== null && !maySound(linkAge(begins, beaconAt), message.class)) return undefined;', replace: '',
  },
  {
    name: 'replaces-another-mode', file: 'libs/trust/admit.ts', why: 'a drill ends what is meant', suites: ['tests/unit/apps/terminal-agent/agent-drills.spec.ts'],
    find: "mayReplace(message.mode, replaced.mode) ? undefined : refuse('REJ_CEILING', 'replaces');", replace: 'mayReplace(message.mode, replaced.mode) ? undefined : undefined;',
  },
  {
    name: 'correction-wider', file: 'libs/trust/verify-correction.ts', why: 'a correction speaks where its message did not', suites: CORRECTIONS,
    find: "if (wider !== undefined) return refuse('REJ_CORRECTION', wider);", replace: '',
  },
  {
    name: 'correction-of-another-class', file: 'libs/trust/verify-correction.ts', why: 'a notice is taken back by a siren', suites: CORRECTIONS,
    find: "if (message.class !== original.class) return refuse('REJ_CORRECTION', 'class');", replace: '',
  },
  {
    name: 'consent-of-another-platform', file: 'libs/trust/judge-consent.ts', why: 'another village\'s stopper takes back the district\'s word', suites: CORRECTIONS,
    find: "if (consent.value.consent.platform !== dispatch.platform) return refuse('REJ_CONSENT', 'consent.platform');", replace: '',
  },
  {
    name: 'consent-dated-ahead', file: 'libs/trust/verify-consent.ts', why: 'a word of tomorrow outlives the stops of today', suites: CORRECTIONS,
    find: "if (consent.signedAt > now + LIMITS.signerClockMs) return refuse('REJ_NOT_YET', 'signedAt');", replace: '',
  },
  {
    name: 'resume-over-another-stop', file: 'libs/trust/admit.ts', why: 'one stop taken back takes back all', suites: CORRECTIONS,
    find: "?? stopFault(facts, resumedOf(order, remembered), assignment, 'REJ_RESUME');", replace: ';',
  },
  {
    name: 'void-by-no-key', file: 'libs/trust/judge-order.ts', why: 'what a stolen key said goes on to its end', suites: [`${TRUST}void-orders.spec.ts`, ...CORRECTIONS],
    find: "if (keyIds.some((keyId) => isRevoked(state, platform, keyId) === 'compromised')) return true;", replace: '',
  },
  {
    name: 'void-without-the-fallen', file: 'libs/trust/judge-order.ts', why: 'what a forged roster carried goes on to its end', suites: [`${TRUST}void-orders.spec.ts`],
    find: 'return [...keyIds, ...fallen.signers].some(', replace: 'return [...keyIds].some(',
  },
  {
    name: 'kept-order-for-anywhere', file: 'libs/trust/judge-kept.ts', why: 'an order for another place, laid on the disk', suites: ['tests/unit/apps/redteam/families-on-agents.spec.ts'],
    find: "if (!covers(dispatch.targets, terminal, areas) || !covers(message.targets, terminal, areas)) return refuse('REJ_NOT_TARGETED', 'targets');", replace: '',
  },
  {
    name: 'kept-assignment-by-anybody', file: 'libs/trust/verify-assignment.ts', why: 'any officer of the district stands behind a kept place', suites: [`${TRUST}assignment-places.spec.ts`, `${TRUST}revocation.spec.ts`, `${TRUST}verify.spec.ts`],
    find: "return holding.some((key) => officers?.has(registrationOf(key)) === true) ? ok(parsed.value)", replace: 'return holding.length > 0 && officers !== undefined ? ok(parsed.value)',
  },
  {
    name: 'assignment-nowhere', file: 'libs/trust/verify-assignment.ts', why: 'a terminal in a place that is not its platform\'s', suites: [`${TRUST}assignment-places.spec.ts`, `${TRUST}verify.spec.ts`],
    find: "if (!areas.some((area) => chartered.some((top) => top.id === area.id))) return refuse('REJ_AREA', at);", replace: '',
  },
  {
    name: 'head-of-another-platform', file: 'libs/trust/verify-head.ts', why: 'one log\'s key signs for another log', suites: [`${TRUST}verify.spec.ts`, `${TRUST}vectors.spec.ts`],
    find: 'const signer = holderAt(state, signers.value, head.value.platform);', replace: 'const signer = holderAt(state, signers.value, signers.value[0]?.platform ?? head.value.platform);',
  },
];
