// What has no ground although its signatures hold: papers of no such parent or place, what one officer alone would use
// up for the others, words whose platform nobody holds (docs/protocol.md 7 and 12).
const TRUST = 'tests/unit/libs/trust/';
const GROUND = [`${TRUST}papers-without-ground.spec.ts`];
const ONE = [`${TRUST}one-officer.spec.ts`];
const NARROW = [`${TRUST}narrow-words.spec.ts`];
const SECOND = [`${TRUST}second-looks.spec.ts`];
const SIGNING = [`${TRUST}judge-order.spec.ts`];

export const groundFaults = [
  {
    name: 'charter-of-one-officer', file: 'libs/trust/charter.ts', why: 'one officer\'s key writes a roster of invented persons', suites: [`${TRUST}documents.spec.ts`],
    find: 'charter.threshold < LEAST_OFFICERS || ', replace: '',
  },
  {
    name: 'charter-weak-officer-key', file: 'libs/trust/charter.ts', why: 'an officer\'s key under which anything verifies', suites: GROUND,
    find: 'if (keys.some((key) => !checkKeyRecord(key).ok))', replace: 'if (keys.length > 99)',
  },
  {
    name: 'charter-root-key-as-officer', file: 'libs/trust/charter.ts', why: 'a root key, kept offline, comes into daily use', suites: GROUND,
    find: "holder.use === 'root' || isServerKeyAbove", replace: 'isServerKeyAbove',
  },
  {
    name: 'charter-of-a-second-district', file: 'libs/trust/charter.ts', why: 'two districts under one root', suites: GROUND,
    find: 'charter.platform !== state.root.value.district || ', replace: '',
  },
  {
    name: 'charter-district-of-any-tier', file: 'libs/trust/charter.ts', why: 'a district that ranks as a village', suites: GROUND,
    find: " || charter.tier !== 'district'", replace: '',
  },
  {
    name: 'charter-area-of-nowhere', file: 'libs/trust/charter.ts', why: 'the district\'s area lies in one that nobody declares', suites: GROUND,
    find: 'charter.areas.some((area) => area.parent !== null && !ids.has(area.parent)) ?', replace: 'charter.areas.length > 99 ?',
  },
  {
    name: 'revocation-leaps', file: 'libs/trust/apply-document.ts', why: 'one stolen officer\'s key spends the last number there is', suites: ONE,
    find: '(floor?.version ?? 0) + LIMITS.versionJump', replace: 'Number.MAX_SAFE_INTEGER',
  },
  {
    name: 'revocation-spent-for-good', file: 'libs/trust/apply-document.ts', why: 'a thief\'s revocation keeps all later ones out although the key is revoked', suites: ONE,
    find: "word === 'revocation' && floor?.digest ===", replace: "state.floors.size < 0 && floor?.digest ===",
  },
  {
    name: 'revocation-without-a-floor', file: 'libs/trust/apply-document.ts', why: 'an older revocation replaces the one in force', suites: ONE,
    find: 'floor?.digest === state.floors.get(fellAt(platform))?.digest ? undefined', replace: 'state.floors.size > 0 ? undefined',
  },
  {
    name: 'assignment-leaps', file: 'libs/trust/verify-assignment.ts', why: 'one stolen officer\'s key keeps a terminal where it put it', suites: ONE,
    find: '(current?.version ?? 0) + LIMITS.versionJump', replace: 'Number.MAX_SAFE_INTEGER',
  },
  {
    name: 'posture-signed-along', file: 'libs/trust/verify-restriction.ts', why: 'a second signature hides beside the dispatcher\'s', suites: NARROW,
    find: 'if (envelope.signatures.length !== 1)', replace: 'if (envelope.signatures.length > 9)',
  },
  {
    name: 'restriction-after-its-charter', file: 'libs/trust/verify-restriction.ts', why: 'a platform whose charter ended goes on silencing', suites: NARROW,
    find: "return now >= charterUntil ? refuse('REJ_CHARTER_EXPIRED') : undefined;", replace: 'return undefined;',
  },
  {
    name: 'isolate-after-its-charter', file: 'libs/trust/verify-isolate.ts', why: 'a platform whose charter ended goes on shutting out', suites: NARROW,
    find: "return now >= charterUntil ? refuse('REJ_CHARTER_EXPIRED') : undefined;", replace: 'return undefined;',
  },
  {
    name: 'isolate-by-whoever-signed-along', file: 'libs/trust/verify-isolate.ts', why: 'the record names officers of another platform', suites: NARROW,
    find: 'officers.value.filter((officer) => officer.platform === isolate.platform)', replace: 'officers.value',
  },
  {
    name: 'period-by-whoever-signed-along', file: 'libs/trust/verify-restriction.ts', why: 'the record names officers of another platform', suites: NARROW,
    find: 'signed.filter(({ platform }) => platform === restriction.platform)', replace: 'signed',
  },
  {
    name: 'number-of-another-terminal', file: 'libs/trust/verify-by-device.ts', why: 'one terminal uses up the numbers of another', suites: NARROW,
    find: "if (terminal !== device.terminal || typeof counter !== 'number'", replace: "if (typeof counter !== 'number'",
  },
  {
    name: 'policy-silent', file: 'libs/trust/judge-order.ts', why: 'what no rule mentions needs nobody', suites: SIGNING,
    find: "if (rule === undefined) return refuse('REJ_POLICY');", replace: 'if (rule === undefined) return undefined;',
  },
  {
    name: 'payload-of-any-size', file: 'libs/envelope/envelope.ts', why: 'a payload of more than 64 KiB goes as far as the signatures', suites: SIGNING,
    find: "if (payload.length > ENVELOPE_LIMITS.maxPayloadBytes) return refuse('envelope-payload-size');", replace: '',
  },
  {
    name: 'old-news-at-its-turn', file: 'apps/terminal-agent/src/agent.ts', why: 'a terminal cut off for days says what was stopped meanwhile', suites: ['tests/unit/apps/terminal-agent/agent-old-news.spec.ts'],
    find: 'stale: ({ message }, at) => !maySound(', replace: 'stale: ({ message }, at) => at < 0 && !maySound(',
  },
  {
    name: 'quiet-hours-without-room', file: 'libs/trust/entering.ts', why: 'a late notice that has no room after quiet hours is said in them', suites: [`${TRUST}quiet-hours.spec.ts`],
    find: 'if (begins === null) return undefined;', replace: 'if (begins === null) return due;',
  },
  {
    name: 'grace-without-end', file: 'libs/trust/expiry.ts', why: 'papers long over are shown as in grace', suites: [`${TRUST}expiry.spec.ts`],
    find: "if (!expiry.ok) return 'over';", replace: "if (!expiry.ok) return 'grace';",
  },
  {
    name: 'correction-of-a-silent-drill', file: 'libs/trust/verify-correction.ts', why: 'a drill that stayed silent is taken back aloud', suites: SECOND,
    find: ' || message.drill?.kind !== original.drill?.kind', replace: '',
  },
  {
    name: 'correction-with-a-permit', file: 'libs/trust/judge-order.ts', why: 'an order of two grounds, of which one is judged', suites: SECOND,
    find: 'if (dispatch.permit !== undefined || order.permit !== undefined)', replace: 'if (order.permit !== undefined)',
  },
  {
    name: 'unit-in-any-class', file: 'libs/trust/verify-message.ts', why: 'the office for culture warns of floods', suites: SECOND,
    find: 'unit.classes.length === 0 || unit.classes.includes(message.class) ?', replace: 'unit.classes.length >= 0 ?',
  },
  {
    name: 'approval-without-the-role', file: 'libs/trust/verify-approval.ts', why: 'whoever is listed approves (a second check in the policy stands behind it)', suites: SECOND,
    find: '!person.roles.includes(step.role) || ', replace: '',
  },
  {
    name: 'void-with-a-newer-roster', file: 'libs/trust/judge-order.ts', why: 'what was made under the mended roster ends with the forged one', suites: SECOND,
    find: ' || (minVersions.rosters[platform] ?? 0) > fallen.version', replace: '',
  },
];
