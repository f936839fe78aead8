import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { withDiagram } from "../../scripts/state-diagram.ts";

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

test.each([
  ["README.md", "examples/quick-start.ts"],
  ["README.md", "examples/parallel.ts"],
  ["README.md", "examples/cluster.ts"],
  ["docs/cluster.md", "examples/client.ts"],
  ["docs/adding-a-node.md", "examples/own-node.ts"],
  ["docs/adding-an-executor.md", "examples/own-executor.ts"],
])("%s shows %s as it is", async (document, example) => {
  expect(await read(document)).toContain(`\`\`\`ts\n${await read(example)}\`\`\``);
});

test("the diagram of the scheduler's states is what its table says", async () => {
  const document = await read("docs/architecture.md");
  expect(document).toBe(withDiagram(document));
});

test("CI runs exactly the test command of the README", async () => {
  const command = "npm ci && npm test";
  expect(await read("README.md")).toContain(`\`\`\`sh\n${command}\n\`\`\``);
  expect((await read(".ci/run")).trim().split("\n").at(-1)).toBe(command);
});
