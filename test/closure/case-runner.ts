import { deepEqual } from "node:assert";
import { fork } from "node:child_process";
import { inspect, isDeepStrictEqual } from "node:util";
import { Worker } from "node:worker_threads";
import type { Library } from "../../src/closure/library.ts";
import type { Capsule, Definition } from "../../src/closure/recipe.ts";
import type { Call, Case } from "./case.ts";

type Outcome = { readonly value: unknown } | { readonly thrown: unknown };

interface Sent {
  readonly run: string;
  readonly definitions: readonly Definition[];
}

interface Reply {
  readonly number: number;
  readonly again?: Sent;
  readonly definitions?: readonly Definition[];
  readonly outcome?: Capsule;
  readonly refusal?: { readonly message: string; readonly code: unknown };
}

/** A thread or process that runs what it is sent. */
class Peer {
  readonly name: string;
  /** Ids of the definitions that it has. */
  readonly known: Set<string> = new Set();
  readonly #post: (message: object) => void;
  readonly #stop: () => void;
  readonly #waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (reason: Error) => void }>();
  #sent = 0;

  constructor(name: string, source: Worker | ReturnType<typeof fork>) {
    this.name = name;
    this.#post = (message) => {
      if (source instanceof Worker) source.postMessage(message);
      else source.send(message);
    };
    this.#stop = () => {
      if (source instanceof Worker) void source.terminate();
      else source.disconnect();
    };
    source.on("message", (reply: Reply) => {
      this.#waiting.get(reply.number)?.resolve(reply);
      this.#waiting.delete(reply.number);
    });
    source.on("error", (error: Error) => this.#fail(error));
    source.on("exit", (code: number) => this.#fail(new Error(`the ${name} has ended with code ${code}`)));
  }

  ask(request: object): Promise<Reply> {
    const number = ++this.#sent;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#post({ ...request, number });
    });
  }

  stop(): void {
    this.#stop();
  }

  #fail(reason: Error): void {
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}

/** A call whose function and arguments have been captured. */
interface Captured {
  readonly call: Call;
  readonly run: string;
  readonly args: Capsule;
}

/** Runs cases here, in a worker thread, in a child process, and here again after a journey. */
export class CaseRunner {
  readonly #library: Library;
  /** Knows nothing of what the other one has captured. */
  readonly #other: Library;
  readonly #peers: readonly Peer[];
  readonly #isMangled: boolean;

  /**
   * `library` is the file of the built package in which `peer.mjs` finds its own `Library`. If a compiler
   * may have changed names, the results here are what is expected elsewhere, and errors need not
   * show the names.
   */
  constructor(OwnLibrary: typeof Library, peer: string, library: string, isMangled = false) {
    this.#isMangled = isMangled;
    this.#library = new OwnLibrary("caller");
    this.#other = new OwnLibrary("other");
    this.#peers = [
      new Peer("thread", new Worker(peer, { workerData: library, execArgv: [] })),
      new Peer("process", fork(peer, [library], { serialization: "advanced", execArgv: [] })),
    ];
  }

  stop(): void {
    for (const peer of this.#peers) peer.stop();
  }

  /** What is wrong; nothing if all is as it should be. */
  async failuresOf(one: Case): Promise<string[]> {
    try {
      return one.refused === undefined ? await this.#failures(one) : await this.#unrefused(one, one.refused);
    } catch (error) {
      return [`failed with ${error instanceof Error ? error.stack : String(error)}`];
    }
  }

  async #failures(one: Case): Promise<string[]> {
    const failures: string[] = [];
    const local = new Map<Call, Outcome>();
    const check = (where: string, call: Call, outcome: Outcome, isSame = isDeepStrictEqual): void => {
      if (!("expected" in call || "throws" in call)) return;
      const expected = local.get(call) ?? expectedOf(call);
      if (!isSame(outcome, expected))
        failures.push(
          `${where}: ${inspect(outcome, { depth: 6 })} instead of ${inspect(expected, { depth: 6 })}`,
        );
    };
    const calls = [one, ...(one.also ?? [])].map((call) => this.#capture(call, call.args ?? []));
    for (const { call } of calls) {
      const outcome = await outcomeOf(call.run, call.args ?? []);
      if (this.#isMangled) local.set(call, outcome);
      else check("here", call, outcome);
    }
    one.change?.();
    const again: Captured[] = [];
    for (const peer of this.#peers) {
      const repeated = await this.#again(peer, calls[0]!);
      // For another library the classes are others.
      check(`again, from the ${peer.name}`, one, await this.#callOther(repeated, calls[0]!), isAlike);
      let last: Outcome | undefined;
      for (const captured of calls) {
        const outcome = await this.#callAt(peer, captured);
        last ??= outcome;
        check(peer.name, captured.call, outcome);
      }
      for (const call of one.next ?? []) {
        const previous = "value" in last! ? last.value : last!.thrown;
        last = await this.#callAt(peer, this.#capture(call, [previous]));
        check(`${peer.name}, next`, call, last);
      }
      if (one.expectedAfterChange !== undefined) again.push(this.#capture(one, one.args ?? []));
    }
    for (const [i, captured] of again.entries()) {
      const call = { run: one.run, expected: one.expectedAfterChange };
      check("after the change", call, await this.#callAt(this.#peers[i]!, captured));
    }
    return failures;
  }

  async #unrefused(one: Case, parts: readonly string[]): Promise<string[]> {
    const isUnnoticed = process.versions.node.startsWith(`${one.unnoticedOn}.`);
    let message: string;
    try {
      const captured = this.#capture(one, one.args ?? []);
      if (isUnnoticed) return [];
      const outcome = await this.#callAt(this.#peers[0]!, captured);
      return [`not refused, but ${inspect(outcome)}`];
    } catch (error) {
      if (isUnnoticed && !this.#isMangled) return ["is noticed"];
      if (!(error instanceof Error && "code" in error && error.code === "ERR_CLOSURE"))
        return [`refused with ${inspect(error)}`];
      message = error.message;
    }
    if (this.#isMangled) return [];
    let rest = message;
    for (const part of parts) {
      const at = rest.indexOf(part);
      if (at < 0) return [`${part} is missing in: ${message}`];
      rest = rest.slice(at + part.length);
    }
    return [];
  }

  #capture(call: Call, args: readonly unknown[]): Captured {
    return { call, run: this.#library.capture(call.run).id, args: this.#library.captureValue(args) };
  }

  async #callAt(peer: Peer, { run, args }: Captured): Promise<Outcome> {
    const definitions = this.#library.needed([run, ...args.uses], peer.known);
    for (const { id } of definitions) peer.known.add(id);
    const reply = await peer.ask({ definitions, run, args });
    if (reply.outcome === undefined) throw refused(reply);
    await this.#library.accept(reply.definitions!);
    return this.#library.restore(reply.outcome) as Outcome;
  }

  /** The function as the peer captures it. */
  async #again(peer: Peer, { run }: Captured): Promise<Sent> {
    const definitions = this.#library.needed([run], peer.known);
    for (const { id } of definitions) peer.known.add(id);
    const reply = await peer.ask({ definitions, run, again: true });
    if (reply.again === undefined) throw refused(reply);
    return reply.again;
  }

  async #callOther({ run, definitions }: Sent, { args }: Captured): Promise<Outcome> {
    await this.#other.accept(definitions);
    await this.#other.accept(this.#library.needed(args.uses, new Set()));
    return outcomeOf(this.#other.functionOf(run) as Call["run"], this.#other.restore(args) as unknown[]);
  }
}

function refused({ refusal }: Reply): Error {
  return Object.assign(new Error(`elsewhere: ${refusal?.message}`), { code: refusal?.code });
}

function expectedOf(call: Call): Outcome {
  return "throws" in call ? { thrown: call.throws } : { value: call.expected };
}

/** Whatever the classes. */
function isAlike(a: unknown, b: unknown): boolean {
  if (isDeepStrictEqual(a, b)) return true;
  try {
    deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

async function outcomeOf(run: Call["run"], args: readonly unknown[]): Promise<Outcome> {
  try {
    return { value: await run(...args) };
  } catch (thrown) {
    return { thrown };
  }
}
