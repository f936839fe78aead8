import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    // "dispatch-graph" in a test means src/, as it does for the type checker.
    tsconfigPaths: true,
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/build.ts", "test/support/dask-setup.ts"],
    environment: "node",
    pool: "forks",
    maxWorkers: 2,
    // Tests that look at what is released after a run need `globalThis.gc`.
    execArgv: ["--expose-gc"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    dangerouslyIgnoreUnhandledErrors: false,
    // Type tests (test/types/*.test-d.ts) are checked by `npm run typecheck`.
    typecheck: { enabled: false },
  },
});
