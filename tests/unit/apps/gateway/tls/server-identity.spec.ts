import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { certificateFingerprint } from '#libs/pki';
import { PkiFiles } from '../../../../../apps/gateway/src/tls/pki-files';
import { serverIdentity } from '../../../../../apps/gateway/src/tls/server-identity';
import { FakeClock, LogRecord } from '../fakes';

const DAY = 86_400_000;

describe('the TLS identity of the server', () => {
  let folder: string;
  let clock: FakeClock;
  let log: LogRecord;
  beforeAll(async () => {
    folder = path.join(await mkdtemp(path.join(tmpdir(), 'gw-tls-')), 'pki');
    clock = new FakeClock();
    log = new LogRecord();
  });
  afterAll(() => rm(path.dirname(folder), { recursive: true, force: true }));
  const identity = (hostnames: readonly string[] = [], revoked: readonly string[] = []) => serverIdentity({ files: new PkiFiles(folder), clock, log, hostnames, district: 'district', revoked: new Set(revoked) });

  // In order: each step goes on from the files of the one before.
  it('is made with a district CA when nothing is there, readable by the owner alone', async () => {
    const { cert } = await identity();
    const leaf = new X509Certificate(cert);
    expect([leaf.checkHost('localhost'), leaf.checkIP('127.0.0.1'), leaf.checkIP('::1')]).toEqual(['localhost', '127.0.0.1', '::1']);
    expect((await readdir(folder)).sort()).toEqual(['ca-key.pem', 'ca.pem', 'server-key.pem', 'server.pem']);
    for (const name of await readdir(folder)) expect((await stat(path.join(folder, name))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('stays the same with more than thirty days left', async () => {
    const before = await identity();
    clock.ms += 59 * DAY;
    expect(await identity()).toEqual(before);
  });

  it('is made anew under the same CA with less than thirty days left', async () => {
    const before = await identity();
    const ca = await new PkiFiles(folder).read('ca.pem');
    clock.ms += 2 * DAY;
    const after = await identity();
    expect(after.cert).not.toBe(before.cert);
    expect(await new PkiFiles(folder).read('ca.pem')).toBe(ca);
    expect(new X509Certificate(after.cert).verify(new X509Certificate(ca ?? '').publicKey)).toBe(true);
  });

  it('is made anew when a host name was added', async () => {
    const { cert } = await identity(['horns.example', '192.0.2.7']);
    const leaf = new X509Certificate(cert);
    expect([leaf.checkHost('horns.example'), leaf.checkIP('192.0.2.7')]).toEqual(['horns.example', '192.0.2.7']);
  });

  it('is made anew, with a key of its own, when it was revoked', async () => {
    const before = await identity();
    expect(await identity([], ['ab'.repeat(32)])).toEqual(before);
    const after = await identity([], [certificateFingerprint(before.cert)]);
    expect([after.cert === before.cert, after.key === before.key]).toEqual([false, false]);
    expect(await identity([], [certificateFingerprint(before.cert)])).toEqual(after);
  });

  it('is used to its end, with an error said, where the CA key lies elsewhere', async () => {
    await unlink(path.join(folder, 'ca-key.pem'));
    const before = await identity();
    clock.ms += 61 * DAY;
    expect(await identity()).toEqual(before);
    expect(log.codes).toEqual(['TLS_ENDING']);
    clock.ms += 60 * DAY;
    await expect(identity()).rejects.toThrow('PKI_INCOMPLETE');
  });
});
