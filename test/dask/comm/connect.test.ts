import { describe, expect, it } from "vitest";
import { connect } from "../../../src/dask/comm/connect.ts";
import { listen } from "../../../src/dask/comm/listener.ts";
import { CommError } from "../../../src/errors.ts";
import { rawServer } from "./connections.ts";

describe("connecting", () => {
  it("says that nobody listens", async () => {
    const listener = await listen({}, () => {});
    const { address } = listener;
    await listener.close();
    const failure = connect(address);
    await expect(failure).rejects.toThrow(
      `cannot connect to ${address}: nobody listens there (ECONNREFUSED)`,
    );
    await expect(failure).rejects.toMatchObject({ code: "ERR_COMM", address });
  });

  it("says that the host is not known", async () => {
    await expect(connect("tcp://no-such-host.invalid:1")).rejects.toThrow(
      /cannot connect to tcp:\/\/no-such-host\.invalid:1: the host is not known/,
    );
  });

  it("does not wait for a handshake for ever", async () => {
    await using server = await rawServer();
    const failure = connect(server.address, { timeout: 20 });
    await expect(failure).rejects.toThrow(
      `cannot connect to ${server.address}: the handshake was not answered within 20 ms`,
    );
  });

  it("says that it is no dask", async () => {
    await using server = await rawServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await expect(connect(server.address)).rejects.toThrow(/carried what cannot be read|is no dask/);
    await using silent = await rawServer((socket) => socket.end());
    await expect(connect(silent.address)).rejects.toThrow("was closed by the other side");
  });

  it("ends with the signal", async () => {
    await using server = await rawServer();
    const controller = new AbortController();
    const connecting = connect(server.address, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(connecting).rejects.toThrow("enough");
    await expect(connect(server.address, { signal: controller.signal })).rejects.toThrow("enough");
  });

  it("takes names, and refuses what is no address", async () => {
    await using listener = await listen({ host: "localhost" }, () => {});
    const { port } = new URL(listener.address.replace("tcp", "http"));
    const connection = await connect(`localhost:${port}`);
    expect(connection.peer).toBe(`tcp://localhost:${port}`);
    await connection.close();
    await expect(connect("nonsense")).rejects.toThrow(TypeError);
  });

  it("is understood by whoever is called CommError", async () => {
    await expect(connect("tcp://127.0.0.1:1")).rejects.toBeInstanceOf(CommError);
  });
});
