/**
 * Flags of this process that are about its own entry, not about how programs run: with them
 * a worker would evaluate text instead of its file, wait for a debugger on a port that is
 * taken, or watch, test or check something. Those that take a value of their own come first.
 */
const WITH_VALUE = ["-e", "--eval", "-p", "--print", "-pe", "--input-type", "--watch-path", "--inspect-port"];
const ALONE = ["-c", "--check", "-i", "--interactive", "--test", "--test-only", "--watch", "--run"];
const WITH_SUFFIX = /^--(inspect|debug|test|watch|build-|input-type|eval|print)/;

/** The flags of this process for worker processes. */
export function inheritedByProcesses(execArgv: readonly string[]): string[] {
  const flags: string[] = [];
  for (let i = 0; i < execArgv.length; i++) {
    const flag = execArgv[i]!;
    if (WITH_VALUE.includes(flag)) i++;
    else if (!ALONE.includes(flag) && !WITH_SUFFIX.test(flag)) flags.push(flag);
  }
  return flags;
}

/** Flags that name modules to be loaded first. */
const LOADING = ["--import", "--require", "-r", "--loader", "--experimental-loader", "--conditions", "-C"];

/**
 * The flags of this process for worker threads; `undefined` for those that Node hands on by itself.
 * That is all of them, and is refused if they say what the program's text on the command line is.
 * Given by hand, flags of V8 and of the process as a whole would be refused (they hold for threads
 * anyway), so it is only those that load modules.
 */
export function inheritedByThreads(execArgv: readonly string[]): string[] | undefined {
  if (!execArgv.some((flag) => flag.startsWith("--input-type"))) return undefined;
  const flags: string[] = [];
  for (let i = 0; i < execArgv.length; i++) {
    const flag = execArgv[i]!;
    if (LOADING.includes(flag)) flags.push(flag, execArgv[++i] ?? "");
    else if (LOADING.some((one) => flag.startsWith(`${one}=`))) flags.push(flag);
  }
  return flags;
}
