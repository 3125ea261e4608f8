export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.clyra', '<rootDir>/.venv', '<rootDir>/.venv-fuzz', '<rootDir>/.cache'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } }],
  },
  reporters: ['default', './tests/summary-reporter.mjs'],
  testTimeout: 60000,
}
