import { defineConfig } from 'vitest/config';
import tests from '../vitest.config.ts';

// Proofs run as tests do, but lie elsewhere: nobody waits for them in an ordinary run.
export default defineConfig({
  ...tests,
  test: { ...tests.test, include: ['packages/imprint/test/proofs/*.proof.ts'] },
});
