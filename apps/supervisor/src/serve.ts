import { main } from './main';

/** The entry of an installed server (container, systemd): nothing is installed or built, the supervisor just runs. */
main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (cause: unknown) => {
    process.stderr.write(`${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`);
    process.exit(1);
  },
);
