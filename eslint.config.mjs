// Typed lint rules. What only this project knows (layers, homes, feature order) is held by tests/architecture.
import tseslint from 'typescript-eslint';

const notOurs = ['node_modules/**', 'dist/**', 'coverage/**', 'tests/vectors/**'];
// Parsers turn outside bytes into typed values: here, and in tests, `as` is allowed.
const parsers = ['**/*.parse.ts', '**/parse-*.ts', '**/*.store.pg.ts', '**/*.row.ts', 'apps/platform/src/kernel/database/tx.ts', 'tests/**/*.ts'];

export default tseslint.config(
  { ignores: notOurs },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      'no-console': 'error',
      'no-debugger': 'error',
      eqeqeq: 'error',
      'prefer-const': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
    },
  },
  { files: parsers, rules: { '@typescript-eslint/consistent-type-assertions': 'off' } },
  { files: ['tests/**/*.ts', 'tools/**/*', 'apps/cli/**/*.ts'], rules: { 'no-console': 'off' } },
  { files: ['**/*.mjs', '**/*.js'], rules: { eqeqeq: 'error', 'prefer-const': 'error', 'no-unused-vars': 'error' } },
);
