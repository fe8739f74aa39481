import { run } from './run';

// A reader such as `head` may leave before the end; that is no failure.
process.stdout.on('error', () => undefined);
void run(process.argv.slice(2), {
  keyboard: process.stdin,
  onInterrupt: (act) => {
    process.once('SIGINT', act).once('SIGTERM', act);
    return () => { process.off('SIGINT', act).off('SIGTERM', act); };
  },
  out: (text) => { process.stdout.write(text); },
  err: (text) => { process.stderr.write(text); },
}).then((code) => { process.exitCode = code; });
