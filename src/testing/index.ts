/**
 * Tests that every executor must pass, for those who write one, and a clock for tests.
 *
 * @packageDocumentation
 */

export {
  type ContractException,
  type DeclareSuite,
  type DeclareTest,
  type ExecutorContract,
  executorContract,
} from "./executor-contract.ts";
export { ManualClock } from "./manual-clock.ts";
