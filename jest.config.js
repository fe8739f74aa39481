// One configuration for every suite; tools/test.mjs chooses the suites and prints the closing line.
module.exports = {
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch: ['<rootDir>/tests/**/*.spec.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: { '^#libs/(.*)$': '<rootDir>/libs/$1/index.ts' },
  // Look-ups of Math are slow inside jest's sandbox, and the audio and the fuzzing make millions of them.
  sandboxInjectedGlobals: ['Math'],
  testTimeout: 20000,
};
