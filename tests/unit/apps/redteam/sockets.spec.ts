import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { boundIn, listenersIn, listeningOf } from '../../../../apps/redteam/src/sockets';

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:20FC 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0
   1: 0100007F:C350 0100007F:20FC 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 20 4 30 10 -1
`;
const UNIX = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 333 /run/simulator.sock
0000000000000000: 00000003 00000000 00000000 0001 03 444 /run/simulator.sock
0000000000000000: 00000002 00000000 00000000 0002 01 555
`;

describe('where a process can be reached', () => {
  it('is a TCP socket that listens, not one that is connected', () => {
    expect(listenersIn(TCP, 'tcp')).toEqual([{ at: '0100007F:20FC', inode: '111' }]);
  });

  it('is a UDP socket without a peer', () => {
    expect(listenersIn(TCP, 'udp').map(({ inode }) => inode)).toEqual(['111']);
  });

  it('is a Unix socket with a name that accepts, not a connection to it', () => {
    expect(boundIn(UNIX)).toEqual([{ at: '/run/simulator.sock', inode: '333' }]);
  });

  it('is found for a process that listens in every way, and is gone when it does not', async () => {
    const before = listeningOf(process.pid).length;
    const folder = mkdtempSync(path.join(tmpdir(), 'sockets-'));
    const [tcp, unix, udp] = [createServer(), createServer(), createSocket('udp4')];
    await new Promise<void>((resolve) => { tcp.listen(0, '127.0.0.1', resolve); });
    await new Promise<void>((resolve) => { unix.listen(path.join(folder, 'a.sock'), resolve); });
    await new Promise<void>((resolve) => { udp.bind(0, '127.0.0.1', resolve); });
    const client = connect((tcp.address() as AddressInfo).port, '127.0.0.1');
    await new Promise((resolve) => { client.once('connect', resolve); });
    expect(listeningOf(process.pid).map(({ kind }) => kind).filter((kind) => ['tcp', 'udp', 'unix'].includes(kind))).toEqual(expect.arrayContaining(['tcp', 'udp', 'unix']));
    expect(listeningOf(process.pid)).toHaveLength(before + 3);
    client.destroy();
    await Promise.all([tcp, unix].map((server) => new Promise((resolve) => { server.close(resolve); })));
    await new Promise<void>((resolve) => { udp.close(resolve); });
    expect(listeningOf(process.pid)).toHaveLength(before);
    rmSync(folder, { recursive: true });
  });
});
