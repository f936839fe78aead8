import { expect, test } from "vitest";
import { ALLOWED, STATE_NAMES, TRANSITIONS } from "../../../src/core/scheduler/task-state.ts";

test("the bits say what the table says", () => {
  STATE_NAMES.forEach((from, i) => {
    STATE_NAMES.forEach((to, j) => {
      expect((ALLOWED[i]! & (1 << j)) !== 0, `${from} → ${to}`).toBe(to in TRANSITIONS[from]);
    });
  });
});

test("every state has a way in and a way out", () => {
  for (const state of STATE_NAMES) {
    expect(Object.keys(TRANSITIONS[state]).length, `out of ${state}`).toBeGreaterThan(0);
    expect(
      STATE_NAMES.some((other) => state in TRANSITIONS[other]),
      `into ${state}`,
    ).toBe(true);
  }
});
