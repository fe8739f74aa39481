// Says that a command of the plan does not exist yet, and exits 2 so that no script takes it for a success.
const name = process.argv[2] ?? 'this command';
console.error(`npm run ${name} is not built yet.`);
process.exitCode = 2;
