import { expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { type ReportHandler, readReports } from "../../../src/executors/parallel/report-reader.ts";
import {
  ABSENT,
  ADDED,
  FAILED,
  FINISHED,
  MISSING,
  PLAIN,
  REFUSED,
  RELEASED,
  type Reports,
  SHARED,
  STARTED,
  VALUE,
} from "../../../src/worker/protocol.ts";
import { ReportQueue } from "../../../src/worker/report.ts";
import { channel, closesChannels } from "../../support/channel.ts";
import { Inbox } from "../../support/comm-contract.ts";

closesChannels();

it("reads what a worker has reported, each value with its row", async () => {
  const [worker, controller] = channel();
  const inbox = new Inbox(controller);
  const reports = new ReportQueue(worker, new Library("worker"), () => undefined);
  reports.add(STARTED, 1, 11);
  reports.add(FINISHED, 1, 11, 800, ABSENT);
  reports.add(FINISHED, 2, 12, 8, PLAIN);
  reports.addValue("two", []);
  reports.add(FAILED, 3, 13);
  reports.addValue("an error", []);
  reports.add(RELEASED, 4, 14);
  reports.add(SHARED, 6, 16, 1);
  reports.add(SHARED, 6, 17, 0);
  reports.add(MISSING, 5, 15, 1, 11, 7);
  reports.add(ADDED, 1, 11, -1, 800);
  reports.add(VALUE, 21, ABSENT);
  reports.add(VALUE, 22, REFUSED);
  reports.addValue("why not", []);
  reports.flush();
  const [message] = (await inbox.first(1)) as [Reports];

  const read: unknown[][] = [];
  const note =
    (name: keyof ReportHandler) =>
    (...details: unknown[]): void =>
      void read.push([name, ...details]);
  readReports(message, {
    finished: note("finished"),
    failed: note("failed"),
    released: note("released"),
    missing: note("missing"),
    added: note("added"),
    answered: note("answered"),
    started: note("started"),
    shared: note("shared"),
  });
  expect(read).toEqual([
    ["started", 11],
    ["finished", 11, 800, ABSENT, undefined],
    ["finished", 12, 8, PLAIN, "two"],
    ["failed", 13, "an error"],
    ["released", 14],
    ["shared", 16, true],
    ["shared", 17, false],
    ["missing", 15, 1, 11, 7],
    ["added", 1, 11, -1, 800],
    ["answered", 21, ABSENT, undefined],
    ["answered", 22, REFUSED, "why not"],
  ]);
});
