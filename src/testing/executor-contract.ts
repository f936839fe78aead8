import type { Executor, ExecutorOptions } from "../index.ts";
import { groups } from "./contract/groups.ts";
import { limited, type Test } from "./contract/support.ts";
import { ManualClock } from "./manual-clock.ts";

/** `describe` of a test runner. */
export type DeclareSuite = (name: string, body: () => void) => unknown;

/** `it` of a test runner, with its `it.skip`. */
export interface DeclareTest {
  (name: string, body: () => Promise<void>): unknown;
  readonly skip: (name: string, body: () => Promise<void>) => unknown;
}

/** A part of the contract that does not hold for an executor. */
export interface ContractException {
  /** Name of a test, or of a whole group. */
  readonly test: string;
  /** Why; it stands in the report. */
  readonly reason: string;
}

/** What the suite needs to know. */
export interface ExecutorContract {
  /** Name of the executor in the report. */
  readonly name: string;
  /** Makes an executor for one test, with these options; the suite closes it. */
  readonly create: (options?: ExecutorOptions) => Executor | Promise<Executor>;
  /** `describe` of the caller's test runner: of vitest, `node:test`, mocha … */
  readonly describe: DeclareSuite;
  /** `it` of the caller's test runner. */
  readonly it: DeclareTest;
  /** Tests, or groups of tests, that do not hold for this executor. They are reported as skipped. */
  readonly skip?: readonly ContractException[];
}

/**
 * Declares the tests that every executor must pass.
 *
 * ```ts
 * import { executorContract } from "dispatch-graph/testing"
 * import { describe, it } from "node:test"
 *
 * executorContract({ name: "MyExecutor", create: (options) => new MyExecutor(options), describe, it })
 * ```
 *
 * Groups named `…, seen from inside` hold tests whose tasks share variables with the test; an
 * executor that runs tasks elsewhere lists these groups in `skip`.
 *
 * @throws Error when `skip` names a test that does not exist
 */
export function executorContract(contract: ExecutorContract): void {
  const { name, create, describe, it, skip = [] } = contract;
  refuseUnknown(skip);
  describe(`${name} keeps the contract of executors`, () => {
    for (const group of groups) {
      describe(group.name, () => {
        for (const [title, test] of Object.entries(group.tests)) {
          const exception = skip.find((one) => one.test === title || one.test === group.name);
          const body = (): Promise<void> => limited(title, perform(test, create));
          if (exception === undefined) it(title, body);
          else it.skip(`${title} (skipped: ${exception.reason})`, body);
        }
      });
    }
  });
}

/** Runs one test, closes its executors, and looks at what they leave behind. */
async function perform(test: Test, create: ExecutorContract["create"]): Promise<void> {
  const executors: Executor[] = [];
  const clock = new ManualClock();
  try {
    await test({
      clock,
      create: async (options) => {
        const executor = await create(options);
        executors.push(executor);
        return executor;
      },
    });
  } finally {
    await Promise.all(executors.map((executor) => executor.close()));
  }
  if (clock.pending > 0) throw new Error(`the executor left ${clock.pending} timers behind`);
}

/** An exception for a test that was renamed or removed would hide nothing and mislead. */
function refuseUnknown(skip: readonly ContractException[]): void {
  const known = new Set(groups.flatMap((group) => [group.name, ...Object.keys(group.tests)]));
  const unknown = skip.find((one) => !known.has(one.test));
  if (unknown !== undefined) throw new Error(`skip: the contract has no test named "${unknown.test}"`);
}
