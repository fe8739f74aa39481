import { z } from 'zod';
import { terminalViewSchema } from './api';
import { areaIdSchema, plainText, resourceCodeSchema, unixMsSchema } from './ids';
import { volumeBandSchema } from './words';

/** POST /api/terminals: a loudspeaker that is about to be put up. It stays mute until it enrolled and an officer signed where it stands. */
export const terminalIssueSchema = z.strictObject({
  name: plainText(60).trim().min(1),
  /** The declared area it will stand in; its platform is the one that declares it. */
  area: areaIdSchema,
  /** As stamped on the box. */
  physicalCode: plainText(64).trim().min(1),
  /** 23 digits (GD/J 080 5.2); left out, the next free number of the area is taken. */
  resourceCode: resourceCodeSchema.optional(),
  /** Millionths of a degree: what is sent to us holds whole numbers only (strict JSON). */
  latitudeE6: z.int().min(-90_000_000).max(90_000_000),
  longitudeE6: z.int().min(-180_000_000).max(180_000_000),
  horns: z.int().min(1).max(8).default(1),
  households: z.int().min(0).max(100_000).default(0),
  naturalVillage: plainText(60).default(''),
});
/** Letters of new claim codes, none that looks like a digit: an installer types it on a pole. */
export const CLAIM_LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** The one-use code that lets one device become this terminal; shown this once, the server keeps its hash alone. */
export const claimCodeSchema = z.string().regex(/^[0-9A-Z]{16}$/);
/** Answer of POST /api/terminals and of POST /api/terminals/:id/claim-code. */
export const terminalIssuedSchema = z.strictObject({ terminal: terminalViewSchema, claimCode: claimCodeSchema, claimUntil: unixMsSchema });

/** POST /api/terminals/:id/max-volume: the loudest it shall be, emergency included; it holds once an officer signed it. */
export const terminalMaxVolumeSchema = z.strictObject({ volume: volumeBandSchema });

export type TerminalMaxVolume = z.infer<typeof terminalMaxVolumeSchema>;
export type TerminalIssue = z.infer<typeof terminalIssueSchema>;
export type TerminalIssued = z.infer<typeof terminalIssuedSchema>;
