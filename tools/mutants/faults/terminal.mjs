// What a terminal writes before it sounds, what it never forgets, and what gateway and platform may say only afterwards.
const AGENT = 'tests/unit/apps/terminal-agent/';
const GATEWAY = 'tests/unit/apps/gateway/';
const JOURNAL = [`${AGENT}admit/journal.spec.ts`];
const RESTRICTED = [`${AGENT}agent-restrictions.spec.ts`];
const CRASH = [`${AGENT}agent-crash.spec.ts`];

export const terminalFaults = [
  {
    name: 'orders-before-the-fresh-beacon', file: 'apps/terminal-agent/src/agent.ts', why: 'with an older copy of its disk a terminal plays again what it has forgotten', suites: [`${AGENT}agent-memory.spec.ts`],
    find: 'now: () => (this.seenThrough ? this.now() : null)', replace: 'now: () => this.now()',
  },
  {
    name: 'trust-forgotten-unsaid', file: 'apps/terminal-agent/src/admit/standing.ts', why: 'a trust file that says nothing passes for a new one: the revocations in it are lost without a word', suites: CRASH,
    find: ' && !this.hasForgotten();', replace: ';',
  },
  {
    name: 'journal-window-unread', file: 'apps/terminal-agent/src/admit/journal.ts', why: 'a damaged sequence window is believed', suites: JOURNAL,
    find: 'z.custom<SeqWindow>((value) => isSeqWindow(value))', replace: 'z.custom<SeqWindow>((value) => value !== undefined)',
  },
  {
    name: 'journal-forgets-dispatches', file: 'apps/terminal-agent/src/admit/journal.ts', why: 'a dispatch that was played is new after its window', suites: [`${AGENT}admit/floors.spec.ts`],
    find: 'seen: this.state.seen.filter(({ until }) => until > now),', replace: 'seen: this.state.seen.filter(({ notAfter }) => notAfter > now),',
  },
  {
    name: 'journal-forgets-open-messages', file: 'apps/terminal-agent/src/admit/journal.ts', why: 'what sounds now is forgotten', suites: JOURNAL,
    find: "until > now || state === 'playing' || state === 'accepted'),", replace: 'until > now && state !== undefined),',
  },
  {
    name: 'journal-forgets-stops', file: 'apps/terminal-agent/src/admit/journal.ts', why: 'a stop is forgotten while it may be sent again', suites: JOURNAL,
    find: 'Math.max(until, notAfter) > now', replace: 'Math.min(until, notAfter) > now',
  },
  {
    name: 'journal-stop-by-id-alone', file: 'apps/terminal-agent/src/admit/journal.ts', why: 'a small stop under the id of a large one keeps it out', suites: JOURNAL,
    find: 'known.stopId === stop.stopId && isKnown(known)', replace: 'known.stopId === stop.stopId',
  },
  {
    name: 'journal-isolate-by-id-alone', file: 'apps/terminal-agent/src/admit/journal.ts', why: 'a short isolate under the id of a long one keeps it out', suites: JOURNAL,
    find: '!isolations.some((known) => isSameNarrowing(known, note))', replace: '!isolations.some((known) => known.isolateId === note.isolateId)',
  },
  {
    name: 'journal-restriction-by-id-alone', file: 'apps/terminal-agent/src/admit/journal.ts', why: 'a posture under the id of a period keeps it out', suites: RESTRICTED,
    find: 'if (restrictions.some((known) => isSameNarrowing(known, note)))', replace: 'if (restrictions.some((known) => known.restrictionId === note.restrictionId))',
  },
  {
    name: 'restriction-refused-untold', file: 'apps/terminal-agent/src/admit/restriction-desk.ts', why: 'nobody hears that there was no room', suites: RESTRICTED,
    find: 'for (const { digest } of added.refused) this.tellRefused(digest, envelope);', replace: '',
  },
  {
    name: 'restriction-not-for-what-waits-at-the-card', file: 'apps/terminal-agent/src/playout/player.ts', why: 'the next repetition sounds although a posture has come', suites: RESTRICTED,
    find: ' || this.refusalOf(entry, piece) !== null;', replace: ';',
  },
  {
    name: 'restriction-before-the-first-only', file: 'apps/terminal-agent/src/admit/restriction-desk.ts', why: 'what began before a period goes on all through it', suites: RESTRICTED,
    find: 'return this.keepSilent(this.journal.restrictions, order, at);', replace: "return this.journal.noteOf(order.messageDigest)?.state !== 'playing' && this.keepSilent(this.journal.restrictions, order, at);",
  },
  {
    name: 'journal-floor-not-kept', file: 'apps/terminal-agent/src/admit/journal.ts', why: 'the number of what is accepted stays unused', suites: [`${AGENT}admit/floors.spec.ts`],
    find: 'floors: { ...this.state.floors, [writes.dispatcherKeyId]: writes.floor },', replace: 'floors: { [writes.dispatcherKeyId]: writes.floor, ...this.state.floors },',
  },
  {
    name: 'sound-before-the-disk', file: 'apps/terminal-agent/src/playout/bookkeeping.ts', why: 'after a power cut it sounds again', suites: CRASH,
    find: 'await Promise.all([this.kept.get(order.dispatch.dispatchId), saved]);', replace: 'await Promise.resolve();\n      saved.catch(() => undefined);',
  },
  {
    name: 'acked-before-the-disk', file: 'apps/terminal-agent/src/playout/bookkeeping.ts', why: 'a terminal says that it holds what a power cut takes', suites: CRASH,
    find: '    await written;\n    this.watch(this.teller.acked(order));', replace: '    this.watch(this.teller.acked(order));\n    await written;',
  },
  {
    name: 'repetition-not-noted', file: 'apps/terminal-agent/src/playout/bookkeeping.ts', why: 'an interrupted repetition begins again after a restart', suites: CRASH,
    find: "this.journal.note(order.messageDigest, { repetition, state: 'playing', position: null });", replace: "this.journal.note(order.messageDigest, { state: 'playing', position: null });",
  },
  {
    name: 'spool-shown-before-the-disk', file: 'apps/terminal-agent/src/spool/spool.ts', why: 'a counter that a power cut gives out twice', suites: [`${AGENT}spool/spool.spec.ts`],
    find: 'entry.counter > counter && entry.counter <= this.durableCounter', replace: 'entry.counter > counter',
  },
  {
    name: 'spool-forgets-unacknowledged', file: 'apps/terminal-agent/src/spool/spool.ts', why: 'a receipt is lost', suites: [...CRASH, `${AGENT}uplink/uplink.spec.ts`],
    find: 'const pending = this.state.pending.filter((entry) => entry.counter > counter);', replace: 'const pending = this.state.pending.filter((entry) => entry.counter > counter + 1);',
  },
  {
    name: 'ack-of-what-was-never-sent', file: 'apps/terminal-agent/src/incoming-frames.ts', why: 'the gateway empties the spool', suites: [`${AGENT}uplink/uplink.spec.ts`],
    find: 'if (frame.counter > spool.counter()) return;', replace: '',
  },
  {
    name: 'state-lost-plays-on', file: 'apps/terminal-agent/src/agent.ts', why: 'a terminal without a journal plays what it played before', suites: CRASH,
    find: "this.lost = journal !== 'whole' || spool !== 'whole';", replace: "this.lost = journal !== 'whole' && spool !== 'whole';",
  },
  {
    name: 'older-copy-plays-on', file: 'apps/terminal-agent/src/agent.ts', why: 'a terminal put back to last week plays again', suites: [`${AGENT}agent-memory.spec.ts`],
    find: 'if (!this.lost && seen <= this.spool.counter()) return;', replace: 'if (!this.lost) return;',
  },
  {
    name: 'amnesia-forgotten', file: 'apps/terminal-agent/src/admit/admission.ts', why: 'after a loss of state old orders are new', suites: [`${AGENT}agent-memory.spec.ts`, ...CRASH],
    find: 'dispatch.issuedAt <= journal.amnesiaUntil', replace: 'dispatch.issuedAt <= 0',
  },
  {
    name: 'stop-after-the-disk', file: 'apps/terminal-agent/src/playout/endings.ts', why: 'it goes on sounding until the disk has written', suites: [`${AGENT}agent-stops.spec.ts`],
    find: "    this.taken.end('STOPPED', reaches, issuedAt);\n", replace: "    void this.journal.save().then(() => this.taken.end('STOPPED', reaches, issuedAt));\n",
  },
  {
    name: 'stop-for-another-place', file: 'apps/terminal-agent/src/admit/stop-desk.ts', why: 'stops of the whole district fill the journal, and each exchange finds it other than expected', suites: [`${AGENT}agent-stops.spec.ts`],
    find: 'if (!assignment.areas.some((area) => area.id === stop.area)) return;', replace: '',
  },
  {
    name: 'beacon-replayed', file: 'apps/terminal-agent/src/time/beacon-desk.ts', why: 'an old beacon, again and again, holds the time back', suites: [`${AGENT}agent-time.spec.ts`],
    find: 'if (nonce === null && (this.time.now() === null || (last !== null && at <= last))) {', replace: 'if (nonce === null && this.time.now() === null) {',
  },
  {
    name: 'beacon-without-our-nonce', file: 'apps/terminal-agent/src/time/beacon-desk.ts', why: 'a recorded beacon tells the time after a start', suites: [`${AGENT}uplink/uplink.spec.ts`],
    find: 'this.time.now() === null || (last', replace: '(last',
  },
  {
    name: 'beacon-for-another-terminal', file: 'apps/terminal-agent/src/time/beacon-desk.ts', why: 'the answer to another terminal counts', suites: [`${AGENT}uplink/uplink.spec.ts`],
    find: 'if (beacon.nonce !== null && beacon.terminal !== this.self()) return;', replace: '',
  },
  {
    name: 'disk-checksum-unread', file: 'apps/terminal-agent/src/hardware/sealed-copy.ts', why: 'a rotten copy of the journal is believed', suites: [`${AGENT}hardware/disks.spec.ts`],
    find: 'if (sum.some((byte, at) => copy[MAGIC.length + 8 + at] !== byte)) return undefined;', replace: '',
  },
  {
    name: 'disk-older-copy', file: 'apps/terminal-agent/src/hardware/file-disk.ts', why: 'after a cut between two copies the older one counts', suites: [`${AGENT}hardware/disks.spec.ts`],
    find: 'sort((a, b) => b.generation - a.generation)[0]', replace: 'sort((a, b) => a.generation - b.generation)[0]',
  },
  {
    name: 'disk-one-copy', file: 'apps/terminal-agent/src/hardware/file-disk.ts', why: 'one bad sector loses the journal', suites: [`${AGENT}hardware/disks.spec.ts`],
    find: 'for (const copy of COPIES) await replaceFile(', replace: 'for (const copy of COPIES.slice(0, 1)) await replaceFile(',
  },
  {
    name: 'disk-file-not-synced', file: 'apps/terminal-agent/src/hardware/file-disk.ts', why: 'a write that resolved is gone after a power cut', suites: [`${AGENT}hardware/power-cut.spec.ts`],
    find: '    await file.writeFile(bytes);\n    await file.sync();', replace: '    await file.writeFile(bytes);',
  },
  {
    name: 'disk-folder-not-synced', file: 'apps/terminal-agent/src/hardware/file-disk.ts', why: 'a rename that a power cut takes back', suites: [`${AGENT}hardware/power-cut.spec.ts`],
    find: '      await syncFolder(folder);\n', replace: '',
  },
  {
    name: 'media-digest-unread', file: 'apps/terminal-agent/src/media/sound-of.ts', why: 'another sound under a right name', suites: [`${AGENT}media/media-store.spec.ts`],
    find: "if (sha256Hex(bytes) !== sha256) return 'wrong-digest';", replace: '',
  },
  {
    name: 'gateway-acks-before-the-platform', file: 'apps/gateway/src/receipts/receipt-queue.ts', why: 'a receipt that the platform never had leaves the spool', suites: [`${GATEWAY}receipts/receipt-queue.spec.ts`],
    find: "    if (reply.why !== 'away') this.afterFailure(", replace: "    for (const { terminal, envelopes } of batch.receipts) this.events.acked(terminal, envelopes.length);\n    if (reply.why !== 'away') this.afterFailure(",
  },
  {
    name: 'gateway-drops-on-failure', file: 'apps/gateway/src/receipts/receipt-queue.ts', why: 'a platform in trouble loses receipts', suites: [`${GATEWAY}receipts/receipt-queue.spec.ts`],
    find: 'if (count === 1 && isFinal && first !== undefined) {', replace: 'if (count === 1 && first !== undefined) {',
  },
  {
    name: 'hello-signature-unread', file: 'apps/gateway/src/hello/admission.ts', why: 'anybody is any terminal', suites: [`${GATEWAY}hello/admission.spec.ts`],
    find: ' || sig === undefined || !verify(key, helloBytes(guest.nonce, frame.terminal), sig)', replace: ' || sig === undefined',
  },
  {
    name: 'claim-signature-unread', file: 'apps/gateway/src/hello/admission.ts', why: 'a claim for a key that nobody holds', suites: [`${GATEWAY}hello/admission.spec.ts`],
    find: "if (sig === undefined || !verify(key, claimBytes(guest.nonce, code), sig)) return 'CLAIM_SIGNATURE';", replace: "if (sig === undefined) return 'CLAIM_SIGNATURE';",
  },
  {
    name: 'hello-without-nonce', file: 'apps/gateway/src/hello/signed-bytes.ts', why: 'a recorded hello opens a link', suites: [`${GATEWAY}hello/signed-bytes.spec.ts`],
    find: '${HELLO_CONTEXT}\\0${nonce}\\0${terminal}', replace: '${HELLO_CONTEXT}\\0${terminal}',
  },
  {
    name: 'token-signature-unread', file: 'apps/platform/src/features/access/token.ts', why: 'anybody is anybody', suites: ['tests/unit/apps/platform/features/access/token.spec.ts'],
    find: "if (!verify(key, pae(TOKEN_TYPE, bytes), sig)) return refuse('TOKEN_SIGNATURE');", replace: '',
  },
  {
    name: 'token-after-its-end', file: 'apps/platform/src/features/access/token.ts', why: 'a token of yesterday', suites: ['tests/unit/apps/platform/features/access/token.spec.ts'],
    find: "if (claims.data.expiresAt <= now) return refuse('TOKEN_EXPIRED');", replace: "if (claims.data.expiresAt < now) return refuse('TOKEN_EXPIRED');",
  },
  {
    name: 'ack-before-commit', file: 'apps/platform/src/features/delivery/accept-receipts.ts', why: 'a receipt leaves the terminal and never reaches the database', suites: ['tests/unit/apps/platform/features/delivery/accept-receipts.spec.ts'],
    find: 'return this.transactions.run(async (tx) => {',
    replace: 'return ((work) => new Promise((resolve, reject) => { this.transactions.run(async (tx) => { const answer = await work(tx); resolve(answer); return answer; }).catch(reject); }))(async (tx) => {',
  },
  {
    name: 'restriction-by-plan-alone', file: 'apps/terminal-agent/src/playout/player.ts', why: 'what waited for the loudspeaker begins inside a restriction', suites: [`${AGENT}agent-restrictions.spec.ts`],
    find: "if (this.ports.restricted(order, at)) return 'RESTRICTED';", replace: '',
  },
];
