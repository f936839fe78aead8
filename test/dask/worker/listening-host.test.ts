import { networkInterfaces } from "node:os";
import { expect, it } from "vitest";
import { listeningHostFor } from "../../../src/dask/worker/listening-host.ts";

it("is the loopback device if the other one is there", async () => {
  expect(await listeningHostFor("tcp://127.0.0.1:8786")).toBe("127.0.0.1");
  expect(["127.0.0.1", "::1"]).toContain(await listeningHostFor("tcp://localhost:8786"));
});

it("is an address of this machine if the other one is elsewhere", async (test) => {
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4");
  if (others.length === 0) return test.skip();
  const own = others.map(({ address }) => address);
  expect(own).toContain(await listeningHostFor(`tcp://${own[0]}:8786`));
});

it("is nowhere if the host is not known", async () => {
  await expect(listeningHostFor("tcp://nobody.invalid:8786")).rejects.toThrow();
});
