// From an order on the wire to a sound: message, approvals, dispatch, and the fixed order of admit (docs/protocol.md 9).
const TRUST = 'tests/unit/libs/trust/';
const HOSTILE = [`${TRUST}vectors.spec.ts`];
const RULES = [`${TRUST}who-may-say-what.spec.ts`];
const ADMIT = [`${TRUST}admit.spec.ts`];
const BOTH = [...HOSTILE, ...ADMIT];

export const admitFaults = [
  {
    name: 'envelope-of-another-kind', file: 'libs/trust/open-envelope.ts', why: 'a receipt where an order is asked for', suites: [`${TRUST}verify.spec.ts`, ...HOSTILE],
    find: "if (wordOf(parsed.envelope.payloadType) !== word) return refuse('REJ_TYPE', parsed.envelope.payloadType);", replace: '',
  },
  {
    name: 'order-extra-part', file: 'libs/trust/read-order.ts', why: 'a part of an order that nobody judges', suites: RULES,
    find: ' || keys.some((key) => !ALLOWED.includes(key))) return undefined;', replace: ') return undefined;',
  },
  {
    name: 'order-many-approvals', file: 'libs/trust/read-order.ts', why: 'approvals without number, each a signature to check', suites: RULES,
    find: ' || approvals.length > LIMITS.approvals) return undefined;', replace: ') return undefined;',
  },
  {
    name: 'dispatcher-of-another-platform', file: 'libs/trust/read-order.ts', why: 'a village\'s server dispatches for the district', suites: RULES,
    find: 'signers.value.find((holder) => holder.platform === dispatch.value.platform)', replace: 'signers.value.find((holder) => holder.platform !== undefined)',
  },
  {
    name: 'message-by-another-author', file: 'libs/trust/verify-message.ts', why: 'a message in somebody else\'s name', suites: RULES,
    find: "return person.id === message.author && person.roles.includes('author')", replace: "return person.roles.includes('author')",
  },
  {
    name: 'message-by-no-author', file: 'libs/trust/verify-message.ts', why: 'an approver writes what he approves', suites: HOSTILE,
    find: "person.id === message.author && person.roles.includes('author') ? undefined", replace: 'person.id === message.author ? undefined',
  },
  {
    name: 'message-of-another-unit', file: 'libs/trust/verify-message.ts', why: 'a unit speaks for another one', suites: RULES,
    find: "if (unit === undefined || person.unit !== unit.id) return refuse('REJ_UNIT', 'unit');", replace: "if (unit === undefined) return refuse('REJ_UNIT', 'unit');",
  },
  {
    name: 'message-above-its-class', file: 'libs/trust/verify-message.ts', why: 'a class that the charter does not grant', suites: RULES,
    find: "if (!charter.ceilings.classes.includes(message.class)) return refuse('REJ_CEILING', 'class');", replace: '',
  },
  {
    name: 'message-above-its-severity', file: 'libs/trust/verify-message.ts', why: 'a severity that the charter does not grant', suites: RULES,
    find: "if (!charter.ceilings.severities.includes(message.severity)) return refuse('REJ_CEILING', 'severity');", replace: '',
  },
  {
    name: 'message-window-too-long', file: 'libs/trust/verify-message.ts', why: 'a message that may sound for weeks', suites: HOSTILE,
    find: "if (message.notAfter - message.notBefore > CLASSES[message.class].maxWindowMs) return refuse('REJ_WINDOW', 'notAfter');", replace: '',
  },
  {
    name: 'message-dated-ahead', file: 'libs/trust/verify-message.ts', why: 'a message that a stop of everything does not reach', suites: RULES,
    find: "return message.issuedAt > now + LIMITS.earlyMs ? refuse('REJ_NOT_YET', 'issuedAt') : undefined;", replace: 'return undefined;',
  },
  {
    name: 'message-outside-its-areas', file: 'libs/trust/verify-message.ts', why: 'a village speaks next door', suites: [`${TRUST}verify.spec.ts`, ...HOSTILE],
    find: 'return outside >= 0 ? refuse(', replace: 'return outside > 1e9 ? refuse(',
  },
  {
    name: 'siren-anywhere', file: 'libs/trust/verify-message.ts', why: 'a siren behind the chime of a notice', suites: ['tests/unit/libs/trust/who-may-say-what.spec.ts'],
    find: 'if (siren !== undefined) return refuse', replace: 'if (false) return refuse',
  },
  {
    name: 'message-without-siren', file: 'libs/trust/verify-message.ts', why: 'an emergency that opens as a notice does', suites: HOSTILE,
    find: "return opening === undefined ? undefined : refuse('REJ_CEILING', 'live' in message.body ? 'body.live.chime.role' : `body.segments.${opening.at}.role`);", replace: 'return undefined;',
  },
  {
    name: 'approval-of-another-message', file: 'libs/trust/verify-approval.ts', why: 'an approval is lifted to another message', suites: HOSTILE,
    find: "if (approval.messageDigest !== message.digest) return refuse('REJ_APPROVAL_DIGEST', 'messageDigest');", replace: '',
  },
  {
    name: 'approval-of-what-was-not-shown', file: 'libs/trust/verify-approval.ts', why: 'the screen showed something else', suites: HOSTILE,
    find: "if (approval.displayedDigest !== approval.messageDigest) return refuse('REJ_DISPLAYED', 'displayedDigest');", replace: '',
  },
  {
    name: 'approval-in-another-name', file: 'libs/trust/verify-approval.ts', why: 'one person signs in two names', suites: HOSTILE,
    find: "if (person.id !== approval.person) return refuse('REJ_APPROVER_ROLE', 'person');", replace: '',
  },
  {
    name: 'approval-by-the-author', file: 'libs/trust/verify-approval.ts', why: 'the author approves (a second check in the policy stands behind it)', suites: HOSTILE,
    find: "if (person.id === message.author.person.id) return refuse('REJ_APPROVER_IS_AUTHOR', 'person');", replace: "if (person.id === message.author.person.id) return refuse('REJ_APPROVER_ROLE', 'person');",
  },
  {
    name: 'approval-before-its-message', file: 'libs/trust/verify-approval.ts', why: 'a signature given before there was anything to read', suites: [`${TRUST}verify.spec.ts`],
    find: "if (signedAt < message.issuedAt - LIMITS.signerClockMs) return refuse('REJ_WINDOW', 'signedAt');", replace: '',
  },
  {
    name: 'approval-under-an-old-policy', file: 'libs/trust/verify-approval.ts', why: 'steps of a policy that no longer holds', suites: HOSTILE,
    find: "if (approval.policyVersion !== message.roster.policy.version) return refuse('REJ_POLICY_VERSION', 'policyVersion');", replace: '',
  },
  {
    name: 'approval-that-returns', file: 'libs/trust/judge-order.ts', why: 'who sent it back counts as who approved it', suites: HOSTILE,
    find: "approval.decision === 'approve') ? undefined", replace: "approval.decision !== undefined) ? undefined",
  },
  {
    name: 'dispatch-names-other-approvals', file: 'libs/trust/judge-order.ts', why: 'approvals that the dispatch does not name', suites: HOSTILE,
    find: 'const same = given.length === dispatch.approvals.length && given.every((digest, index) => digest === dispatch.approvals[index]);', replace: 'const same = dispatch.approvals.every((digest) => given.includes(digest));',
  },
  {
    name: 'dispatch-of-another-message', file: 'libs/trust/judge-order.ts', why: 'the dispatcher plays another message', suites: HOSTILE,
    find: "if (digest !== dispatch.messageDigest) return refuse('REJ_MESSAGE_DIGEST', 'messageDigest');", replace: '',
  },
  {
    name: 'policy-not-asked', file: 'libs/trust/judge-order.ts', why: 'no approval at all', suites: HOSTILE,
    find: '?? (permit.value === null ? policyFault(message.value, approvals) : undefined) ??', replace: '??',
  },
  {
    name: 'window-of-the-message', file: 'libs/trust/judge-order.ts', why: 'old approvals revived by a new window', suites: HOSTILE,
    find: 'if (dispatch.notBefore < message.notBefore || dispatch.notAfter > message.notAfter || ', replace: 'if (',
  },
  {
    name: 'start-outside-the-window', file: 'libs/trust/judge-order.ts', why: 'a start after the end', suites: RULES,
    find: 'dispatch.startAt >= dispatch.notAfter', replace: 'dispatch.startAt > dispatch.notAfter',
  },
  {
    name: 'targets-beyond-the-message', file: 'libs/trust/judge-order.ts', why: 'the dispatcher reaches more than was approved', suites: [`${TRUST}judge-order.spec.ts`, ...HOSTILE],
    find: "if (wider !== undefined) return refuse('REJ_TARGETS_EXCEED', wider);", replace: '',
  },
  {
    name: 'longer-than-the-message', file: 'libs/trust/judge-order.ts', why: 'a sound that does not end with its message', suites: HOSTILE,
    find: "if (dispatch.maxDurationMs > messageDurationMs(message)) return refuse('REJ_DURATION', 'maxDurationMs');", replace: '',
  },
  {
    name: 'more-often-than-the-message', file: 'libs/trust/judge-order.ts', why: 'repetitions that nobody approved', suites: HOSTILE,
    find: "return dispatch.repeats > message.repeats ? refuse('REJ_REPEATS', 'repeats') : undefined;", replace: 'return undefined;',
  },
  {
    name: 'dispatcher-revoked', file: 'libs/trust/judge-order.ts', why: 'a stolen dispatcher key goes on after its revocation', suites: [`${TRUST}judge-order.spec.ts`, ...BOTH],
    find: "return revoked === undefined ? undefined : refuse('REJ_KEY_REVOKED', order.dispatcherKeyId);", replace: 'return undefined;',
  },
  {
    name: 'early-by-more-than-clocks', file: 'libs/trust/judge-order.ts', why: 'an order is taken before its time', suites: [`${TRUST}judge-order.spec.ts`, ...ADMIT],
    find: "if (now < dispatch.notBefore - LIMITS.earlyMs) return refuse('REJ_NOT_YET', 'notBefore');", replace: '',
  },
  {
    name: 'consent-to-something-else', file: 'libs/trust/judge-consent.ts', why: 'a consent to one correction serves another', suites: [`${TRUST}corrections.spec.ts`],
    find: "return isSameAct(consent.value.consent.act, act) ? consent : refuse('REJ_CONSENT', 'consent.act');", replace: 'return consent;',
  },
  {
    name: 'consent-by-no-stopper', file: 'libs/trust/verify-consent.ts', why: 'an author takes back a stop', suites: [`${TRUST}corrections.spec.ts`],
    find: "if (!person.roles.includes('stopper')) return refuse('REJ_CONSENT', 'stopper');", replace: '',
  },
  {
    name: 'correction-not-listed', file: 'libs/trust/verify-correction.ts', why: 'any message as a correction, without approvals', suites: [`${TRUST}corrections.spec.ts`],
    find: "if (!original.corrections.some((listed) => listed.digest === digest && listed.kind === message.corrects)) return refuse('REJ_CORRECTION', 'original.corrections');", replace: '',
  },
  {
    name: 'admit-any-rate', file: 'libs/trust/admit.ts', why: 'a flood of orders, each with signatures to check', suites: ADMIT,
    find: 'if (facts.examinedThisSecond >= LIMITS.ordersPerSecond)', replace: 'if (facts.examinedThisSecond > LIMITS.ordersPerSecond)',
  },
  {
    name: 'admit-any-size', file: 'libs/trust/admit.ts', why: 'an order of any size', suites: ADMIT,
    find: "if (facts.bytes > LIMITS.orderBytes) return turnAway(facts, refuse('REJ_SIZE'));", replace: '',
  },
  {
    name: 'admit-lower-epoch', file: 'libs/trust/admit.ts', why: 'two servers at once', suites: ADMIT,
    find: "if (dispatch.epoch < floor.epoch) return refuse('REJ_EPOCH', 'epoch');", replace: '',
  },
  {
    name: 'admit-sequence-unasked', file: 'libs/trust/admit.ts', why: 'a recorded dispatch sounds again', suites: ADMIT,
    find: "case 'replay': return refuse('REJ_SEQ_REPLAY', 'seq');", replace: "case 'replay': return undefined;",
  },
  {
    name: 'admit-id-seen', file: 'libs/trust/admit.ts', why: 'one dispatch under two numbers', suites: ADMIT,
    find: "facts.seenDispatches.has(name)) ? refuse('REJ_ID_SEEN', 'dispatchId') : undefined;", replace: 'facts.seenDispatches.has(name)) ? undefined : undefined;',
  },
  {
    name: 'admit-foreign-lineage', file: 'libs/trust/admit.ts', why: 'a neighbouring township speaks here', suites: ADMIT,
    find: "if (!heardAt(facts.trust, assignment.platform).includes(dispatch.platform)) return turnAway(facts, refuse('REJ_LINEAGE', 'platform'));", replace: '',
  },
  {
    name: 'admit-versions-unasked', file: 'libs/trust/admit.ts', why: 'an order is judged by papers that are out of date', suites: ADMIT,
    find: 'if (lacking !== undefined) {', replace: 'if (lacking !== undefined && facts.heldForMs < 0) {',
  },
  {
    name: 'admit-holds-for-ever', file: 'libs/trust/admit.ts', why: 'an order that never finds its versions waits for ever', suites: ADMIT,
    find: 'return facts.heldForMs < LIMITS.holdMs ?', replace: 'return facts.heldForMs <= LIMITS.holdMs * 2 ?',
  },
  {
    name: 'admit-old-news', file: 'libs/trust/admit.ts', why: 'a frozen terminal plays everything', suites: ADMIT,
    find: "if (!maySound(linkAge(now, facts.beaconAt), message.class)) return turnAway(facts, refuse('REJ_TIME_STALE', 'beaconAt'));", replace: '',
  },
  {
    name: 'admit-test-sounds', file: 'libs/trust/admit.ts', why: 'a test is heard', suites: ADMIT,
    find: "if (!MODES[message.mode].sounds) return turnAway(facts, refuse('REJ_MODE_TEST'));", replace: '',
  },
  {
    name: 'admit-journal-forgotten', file: 'libs/trust/admit.ts', why: 'a message that was heard sounds again by a new dispatch', suites: ADMIT,
    find: "case 'playing': return refuse('REJ_COMPLETED', `journal.${entry.state}`);", replace: "case 'playing': return undefined;",
  },
  {
    name: 'admit-interrupted-for-ever', file: 'libs/trust/admit.ts', why: 'an interrupted message is dispatched again and again', suites: ADMIT,
    find: 'return entry.dispatches < MOST_DISPATCHES ?', replace: 'return entry.dispatches <= MOST_DISPATCHES ?',
  },
  {
    name: 'admit-stop-forgotten', file: 'libs/trust/admit.ts', why: 'what was stopped starts', suites: ADMIT,
    find: '?? stopFault(facts, stoppableOf(order), assignment, \'REJ_STOPPED\')', replace: '',
  },
  {
    name: 'admit-not-targeted', file: 'libs/trust/admit.ts', why: 'a terminal that nobody named', suites: ADMIT,
    find: "if (!covers(dispatch.targets, terminal, areas)) return refuse('REJ_NOT_TARGETED', 'targets');", replace: '',
  },
  {
    name: 'admit-area-of-the-charter', file: 'libs/trust/reach-fault.ts', why: 'a platform reaches beyond its charter', suites: ADMIT,
    find: 'return mayReach(message.charter.areas.map(({ id }) => id), message.message.targets, areas) ?', replace: 'return areas.length > 0 ?',
  },
  {
    name: 'admit-area-of-the-message', file: 'libs/trust/reach-fault.ts', why: 'a message for an area that its platform gave up sounds by a narrower dispatch', suites: [`${TRUST}assignment-places.spec.ts`],
    find: 'export function reachFault({ message }: VerifiedOrder, { areas }: Pick<TerminalAssignment, \'areas\'>): Refused | undefined {\n  return mayReach(message.charter.areas.map(({ id }) => id), message.message.targets, areas) ?',
    replace: 'export function reachFault({ dispatch, message }: VerifiedOrder, { areas }: Pick<TerminalAssignment, \'areas\'>): Refused | undefined {\n  return mayReach(message.charter.areas.map(({ id }) => id), dispatch.targets, areas) ?',
  },
  {
    name: 'admit-correction-unheard', file: 'libs/trust/admit.ts', why: 'a correction frightens those who never heard', suites: [`${TRUST}corrections.spec.ts`],
    find: "if (heard !== null && facts.journal.get(heard)?.sounded !== true)", replace: 'if (heard !== null && facts.journal.get(heard) === undefined)',
  },
  {
    name: 'admit-wrong-media', file: 'libs/trust/admit.ts', why: 'another sound under the right name', suites: ADMIT,
    find: "if (held.some((media) => media.held === 'bad')) return turnAway(facts, refuse('REJ_MEDIA_DIGEST'));", replace: '',
  },
  {
    name: 'admit-floor-not-raised', file: 'libs/trust/admit.ts', why: 'the number of what was played stays unused', suites: ['tests/unit/apps/terminal-agent/admit/floors.spec.ts'],
    find: 'window: withSeq(floor.window, dispatch.seq) }', replace: 'window: floor.window }',
  },
];
