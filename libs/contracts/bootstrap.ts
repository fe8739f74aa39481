import { z } from 'zod';
import { envelopeSchema } from './envelope-shape';
import { softwareKeyRecordSchema } from './keys';
import { placesSchema } from './places';
import { areaIdSchema, personIdSchema, plainText, platformIdSchema, resourceCodeSchema, terminalIdSchema } from './ids';

/**
 * What an installation starts from: `$CLARION_DATA/bootstrap.json`, written by the set-up (the demo's, or later the
 * importer's) and read once by the server when its database is empty. Holds public documents and password hashes,
 * never a private key. The dispatcher and log keys lie in `CLARION_KEYS`, one file `<platform>.dispatcher.json` and
 * `<platform>.log.json` each: `{ "key": KeyRecord, "pkcs8": base64 }`, mode 0600.
 */
export const bootstrapSchema = z.strictObject({
  format: z.literal('clarion-bootstrap.v1'),
  demo: z.boolean(),
  root: envelopeSchema,
  /** Parents before children. */
  charters: z.array(envelopeSchema),
  rosters: z.array(envelopeSchema),
  accounts: z.array(z.strictObject({
    account: z.string().min(1).max(64),
    platform: platformIdSchema,
    person: personIdSchema,
    /** Role and place, for example 乐化镇 值班员; never an invented person's name. */
    title: plainText(60).min(1),
    passwordHash: z.string(),
  })),
  terminals: z.array(z.strictObject({
    id: terminalIdSchema,
    name: plainText(60).min(1),
    platform: platformIdSchema,
    area: areaIdSchema,
    physicalCode: plainText(64).min(1),
    resourceCode: resourceCodeSchema,
    latitude: z.number(),
    longitude: z.number(),
    horns: z.int().min(1).max(8),
    households: z.int().min(0),
    naturalVillage: plainText(60),
    /** Number of its SIM card (ICCID), where the tables of a district name it. */
    sim: z.string().max(20).optional(),
    /** SHA-256 (hex) of the one-use claim code. */
    claimCodeHash: z.string().regex(/^[0-9a-f]{64}$/),
  })),
  map: z.strictObject({ note: z.string(), shapes: z.array(z.strictObject({ area: areaIdSchema, polygon: z.array(z.tuple([z.number(), z.number()])) })) }),
  naturalVillages: placesSchema.shape.naturalVillages.optional(),
  publicPlaces: placesSchema.shape.publicPlaces.optional(),
});
export type Bootstrap = z.infer<typeof bootstrapSchema>;

/** A server-held signing key on disk. */
export const serverKeyFileSchema = z.strictObject({
  key: softwareKeyRecordSchema,
  pkcs8: z.string(),
});

/** What the simulator starts from: `$CLARION_DATA/simulator/fleet.json`. */
export const fleetSchema = z.strictObject({
  gatewayUrl: z.string(),
  caFile: z.string(),
  root: envelopeSchema,
  terminals: z.array(z.strictObject({
    id: terminalIdSchema, physicalCode: z.string(), claimCode: z.string(), named: z.boolean(),
    offsetPpm: z.number(), clockOffsetMs: z.number(), heldOffline: z.boolean(),
  })),
});
export type Fleet = z.infer<typeof fleetSchema>;
