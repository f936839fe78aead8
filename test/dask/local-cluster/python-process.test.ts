import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, vi } from "vitest";
import { startPython } from "../../../src/dask/local-cluster/python-process.ts";
import { describeDask, NEWEST, pythonOf } from "../../support/dask-environment.ts";
import { isAlive } from "../../support/parallel.ts";
import { groupOf } from "../../support/process-group.ts";

const FOR_EVER = "import time\ntime.sleep(1000)\n";
const python = pythonOf(NEWEST);
const what = "the program";

describeDask("a program of Python", () => {
  it("is ready with the JSON that it prints", async () => {
    const child = startPython<unknown>({
      what,
      python,
      source: `import json\nprint("hello")\nprint(json.dumps([sys.argv[1:], os.environ["COLOUR"]]), flush=True)\n${FOR_EVER}`,
      args: ["a b", "ü"],
      env: { COLOUR: "green" },
    });
    expect(await child.ready()).toEqual([["a b", "ü"], "green"]);
    await child.kill();
  });

  it("cannot start without Python, or if it fails", async () => {
    const missing = startPython({ what, python: "/nowhere/python", source: "", args: [] });
    await expect(missing.ready()).rejects.toThrow(/the program could not start: .*ENOENT/);
    const failing = startPython({ what, python, source: "import nothing_of_the_sort", args: [] });
    await expect(failing.ready()).rejects.toThrow(/No module named 'nothing_of_the_sort'/);
  });

  it("takes no modules from the current directory", async () => {
    const directory = mkdtempSync(join(tmpdir(), "python-"));
    writeFileSync(join(directory, "json.py"), "raise ImportError('not this one')");
    try {
      const program = `
        import { startPython } from ${JSON.stringify(new URL("../../../src/dask/local-cluster/python-process.ts", import.meta.url).href)};
        const child = startPython({ what: "it", python: ${JSON.stringify(python)}, source: "import json\\nprint(json.dumps(7), flush=True)", args: [] });
        console.log(await child.ready());`;
      const tsx = import.meta.resolve("tsx");
      const it = spawn(process.execPath, ["--import", tsx, "--input-type=module", "-e", program], {
        cwd: directory,
        stdio: ["ignore", "pipe", "inherit"],
      });
      expect(String((await once(it.stdout, "data"))[0])).toBe("7\n");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("does not hear what is typed at the terminal", async () => {
    const child = startPython({ what, python, source: `print(1, flush=True)\n${FOR_EVER}`, args: [] });
    await child.ready();
    expect(groupOf(child.pid)).toBe(child.pid);
    await child.kill();
  });

  it.each(["SIGKILL", "SIGINT", "SIGTERM"] as const)(
    "ends with its parent, when that ends by %s",
    async (signal) => {
      const program = `
      import { startPython } from "./src/dask/local-cluster/python-process.ts";
      const source = "print(1, flush=True)\\nimport signal, time\\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\\ntime.sleep(1000)";
      const child = startPython({ what: "it", python: ${JSON.stringify(python)}, source, args: [] });
      child.ready().then(() => console.log(child.pid));`;
      const parent = spawn(process.execPath, ["--import", "tsx", "-e", program], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = await once(createInterface(parent.stdout), "line");
      expect(isAlive(Number(line))).toBe(true);
      parent.kill(signal);
      await vi.waitFor(() => expect(isAlive(Number(line))).toBe(false), 20_000);
    },
  );
});
