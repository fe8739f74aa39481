// Whether the server answers: the API server with its pages, and the STOP listener. Exits 0 or 1.
const offset = Number(process.env.CLARION_PORT_OFFSET ?? '0');
try {
  for (const address of [`http://127.0.0.1:${8080 + offset}/`, `http://127.0.0.1:${8447 + offset}/health`]) {
    const { ok } = await fetch(address, { signal: AbortSignal.timeout(4_000) });
    if (!ok) process.exit(1);
  }
} catch {
  process.exit(1);
}
