import { describe, expect, it } from "vitest";
import { Serialized } from "../../../src/dask/protocol/message.ts";
import type { Answer } from "../../../src/dask/worker/peers.ts";
import { gatherReplicas, type WhoHas } from "../../../src/dask/worker/replicas.ts";

const value = Serialized.of("raw", [Uint8Array.of(1)]);
type Script = Readonly<Record<string, (keys: readonly string[]) => Answer>>;
const has =
  (...held: readonly string[]) =>
  (keys: readonly string[]): Answer =>
    new Map(keys.filter((key) => held.includes(key)).map((key) => [key, value]));

async function play(
  known: Readonly<Record<string, readonly string[]>>,
  script: Script,
  later: Readonly<Record<string, readonly string[]>> = {},
): Promise<{ missing: readonly string[]; held: string[]; asked: string[] }> {
  const held = new Set<string>();
  const asked: string[] = [];
  const missing = await gatherReplicas(new Map(Object.entries(known)), {
    address: "me",
    peers: {
      ask: async (peer, keys, who) => {
        asked.push(`${peer}: ${keys.join(" ")}${who === "me" ? "" : "?"}`);
        return script[peer]!(keys);
      },
    },
    has: (key) => held.has(key),
    put: (values) => {
      for (const key of values.keys()) held.add(key);
    },
    whoHas: async (): Promise<WhoHas> => new Map(Object.entries(later)),
  });
  return { missing, held: [...held], asked };
}

describe("copies for replicate", () => {
  it("come from whoever has them, asked once for all", async () => {
    const { missing, held, asked } = await play(
      { x: ["a"], y: ["a", "b"], z: ["b"] },
      { a: has("x", "y"), b: has("z") },
    );
    expect(missing).toEqual([]);
    expect(held.sort()).toEqual(["x", "y", "z"]);
    expect(asked).toEqual(["a: x y", "b: z"]);
  });

  it("come from another one if the first cannot be reached, or does not have them", async () => {
    const dead = await play({ x: ["a", "b"], y: ["a", "b"] }, { a: () => "unreachable", b: has("x", "y") });
    expect(dead.missing).toEqual([]);
    expect(dead.asked).toEqual(["a: x y", "b: x y"]);
    const without = await play({ x: ["a", "b"], y: ["a"] }, { a: has("y"), b: has("x") });
    expect(without.missing).toEqual([]);
    expect(without.asked).toEqual(["a: x y", "b: x"]);
  });

  it("come later from who has no time", async () => {
    let times = 0;
    const { missing, asked } = await play(
      { x: ["a"] },
      { a: (keys) => (times++ < 2 ? "busy" : has("x")(keys)) },
    );
    expect(missing).toEqual([]);
    expect(asked).toHaveLength(3);
  });

  it("come from whom the scheduler names when nobody is left", async () => {
    const { missing, asked } = await play(
      { x: ["a"] },
      { a: () => "unreachable", b: has("x") },
      { x: ["a", "b"] },
    );
    expect(missing).toEqual([]);
    expect(asked).toEqual(["a: x", "b: x"]);
  });

  it("are missing if nobody has them, which takes no more than one question to the scheduler", async () => {
    const { missing, held } = await play(
      { x: ["a"], y: ["a"], z: [] },
      { a: has("y") },
      { x: ["a"], z: ["me"] },
    );
    expect(missing).toEqual(["x", "z"]);
    expect(held).toEqual(["y"]);
  });
});
