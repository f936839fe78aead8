import { describe, expect, it } from "vitest";
import { Library } from "../../src/closure/library.ts";
import { ADDED, FINISHED, REPORT_FIELDS, type Reports } from "../../src/worker/protocol.ts";
import { ReportQueue } from "../../src/worker/report.ts";
import { channel, closesChannels } from "../support/channel.ts";
import { Inbox } from "../support/comm-contract.ts";

closesChannels();

const nothingNew = (): undefined => undefined;

describe("reports", () => {
  it("leave together, and each once", async () => {
    const [worker, controller] = channel();
    const inbox = new Inbox(controller);
    const reports = new ReportQueue(worker, new Library("worker"), nothingNew);
    reports.flush();
    reports.add(FINISHED, 1, 2, 3, 1);
    reports.addValue("value", []);
    reports.busy = 5;
    reports.ran = 1;
    reports.add(ADDED, 4, 5, -1, 2 ** 40);
    reports.flush();
    reports.flush();
    reports.add(FINISHED, 9);
    reports.flush();
    const [first, second] = (await inbox.first(2)) as [Reports, Reports];
    expect([...first.rows]).toEqual([FINISHED, 1, 2, 3, 1, 0, ADDED, 4, 5, -1, 2 ** 40, 0]);
    expect(first).toMatchObject({ values: ["value"], busy: 5, ran: 1 });
    expect(second).toMatchObject({ values: [], busy: 0, ran: 0 });
    expect(second.rows).toHaveLength(REPORT_FIELDS);
  });

  it("say what is new about memory, even if that is all", async () => {
    const [worker, controller] = channel();
    const inbox = new Inbox(controller);
    const news = [undefined, { bytesHeld: 3, bytesSpilled: 4, isPressed: true }, undefined];
    const reports = new ReportQueue(worker, new Library("worker"), () => news.shift());
    for (let i = 0; i < 3; i++) reports.flush();
    reports.add(FINISHED, 1);
    reports.flush();
    const [first, second] = (await inbox.first(2)) as [Reports, Reports];
    expect(first.memory).toEqual({ bytesHeld: 3, bytesSpilled: 4, isPressed: true });
    expect([first.rows.length, second.rows.length, second.memory]).toEqual([0, REPORT_FIELDS, undefined]);
  });

  it("may be very many", async () => {
    const [worker, controller] = channel();
    const inbox = new Inbox(controller);
    const reports = new ReportQueue(worker, new Library("worker"), nothingNew);
    for (let i = 0; i < 5000; i++) reports.add(FINISHED, i, -i);
    reports.flush();
    const [{ rows }] = (await inbox.first(1)) as [Reports];
    expect(rows).toHaveLength(5000 * REPORT_FIELDS);
    for (let i = 0; i < 5000; i++) expect(rows[i * REPORT_FIELDS + 1]).toBe(i);
  });

  it("bring the code that their values need, and that once", async () => {
    const [worker, controller] = channel();
    const inbox = new Inbox(controller);
    const library = new Library("worker");
    const reports = new ReportQueue(worker, library, nothingNew);
    const { id } = library.capture((x: number) => x + 1);
    for (let i = 0; i < 2; i++) {
      reports.add(FINISHED, i);
      reports.addValue(i, [id]);
      reports.flush();
    }
    const [first, second] = (await inbox.first(2)) as [Reports, Reports];
    expect(first.definitions.map((one) => one.id)).toContain(id);
    expect(second.definitions).toEqual([]);
  });
});
