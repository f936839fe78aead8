import { describe, expect, it } from "vitest";
import { Cell } from "../../src/closure/cell.ts";
import { movedValue } from "./travel.ts";

describe("a cell", () => {
  it("stays one wherever it is taken", async () => {
    const cell = new Cell({ a: 1 });
    const copies = await movedValue([cell, cell]);
    expect(copies[0]).toBeInstanceOf(Cell);
    expect(copies[0]).toBe(copies[1]);
    expect(copies[0]!.get()).toEqual({ a: 1 });
  });

  it("may lead to itself", async () => {
    const cell = new Cell(undefined);
    cell.value = [cell];
    const copy = await movedValue(cell);
    expect((copy.value as unknown[])[0]).toBe(copy);
  });
});
