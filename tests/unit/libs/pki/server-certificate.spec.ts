import { execFileSync } from 'node:child_process';
import { X509Certificate, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { certificateFingerprint, createDistrictCa, generateRsaKey, issueServerCertificate, type DistrictCa, type RsaKeyPair } from '#libs/pki';
import { checkIssued } from '../../../../libs/pki/profile';

const DAY_MS = 86_400_000;
const now = Date.now();
const names = { dns: ['localhost', 'district.example'], ip: ['127.0.0.1', '::1'] };

let ca: DistrictCa;
let otherCa: DistrictCa;
let key: RsaKeyPair;

beforeAll(async () => {
  [ca, otherCa, key] = await Promise.all([
    createDistrictCa({ districtId: '360198', now, serial: randomBytes(16) }),
    createDistrictCa({ districtId: '360198', now, serial: randomBytes(16) }),
    generateRsaKey(2048),
  ]);
});

function issue(change: Partial<Parameters<typeof issueServerCertificate>[0]> = {}): string {
  return issueServerCertificate({ ca, names, publicKeyPem: key.publicKeyPem, now, serial: randomBytes(16), ...change });
}

describe('createDistrictCa', () => {
  it('makes a CA of RSA-3072 for five years that may sign servers only', () => {
    const certificate = new X509Certificate(ca.certPem);
    expect(certificate.ca).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(3072);
    expect(certificate.subject).toContain('O=360198');
    expect(Math.round((Date.parse(certificate.validTo) - now) / DAY_MS)).toBe(1825);
    expect(certificateFingerprint(ca.certPem)).toBe(ca.fingerprint256);
    expect(ca.fingerprint256).toBe(certificate.fingerprint256.replaceAll(':', '').toLowerCase());
    expect(ca.keyPem).toContain('BEGIN PRIVATE KEY');
  });

  it('refuses a district id that could bend the name', async () => {
    for (const districtId of ['', 'a/CN=evil', 'a b', 'x'.repeat(65)]) {
      await expect(createDistrictCa({ districtId, now, serial: randomBytes(16) })).rejects.toMatchObject({ code: 'PKI_NAME_REFUSED' });
    }
  });

  it('refuses a short serial', async () => {
    await expect(createDistrictCa({ districtId: 'd', now, serial: randomBytes(8) })).rejects.toMatchObject({ code: 'PKI_SERIAL_REFUSED' });
  });
});

describe('issueServerCertificate', () => {
  it('issues for 90 days from five minutes ago, serverAuth only, with the names given', () => {
    const certificate = new X509Certificate(issue());
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(certificate.subjectAltName).toBe('DNS:localhost, DNS:district.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
    expect(now - Date.parse(certificate.validFrom)).toBeGreaterThanOrEqual(300_000);
    expect(now - Date.parse(certificate.validFrom)).toBeLessThan(301_000);
    expect(Math.round((Date.parse(certificate.validTo) - now) / DAY_MS)).toBe(90);
  });

  it('never outlives its CA and is not issued by an expired one', () => {
    const nearEnd = now + (1825 - 10) * DAY_MS;
    expect(new X509Certificate(issue({ now: nearEnd })).validTo).toBe(new X509Certificate(ca.certPem).validTo);
    expect(() => issue({ now: now + 1826 * DAY_MS })).toThrow(expect.objectContaining({ code: 'PKI_CA_NOT_VALID' }));
    expect(() => issue({ now: now - DAY_MS })).toThrow(expect.objectContaining({ code: 'PKI_CA_NOT_VALID' }));
  });

  it.each([0x00, 0x7f, 0x80, 0xff])('makes a positive serial of 16 bytes out of bytes of %i', (byte) => {
    const { serialNumber } = new X509Certificate(issue({ serial: new Uint8Array(16).fill(byte) }));
    expect(serialNumber).toHaveLength(32);
    expect(parseInt(serialNumber.slice(0, 2), 16)).toBeLessThan(0x80);
  });

  it.each([
    { dns: [], ip: [] },
    { dns: ['*.example'], ip: [] },
    { dns: ['Example'], ip: [] },
    { dns: ['a..b'], ip: [] },
    { dns: ['127.0.0.1'], ip: [] },
    { dns: ['a\u0000b'], ip: [] },
    { dns: ['a, DNS:b'], ip: [] },
    { dns: [], ip: ['localhost'] },
    { dns: [], ip: ['fe80::1%eth0'] },
    { dns: new Array<string>(33).fill('a'), ip: [] },
  ])('refuses the names %j', (bad) => {
    expect(() => issue({ names: bad })).toThrow(expect.objectContaining({ code: 'PKI_NAME_REFUSED' }));
  });

  it('refuses keys that are short, of another kind, or none', () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const odd = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).publicKey.export({ type: 'spki', format: 'pem' }).toString();
    for (const publicKeyPem of [short, curve, odd, 'nonsense', '']) {
      expect(() => issue({ publicKeyPem })).toThrow(expect.objectContaining({ code: 'PKI_KEY_REFUSED' }));
    }
  });

  it('hands out nothing that does not read back as ordered', () => {
    const certPem = issue();
    const certificate = new X509Certificate(certPem);
    const asOrdered = {
      issuer: new X509Certificate(ca.certPem),
      publicKey: certificate.publicKey,
      serialHex: certificate.serialNumber.toLowerCase(),
      notBefore: new Date(certificate.validFrom),
      notAfter: new Date(certificate.validTo),
      ca: false,
      subjectAltName: certificate.subjectAltName,
    };
    expect(() => checkIssued(certPem, asOrdered)).not.toThrow();
    const otherKey = new X509Certificate(ca.certPem).publicKey;
    const wrong: readonly (readonly [object, string])[] = [
      [{ issuer: new X509Certificate(otherCa.certPem) }, 'signature'],
      [{ publicKey: otherKey }, 'public key'],
      [{ serialHex: '00' }, 'serial'],
      [{ notBefore: new Date(now) }, 'notBefore'],
      [{ notAfter: new Date(now) }, 'notAfter'],
      [{ ca: true }, 'ca flag, basicConstraints, keyUsage, extendedKeyUsage'],
      [{ subjectAltName: 'DNS:other' }, 'subjectAltName'],
    ];
    for (const [change, what] of wrong) {
      expect(() => checkIssued(certPem, { ...asOrdered, ...change })).toThrow(expect.objectContaining({ code: 'PKI_PROFILE_BROKEN', message: expect.stringContaining(what) }));
    }
  });

  it('passes the strict check of the openssl command', () => {
    if (!opensslIsThere()) return;
    const folder = mkdtempSync(path.join(tmpdir(), 'clarion-pki-'));
    try {
      writeFileSync(path.join(folder, 'ca.pem'), ca.certPem);
      writeFileSync(path.join(folder, 'server.pem'), issue());
      const verify = (...options: string[]): string =>
        execFileSync('openssl', ['verify', '-x509_strict', '-purpose', 'sslserver', ...options, '-CAfile', 'ca.pem', 'server.pem'], { cwd: folder, stdio: 'pipe' }).toString();
      expect(verify('-verify_hostname', 'district.example')).toContain('OK');
      expect(verify('-verify_ip', '127.0.0.1')).toContain('OK');
      expect(() => verify('-verify_hostname', 'elsewhere.example')).toThrow();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('TLS under the pinned district CA', () => {
  it('accepts the server by name and by address', async () => {
    await expect(greet(issue(), key, { ca: ca.certPem, servername: 'localhost' })).resolves.toBe('authorised');
    await expect(greet(issue(), key, { ca: ca.certPem })).resolves.toBe('authorised');
  });

  it('refuses a server of another CA of the same name', async () => {
    await expect(greet(issue({ ca: otherCa }), key, { ca: ca.certPem })).rejects.toMatchObject({ code: expect.stringMatching(/SIGNATURE|VERIFY/) });
  });

  it('refuses a certificate out of its time', async () => {
    const old = await createDistrictCa({ districtId: 'old', now: now - 400 * DAY_MS, serial: randomBytes(16) });
    const expired = issue({ ca: old, now: now - 91 * DAY_MS });
    await expect(greet(expired, key, { ca: old.certPem })).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' });
    const early = issue({ now: now + DAY_MS });
    await expect(greet(early, key, { ca: ca.certPem })).rejects.toMatchObject({ code: 'CERT_NOT_YET_VALID' });
  });

  it('refuses a name that is not in the certificate', async () => {
    await expect(greet(issue(), key, { ca: ca.certPem, servername: 'elsewhere.example' })).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('refuses a server certificate that plays CA', async () => {
    const fakeCa: DistrictCa = { ...ca, certPem: issue(), keyPem: key.privateKeyPem };
    expect(() => issue({ ca: fakeCa })).toThrow(expect.objectContaining({ code: 'PKI_PROFILE_BROKEN' }));
  });
});

function opensslIsThere(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

/** One handshake with a real server on a free port; rejects with what the client found wrong. */
async function greet(certPem: string, { privateKeyPem }: RsaKeyPair, client: tls.ConnectionOptions): Promise<string> {
  const server = tls.createServer({ cert: certPem, key: privateKeyPem });
  server.on('tlsClientError', () => undefined);
  const port = await listenInRange(server);
  try {
    return await new Promise((resolve, reject) => {
      const socket = tls.connect({ host: '127.0.0.1', port, ...client }, () => {
        resolve(socket.authorized ? 'authorised' : 'not authorised');
        socket.destroy();
      });
      socket.once('error', reject);
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

async function listenInRange(server: tls.Server): Promise<number> {
  for (let port = 20000 + (process.pid % 5000); port < 30000; port += 1) {
    const taken = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(true));
      server.listen(port, '127.0.0.1', () => resolve(false));
    });
    server.removeAllListeners('error');
    server.removeAllListeners('listening');
    if (!taken) return port;
  }
  throw new Error('no free port from 20000 to 29999');
}
