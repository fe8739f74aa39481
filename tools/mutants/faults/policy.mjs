// The decisions of libs/domain: who has to sign, what was used already, what a stop reaches, how old news may be.
const DOMAIN = 'tests/unit/libs/domain/';

export const policyFaults = [
  {
    name: 'policy-author-approves', file: 'libs/domain/policy.ts', why: 'one person alone speaks (two-person rule)', suites: [`${DOMAIN}policy.spec.ts`],
    find: "if (next.person === author) return 'REJ_APPROVER_IS_AUTHOR';", replace: '',
  },
  {
    name: 'policy-keys-counted', file: 'libs/domain/policy.ts', why: 'one person with two keys is two persons', suites: [`${DOMAIN}policy.spec.ts`],
    find: 'given.some((signed) => signed.person === next.person)', replace: 'given.some((signed) => signed.person === next.person && signed.alg === next.alg)',
  },
  {
    name: 'policy-one-too-few', file: 'libs/domain/policy.ts', why: 'a step is full one signature early', suites: [`${DOMAIN}policy.spec.ts`],
    find: 'signed.step === step.name).length >= step.count', replace: 'signed.step === step.name).length >= step.count - 1',
  },
  {
    name: 'policy-charter-minimum', file: 'libs/domain/policy.ts', why: 'a roster undercuts its charter', suites: [`${DOMAIN}policy.spec.ts`],
    find: 'if (!complete || seen.length < minimum)', replace: 'if (!complete)',
  },
  {
    name: 'policy-step-skipped', file: 'libs/domain/policy.ts', why: 'a later step is signed before an earlier one', suites: [`${DOMAIN}policy.spec.ts`],
    find: 'return !isFilled(step, given) && rule.steps.every(', replace: 'return !isFilled(step, given) || rule.steps.every(',
  },
  {
    name: 'policy-role-unasked', file: 'libs/domain/policy.ts', why: 'whoever is listed approves', suites: [`${DOMAIN}policy.spec.ts`],
    find: 'if (!next.roles.includes(step.role) || (step.unit', replace: 'if ((step.unit',
  },
  {
    name: 'policy-unit-unasked', file: 'libs/domain/policy.ts', why: 'another unit approves for this one', suites: [`${DOMAIN}policy.spec.ts`],
    find: " || (step.unit !== null && step.unit !== next.unit)) return 'REJ_APPROVER_ROLE';", replace: ") return 'REJ_APPROVER_ROLE';",
  },
  {
    name: 'policy-verification-unasked', file: 'libs/domain/policy.ts', why: 'no approval with user verification is needed', suites: [`${DOMAIN}policy.spec.ts`],
    find: "rule.verification === 'one' && verified < 1", replace: "rule.verification === 'one' && verified < 0",
  },
  {
    name: 'policy-rule-by-areas', file: 'libs/domain/policy.ts', why: 'the rule for many areas never matches', suites: [`${DOMAIN}policy.spec.ts`],
    find: 'facts.areas >= rule.minAreas', replace: 'facts.areas > rule.minAreas',
  },
  {
    name: 'seq-replay', file: 'libs/domain/seq-window.ts', why: 'a recorded dispatch sounds again', suites: [`${DOMAIN}seq-window.spec.ts`],
    find: "return isSeen(window.seen, seq) ? 'replay' : 'accept';", replace: "return isSeen(window.seen, seq) && seq === window.highest ? 'replay' : 'accept';",
  },
  {
    name: 'seq-window-edge', file: 'libs/domain/seq-window.ts', why: 'a number that left the window counts as unused', suites: [`${DOMAIN}seq-window.spec.ts`],
    find: 'seq <= window.highest - SIZE', replace: 'seq < window.highest - SIZE',
  },
  {
    name: 'seq-fast-forward', file: 'libs/domain/seq-window.ts', why: 'one order shuts out every later one', suites: [`${DOMAIN}seq-window.spec.ts`],
    find: "return seq - window.highest > LIMITS.seqJump ? 'jump' : 'accept';", replace: "return 'accept';",
  },
  {
    name: 'seq-window-kept', file: 'libs/domain/seq-window.ts', why: 'after a long step old marks stand for new numbers', suites: [`${DOMAIN}seq-window.spec.ts`],
    find: 'seen = marked(seen, between, false);', replace: 'seen = marked(seen, between, true);',
  },
  {
    name: 'stop-lower-tier', file: 'libs/domain/stops.ts', why: 'a village silences the district', suites: [`${DOMAIN}stops.spec.ts`],
    find: 'if (TIERS[message.tier].rank > TIERS[stop.tier].rank) return false;', replace: '',
  },
  {
    name: 'stop-of-everything-later', file: 'libs/domain/stops.ts', why: 'what was issued in the moment of the stop goes on', suites: [`${DOMAIN}stops.spec.ts`],
    find: "case 'all': return message.issuedAt <= stop.issuedAt;", replace: "case 'all': return message.issuedAt < stop.issuedAt;",
  },
  {
    name: 'stop-elsewhere', file: 'libs/domain/stops.ts', why: 'a stop for one village silences all', suites: [`${DOMAIN}stops.spec.ts`],
    find: ' || !chain.some((area) => area.id === stop.area)) return false;', replace: ') return false;',
  },
  {
    name: 'resume-late', file: 'libs/domain/stops.ts', why: 'a stop is taken back after its 30 s', suites: [`${DOMAIN}stops.spec.ts`],
    find: 'consentedAt <= stop.issuedAt + LIMITS.resumeMs', replace: 'consentedAt <= stop.issuedAt + 2 * LIMITS.resumeMs',
  },
  {
    name: 'resume-before-the-stop', file: 'libs/domain/stops.ts', why: 'a word given in advance undoes a later stop', suites: [`${DOMAIN}stops.spec.ts`],
    find: 'consentedAt >= stop.issuedAt && ', replace: '',
  },
  {
    name: 'area-loop', file: 'libs/domain/areas.ts', why: 'an area that nobody declared counts as below', suites: [`${DOMAIN}areas.spec.ts`],
    find: 'if (!parents.has(at)) return false;\n    if (at === top) return true;', replace: 'if (at === top) return true;\n    if (!parents.has(at)) return false;',
  },
  {
    name: 'area-any-target', file: 'libs/domain/areas.ts', why: 'a township that names the district reaches its own', suites: [`${DOMAIN}areas.spec.ts`],
    find: '.every((area) => chartered.some((top) => isWithin(chain, area, top)));', replace: '.some((area) => chartered.some((top) => isWithin(chain, area, top)));',
  },
  {
    name: 'beacon-age-edge', file: 'libs/domain/beacon-age.ts', why: 'news of 30 days still lets everything sound', suites: [`${DOMAIN}beacon-age.spec.ts`],
    find: 'if (age >= LIMITS.beaconSilentMs)', replace: 'if (age > LIMITS.beaconSilentMs)',
  },
  {
    name: 'beacon-never', file: 'libs/domain/beacon-age.ts', why: 'a terminal that never heard news plays', suites: [`${DOMAIN}beacon-age.spec.ts`],
    find: "if (beaconAt === null) return 'silent';", replace: "if (beaconAt === null) return 'ready';",
  },
  {
    name: 'test-sounds', file: 'libs/domain/drills.ts', why: 'a test is heard', suites: [`${DOMAIN}drills.spec.ts`],
    find: "case 'test': return false;", replace: "case 'test': return true;",
  },
  {
    name: 'drill-replaces', file: 'libs/domain/drills.ts', why: 'a drill ends what is meant', suites: [`${DOMAIN}drills.spec.ts`],
    find: 'return mode === replaced;', replace: "return mode === replaced || replaced === 'actual';",
  },
  {
    name: 'posture-on-one-word', file: 'libs/domain/posture.ts', why: 'whoever stole one terminal silences its village', suites: [`${DOMAIN}incidents.spec.ts`],
    find: 'const WITNESSES = 2;', replace: 'const WITNESSES = 1;',
  },
  {
    name: 'policy-more-at-any-step', file: 'libs/domain/policy.ts', why: 'who signs an earlier step beyond its count stands for a later one in the number that a charter asks for', suites: [`${DOMAIN}policy.spec.ts`],
    find: 'rule.steps.map((step) => (step === last ? { ...step, count } : step))',
    replace: 'rule.steps.map((step) => ({ ...step, count: Math.max(step.count, given.filter((signed) => signed.step === step.name).length) }))',
  },
];
