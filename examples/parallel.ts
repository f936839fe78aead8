import { op, ParallelExecutor } from "dispatch-graph";

// Work that keeps a processor busy: how many primes are there from one number up to another?
function countPrimes(from: number, to: number): number {
  let count = 0;
  for (let n = from; n < to; n++) if (isPrime(n)) count++;
  return count;
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return n > 1;
}

const size = 50_000;
const counts = Array.from({ length: 8 }, (_, i) => op(countPrimes, i * size, (i + 1) * size));
const total = op((all: number[]) => all.reduce((sum, one) => sum + one), counts);

// As many worker threads as the machine has cores for. Functions go there with what they use.
await using executor = new ParallelExecutor();
console.log(await executor.collect(total)); // 33860
console.log(executor.stats().bytesThroughController); // 0: results go from worker to worker
