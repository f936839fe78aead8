import { describe, expect, it } from "vitest";
import { inheritedByProcesses, inheritedByThreads } from "../../src/spawn/exec-argv.ts";

describe("flags for processes", () => {
  it("are those that are about how programs run", () => {
    const flags = ["--import", "tsx", "--expose-gc", "--max-old-space-size=500", "-r", "./x.cjs"];
    expect(inheritedByProcesses(flags)).toEqual(flags);
  });

  it.each([
    [["-e", "console.log(1)"]],
    [["--eval=1"]],
    [["-p", "1"]],
    [["--input-type=module", "-e", "1"]],
    [["--input-type", "module", "-e", "1"]],
    [["--inspect"]],
    [["--inspect-brk=9229"]],
    [["--inspect-port", "0"]],
    [["--watch", "--watch-path=src"]],
    [["--watch-path", "src"]],
    [["--test", "--test-reporter=tap"]],
    [["--check"]],
  ])("are not %j", (flags) => {
    expect(inheritedByProcesses(["--no-warnings", ...flags, "--expose-gc"])).toEqual([
      "--no-warnings",
      "--expose-gc",
    ]);
  });
});

describe("flags for threads", () => {
  it("are left to Node", () => {
    expect(inheritedByThreads(["--import", "tsx", "--expose-gc"])).toBeUndefined();
  });

  it("are those that load modules where Node would refuse its own", () => {
    const flags = ["--expose-gc", "--input-type=module", "--import", "tsx", "--require=./x.cjs", "-e", "1"];
    expect(inheritedByThreads(flags)).toEqual(["--import", "tsx", "--require=./x.cjs"]);
  });
});
