import { z } from 'zod';
import { areaIdSchema, plainText } from './ids';

/** What a public place is: it decides whom a warning reaches there, never what may be broadcast. */
export const placeKindSchema = z.enum(['school', 'hospital', 'care-home', 'market', 'station', 'factory', 'worship', 'shelter', 'other']);

/** GET /api/places: natural villages and public places of the areas in scope, as the district's tables name them. */
export const placesSchema = z.strictObject({
  naturalVillages: z.array(z.strictObject({ area: areaIdSchema, name: plainText(60).min(1), households: z.int().min(0) })),
  publicPlaces: z.array(z.strictObject({
    area: areaIdSchema, name: plainText(60).min(1), kind: placeKindSchema,
    /** How many people are there by day. */
    people: z.int().min(0),
    /** WGS84; null where nobody has measured it. */
    longitude: z.number().nullable(), latitude: z.number().nullable(),
  })),
});
export type PlaceKind = z.infer<typeof placeKindSchema>;
export type Places = z.infer<typeof placesSchema>;
