import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { asError } from "../errors.ts";
import { messageOf } from "../shown.ts";
import { workerCommand } from "./worker-command.ts";

/** What a command ends with, for scripts. */
const EXIT = { done: 0, failed: 1, misused: 2 } as const;

/**
 * Runs a command to its end.
 * @param args What follows the name of the program.
 * @returns the exit code
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = new Command("dispatch-graph")
    .description("Runs the parts of a dispatch-graph cluster.")
    .version(versionOfPackage(), "-v, --version")
    .helpCommand(false)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "dispatch-graph: ")) })
    .exitOverride();
  // What they inherit is copied at this moment.
  const worker = workerCommand((code) => {
    exitCode = code;
  });
  program.addCommand(worker.copyInheritedSettings(program));
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.misused;
    process.stderr.write(`dispatch-graph: ${messageOf(asError(error))}\n`);
    return EXIT.failed;
  }
}

function versionOfPackage(): string {
  const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}
