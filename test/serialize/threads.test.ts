import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Definition, Library } from "../../src/closure/library.ts";
import { ClosureError } from "../../src/errors.ts";
import { decode, encode } from "../../src/serialize/encode.ts";
import { decodeError } from "../../src/serialize/error.ts";

/** An answer of a worker. */
interface Answer {
  readonly value?: { readonly data: unknown; readonly plain: boolean };
  readonly error?: unknown;
  readonly definitions: readonly Definition[];
}

const library = new Library("controller");
const workers: Worker[] = [];
const known = new Map<Worker, Set<string>>();

beforeAll(() => {
  for (const name of ["one", "two"]) {
    const worker = new Worker(new URL("./fixtures/worker.mjs", import.meta.url), { workerData: name });
    workers.push(worker);
    known.set(worker, new Set());
  }
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.terminate()));
});

/** Has a worker call a function, with what another one answered. */
async function call(
  number: number,
  fn: (value: never) => unknown,
  answer: Partial<Answer> = {},
): Promise<Answer> {
  const worker = workers[number]!;
  const { id } = library.capture(fn as (...args: never[]) => unknown);
  const needed = library.needed([id], known.get(worker)!);
  const definitions = [...(answer.definitions ?? []), ...needed];
  const { value = { data: undefined, plain: true }, error } = answer;
  worker.postMessage({ definitions, fn: id, value, error });
  const [message] = (await once(worker, "message")) as [Answer];
  return message;
}

/** What an answer says, here. */
async function said({ value, error, definitions }: Answer): Promise<unknown> {
  await library.accept(definitions);
  if (value === undefined) throw decodeError(error, library);
  return decode(value.data, value.plain, library);
}

class Vector {
  readonly x: number;
  readonly y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
  length(): number {
    return Math.hypot(this.x, this.y);
  }
}

class Place extends Vector {
  readonly name: string;
  constructor(name: string, x: number, y: number) {
    super(x, y);
    this.name = name;
  }
}

class UploadError extends RangeError {
  readonly place: Place;
  override readonly name = "UploadError";
  constructor(place: Place, options: { readonly cause: unknown }) {
    super(`cannot upload ${place.name}`, { cause: options.cause });
    this.place = place;
  }
}

it("an instance made in one worker is one of its class in another, and here", async () => {
  const made = await call(0, () => new Place("a", 3, 4));
  expect(made.value!.plain).toBe(false);
  const place = (await said(made)) as Place;
  expect(place).toBeInstanceOf(Place);
  expect([place.name, place.length()]).toEqual(["a", 5]);
  const judge = (value: Place) => [value instanceof Place, value instanceof Vector, value.length()];
  expect(await said(await call(1, judge, made))).toEqual([true, true, 5]);
});

it("so is one made here, and one that comes back", async () => {
  const { data, plain } = encode([new Place("a", 3, 4), Buffer.from("text"), Object.create(null)], library);
  const pass = (list: readonly [Place, Buffer, object]) =>
    list[0] instanceof Place && Buffer.isBuffer(list[1]) && Object.getPrototypeOf(list[2]) === null
      ? list
      : "lost on the way";
  const [place, buffer, bare] = (await said(await call(0, pass, { value: { data, plain } }))) as [
    Place,
    Buffer,
    object,
  ];
  expect(place).toBeInstanceOf(Place);
  expect(buffer.toString()).toBe("text");
  expect(Object.getPrototypeOf(bare)).toBeNull();
});

it("many instances arrive as quickly as their fields", async () => {
  const made = await call(0, () => Array.from({ length: 50_000 }, (_, i) => new Vector(i, 0)));
  const vectors = (await said(made)) as Vector[];
  expect(vectors).toHaveLength(50_000);
  expect(vectors.every((vector, i) => vector instanceof Vector && vector.x === i)).toBe(true);
});

it("a function that a worker made works elsewhere", async () => {
  const made = await call(0, () => {
    const place = new Place("a", 3, 4);
    return { scaled: (factor: number) => place.length() * factor };
  });
  const use = ({ scaled }: { scaled(factor: number): number }) => scaled(2);
  expect(await said(await call(1, use, made))).toBe(10);
  expect(((await said(made)) as { scaled(factor: number): number }).scaled(3)).toBe(15);
});

it("an error of the user's class is one of that class everywhere", async () => {
  const fail = () => {
    const cause = Object.assign(new TypeError("no network"), { code: "ENET" });
    throw new UploadError(new Place("a", 3, 4), { cause });
  };
  const failed = await call(0, fail);
  const error = (await said(failed).catch((thrown: unknown) => thrown)) as UploadError;
  expect(error).toBeInstanceOf(UploadError);
  expect(error).toBeInstanceOf(RangeError);
  expect(error).toMatchObject({ name: "UploadError", message: "cannot upload a" });
  expect(error.place).toBeInstanceOf(Place);
  expect(error.cause).toBeInstanceOf(TypeError);
  expect(error.cause).toMatchObject({ message: "no network", code: "ENET" });
  expect(error.stack).toMatch(/^UploadError|^RangeError|^Error/);
  expect(error.stack).toContain("threads.test.ts");
  const judge = (value: unknown) => value instanceof UploadError && value.place.length();
  expect(await said(await call(1, judge, failed))).toBe(5);
});

it("large memory changes hands", async () => {
  const numbers = (await said(await call(0, () => new Float64Array(1_000_000).fill(2)))) as Float64Array;
  expect(numbers).toHaveLength(1_000_000);
  expect(numbers[999_999]).toBe(2);
});

it("a result that cannot travel says where it is in the way", async () => {
  const refused = await call(0, () => ({ list: [{ later: Promise.resolve(1) }] }));
  const error = (await said(refused).catch((thrown: unknown) => thrown)) as ClosureError;
  expect(error).toBeInstanceOf(ClosureError);
  expect(error.path).toEqual(["the result", "property .list", "element [0]", "property .later"]);
  expect(error.message).toMatch(/Promise/);
});
