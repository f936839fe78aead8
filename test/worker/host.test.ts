import { DataNode, delayed, op, taskContext } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { Library } from "../../src/closure/library.ts";
import { decode } from "../../src/serialize/encode.ts";
import { decodeError } from "../../src/serialize/error.ts";
import type { Peers } from "../../src/spawn/spawn.ts";
import { WorkerHost } from "../../src/worker/host.ts";
import {
  ABSENT,
  FAILED,
  FINISHED,
  PLAIN,
  RELEASED,
  REPORT_FIELDS,
  type Reports,
  STARTED,
  VALUE,
} from "../../src/worker/protocol.ts";
import { closesChannels } from "../support/channel.ts";
import { Inbox } from "../support/comm-contract.ts";
import { Controller } from "../support/controller.ts";

closesChannels();

const NAMES = new Map([
  [FINISHED, "finished"],
  [FAILED, "failed"],
  [RELEASED, "released"],
  [STARTED, "started"],
  [VALUE, "value"],
]);

interface Report {
  readonly what: string;
  readonly numbers: readonly number[];
  /** The value, or the error. */
  readonly value?: unknown;
}

/** A worker in this thread, and what it reports. */
class Hosted extends Controller {
  readonly #inbox = new Inbox(this.link.worker.comm);

  constructor(concurrency = 1) {
    super(concurrency);
    const peers: Peers = {
      connect: () => {
        throw new Error("there is no other worker");
      },
      onConnection: () => {},
    };
    const start = {
      ...{ index: 0, name: "worker-1", concurrency, sharesMemory: true },
      ...{ memoryLimit: Infinity, spillDirectory: undefined },
    };
    const { comm, claims } = this;
    new WorkerHost({ start, comm, claims, peers, library: new Library("worker") });
  }

  /** The first reports. */
  async first(count: number): Promise<Report[]> {
    for (let messages = 1; ; messages++) {
      const reports = ((await this.#inbox.first(messages)) as Reports[]).flatMap((one) => this.#read(one));
      if (reports.length >= count) return reports.slice(0, count);
    }
  }

  #read({ rows, values, definitions }: Reports): Report[] {
    const { library } = this;
    void library.accept(definitions);
    const reports: Report[] = [];
    let next = 0;
    for (let row = 0; row < rows.length; row += REPORT_FIELDS) {
      const [op, ...numbers] = rows.subarray(row, row + REPORT_FIELDS);
      const form = op === FINISHED ? numbers[3]! : op === VALUE ? numbers[1]! : ABSENT;
      const value =
        op === FAILED
          ? decodeError(values[next++], library)
          : form === ABSENT
            ? undefined
            : decode(values[next++], form === PLAIN, library);
      reports.push({ what: NAMES.get(op!) ?? String(op), numbers, value });
    }
    return reports;
  }
}

const add = (a: number, b: number): number => a + b;

describe("a worker", () => {
  it("computes what it is sent, and keeps what nobody else wants", async () => {
    const one = op(add, 1, 2);
    const hosted = await new Hosted().takeUp(op(add, one, { valueOf: () => 4 } as unknown as number));
    const [first, second] = [hosted.order(), hosted.order()];
    hosted.link.queue.flush();
    const reports = await hosted.first(2);
    expect(reports.map(({ what, value }) => [what, value])).toEqual([
      ["finished", undefined],
      ["finished", 7],
    ]);
    expect(reports.map(({ numbers }) => numbers.slice(0, 2))).toEqual([
      [first.task, first.attempt],
      [second.task, second.attempt],
    ]);
  });

  it("gives the controller a value that it asks for, if it has it", async () => {
    const hosted = await new Hosted().takeUp(new DataNode(new Map([[1, "a"]])));
    const { attempt } = hosted.order();
    hosted.link.queue.fetch(attempt, 51);
    hosted.link.queue.free(attempt);
    hosted.link.queue.fetch(attempt, 52);
    hosted.link.queue.flush();
    const reports = await hosted.first(3);
    const values = reports.filter(({ what }) => what === "value");
    expect(values.map(({ numbers }) => numbers[0])).toEqual([51, 52]);
  });

  it("says what a task threw, and goes on", async () => {
    const broken = op(() => {
      throw new RangeError("too much");
    });
    const hosted = await new Hosted().takeUp([broken, op(add, 1, 2)], { throwError: false });
    hosted.order();
    hosted.order();
    hosted.link.queue.flush();
    const [failed, finished] = await hosted.first(2);
    expect(failed).toMatchObject({ what: "failed", value: new RangeError("too much") });
    expect(finished).toMatchObject({ what: "finished", value: 3 });
  });

  it("hands back what needs the result of a task that failed", async () => {
    const broken = op((): number => {
      throw new RangeError("too much");
    });
    const hosted = await new Hosted().takeUp(op(add, broken, 1));
    hosted.order();
    const { task, attempt } = hosted.order();
    hosted.link.queue.flush();
    const [, released] = await hosted.first(2);
    expect(released).toMatchObject({ what: "released", numbers: [task, attempt, 0, 0, 0] });
  });

  it("does not begin what was revoked before", async () => {
    const echo = (text: string): string => text;
    const hosted = await new Hosted().takeUp([op(echo, "a"), op(echo, "b")]);
    const [first] = [hosted.order(), hosted.order()];
    expect(hosted.link.worker.claims.revoke([first.ticket])).toEqual([first.ticket]);
    hosted.link.queue.flush();
    const reports = await hosted.first(2);
    expect(reports.map(({ what, value }) => [what, value])).toEqual([
      ["released", undefined],
      ["finished", "b"],
    ]);
  });

  it("fetches nothing for what was revoked before it arrived", async () => {
    const hosted = new Hosted();
    const { core, link } = hosted;
    const other = core.addWorker(1, 1, true);
    await hosted.takeUp(op(add, op(add, 1, 2), 3));
    const made = core.nextTask(other);
    core.taskFinished(other, made, core.attemptOf(made), 8);
    // It has no room for what needs the value.
    core.setSlots(other, 0);
    const { ticket } = hosted.order();
    expect(link.worker.claims.revoke([ticket])).toEqual([ticket]);
    link.queue.fetch(1234, 51);
    link.queue.flush();
    // To fetch the input, it would have to connect to the other worker.
    expect(await hosted.first(1)).toMatchObject([{ what: "value", numbers: [51, ABSENT, 0, 0, 0] }]);
  });

  it("tells tasks of their context, and of their cancelling", async () => {
    const waits = delayed(
      async () => {
        const { signal, label, worker } = taskContext()!;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        throw new Error(`${label} on ${worker}: ${signal.reason.message}`);
      },
      { label: "waits", timeout: 60_000 },
    )();
    const hosted = await new Hosted().takeUp(waits);
    const { task, attempt } = hosted.order();
    hosted.link.queue.flush();
    expect(await hosted.first(1)).toMatchObject([{ what: "started", numbers: [task, attempt, 0, 0, 0] }]);
    hosted.link.queue.cancel(attempt, new Error("not wanted"));
    hosted.link.queue.flush();
    // What it ends with does not matter any more; that it has ended does.
    const [, end] = await hosted.first(2);
    expect(end).toMatchObject({ what: "released", numbers: [task, attempt, 0, 0, 0] });
  });

  it("refuses a result that cannot travel, in the name of its task", async () => {
    const hosted = await new Hosted().takeUp(
      delayed(() => ({ socket: Promise.resolve() }), { label: "opens" })(),
    );
    hosted.order();
    hosted.link.queue.flush();
    const [failed] = await hosted.first(1);
    expect(failed).toMatchObject({ what: "failed", value: { code: "ERR_CLOSURE" } });
    expect((failed!.value as Error).message).toMatch(/the result of "opens"[\s\S]*socket/);
  });

  it("runs several tasks that wait at a time, if it may", async () => {
    const both = Array.from({ length: 2 }, () =>
      op(async () => {
        const scope = globalThis as { met?: number; meet?: () => void };
        scope.met = (scope.met ?? 0) + 1;
        if (scope.met === 2) scope.meet?.();
        else await new Promise<void>((resolve) => (scope.meet = resolve));
        return "met";
      }),
    );
    const hosted = await new Hosted(2).takeUp(both);
    hosted.order();
    hosted.order();
    hosted.link.queue.flush();
    expect((await hosted.first(2)).map(({ value }) => value)).toEqual(["met", "met"]);
  });
});
