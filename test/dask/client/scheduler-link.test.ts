import { describe, expect, it } from "vitest";
import { SchedulerClient } from "../../../src/dask/client/scheduler-client.ts";
import { listen } from "../../../src/dask/comm/listener.ts";
import { type Handler, serve } from "../../../src/dask/comm/server.ts";
import { DaskVersionError, SchedulerLostError, SchedulerUnreachableError } from "../../../src/errors.ts";
import { describeDask } from "../../support/dask-environment.ts";
import { startPythonWorker, startScheduler } from "../../support/dask-scheduler.ts";
import { rawServer } from "../comm/connections.ts";
import { gathered, Listening, serialized } from "./listening.ts";

const TASK = { key: "task", payloads: [new Uint8Array([1])], dependencies: [] };
const GRAPH = { tasks: [TASK], outputs: ["task"], token: "token" };

describe("a scheduler that cannot be reached", () => {
  it("is looked for as long as may be, and then everything that waits fails", async () => {
    const listener = await listen({}, () => {});
    const { address } = listener;
    await listener.close();
    const client = new SchedulerClient(address, { timeout: 50 });
    expect(client.status).toBe("connecting");
    const listening = new Listening();
    client.updateGraph(GRAPH, listening);
    const waiting = [client.gather(["task"]), client.whoHas(), client.ready, client.schedulerInfo()];
    const outcomes = await Promise.all(waiting.map((one) => one.catch((error: unknown) => error)));
    for (const outcome of outcomes) {
      expect(outcome).toBeInstanceOf(SchedulerUnreachableError);
      expect((outcome as Error).message).toBe(
        `no dask scheduler can be reached at ${address}: it was tried for 50 ms; cannot connect to ${address}: nobody listens there (ECONNREFUSED)`,
      );
    }
    expect(client.status).toBe("closed");
    expect(await client.closed).toBeInstanceOf(SchedulerUnreachableError);
    expect(listening.heard).toEqual(["SchedulerUnreachableError"]);
    expect(() => client.updateGraph(GRAPH, listening)).toThrow(SchedulerUnreachableError);
    await client.close();
  });

  it("may answer nothing", async () => {
    await using server = await rawServer();
    const client = new SchedulerClient(server.address, { timeout: 50 });
    await expect(client.ready).rejects.toThrow(
      /can be reached at .*: it was tried for 50 ms; it has not answered/,
    );
  });

  it("may be something else, or too old", async () => {
    const versions: Handler = () => ({ host: {}, packages: { distributed: "2023.1.0" } });
    await using old = await listen({}, (connection) => {
      void serve(connection, { handlers: new Map([["versions", versions]]) });
    });
    const client = new SchedulerClient(old.address);
    await expect(client.ready).rejects.toBeInstanceOf(DaskVersionError);
    await expect(client.gather([])).rejects.toThrow("dask.distributed 2023.1.0");
    await using other = await listen({}, (connection) => {
      void serve(connection, { handlers: new Map() });
    });
    const stranger = new SchedulerClient(other.address);
    await expect(stranger.ready).rejects.toThrow(
      /no dask scheduler can be reached at .*the reply to versions/,
    );
  });

  it("is not looked for by a client that is closed", async () => {
    await using server = await rawServer();
    const client = new SchedulerClient(server.address);
    const failure = client.gather(["task"]);
    await Promise.all([client.close(), expect(failure).rejects.toThrow("not wanted")]);
    await expect(client.ready).rejects.toThrow("the client is closed");
    expect(await client.closed).toBeUndefined();
  });
});

describeDask("a scheduler", () => {
  it("may be started after its clients", async () => {
    const listener = await listen({}, () => {});
    const { address } = listener;
    await listener.close();
    await using client = new SchedulerClient(address);
    const info = client.schedulerInfo();
    await using scheduler = await startScheduler({ port: Number(address.split(":").at(-1)) });
    expect(scheduler.address).toBe(address);
    expect((await info).address).toBe(address);
  });

  it("that dies takes everything with it", async () => {
    await using scheduler = await startScheduler({ errorsExpected: true });
    await using _worker = await startPythonWorker(scheduler);
    await using client = new SchedulerClient(scheduler.address);
    const listening = new Listening();
    await client.scatter(new Map([["a", serialized(1)]]), listening);
    const never = { ...TASK, key: "never", annotations: { resources: { NONE: 1 } } };
    client.updateGraph({ tasks: [never], outputs: ["never"], token: "t" }, listening);
    const waiting = [client.gather(["never"]), client.waitForWorkers(5)];
    const outcomes = Promise.all(waiting.map((one) => one.catch((error: unknown) => error)));
    expect(await gathered(client, "a")).toEqual({ a: 1 });
    await scheduler.kill();
    for (const outcome of await outcomes) {
      expect(outcome).toBeInstanceOf(SchedulerLostError);
      expect((outcome as Error).message).toContain(`the scheduler at ${scheduler.address} is gone: `);
    }
    expect(client.status).toBe("closed");
    expect(listening.heard.at(-1)).toBe("SchedulerLostError");
    await expect(client.gather(["a"])).rejects.toBeInstanceOf(SchedulerLostError);
    await expect(client.whoHas()).rejects.toBeInstanceOf(SchedulerLostError);
  });

  it("that stops answering is given up", async () => {
    await using scheduler = await startScheduler({ errorsExpected: true });
    await using client = new SchedulerClient(scheduler.address, { silence: 400 });
    await client.ready;
    client.updateGraph(GRAPH, new Listening());
    const waiting = [client.gather(["task"]), client.replicate(["task"]), client.restart()];
    const outcomes = Promise.all(waiting.map((one) => one.catch((error: Error) => error.message)));
    process.kill(scheduler.pid, "SIGSTOP");
    try {
      const gone = `the scheduler at ${scheduler.address} is gone: it has not answered for 400 ms`;
      expect(await outcomes).toEqual([gone, gone, gone]);
    } finally {
      process.kill(scheduler.pid, "SIGCONT");
    }
  });

  it("that stops in an orderly way is lost as well", async () => {
    await using scheduler = await startScheduler();
    const client = new SchedulerClient(scheduler.address);
    await client.ready;
    await scheduler.stop();
    expect(await client.closed).toBeInstanceOf(SchedulerLostError);
  });

  it("does not keep the process alive through a client that must not", async () => {
    await using scheduler = await startScheduler();
    await using client = new SchedulerClient(scheduler.address);
    client.unref();
    await client.ready;
    await client.whoHas();
    const held = process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
    client.ref();
    expect(
      process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length,
    ).toBeGreaterThan(held);
  });
});
