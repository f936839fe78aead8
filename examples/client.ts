import { op } from "dispatch-graph";
import { Client } from "dispatch-graph/dask";

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? [])
    counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function mostFrequent(all: readonly Map<string, number>[]): string {
  const total = new Map<string, number>();
  for (const counts of all) for (const [word, n] of counts) total.set(word, (total.get(word) ?? 0) + n);
  return [...total].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

// Of a scheduler that runs already: node client.js tcp://10.0.0.7:8786
await using client = new Client(process.argv[2]);
await client.waitForWorkers(2, { timeout: 60_000 });

const texts = await client.scatter(["the sea and the sky", "the wind over the sea"]); // now at the workers
const counts = texts.map((text) => op(countWords, text));
client.submit(counts); // begins, and returns at once
console.log(await client.gather(op(mostFrequent, counts))); // the

const { workers } = await client.schedulerInfo();
console.log(`${workers.length} workers`); // 2 workers
