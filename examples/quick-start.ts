import { AsyncExecutor, type DependencyError, op } from "dispatch-graph";

// Ordinary functions, synchronous or not.
const load = async (name: string) => ({ name, words: name.length * 100 });
const count = (file: { words: number }) => file.words;
const total = (counts: number[]) => counts.reduce((sum, one) => sum + one, 0);

// Calls that depend on each other. Nothing runs yet.
const files = ["one", "two", "three"].map((name) => op(load, name));
const counts = files.map((file) => op(count, file));
const sum = op(total, counts); // nodes inside plain arrays and objects are dependencies too

await using executor = new AsyncExecutor();

// One value:
console.log(await executor.collect(sum)); // 1100

// Several results; what fails does not stop the rest.
const broken = op((n: number) => {
  throw new RangeError(`${n} is too much`);
}, counts[2]!);
const results = await executor.run([counts[0]!, broken], { throwError: false });
for (const result of results) {
  if (result.ok)
    console.log(result.node.label, await result.fetch()); // count 300
  else console.log(result.unwrapError().message); // "anonymous" (node 2) failed: 500 is too much
}

// By default the first failure rejects the run, and says where it came from.
await executor.collect(op(total, [broken])).catch((error: DependencyError) => {
  console.log(error.path.join(" → "), "|", error.cause.name); // anonymous → total | RangeError
});
