/** Tells the supervisor, with one line on stdout, that this process does its work now. */
export function announceReady(): void {
  process.stdout.write('{"ready":true}\n');
}
