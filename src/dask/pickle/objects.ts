/** A class or a function of Python, by its name. It is never imported. */
export class PyGlobal {
  readonly module: string;
  /** Possibly with dots: a function of a class. */
  readonly name: string;

  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }

  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/**
 * What Python would make by calling `callable` with `args`. Nothing is called here: this only says
 * what there would be.
 */
export class PyObject {
  readonly callable: PyGlobal | PyObject;
  readonly args: unknown[];
  /** Named arguments. */
  readonly kwargs: Map<unknown, unknown> | undefined;
  /** What it is filled with after it has been made: usually its fields. */
  state: unknown;
  /** What is appended to it, if it is a kind of list or set. */
  items: unknown[] | undefined;
  /** Its entries, if it is a kind of dict. */
  entries: Map<unknown, unknown> | undefined;

  constructor(callable: PyGlobal | PyObject, args: unknown[], kwargs?: Map<unknown, unknown>) {
    this.callable = callable;
    this.args = args;
    this.kwargs = kwargs;
  }

  /** The dotted name of the callable; empty if that is made by a call itself. */
  get path(): string {
    return this.callable instanceof PyGlobal ? this.callable.path : "";
  }
}
