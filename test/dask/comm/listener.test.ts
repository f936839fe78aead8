import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { connect } from "../../../src/dask/comm/connect.ts";
import type { Connection } from "../../../src/dask/comm/connection.ts";
import { listen } from "../../../src/dask/comm/listener.ts";
import { rawSocket } from "./connections.ts";

describe("a listener", () => {
  it("is on this machine alone, and says where", async () => {
    await using listener = await listen({}, () => {});
    expect(listener.address).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
  });

  it("of all interfaces has an address that others can use", async () => {
    await using listener = await listen({ host: "0.0.0.0" }, () => {});
    expect(listener.address).not.toContain("0.0.0.0");
    await (await connect(listener.address)).close();
  });

  it("says that the port is in use", async () => {
    await using listener = await listen({}, () => {});
    const port = Number(listener.address.split(":").at(-1));
    await expect(listen({ port }, () => {})).rejects.toThrow(
      `cannot listen on ${listener.address}: the port is in use (EADDRINUSE)`,
    );
  });

  it("turns away who does not shake hands in time, or cannot", async () => {
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    await using listener = await listen({ handshakeTimeout: 20, log }, () => {
      throw new Error("nobody has shaken hands");
    });
    const silent = rawSocket(listener.address);
    await once(silent, "close");
    const rude = rawSocket(listener.address);
    rude.write("GET / HTTP/1.1\r\nHost: example\r\n\r\n");
    await once(rude, "close");
    expect(lines[0]).toMatch(/did not shake hands within 20 ms$/);
    expect(lines[1]).toMatch(/carried what cannot be read|is no dask/);
    expect(listener.connections).toBe(0);
  });

  it("takes no more than it may", async () => {
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    await using listener = await listen({ maxConnections: 2, log }, () => {});
    const first = await connect(listener.address);
    const second = await connect(listener.address);
    await expect(connect(listener.address)).rejects.toThrow(/was lost|was closed/);
    expect(lines).toEqual([expect.stringMatching(/turned away: there are 2, 0 of them without a handshake/)]);
    await first.close();
    await second.close();
  });

  it("closes its connections with itself", async () => {
    const taken: Connection[] = [];
    const listener = await listen({}, (connection) => taken.push(connection));
    const here = await connect(listener.address);
    const halfOpen = rawSocket(listener.address);
    await once(halfOpen, "data");
    await listener.close();
    expect((await here.closed)?.message).toContain("was closed by the other side");
    expect(taken[0]!.open).toBe(false);
    if (!halfOpen.closed) await once(halfOpen, "close");
    await expect(connect(listener.address)).rejects.toThrow("nobody listens there");
  });
});
