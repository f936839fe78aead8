import { describe, expect, it } from "vitest";
import { type Handler, NO_REPLY, serve } from "../../../src/dask/comm/server.ts";
import { CommError } from "../../../src/errors.ts";
import { connectedPair, type Pair } from "./connections.ts";

interface Served extends AsyncDisposable {
  readonly pair: Pair;
  readonly lines: readonly string[];
  readonly ended: Promise<void>;
}

async function served(handlers: Readonly<Record<string, Handler>>): Promise<Served> {
  const pair = await connectedPair();
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const ended = serve(pair.there, { handlers: new Map(Object.entries(handlers)), log });
  return { pair, lines, ended, [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose]() };
}

describe("a server", () => {
  it("answers requests in order, and does not answer those that want no reply", async () => {
    await using server = await served({
      echo: ({ fields }) => fields.get("value"),
      nothing: () => undefined,
    });
    const { here } = server.pair;
    await here.write({ op: "echo", value: 1 });
    await here.write({ op: "echo", value: 2, reply: false });
    await here.write({ op: "nothing" });
    await here.write({ op: "echo", value: [3] });
    expect([await here.read(), await here.read(), await here.read()]).toEqual([1, null, [3]]);
  });

  it("answers nil to what it does not know", async () => {
    await using server = await served({});
    const { here } = server.pair;
    await here.write({ op: "fly" });
    expect(await here.read()).toBeNull();
    expect(server.lines).toEqual([`${server.pair.there.peer} asked for fly, which is not known here`]);
  });

  it("answers with the error of a handler, and goes on", async () => {
    const elsewhere: Handler = () => {
      throw new CommError("tcp://elsewhere:1", "the connection to tcp://elsewhere:1 was lost");
    };
    await using server = await served({ elsewhere, echo: () => "here" });
    const { here } = server.pair;
    await here.write({ op: "elsewhere" });
    const reply = (await here.read()) as Map<string, unknown>;
    expect(reply.get("status")).toBe("uncaught-error");
    expect(reply.get("exception_text")).toContain("the connection to tcp://elsewhere:1 was lost");
    await here.write({ op: "echo" });
    expect(await here.read()).toBe("here");
  });

  it("closes when it is told to", async () => {
    await using server = await served({ echo: () => "here" });
    const { here } = server.pair;
    await here.write({ op: "echo", close: true });
    expect(await here.read()).toBe("here");
    await expect(here.read()).rejects.toThrow("was closed by the other side");
    await server.ended;
    await using other = await served({});
    await other.pair.here.write({ op: "close" });
    expect(await other.pair.here.read()).toBe("OK");
    await expect(other.pair.here.read()).rejects.toThrow("was closed by the other side");
  });

  it("lets a handler go on with the connection", async () => {
    const talk: Handler = async (_, connection) => {
      await connection.write("who?");
      await connection.write(`hello ${await connection.read()}`);
      return NO_REPLY;
    };
    await using server = await served({ talk });
    const { here } = server.pair;
    await here.write({ op: "talk" });
    expect(await here.read()).toBe("who?");
    await here.write("me");
    expect(await here.read()).toBe("hello me");
  });

  it.each([["a text"], [[1, 2]], [{ value: 1 }], [{ op: 5 }], [null]])(
    "closes a connection that carries %j",
    async (message) => {
      await using server = await served({});
      await server.pair.here.write(message);
      await server.ended;
      expect(server.lines).toEqual([expect.stringMatching(/^the connection of tcp:.* was closed: /)]);
      expect(server.pair.there.open).toBe(false);
    },
  );

  it("says nothing about a connection that ends", async () => {
    const server = await served({});
    await server.pair.here.close();
    await server.ended;
    expect(server.lines).toEqual([]);
    await server[Symbol.asyncDispose]();
  });
});
