import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import { connect } from "../../../src/dask/comm/connect.ts";
import { RpcPool } from "../../../src/dask/comm/rpc-pool.ts";
import { Serialized } from "../../../src/dask/protocol/message.ts";
import { writeValue } from "../../../src/dask/protocol/values.ts";
import { Worker } from "../../../src/dask/worker/worker.ts";
import { op } from "../../../src/index.ts";
import { TestClient } from "../../support/dask-client.ts";
import { describeDask, RELEASES } from "../../support/dask-environment.ts";
import { sharedScheduler } from "../../support/dask-scheduler.ts";
import { eventually, TESTED } from "../../support/dask-workers.ts";

const add = (...numbers: number[]): number => numbers.reduce((sum, number) => sum + number, 0);

afterEach(() => vi.restoreAllMocks());

describeDask.each(RELEASES)("the server of a worker (%s)", (release) => {
  const scheduler = sharedScheduler({ release });

  it("answers what dask asks", async () => {
    await using worker = await Worker.start(scheduler().address, { ...TESTED, threads: 2 });
    await using pool = new RpcPool();
    await using client = new TestClient(scheduler().address);
    const [key] = client.submit([op(add, 1, 2)]);
    await client.client.wait([key!]);
    const call = (name: string, args = {}): Promise<unknown> => pool.call(worker.address, name, args);
    expect(await call("keys")).toEqual([key]);
    expect(Buffer.from((await call("ping")) as Uint8Array).toString()).toBe("pong");
    expect(await call("identity")).toEqual(
      new Map<string, unknown>([
        ["type", "Worker"],
        ["id", expect.stringMatching(/^Worker-/)],
        ["status", "running"],
        ["scheduler", scheduler().address],
        ["nthreads", 2],
        ["memory_limit", null],
      ]),
    );
    const versions = (await call("versions")) as Map<string, Map<string, string>>;
    expect(versions.get("host")!.get("python")).toContain("node");
    expect(versions.get("packages")!.get("distributed")).toBe(release);
    expect(await call("get_logs", { n: 1 })).toEqual([["INFO", expect.stringContaining("joined")]]);
    expect(await call("get_story", { keys_or_stimuli: [key] })).toContainEqual([
      key,
      expect.stringContaining("executing → memory"),
    ]);
    const dump = (await call("dump_state", { exclude: [] })) as Map<string, unknown>;
    expect(dump.get("tasks")).toEqual(new Map([[key, "memory"]]));
    expect(await call("plugin-add", { plugin: new Uint8Array(3), name: "x" })).toEqual(
      new Map([["status", "OK"]]),
    );
    expect(await call("plugin-remove", { name: "x" })).toEqual(new Map([["status", "OK"]]));
    expect(await call("upload_file", { filename: "a.py", data: new Uint8Array(3) })).toEqual(
      new Map<string, unknown>([
        ["status", "OK"],
        ["nbytes", 3],
      ]),
    );
    expect(await call("profile")).toBeInstanceOf(Map);
    expect(await call("profile_metadata")).toBeInstanceOf(Map);
    expect(await call("call_stack")).toEqual(new Map());
    expect(await call("get_monitor_info")).toBeInstanceOf(Map);
    expect(await call("echo", { data: 5 })).toBe(5);
    // What follows is said aloud.
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    // Not known, as in dask.
    expect(await call("make_coffee")).toBeNull();
    for (const name of ["run", "benchmark_disk", "actor_execute"]) {
      await expect(call(name)).rejects.toThrow(
        `a TypeScript worker runs no Python, so it cannot do "${name}"`,
      );
    }
    await expect(call("get_data", { keys: 5 })).rejects.toThrow("keys");
    await expect(call("update_data", { data: { x: 1 } })).rejects.toThrow("data");
  });

  it("takes values, gives them, and forgets them", async () => {
    await using worker = await Worker.start(scheduler().address, TESTED);
    await using other = await Worker.start(scheduler().address, TESTED);
    await using pool = new RpcPool();
    const value = writeValue([1, 2, 3])!;
    const reply = await pool.call(worker.address, "update_data", {
      data: new Map([["mine", value]]),
      stimulus_id: "test",
    });
    expect((reply as Map<string, unknown>).get("status")).toBe("OK");
    expect((reply as Map<string, Map<string, number>>).get("nbytes")!.get("mine")).toBeGreaterThan(0);
    const connection = await connect(worker.address);
    await connection.write({ op: "get_data", keys: ["mine", "not here"], who: "test" });
    const data = ((await connection.read()) as Map<string, Map<string, Serialized>>).get("data")!;
    expect([...data.keys()]).toEqual(["mine"]);
    expect(data.get("mine")!.frames).toEqual(value.frames);
    await connection.write("OK");
    await connection.write({ op: "ping" });
    expect(await connection.read()).toBeInstanceOf(Uint8Array);
    await connection.close();
    // From one to the other, as `replicate` has it.
    const gathered = await pool.call(other.address, "gather", { who_has: { mine: [worker.address] } });
    expect(gathered).toEqual(new Map([["status", "OK"]]));
    const none = await pool.call(other.address, "gather", { who_has: { nobodys: [worker.address] } });
    expect(none).toEqual(
      new Map<string, unknown>([
        ["status", "partial-fail"],
        ["keys", ["nobodys"]],
      ]),
    );
    for (const { address } of [worker, other]) {
      expect(await pool.call(address, "free_keys", { keys: ["mine"], stimulus_id: "x" })).toBeNull();
      await eventually(
        async () => ((await pool.call(address, "keys")) as unknown[]).length === 0,
        "the value is forgotten",
      );
    }
  });

  it("is busy when too many ask at once", async () => {
    await using worker = await Worker.start(scheduler().address, TESTED);
    const connections = await Promise.all(Array.from({ length: 101 }, () => connect(worker.address)));
    const statuses = await Promise.all(
      connections.map(async (connection) => {
        await connection.write({ op: "get_data", keys: ["x"], who: "test" });
        return ((await connection.read()) as Map<string, string>).get("status");
      }),
    );
    expect(statuses.filter((status) => status === "OK")).toHaveLength(100);
    expect(statuses.filter((status) => status === "busy")).toHaveLength(1);
    // One of them ends without a word, which is as good as an answer.
    connections[0]!.abort();
    await eventually(async () => {
      const again = await connect(worker.address);
      await again.write({ op: "get_data", keys: ["x"], who: "test" });
      const reply = (await again.read()) as Map<string, string>;
      again.abort();
      return reply.get("status") === "OK";
    }, "there is room again");
    await Promise.all(connections.map((connection) => connection.close()));
  });

  it("works on when it is sent rubbish", async () => {
    await using worker = await Worker.start(scheduler().address, { ...TESTED, validate: true });
    const said: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((line) => said.push(String(line)) > 0);
    const port = Number(worker.address.split(":").at(-1));
    const huge = Buffer.alloc(24, 255);
    const manyFrames = Buffer.concat([u64(1 << 20), u64(2 ** 40), Buffer.alloc(100)]);
    const longFrame = Buffer.concat([u64(16), u64(1), u64(2 ** 50)]);
    const notMsgpack = Buffer.concat([u64(24), u64(1), u64(8), Buffer.from("c1c1c1c1c1c1c1c1", "hex")]);
    const http = Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    for (const bytes of [huge, manyFrames, longFrame, notMsgpack, http, Buffer.alloc(0)]) {
      const socket = connectSocket(port, "127.0.0.1");
      socket.on("error", () => {}).resume();
      socket.end(bytes);
      await once(socket, "close");
    }
    // After the handshake as well.
    for (const message of [
      5,
      null,
      [],
      "get_data",
      { keys: [] },
      { op: 5 },
      { op: "get_data" },
      new Map([[1, 2]]),
    ]) {
      const connection = await connect(worker.address);
      await connection.write(message);
      await connection.read().catch(() => {});
      connection.abort();
    }
    const wrong = Serialized.of("pickle", [Buffer.from("cos\nsystem\n(S'x'\ntR.")]);
    const connection = await connect(worker.address);
    await connection.write({ op: "update_data", data: new Map([["evil", wrong]]) });
    expect(await connection.read()).toBeInstanceOf(Map);
    await connection.close();
    await using client = new TestClient(scheduler().address);
    expect(await client.compute(op(add, 1, 2))).toEqual([3]);
    expect(worker.status).toBe("running");
    // One line for each.
    expect(said.join("")).toContain("carried what cannot be read: a message of");
    expect(said.join("")).toContain("a request is no map");
    expect(said.every((line) => line.length < 500)).toBe(true);
  });
});

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

it("numbers are little-endian", () => {
  expect([...u64(258)]).toEqual([2, 1, 0, 0, 0, 0, 0, 0]);
});
