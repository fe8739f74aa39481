import { request } from 'node:http';

/** What the platform asks of its gateway over the gateway's own socket. Throws for every answer but 200. */
export function askGateway(socketPath: string, route: string, body: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: route, method: 'POST' }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(JSON.parse(answer));
        else reject(new Error(`${route}: ${answer}`));
      });
    });
    asked.on('error', reject);
    asked.end(JSON.stringify(body));
  });
}
