const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Every size, depth, rate and time limit that a peer can run into, in one place (style 21). Units are in the names. */
export const LIMITS = {
  payloadBytes: 65_536,
  jsonDepth: 16,
  charterBytes: 4_096,
  rosterBytes: 32_768,
  orderBytes: 262_144,
  deviceFrameBytes: 262_144,
  /** Frames a terminal may send in a second before the gateway closes it; 20 time probes fall into the first two. */
  deviceFramesPerSecond: 100,
  /** Unverified orders a terminal examines in a second; what is above is REJ_RATE. */
  ordersPerSecond: 50,
  apiBodyBytes: 262_144,
  uploadBytes: 33_554_432,
  audioDurationMs: 10 * MINUTE,
  /** How long a living voice lasts at most, and how far its grant's window reaches. */
  liveMs: 10 * MINUTE,
  liveWindowMs: 4 * HOUR,
  /** From capture to loudspeaker; a network's delay and the room to repair it. */
  liveDelayMs: { least: 200, most: 3_000 },
  liveBlockBytes: 8_192,
  /** A loudspeaker goes on with a living voice this long after the last lease of it, and a voice without any this long after its start. */
  leaseMs: 5_000,
  /** Then it is silent and waits this long for another one, behind which it is over. */
  unleasedMs: 20_000,
  /** Living voices of one platform at once. */
  leases: 16,
  targetsTerminals: 700,
  targetsAreas: 100,
  textChars: 1_000,
  titleChars: 60,
  segments: 8,
  repeats: 10,
  approvals: 8,
  corrections: 4,
  /** A wrongful stop may be taken back this long after it. */
  resumeMs: 30_000,
  /** Stops besides the first that one consent may take back with it. */
  stopsTakenBack: 31,
  isolateMs: 60 * MINUTE,
  postureMs: 60 * MINUTE,
  periodDays: 60,
  /** Restrictions of one kind, platform and area that a terminal keeps at once. */
  restrictionsKept: 16,
  /** Bounds of a live permit: six in the morning, ten at night (China Standard Time), one whole message, a day, a roster's list. */
  permitFromMinute: 360,
  permitToMinute: 1_320,
  permitDurationMs: 10 * MINUTE,
  permitPerDay: 20,
  permitsListed: 8,
  /** Window of a message under a permit. */
  permitWindowMs: DAY,
  /** In the district's revocation: a new certificate is made in a second, so this is many years of thefts. */
  revokedCertificates: 64,
  expiryDays: 400,
  graceDays: 180,
  /** An order that names versions the terminal lacks is held this long while it pulls them. */
  holdMs: 10_000,
  /** A message may be used this long before its notBefore: clocks differ. */
  earlyMs: 5_000,
  /** How wrong the clock of a person's own device may be: nobody is turned away at night for a phone that is a minute off. */
  signerClockMs: 5 * MINUTE,
  seqWindow: 1_024,
  seqJump: 1_000_000,
  /** How far above the last one a version may be that one officer raises alone (revocation, a terminal's assignment): nobody spends the last number there is. */
  versionJump: 1_000_000,
  /** Of the base64 payload of a refused dispatch that an event carries as proof. */
  evidenceChars: 8_192,
  tombstoneMs: DAY,
  stopKeepMs: 10 * DAY,
  /** Above this nobody's word raises a terminal's counter: it must still be able to count (design 4 "Beacon"). */
  deviceCounter: 2 ** 48,
  exchangeEveryMs: 30_000,
  /** Three missed exchanges: the terminal counts as offline. */
  offlineAfterMs: 90_000,
  beaconDegradedMs: 10 * MINUTE,
  beaconEmergencyOnlyMs: DAY,
  beaconSilentMs: 30 * DAY,
  claimCodeHours: 24,
  /** Refused claims from one address in a minute, after which none is looked at. */
  claimTriesPerMinute: 30,
  idempotencyMs: 72 * HOUR,
} as const;
