import { describe, expect, it } from "vitest";
import { type Definition, Library } from "../../src/closure/library.ts";
import { remote } from "../../src/closure/remote.ts";
import { Inbox } from "../../src/worker/inbox.ts";

interface Message {
  readonly name: string;
  readonly definitions: readonly Definition[];
}

/** Messages for another thread, and the order in which it gets to see them. */
function inbox(): { take: (name: string, uses?: readonly string[]) => void; seen: string[]; here: Library } {
  const [here, there] = [new Library("here"), new Library("there")];
  const seen: string[] = [];
  const box = new Inbox<Message>(there, ({ name }) => seen.push(name));
  const known = new Set<string>();
  return {
    here,
    seen,
    take: (name, uses = []) => box.take(structuredClone({ name, definitions: here.needed(uses, known) })),
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("an inbox", () => {
  it("takes messages at once if their code is at hand", () => {
    const { take, seen, here } = inbox();
    take("plain");
    take("with a function", [here.capture(() => 1).id]);
    expect(seen).toEqual(["plain", "with a function"]);
  });

  it("keeps the order when modules have to be imported", async () => {
    const { take, seen, here } = inbox();
    const { double } = remote<{ double: (x: number) => number }>(
      "data:text/javascript,export const double = (x) => x * 2",
    );
    take("before");
    take("imports", [here.capture(double).id]);
    take("after");
    expect(seen).toEqual(["before"]);
    while (seen.length < 3) await turn();
    expect(seen).toEqual(["before", "imports", "after"]);
  });

  it("goes on when a module cannot be imported", async () => {
    const { take, seen, here } = inbox();
    const { gone } = remote<{ gone: () => void }>(new URL("./no-such-module.mjs", import.meta.url));
    take("imports", [here.capture(gone).id]);
    take("after");
    while (seen.length < 2) await turn();
    expect(seen).toEqual(["imports", "after"]);
  });
});
