/** Decides about a failed task whether another attempt makes sense; it sees the user's own error. */
export type RetryPredicate = (error: Error) => boolean;

/** A place for results that outlives the process. Made by `fileCache`. */
export interface ContentCache {
  /** Where the files are: an absolute path. */
  readonly directory: string;
  /** How many bytes of files there may be. */
  readonly maxBytes: number;
}

/** What can be said of a single node; everything is optional. */
export interface NodeOptions {
  /** Name in messages, events and drawings. Default: the function's name, or `anonymous`. */
  readonly label?: string;
  /** How often a failed task is tried again, if `retryOn` agrees. Default: the executor's. */
  readonly retries?: number;
  /** Which errors are worth another attempt: any predicate that says yes is enough. Default: the executor's. */
  readonly retryOn?: RetryPredicate | readonly RetryPredicate[];
  /** Limit for one attempt, in milliseconds. */
  readonly timeout?: number;
  /** Tasks of higher priority start first among those that can start. Default 0; an integer from -100 to 100. */
  readonly priority?: number;
  /** Keep the result when the run has ended, although it is no output. */
  readonly persist?: boolean;
  /**
   * Keep the result for later runs, which then run nothing that only it would need: `true` in this process
   * while memory allows, or in files, so that other processes find it, too.
   */
  readonly cache?: boolean | ContentCache;
  /** Bring the value to the caller together with the news that it is ready. */
  readonly getResult?: boolean;
  /** Call the function with chunks instead of values. */
  readonly meta?: boolean;
  /** Ids of the workers that may run the task. */
  readonly workers?: readonly string[];
  /** Amounts of named resources that the task occupies while it runs. */
  readonly resources?: Readonly<Record<string, number>>;
}

type Check = (value: unknown) => string | undefined;

const isString: Check = (value) => (typeof value === "string" ? undefined : "a string");
const isBoolean: Check = (value) => (typeof value === "boolean" ? undefined : "true or false");
const isCount: Check = (value) =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 ? undefined : "a whole number from 0";
const isPriority: Check = (value) =>
  typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 100
    ? undefined
    : "a whole number from -100 to 100";
/** No timer can wait longer, in milliseconds. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** @internal */
export const isDuration: Check = (value) =>
  typeof value === "number" && value > 0 && value <= LONGEST_TIMEOUT
    ? undefined
    : `a number of milliseconds above 0 and up to ${LONGEST_TIMEOUT}`;
const isPredicates: Check = (value) =>
  (Array.isArray(value) ? value : [value]).every((one) => typeof one === "function")
    ? undefined
    : "a function or an array of functions";
const isStrings: Check = (value) =>
  Array.isArray(value) && value.every((one) => typeof one === "string") ? undefined : "an array of strings";
const isAmounts: Check = (value) =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((one) => typeof one === "number")
    ? undefined
    : "an object of numbers";

const isCache: Check = (value) =>
  typeof value === "boolean" || isContentCache(value) ? undefined : "true, false, or what fileCache() gives";

function isContentCache(value: unknown): value is ContentCache {
  const { directory, maxBytes } = (value ?? {}) as Partial<ContentCache>;
  return typeof directory === "string" && typeof maxBytes === "number";
}

const CHECKS: Readonly<Record<keyof NodeOptions, Check>> = {
  label: isString,
  retries: isCount,
  retryOn: isPredicates,
  timeout: isDuration,
  priority: isPriority,
  persist: isBoolean,
  cache: isCache,
  getResult: isBoolean,
  meta: isBoolean,
  workers: isStrings,
  resources: isAmounts,
};

/** What `checkedOptions` has returned: frozen, so it need not be checked again for each of many nodes. */
const known = new WeakSet<NodeOptions>();

/**
 * Checks `options` and leaves out what is undefined.
 * @throws TypeError for an unknown option or a value of the wrong kind
 */
export function checkedOptions(options: NodeOptions): NodeOptions | undefined {
  if (known.has(options)) return options;
  const result = checked(options, CHECKS, "node option");
  if (result !== undefined) known.add(result);
  return result;
}

/** The same for the retry settings of an executor. */
export function checkRetrySettings(options: Pick<NodeOptions, "retries" | "retryOn">): void {
  checked({ retries: options.retries, retryOn: options.retryOn }, CHECKS, "executor option");
}

function checked(
  options: object,
  checks: Readonly<Record<string, Check>>,
  what: string,
): NodeOptions | undefined {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${what}s must be an object`);
  }
  let given = false;
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) {
      throw new TypeError(`unknown ${what} "${name}"; known are ${Object.keys(checks).join(", ")}`);
    }
    if (value === undefined) continue;
    const wanted = check(value);
    if (wanted !== undefined) throw new TypeError(`${what} "${name}" must be ${wanted}`);
    kept[name] = value;
    given = true;
  }
  return given ? Object.freeze(kept) : undefined;
}
