import { describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { WorkerLink } from "../../../src/executors/parallel/link.ts";
import { Requests } from "../../../src/executors/parallel/requests.ts";
import { encode } from "../../../src/serialize/encode.ts";
import { encodeError } from "../../../src/serialize/error.ts";
import { ABSENT, ENCODED, FETCH, type Orders, PLAIN, REFUSED } from "../../../src/worker/protocol.ts";
import { closesChannels, workerHere } from "../../support/channel.ts";
import { Inbox } from "../../support/comm-contract.ts";

closesChannels();

function requests() {
  const library = new Library("controller");
  const { worker, comm } = workerHere("one");
  const link = new WorkerLink(0, 0, "worker-1", worker, 1, library);
  return { requests: new Requests(library), link, library, inbox: new Inbox(comm) };
}

describe("requests", () => {
  it("are sent with numbers of their own, and answered by these", async () => {
    const { requests: open, link, inbox } = requests();
    const [one, two] = [open.ask(link, 11), open.ask(link, 12)];
    link.queue.flush();
    const [{ rows }] = (await inbox.first(1)) as [Orders];
    expect([rows[0], rows[1], rows[3], rows[4]]).toEqual([FETCH, 11, FETCH, 12]);
    expect(open.size).toBe(2);
    open.answered(rows[5]!, PLAIN, "b");
    open.answered(rows[2]!, PLAIN, undefined);
    open.answered(rows[2]!, PLAIN, "late");
    expect([await one, await two, open.size]).toEqual([{ value: undefined }, { value: "b" }, 0]);
  });

  it("may be answered by what has to be decoded, or by nothing", async () => {
    const { requests: open, link, library } = requests();
    const [one, two] = [open.ask(link, 11), open.ask(link, 12)];
    open.answered(
      1,
      ENCODED,
      encode(
        Object.assign(() => 5, { a: 1 }),
        library,
      ).data,
    );
    open.answered(2, ABSENT, undefined);
    expect(((await one)!.value as () => number)()).toBe(5);
    expect(await two).toBeUndefined();
  });

  it("may be refused, with the reason", async () => {
    const { requests: open, link, library } = requests();
    const one = open.ask(link, 11);
    open.answered(1, REFUSED, encodeError(new RangeError("too large"), library).data);
    await expect(one).rejects.toThrow(new RangeError("too large"));
  });

  it("end with their worker", async () => {
    const { requests: open, link } = requests();
    const other = requests().link;
    const [one, two] = [open.ask(link, 11), open.ask(other, 12)];
    open.lost(link);
    expect([await one, open.size]).toEqual([undefined, 1]);
    open.lost(other);
    expect(await two).toBeUndefined();
  });
});
