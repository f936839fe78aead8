/** What is inferred of chunks and meta functions, and refused. Checked by the compiler; nothing here runs. */
import { describe, expectTypeOf, it } from "vitest";
import { AsyncExecutor, type Chunk, type DispatchNode, delayed, type Op, op } from "../../src/index.ts";

const executor = new AsyncExecutor();
const count = (text: string): number => text.length;
const text = op(() => "abc");
declare const chunk: Chunk<string>;

describe("a chunk", () => {
  it("is of what its node results in", () => {
    expectTypeOf(executor.compute(text)).resolves.toEqualTypeOf<Chunk<string>>();
    expectTypeOf(executor.collect(chunk)).resolves.toEqualTypeOf<string>();
    expectTypeOf(chunk.fetch()).resolves.toEqualTypeOf<string>();
    expectTypeOf(executor.put([1, 2])).resolves.toEqualTypeOf<Chunk<number[]>>();
    expectTypeOf(executor.put(chunk)).resolves.toEqualTypeOf<Chunk<string>>();
  });

  it("is an argument like its value", () => {
    expectTypeOf(op(count, chunk)).toEqualTypeOf<Op<number>>();
    // @ts-expect-error: a chunk of a text where a number is expected
    op((x: number) => x, chunk);
  });
});

describe("a meta function", () => {
  const about = (one: Chunk<string>, factor: number): number => one.bytes * factor;

  it("takes nodes in the place of its chunks", () => {
    expectTypeOf(delayed(about, { meta: true })(text, 2)).toEqualTypeOf<Op<number>>();
    expectTypeOf(delayed(about, { meta: true })(chunk, 2)).toEqualTypeOf<Op<number>>();
    const all = (...chunks: Chunk<string>[]): number => chunks.length;
    expectTypeOf(delayed(all, { meta: true })(text, text)).toEqualTypeOf<Op<number>>();
    const listed = (chunks: readonly Chunk<string>[]): number => chunks.length;
    expectTypeOf(delayed(listed, { meta: true })([text, chunk])).toEqualTypeOf<Op<number>>();
    // @ts-expect-error: a node of a number in the place of a chunk of a text
    delayed(about, { meta: true })(op(count, "a"), 2);
  });

  it("results in the value of the chunk that it returns", () => {
    const first = delayed((one: Chunk<string>, _: Chunk<string>) => one, { meta: true })(text, text);
    expectTypeOf(first).toExtend<DispatchNode<string>>();
    expectTypeOf(op(count, first)).toEqualTypeOf<Op<number>>();
    const later = delayed(async (one: Chunk<string>) => one, { meta: true })(text);
    expectTypeOf(executor.collect(later)).resolves.toEqualTypeOf<string>();
  });

  it("without the option gets values, and no chunks", () => {
    // @ts-expect-error: a node of a text in the place of a chunk, as an argument that is passed on
    delayed(about)(text, 2);
  });
});
