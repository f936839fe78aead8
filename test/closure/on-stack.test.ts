import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../support/source-files.ts";

const run = promisify(execFile);
const library = pathToFileURL(join(ROOT, "dist/closure/library.js")).href;

/** Says whether the list of scripts was asked for, and whether what was captured works elsewhere. */
const report = `
  import { Session } from "node:inspector";
  import { Library } from "${library}";
  const asked = [];
  const { post } = Session.prototype;
  Session.prototype.post = function (method, ...rest) {
    asked.push(method);
    return post.call(this, method, ...rest);
  };
  export function report(capture) {
    const here = new Library("here");
    const there = new Library("there");
    const { id } = capture(here);
    there.accept(here.needed([id], new Set()));
    console.log(asked.includes("Debugger.enable"), there.functionOf(id)(1));
  }
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dispatch-graph-on-stack-"));
  await writeFile(join(folder, "report.mjs"), report);
  await writeFile(join(folder, "other.mjs"), "export const add = (a) => a + 20;\n");
});

afterAll(() => rm(folder, { recursive: true }));

async function output(program: string): Promise<string> {
  const file = join(folder, "program.mjs");
  await writeFile(file, program);
  return (await run(process.execPath, [file])).stdout.trim();
}

describe("a script whose code is calling", () => {
  it("is found without the list of all scripts", async () => {
    const program = `
      import { join } from "node:path";
      import { report } from "./report.mjs";
      const ten = 10;
      report((library) => library.capture((a) => a + ten + join("a", "b").length));
    `;
    expect(await output(program)).toBe("false 14");
  });

  it("is not taken for another in which the function stands", async () => {
    const program = `
      import { add } from "./other.mjs";
      import { report } from "./report.mjs";
      report((library) => library.capture(add));
    `;
    expect(await output(program)).toBe("true 21");
  });

  it("is not taken for the one in which there is another text at that place", async () => {
    const program = `
      import { report } from "./report.mjs";
      const made = new Function("a", "return a + 5");
      report((library) => library.capture(made));
    `;
    expect(await output(program)).toBe("true 6");
  });
});
