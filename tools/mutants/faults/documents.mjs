// Whom to believe: roots, charters, rosters, revocations, assignments, and what falls with them (docs/protocol.md 7).
const TRUST = 'tests/unit/libs/trust/';
const DOCUMENTS = [`${TRUST}documents.spec.ts`];
const REVOCATION = [`${TRUST}revocation.spec.ts`];
const VERIFY = [`${TRUST}verify.spec.ts`];
const FALLEN = [`${TRUST}fallen-village.spec.ts`];

export const documentFaults = [
  {
    name: 'root-one-signature', file: 'libs/trust/root.ts', why: 'one holder of a root key changes everything', suites: DOCUMENTS,
    find: 'if (countSignatures(opened.value, counted, expected.cache) < root.value.threshold)', replace: 'if (countSignatures(opened.value, counted, expected.cache) < root.value.threshold - 1)',
  },
  {
    name: 'root-threshold-of-one', file: 'libs/trust/root.ts', why: 'a root that one key may sign', suites: DOCUMENTS,
    find: 'const LEAST_THRESHOLD = 2;', replace: 'const LEAST_THRESHOLD = 1;',
  },
  {
    name: 'root-not-pinned', file: 'libs/trust/root.ts', why: 'keys nobody pinned carry the first root', suites: DOCUMENTS,
    find: 'expected.pinnedKeyIds?.includes(keyId) ?? true', replace: 'expected.pinnedKeyIds?.includes(keyId) !== undefined || true',
  },
  {
    name: 'root-demo', file: 'libs/trust/root.ts', why: 'a demo root on a real terminal', suites: DOCUMENTS,
    find: "if (root.value.demo !== expected.demo) return refuse('REJ_LINEAGE', 'demo');", replace: '',
  },
  {
    name: 'root-not-by-the-old', file: 'libs/trust/root.ts', why: 'new root keys take over by themselves', suites: DOCUMENTS,
    find: "if (byOld.value.length < state.root.value.threshold) return refuse('REJ_THRESHOLD', 'old');", replace: '',
  },
  {
    name: 'root-not-by-the-new', file: 'libs/trust/root.ts', why: 'a root whose own keys nobody holds', suites: DOCUMENTS,
    find: "if (countSignatures(opened, root.value.keys, state.cache) < root.value.threshold) return refuse('REJ_THRESHOLD', 'new');", replace: '',
  },
  {
    name: 'root-skips-a-version', file: 'libs/trust/root.ts', why: 'a fast-forward of the root', suites: DOCUMENTS,
    find: "if (root.value.version !== state.root.value.version + 1) return refuse('REJ_VERSIONS', 'version');", replace: '',
  },
  {
    name: 'persons-counted-by-key', file: 'libs/trust/officers.ts', why: 'one officer with two keys reaches a threshold of two', suites: DOCUMENTS,
    find: 'return new Set(signers.map((signer) => signer.person)).size;', replace: 'return new Set(signers.map((signer) => signer.key.keyId)).size;',
  },
  {
    name: 'officers-one-too-few', file: 'libs/trust/officers.ts', why: 'a threshold of two reached by one', suites: DOCUMENTS,
    find: 'if (distinctPersons(standing) >= charter.threshold) return undefined;', replace: 'if (distinctPersons(standing) >= charter.threshold - 1) return undefined;',
  },
  {
    name: 'officers-of-any-platform', file: 'libs/trust/officers.ts', why: 'a neighbour signs a charter', suites: DOCUMENTS,
    find: 'const own = signers.filter((signer) => signer.platform === platform);', replace: 'const own = signers.filter((signer) => signer.platform !== undefined);',
  },
  {
    name: 'officer-compromised-counts', file: 'libs/trust/officers.ts', why: 'a stolen officer key goes on signing', suites: REVOCATION,
    find: "every(({ reason, since }) => reason === 'left' && issuedAt < since)", replace: 'every(({ since }) => issuedAt < since)',
  },
  {
    name: 'officer-left-counts', file: 'libs/trust/officers.ts', why: 'who has left signs what is issued afterwards', suites: REVOCATION,
    find: "every(({ reason, since }) => reason === 'left' && issuedAt < since)", replace: "every(({ reason }) => reason === 'left')",
  },
  {
    name: 'charter-changes-parent', file: 'libs/trust/charter.ts', why: 'a township takes over the village of another', suites: DOCUMENTS,
    find: "if (parentOnce !== undefined && parentOnce !== charter.parent) return refuse('REJ_LINEAGE', 'parent');", replace: '',
  },
  {
    name: 'charter-same-tier', file: 'libs/trust/charter.ts', why: 'a child of its parent\'s own rank', suites: DOCUMENTS,
    find: 'if (TIERS[charter.tier].rank >= TIERS[parent.tier].rank)', replace: 'if (TIERS[charter.tier].rank > TIERS[parent.tier].rank)',
  },
  {
    name: 'charter-wider-area', file: 'libs/trust/charter.ts', why: 'a child speaks where its parent may not', suites: DOCUMENTS,
    find: "if (!lies) return refuse('REJ_WIDENS', 'areas');", replace: '',
  },
  {
    name: 'charter-neighbours-area', file: 'libs/trust/charter.ts', why: 'an area that two platforms declare', suites: DOCUMENTS,
    find: "if (declaredAreas(state, elsewhere).some((area) => ids.has(area.id))) return refuse('REJ_WIDENS', 'areas');", replace: '',
  },
  {
    name: 'charter-wider-classes', file: 'libs/trust/charter.ts', why: 'a child with a class its parent does not have', suites: DOCUMENTS,
    find: "if (!subset(charter.ceilings.classes, parent.ceilings.classes)) return refuse('REJ_WIDENS', 'ceilings.classes');", replace: '',
  },
  {
    name: 'charter-wider-severities', file: 'libs/trust/charter.ts', why: 'a child with a severity its parent does not have', suites: DOCUMENTS,
    find: "if (!subset(charter.ceilings.severities, parent.ceilings.severities)) return refuse('REJ_WIDENS', 'ceilings.severities');", replace: '',
  },
  {
    name: 'charter-lower-minimum', file: 'libs/trust/charter.ts', why: 'a child that asks for fewer approvals', suites: [...DOCUMENTS, `${TRUST}minimum-approvals.spec.ts`],
    find: "return lower ? refuse('REJ_WIDENS', 'minimumApprovals') : undefined;", replace: 'return undefined;',
  },
  {
    name: 'charter-server-key-as-officer', file: 'libs/trust/charter.ts', why: 'a server signs as an officer', suites: DOCUMENTS,
    find: "if (taken) return refuse('REJ_KEY_USAGE', 'officers');", replace: '',
  },
  {
    name: 'charter-without-end', file: 'libs/trust/window.ts', why: 'a charter for more than 400 days', suites: DOCUMENTS,
    find: ' || expiresAt > issuedAt + LIMITS.expiryDays * DAY', replace: '',
  },
  {
    name: 'roster-key-twice', file: 'libs/trust/roster.ts', why: 'two persons with one key', suites: DOCUMENTS,
    find: "if (hasKeyTwice(keys)) return refuse('REJ_KEY_USAGE', 'keys');", replace: '',
  },
  {
    name: 'roster-suite-unasked', file: 'libs/trust/roster.ts', why: 'a suite that the root does not allow', suites: [...DOCUMENTS, `${TRUST}profile.spec.ts`],
    find: "if (!keys.every((key) => allowsSuite(state.root.value.profile, key.alg))) return refuse('REJ_KEY_USAGE', 'profile');", replace: '',
  },
  {
    name: 'roster-weak-key', file: 'libs/trust/roster.ts', why: 'a key under which anything verifies', suites: DOCUMENTS,
    find: "if (keys.some((key) => !checkKeyRecord(key).ok)) return refuse('REJ_KEY_WEAK', 'keys');", replace: '',
  },
  {
    name: 'roster-policy-below-charter', file: 'libs/trust/roster.ts', why: 'a policy that undercuts the charter', suites: DOCUMENTS,
    find: 'approvalsBeforeAir(rule) < minimumApprovals(charter, one)', replace: 'approvalsBeforeAir(rule) < minimumApprovals(charter, one) - 1',
  },
  {
    name: 'roster-takes-revocation-back', file: 'libs/trust/roster.ts', why: 'a revoked key comes back by a new roster', suites: [...REVOCATION, ...DOCUMENTS],
    find: "? undefined : refuse('REJ_VERSION_ROLLBACK', 'revocations');", replace: "? undefined : undefined;",
  },
  {
    name: 'revocation-shrinks', file: 'libs/trust/revocation.ts', why: 'a revoked key is left out of the next revocation', suites: REVOCATION,
    find: "if (!before.every((entry) => isAtLeast(now.get(entry.keyId), entry))) return refuse('REJ_VERSION_ROLLBACK', 'entries');", replace: '',
  },
  {
    name: 'revocation-softens', file: 'libs/trust/revocation.ts', why: 'a stolen key becomes one that merely left', suites: REVOCATION,
    find: "const reason = before.reason === 'compromised' ? before.reason : entry.reason;", replace: 'const { reason } = entry;',
  },
  {
    name: 'revocation-of-a-neighbour', file: 'libs/trust/trust-state.ts', why: 'what those above revoked is not asked', suites: REVOCATION,
    find: 'return lineageOf(state, platform)\n    .map(', replace: 'return lineageOf(state, platform).slice(0, 1)\n    .map(',
  },
  {
    name: 'version-rollback', file: 'libs/trust/apply-document.ts', why: 'an older document, genuine once, is taken again', suites: DOCUMENTS,
    find: 'value.version < floor.version || (value.version === floor.version', replace: '(value.version === floor.version',
  },
  {
    name: 'version-two-of-one', file: 'libs/trust/apply-document.ts', why: 'two documents of one version: a split view', suites: DOCUMENTS,
    find: ' || (value.version === floor.version && digest !== floor.digest))', replace: ')',
  },
  {
    name: 'document-back-in-time', file: 'libs/trust/apply-document.ts', why: 'who has left writes a next document from before that', suites: DOCUMENTS,
    find: 'if (floor !== undefined && value.issuedAt < floor.issuedAt)', replace: 'if (floor !== undefined && value.issuedAt < 0)',
  },
  {
    name: 'document-dated-ahead', file: 'libs/trust/apply-document.ts', why: 'a document that would live longer than it may', suites: DOCUMENTS,
    find: 'return now !== null && document.issuedAt > now + LIMITS.earlyMs;', replace: 'return now !== null && document.issuedAt > now + 1e12;',
  },
  {
    name: 'fallen-charter-stays', file: 'libs/trust/apply-document.ts', why: 'what stood on a narrowed charter goes on', suites: DOCUMENTS,
    find: "if (charter !== undefined && !holdsAgain(next, charter, 'charter', judgeCharter))", replace: "if (charter === undefined && !holdsAgain(next, charter, 'charter', judgeCharter))",
  },
  {
    name: 'heard-though-fallen', file: 'libs/trust/trust-state.ts', why: 'a platform whose charter fell is heard on', suites: FALLEN,
    find: 'return ancestryOf(state, platform).filter((above) => lineageOf(state, above).length > 0);', replace: 'return ancestryOf(state, platform);',
  },
  {
    name: 'deaf-below-a-fall', file: 'libs/trust/trust-state.ts', why: 'a village whose charter fell does not hear the district', suites: FALLEN,
    find: 'return ancestryOf(state, platform).filter((above) => lineageOf(state, above).length > 0);', replace: 'return lineageOf(state, platform);',
  },
  {
    name: 'memory-names-the-parent', file: 'libs/trust/memory.ts', why: 'a parent that nobody signed is heard, because a file says so', suites: FALLEN,
    find: '(known === undefined ? kept : known)', replace: 'kept',
  },
  {
    name: 'memory-forgets-floors', file: 'libs/trust/memory.ts', why: 'after a restart an old document is new', suites: [`${TRUST}memory.spec.ts`],
    find: '(known === undefined || kept.version > known.version ? kept : known)', replace: '(known === undefined ? kept : known)',
  },
  {
    name: 'attest-any-use', file: 'libs/trust/attest.ts', why: 'a log key signs as a person', suites: VERIFY,
    find: 'return uses.some((use) => holder.use === use);', replace: 'return uses.length > 0 || holder.use === undefined;',
  },
  {
    name: 'attest-two-signatures', file: 'libs/trust/attest.ts', why: 'a second signature hides beside the first', suites: VERIFY,
    find: "return opened.envelope.signatures.length === 1 ? attest(state, opened, ...uses) : refuse('REJ_SHAPE', 'signatures');", replace: 'return attest(state, opened, ...uses);',
  },
  {
    name: 'signer-revoked', file: 'libs/trust/attest.ts', why: 'a revoked person goes on signing', suites: [`${TRUST}who-may-say-what.spec.ts`],
    find: 'isRevoked(state, platform, candidate.key.keyId) === undefined', replace: "isRevoked(state, platform, candidate.key.keyId) !== 'compromised'",
  },
  {
    name: 'signer-of-another-platform', file: 'libs/trust/attest.ts', why: 'a village\'s author writes for the district', suites: [...VERIFY, `${TRUST}vectors.spec.ts`],
    find: 'const own = holders.filter((candidate) => candidate.platform === platform);', replace: 'const own = holders.filter((candidate) => candidate.platform !== undefined);',
  },
  {
    name: 'assignment-older', file: 'libs/trust/verify-assignment.ts', why: 'a terminal is moved back by an old assignment', suites: VERIFY,
    find: 'if (entry.version <= current.version)', replace: 'if (entry.version < current.version)',
  },
  {
    name: 'assignment-taken-over', file: 'libs/trust/verify-assignment.ts', why: 'a village takes the terminal of another', suites: VERIFY,
    find: "if (!mayMove) return refuse('REJ_LINEAGE', 'platform');", replace: '',
  },
  {
    name: 'assignment-of-another-device', file: 'libs/trust/verify-assignment.ts', why: 'a terminal takes the place of another', suites: VERIFY,
    find: 'if (entry === undefined || entry.deviceKeyId !== deviceKeyId)', replace: 'if (entry === undefined)',
  },
  {
    name: 'beacon-of-a-stranger', file: 'libs/trust/verify-beacon.ts', why: 'any platform of the district tells the time', suites: VERIFY,
    find: "if (!ancestryOf(state, platform).includes(beacon.value.platform)) return refuse('REJ_LINEAGE', 'platform');", replace: '',
  },
  {
    name: 'receipt-of-another-terminal', file: 'libs/trust/verify-by-device.ts', why: 'one terminal reports for another', suites: VERIFY,
    find: "return payload.value.terminal === device.terminal ? ok({", replace: 'return payload.value.terminal !== undefined ? ok({',
  },
  {
    name: 'stop-by-anybody', file: 'libs/trust/verify-stop.ts', why: 'whoever is listed stops', suites: VERIFY,
    find: "holder.use === 'dispatcher' || holder.person.roles.includes('stopper')", replace: "holder.use === 'dispatcher' || holder.person.roles.length > 0",
  },
  {
    name: 'stop-outside-its-area', file: 'libs/trust/verify-stop.ts', why: 'a village stops its neighbour', suites: VERIFY,
    find: "if (!charter.areas.some((top) => isWithin(known, area, top.id))) return refuse('REJ_AREA', 'area');", replace: '',
  },
  {
    name: 'isolate-by-one', file: 'libs/trust/verify-isolate.ts', why: 'one officer shuts out the district', suites: [`${TRUST}isolates.spec.ts`],
    find: 'const fault = officersFault(state, isolate.platform, charter, officers.value, isolate.issuedAt) ?? timeFault(', replace: 'const fault = timeFault(',
  },
  {
    name: 'isolate-for-days', file: 'libs/trust/verify-isolate.ts', why: 'an isolation longer than an hour', suites: [`${TRUST}isolates.spec.ts`],
    find: ' || notAfter - issuedAt > LIMITS.isolateMs)', replace: ')',
  },
  {
    name: 'expiry-of-the-roster', file: 'libs/trust/expiry.ts', why: 'a roster counts after its end', suites: [`${TRUST}expiry.spec.ts`],
    find: "if (now >= roster.expiresAt + graceMs) return refuse('REJ_ROSTER_EXPIRED');", replace: '',
  },
  {
    name: 'grace-for-everything', file: 'libs/trust/expiry.ts', why: 'notices go on after expiry', suites: [`${TRUST}expiry.spec.ts`],
    find: "messageClass === 'emergency' ? root.graceDays * DAY : 0", replace: 'root.graceDays * DAY',
  },
  {
    name: 'proof-by-another-platform', file: 'libs/trust/signed-dispatch.ts', why: 'any dispatch of the district proves the misuse of any key', suites: [`${TRUST}signed-dispatch.spec.ts`],
    find: 'signers.value.some((holder) => holder.platform === platform)', replace: 'signers.value.length > 0',
  },
  {
    name: 'proof-of-another-dispatch', file: 'libs/trust/signed-dispatch.ts', why: 'a dispatch that the platform sent proves one that nobody did', suites: [`${TRUST}signed-dispatch.spec.ts`],
    find: ' || opened.value.digest.toString() !== payloadDigest', replace: '',
  },
];
