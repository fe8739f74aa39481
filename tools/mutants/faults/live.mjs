// A block of living voice, from its bytes to the loudspeaker (docs/protocol.md).
const BLOCK = ['tests/unit/libs/trust/judge-block.spec.ts', 'tests/unit/libs/trust/properties/judge-block.spec.ts'];
const RECORD = ['tests/unit/libs/trust/verify-live-record.spec.ts'];
const EVIDENCE = ['tests/unit/libs/trust/verify-live-evidence.spec.ts'];
const BYTES = ['tests/unit/libs/envelope/live-block.spec.ts', 'tests/unit/libs/envelope/properties/live-block.spec.ts'];
const HEARD = ['tests/unit/apps/terminal-agent/agent-live.spec.ts'];
const LINK = ['tests/integration/apps/platform/features/live-voice.spec.ts'];
const DOOR = ['tests/hostile/sign-in-and-api.spec.ts'];

export const liveFaults = [
  {
    name: 'held-voice-of-any-class', file: 'libs/trust/verify-message.ts', why: 'whoever breaks into the server says an emergency', suites: ['tests/unit/libs/trust/who-may-say-what.spec.ts'],
    find: "if (held !== undefined) return refuse('REJ_CEILING', held);", replace: '',
  },
  {
    name: 'held-voice-at-full-volume', file: 'libs/domain/classes.ts', why: 'whoever breaks into the server shouts', suites: ['tests/unit/libs/trust/who-may-say-what.spec.ts'],
    find: "VOLUME_DB[volume] > VOLUME_DB[CLASSES.daily.volume] ? 'volume' : undefined", replace: 'undefined',
  },
  {
    name: 'block-signature-skipped', file: 'libs/trust/judge-block.ts', why: 'anybody on the way speaks', suites: BLOCK,
    find: "if (!verifies(grant.live.sessionKey, signed, signature)) return refuse('REJ_SIGNATURE');", replace: '',
  },
  {
    name: 'block-twice', file: 'libs/trust/judge-block.ts', why: 'the same block sounds twice', suites: BLOCK,
    find: 'block.seq <= before.seq', replace: 'block.seq < before.seq',
  },
  {
    name: 'block-seq-unasked', file: 'libs/trust/judge-block.ts', why: 'what came before comes again', suites: BLOCK,
    find: "if (before !== null && block.seq <= before.seq) return refuse('REJ_SEQ_REPLAY');", replace: '',
  },
  {
    name: 'block-of-another-stream', file: 'libs/trust/judge-block.ts', why: 'a key that was used twice speaks in the other grant', suites: BLOCK,
    find: "if (block.stream !== grant.stream) return refuse('REJ_STREAM');", replace: '',
  },
  {
    name: 'block-chain-unasked', file: 'libs/trust/judge-block.ts', why: 'two genuine streams cut into one', suites: BLOCK,
    find: "if (follows && block.previous !== (before?.previousOfNext ?? NO_BLOCK_BEFORE)) return refuse('REJ_BLOCK_CHAIN', 'previous');", replace: '',
  },
  {
    name: 'block-chain-of-the-first', file: 'libs/trust/judge-block.ts', why: 'a first block that says something came before it', suites: BLOCK,
    find: 'const follows = before === null ? block.seq === 1 : ', replace: 'const follows = before === null ? false : ',
  },
  {
    name: 'block-kept-back', file: 'libs/trust/judge-block.ts', why: 'what was said a while ago is said now', suites: BLOCK,
    find: 'heardAt < now - BEHIND_MS || ', replace: '',
  },
  {
    name: 'block-dated-ahead', file: 'libs/trust/judge-block.ts', why: 'a buffer filled for a time that nobody has spoken yet', suites: BLOCK,
    find: "if (capturedAt > now + AHEAD_MS) return refuse('REJ_NOT_YET', 'capturedAt');", replace: '',
  },
  {
    name: 'block-before-its-start', file: 'libs/trust/judge-block.ts', why: 'voice before the grant begins', suites: BLOCK,
    find: 'heardAt < grant.startAt || ', replace: '',
  },
  {
    name: 'block-after-its-end', file: 'libs/trust/judge-block.ts', why: 'a grant that never ends', suites: BLOCK,
    find: ' || endsAt + grant.live.delayMs > liveEndsAt(grant)', replace: '',
  },
  {
    name: 'block-over-the-one-before', file: 'libs/trust/judge-block.ts', why: 'one second of speech holds two', suites: BLOCK,
    find: "if (before !== null && capturedAt < before.endsAt - OVERLAP_MS) return refuse('REJ_EXPIRED', 'capturedAt');", replace: '',
  },
  {
    name: 'block-longer-than-granted', file: 'libs/trust/judge-block.ts', why: 'blocks of any length', suites: BLOCK,
    find: ' || parsed.block.packets.length * PACKET_MS > grant.live.blockMs', replace: '',
  },
  {
    name: 'block-size-unasked', file: 'libs/trust/judge-block.ts', why: 'a terminal reads whatever it is sent', suites: BLOCK,
    find: "if (bytes.length > LIMITS.liveBlockBytes) return refuse('REJ_SIZE');", replace: '',
  },
  {
    name: 'block-trailing-bytes', file: 'libs/envelope/live-block.ts', why: 'something between the packets and the signature', suites: BYTES,
    find: 'if (at !== end) return undefined;', replace: '',
  },
  {
    name: 'block-unknown-flag', file: 'libs/envelope/live-block.ts', why: 'one block with two spellings', suites: BYTES,
    find: '(flags & ~FLAG_END) !== 0 || ', replace: '',
  },
  {
    name: 'block-empty-packet', file: 'libs/envelope/live-block.ts', why: 'a packet that no decoder takes', suites: BYTES,
    find: 'if (length === 0 || length', replace: 'if (length',
  },
  {
    name: 'record-behind-its-end', file: 'libs/trust/verify-live-record.ts', why: 'a recording goes on behind the end that its source signed', suites: RECORD,
    find: "if (ended) return { ok: false, code: 'REJ_STREAM', block: n };", replace: '',
  },
  {
    name: 'evidence-of-another-stream', file: 'libs/trust/verify-live-evidence.ts', why: 'one voice shown as another', suites: EVIDENCE,
    find: "if (stream !== grant.stream) return refuse('REJ_STREAM', 'stream');", replace: '',
  },
  {
    name: 'evidence-without-its-papers', file: 'libs/trust/verify-live-evidence.ts', why: 'judged by older papers than those under which it was dispatched', suites: EVIDENCE,
    find: "if (lackingOf(trust.value, minVersions) !== undefined) return refuse('REJ_VERSIONS', 'documents');", replace: '',
  },
  {
    name: 'evidence-later-unread', file: 'libs/trust/verify-live-evidence.ts', why: 'a stolen key behind a recording goes unsaid', suites: EVIDENCE,
    find: 'const since = walk(trust.value, later);', replace: 'const since = walk(trust.value, []);',
  },
  {
    name: 'source-of-anybody', file: 'apps/platform/src/features/streaming/begin-voice.ts', why: 'who may compose takes the floor of another', suites: LINK,
    find: "if (record.platform !== principal.platform || message.author !== principal.person) return { code: 'LIVE_NOT_YOURS' };", replace: '',
  },
  {
    name: 'source-session-unasked', file: 'apps/platform/src/features/streaming/source-connection.ts', why: 'a revoked session goes on speaking', suites: LINK,
    find: '(await this.principal(attended))?.account === this.account', replace: 'true',
  },
  {
    name: 'source-behind-its-end', file: 'apps/platform/src/features/streaming/take-block.ts', why: 'a voice goes on behind its signed end', suites: DOOR,
    find: "voice.isSaid ? refuse('REJ_STREAM') : judgeBlock", replace: 'judgeBlock',
  },
  {
    name: 'source-door-turns-speakers-out', file: 'apps/platform/src/kernel/socket/plain-sockets.ts', why: 'guests who hold the door end a voice that is on the air', suites: DOOR,
    find: 'if (!mayMakeRoom) continue;', replace: '',
  },
  {
    name: 'heard-behind-its-end', file: 'apps/terminal-agent/src/live/live-stream.ts', why: 'a voice goes on at the loudspeaker behind its signed end', suites: HEARD,
    find: "(this.isEndKnown ? 'REJ_STREAM' : null)", replace: 'null',
  },
  {
    name: 'heard-without-memory', file: 'apps/terminal-agent/src/live/live-stream.ts', why: 'each block is judged as if it were the first: what came before comes again', suites: HEARD,
    find: 'this.before = judged.value.before;', replace: '',
  },
  {
    name: 'lease-unasked', file: 'apps/terminal-agent/src/live/live-stream.ts', why: 'a voice that nobody leases any more sounds on', suites: HEARD,
    find: 'this.isEndKnown || isLeased(at) ?', replace: 'Number.isFinite(at) ?',
  },
  {
    name: 'unleased-for-ever', file: 'apps/terminal-agent/src/live/live-desk.ts', why: 'a voice that nobody leases any more has the loudspeaker to its longest', suites: HEARD,
    find: "!isEndKnown && lease.isGivenUp(now, monotonicMs) ? 'INTERRUPTED' : null", replace: 'null',
  },
  {
    name: 'lease-of-another-voice', file: 'apps/terminal-agent/src/live/live-desk.ts', why: 'one voice that is leased keeps every other one alive', suites: HEARD,
    find: 'if (grants.includes(order.messageDigest)) lease.renew', replace: 'lease.renew',
  },
  {
    name: 'lease-from-when-it-came', file: 'apps/terminal-agent/src/live/lease.ts', why: 'an old lease brought again keeps a voice alive', suites: HEARD,
    find: 'Math.min(at, now) + LIMITS.leaseMs', replace: 'now + LIMITS.leaseMs',
  },
  {
    name: 'never-listens-anew', file: 'apps/terminal-agent/src/live/live-desk.ts', why: 'after a broken link the voice is gone', suites: HEARD,
    find: 'for (const stream of this.streams.values()) this.listen(stream);', replace: '',
  },
  {
    name: 'voice-from-its-beginning', file: 'libs/domain/arbiter.ts', why: 'who comes late or back hears the chime and is behind everybody', suites: HEARD,
    find: 'const next = item.live === true ? ownPosition(item, at) : chosen.next;', replace: 'const next = chosen.next;',
  },
  {
    name: 'audible-without-a-sound', file: 'apps/terminal-agent/src/playout/card-hand.ts', why: 'a loudspeaker signs that it was heard while nobody has spoken', suites: HEARD,
    find: 'if (isOpened) sounded(frame);', replace: 'sounded(frame);',
  },
  {
    name: 'done-without-a-packet', file: 'apps/terminal-agent/src/playout/player.ts', why: 'a voice of which nothing was heard counts as heard to its end', suites: HEARD,
    find: 'if (spoken?.packets === 0) entry.cut', replace: 'if (spoken?.packets === -1) entry.cut',
  },
  {
    name: 'voice-without-longest', file: 'apps/terminal-agent/src/live/live-stream.ts', why: 'a voice has the loudspeaker behind its signed longest', suites: HEARD,
    find: 'if (at >= liveEndsAt(this.grant)) return undefined;', replace: '',
  },
];
