import { expect, it } from "vitest";
import { RpcPool } from "../../../src/dask/comm/rpc-pool.ts";
import { keyOf } from "../../../src/dask/protocol/key.ts";
import { writeValue } from "../../../src/dask/protocol/values.ts";
import { op } from "../../../src/op.ts";
import { TestClient } from "../../support/dask-client.ts";
import { sharedCluster } from "../../support/dask-cluster.ts";
import { describeDask, RELEASES } from "../../support/dask-environment.ts";

describeDask.each(RELEASES)("copies that the scheduler of release %s has asked for", (release) => {
  const cluster = sharedCluster({ release, workers: 2 });
  const addresses = (): string[] => cluster().workers.map(({ address }) => address);

  it("are removed if nobody has wanted them since", async () => {
    const [from, to] = addresses();
    const pool = new RpcPool();
    // The scheduler does not know the key: it has forgotten it.
    await pool.call(from!, "update_data", { data: new Map([["forgotten", writeValue(1)]]) });
    const reply = await pool.call(to!, "gather", { who_has: new Map([["forgotten", [from]]]) });
    expect(reply).toEqual(new Map([["status", "OK"]]));
    await expect.poll(() => pool.call(to!, "keys"), { timeout: 10_000 }).toEqual([]);
    expect(await pool.call(from!, "keys")).toEqual(["forgotten"]);
    await pool.close();
  });

  it("stay if they are wanted, and it knows of them", async () => {
    await using client = new TestClient(cluster().address);
    const [key] = client.submit([op(() => [1])]);
    await client.client.wait([key!]);
    const [from] = (await client.client.whoHas([key!])).get(key!)!;
    const to = addresses().find((address) => address !== from)!;
    const pool = new RpcPool();
    await pool.call(to, "gather", { who_has: new Map([[keyOf(key!), [from]]]) });
    const holders = async () => (await client.client.whoHas([key!])).get(key!)!.toSorted();
    await expect.poll(holders, { timeout: 10_000 }).toEqual(addresses().toSorted());
    expect(await pool.call(to, "keys")).toContain(keyOf(key!));
    await pool.close();
  });
});
