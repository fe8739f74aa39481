import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';

const root = path.join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const temporary = mkdtempSync(path.join(os.tmpdir(), 'clarion-deploy-test-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** Test of a program that may not be here: then it is skipped, and says so in the summary. */
const ifThere = (program: string): typeof it => (spawnSync(program, ['--version']).error === undefined || spawnSync(program, ['-v']).error === undefined ? it : it.skip);

interface Stage {
  readonly name: string;
  readonly lines: readonly string[];
}

function stages(): readonly Stage[] {
  const lines = read('deploy/Dockerfile').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const starts = lines.flatMap((line, at) => (line.startsWith('FROM ') ? [at] : []));
  return starts.map((at, index) => ({ name: / AS (\S+)$/.exec(lines[at] ?? '')?.[1] ?? '', lines: lines.slice(at, starts[index + 1]) }));
}

/** Every setting that a program reads. */
function settings(): ReadonlySet<string> {
  const configs = readdirSync(path.join(root, 'apps'), { recursive: true, encoding: 'utf8' }).filter((file) => path.basename(file) === 'config.ts');
  return new Set(configs.flatMap((file) => [...read(path.join('apps', file)).matchAll(/CLARION_[A-Z_]+/g)].map(([name]) => name)));
}

const FINAL = ['server', 'demo', 'terminal'];
const COMPOSE = ['deploy/compose.yaml', 'deploy/compose.demo.yaml'];
const UNITS = ['deploy/systemd/clarion-server.service', 'deploy/systemd/clarion-terminal.service'];

describe('the Dockerfile', () => {
  it('copies only what exists, and what .dockerignore lets in', () => {
    const allowed = read('.dockerignore').split('\n').flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    const copied = stages().flatMap(({ lines }) => lines).filter((line) => line.startsWith('COPY ') && !line.includes('--from=')).flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied.length).toBeGreaterThan(8);
    for (const file of copied) {
      expect([file, existsSync(path.join(root, file))]).toEqual([file, true]);
      expect([file, allowed.some((name) => file === name || file.startsWith(`${name}/`))]).toEqual([file, true]);
    }
  });

  it('starts programs that are built from a source', () => {
    const started = [...read('deploy/Dockerfile').matchAll(/"dist\/(\S+)\.js"/g), ...UNITS.flatMap((file) => [...read(file).matchAll(/dist\/(\S+)\.js/g)])];
    expect(started.length).toBeGreaterThan(4);
    for (const [, name = ''] of started) expect([name, existsSync(path.join(root, `${name}.ts`))]).toEqual([name, true]);
  });

  it('gives every image an unprivileged account, a health check and an ending in order, and no secret', () => {
    for (const name of FINAL) {
      const stage = stages().find((one) => one.name === name);
      expect(stage?.lines.findLast((line) => line.startsWith('USER '))).toBe('USER clarion');
      expect(stage?.lines.some((line) => line.startsWith('HEALTHCHECK '))).toBe(true);
      expect(stage?.lines).toContain('STOPSIGNAL SIGTERM');
      expect(stage?.lines.some((line) => /^COPY (?!--from)(?!deploy\/container|examples)/.test(line))).toBe(false);
    }
    expect(read('deploy/Dockerfile')).not.toMatch(/^(ENV|ARG) .*(PASS|SECRET|TOKEN|CLAIM|DATABASE_URL)/m);
  });

  it('lets no key, data or history into what an image is built from', () => {
    const lines = read('.dockerignore').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines[0]).toBe('*');
    expect(lines).toEqual(expect.arrayContaining(['**/*.key.json', '**/*.pem', '**/node_modules']));
    expect(lines).not.toEqual(expect.arrayContaining(['!.git']));
  });
});

interface Compose {
  readonly services: Readonly<Record<string, {
    readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string };
    readonly restart?: string;
    readonly environment?: Readonly<Record<string, string>>;
    readonly secrets?: readonly string[];
    readonly volumes?: readonly string[];
    readonly networks?: readonly string[];
    readonly ports?: readonly string[];
  }>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>;
}

describe.each(COMPOSE)('%s', (file) => {
  const compose = parse(read(file)) as Compose;
  const services = Object.entries(compose.services);

  it('names only what it declares', () => {
    for (const [, { secrets = [], volumes = [], networks = [], build }] of services) {
      expect(Object.keys(compose.secrets ?? {})).toEqual(expect.arrayContaining([...secrets]));
      expect(Object.keys(compose.volumes ?? {})).toEqual(expect.arrayContaining(volumes.map((volume) => volume.split(':')[0])));
      expect(Object.keys(compose.networks ?? {})).toEqual(expect.arrayContaining([...networks]));
      if (build === undefined) continue;
      expect(existsSync(path.join(root, path.dirname(file), build.context, build.dockerfile))).toBe(true);
      expect(stages().map(({ name }) => name)).toContain(build.target);
    }
  });

  it('starts again what ends, keeps plain HTTP on the loopback, and takes secrets by file', () => {
    for (const [, { restart, ports = [], environment = {} }] of services) {
      expect(restart).toBe('unless-stopped');
      for (const port of ports.filter((one) => /:(8080|8447)$/.test(one))) expect(port).toMatch(/^127\.0\.0\.1:/);
      for (const [name, value] of Object.entries(environment)) {
        if (/PASSWORD|DATABASE/.test(name) && name !== 'POSTGRES_DB') expect([name, String(value)]).toEqual([expect.stringMatching(/_FILE$/), expect.stringMatching(/^\/run\/secrets\//)]);
        if (name.startsWith('CLARION_')) expect(settings()).toContain(name.replace(/_FILE$/, ''));
      }
    }
    for (const { file: secret } of Object.values(compose.secrets ?? {})) expect(existsSync(path.join(root, 'deploy', secret))).toBe(false);
  });
});

describe('the containers\' entry', () => {
  it('reads secrets from files into settings and takes the file names away', () => {
    const secret = path.join(temporary, 'url');
    writeFileSync(secret, 'postgres://somebody@somewhere/clarion\n');
    const out = execFileSync('sh', [path.join(root, 'deploy/container/entrypoint.sh'), 'env'], { env: { PATH: process.env['PATH'], CLARION_DATABASE_URL_FILE: secret }, encoding: 'utf8' });
    expect(out.split('\n')).toContain('CLARION_DATABASE_URL=postgres://somebody@somewhere/clarion');
    expect(out).not.toContain('_FILE');
    expect(statSync(path.join(root, 'deploy/container/entrypoint.sh')).mode & 0o111).not.toBe(0);
  });

  it('does not start when a secret is missing', () => {
    const { status } = spawnSync('sh', [path.join(root, 'deploy/container/entrypoint.sh'), 'true'], { env: { PATH: process.env['PATH'], CLARION_DATABASE_URL_FILE: path.join(temporary, 'nothing') } });
    expect(status).not.toBe(0);
  });

  it('says healthy only when something answers', () => {
    const { status } = spawnSync(process.execPath, [path.join(root, 'deploy/container/healthy.mjs')], { env: { CLARION_PORT_OFFSET: '21999' } });
    expect(status).toBe(1);
  });
});

describe('systemd units', () => {
  it('name only settings that there are', () => {
    for (const file of UNITS) for (const [, name] of read(file).matchAll(/(CLARION_[A-Z_]+)=/g)) expect(settings()).toContain(name);
  });

  it('the terminal tells systemd that it is ready and alive through the program that may', () => {
    const unit = read('deploy/systemd/clarion-terminal.service');
    expect(unit).toMatch(/^Type=notify$/m);
    expect(unit).toMatch(/^NotifyAccess=all$/m);
    expect(read('apps/terminal-agent/src/service-manager.ts')).toContain('systemd-notify');
  });

  ifThere('systemd-analyze')('hold before systemd itself', () => {
    for (const file of UNITS) {
      const unit = path.join(temporary, path.basename(file));
      // Paths of an installed machine, replaced by what is here.
      writeFileSync(unit, read(file).replaceAll('/usr/bin/node', process.execPath).replace(/^Documentation=.*$/m, ''));
      const { stderr, status } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
      expect([status, stderr.split('\n').filter((line) => line.includes(path.basename(file)))]).toEqual([0, []]);
    }
  });
});

describe('the nginx example', () => {
  const conf = read('deploy/nginx/clarion.conf');

  it('sets the caller\'s address and appends nothing, passes the live feed, and keeps STOP apart', () => {
    expect(conf).not.toContain('$proxy_add_x_forwarded_for');
    expect(conf).toMatch(/location \/socket\.io\/ \{[^}]*Upgrade/);
    expect(conf.split(/^server \{/m).filter((block) => block.includes('proxy_pass http://127.0.0.1:8447'))).toHaveLength(1);
    expect(conf.split(/^server \{/m).find((block) => block.includes(':8447'))).not.toContain('limit_conn');
  });

  ifThere('nginx')('holds before nginx itself', () => {
    const key = path.join(temporary, 'key.pem');
    const cert = path.join(temporary, 'cert.pem');
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '1', '-subj', '/CN=eb.example.org'], { stdio: 'ignore' });
    const here = conf.replaceAll('/etc/clarion/tls/fullchain.pem', cert).replaceAll('/etc/clarion/tls/key.pem', key)
      .replace('listen 80;', 'listen 127.0.0.1:29180;').replace('listen 443 ssl', 'listen 127.0.0.1:29143 ssl').replace('listen 192.0.2.10:8447 ssl', 'listen 127.0.0.1:29147 ssl');
    const file = path.join(temporary, 'nginx.conf');
    writeFileSync(file, `pid ${temporary}/nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${here}\n}\n`);
    const { status, stderr } = spawnSync('nginx', ['-t', '-p', temporary, '-c', file], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, expect.stringContaining('test is successful')]);
  });
});
