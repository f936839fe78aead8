import type { AnyFunction } from "../task.ts";
import { Cell } from "./cell.ts";
import type { Encoder } from "./encoder.ts";
import type { Reading } from "./reading.ts";

const RETURN_IT = "return the new value instead, or keep it in an object that the functions share";

/**
 * The variables of one capture that are assigned to. Those of modules have one cell each, which all
 * functions share. Of others the engine does not tell whether two functions have the same variable
 * or two of the same name: they must be used by one function only.
 */
export class SharedVariables {
  readonly #task: AnyFunction | undefined;
  readonly #cells = new Map<string, Cell>();
  readonly #uses = new Map<string, { assigned: boolean; readonly users: Set<AnyFunction> }>();

  /** @param task - the function that is captured for itself: to assign is of no use there */
  constructor(task: AnyFunction | undefined) {
    this.#task = task;
  }

  /** The cell of a variable of the module or script of this id. */
  cell(variable: string, value: unknown, scriptId: string): Cell {
    const key = `${scriptId} ${variable}`;
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = new Cell(value);
      this.#cells.set(key, cell);
    }
    return cell;
  }

  /** Refuses a function whose copy would assign to other variables than the original. */
  check(fn: AnyFunction, { facts, variables, scriptId }: Reading, encoder: Encoder): void {
    const assigned = new Set(facts.free.flatMap((free) => (free.assigned ? [free.name] : [])));
    for (const variable of variables) {
      if (variable.kind !== "value" && variable.kind !== "cell") continue;
      const name = variable.kind === "cell" ? variable.variable : variable.name;
      const assigns = assigned.has(name);
      if (assigns && fn === this.#task) {
        encoder.enter("captures", name);
        encoder.refuse("it assigns to the variable, which would only change a copy of it", RETURN_IT);
      }
      if (variable.kind === "cell" || (variable.isConstant && !assigns)) continue;
      this.#use(fn, name, `${scriptId} ${variable.scope} ${name}`, assigns, encoder);
    }
  }

  #use(fn: AnyFunction, name: string, key: string, assigns: boolean, encoder: Encoder): void {
    let use = this.#uses.get(key);
    if (use === undefined) {
      use = { assigned: false, users: new Set() };
      this.#uses.set(key, use);
    }
    use.users.add(fn);
    use.assigned ||= assigns;
    if (!use.assigned || use.users.size < 2) return;
    encoder.enter("captures", name);
    encoder.refuse(
      "several functions share the variable, and one assigns to it: each would have its own copy",
      RETURN_IT,
    );
  }
}
