import { ClosureError } from "../errors.ts";
import type { Step } from "./encoder.ts";

const MOST_STEPS = 12;

/** The steps from what is captured to the value that is looked at, kept for the error that may come of it. */
export class Trail {
  readonly #steps: [step: Step, name: unknown][] = [];
  readonly #label: () => string;

  constructor(label: () => string) {
    this.#label = label;
  }

  enter(step: Step, name: unknown): void {
    this.#steps.push([step, name]);
  }

  leave(): void {
    this.#steps.pop();
  }

  refuse(reason: string, advice?: string): never {
    const steps = this.#steps.map(([step, name]) => stepText(step, name));
    const left = steps.length - MOST_STEPS;
    // Of a long chain both ends are shown.
    if (left > 0) steps.splice(MOST_STEPS / 2, left, `… ${left} more`);
    throw new ClosureError(this.#label(), steps, reason, advice);
  }
}

function stepText(step: Step, name: unknown): string {
  switch (step) {
    case "captures":
      return `captures \`${String(name)}\``;
    case "property":
      return typeof name === "symbol" ? `property [${String(name)}]` : `property .${String(name)}`;
    case "static":
      return `static property .${String(name)}`;
    case "element":
      return `element [${String(name)}]`;
    case "entry":
      return `entry ${String(name)}`;
    case "prototype":
      return "its prototype";
    case "extends":
      return "its superclass";
    case "bound":
      return `what it is bound to`;
  }
}
