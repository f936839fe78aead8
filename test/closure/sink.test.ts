import { expect, it } from "vitest";
import { sink } from "../../src/closure/sink.ts";

it("a sink takes whatever coverage tools do", () => {
  // biome-ignore lint/suspicious/noExplicitAny: it has every property
  const counters = sink() as any;
  counters().f[0]++;
  counters().b[1][0]++;
  expect(typeof counters().s).toBe("function");
  expect(counters().b[1][0] + 1).toBe(1);
});
