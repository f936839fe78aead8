import type { AnyFunction } from "../task.ts";
import { rememberReference } from "./exports.ts";
import { rememberHome } from "./home.ts";
import { importFrom } from "./imports.ts";

/** The functions of a module, each of which gives a promise of its result. */
export type Remote<M> = {
  readonly [K in keyof M as M[K] extends AnyFunction ? K : never]: M[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

/**
 * The functions that a module exports, by reference: a worker imports the module itself and calls
 * its own function of that name. Nothing is captured and this thread does not load the module,
 * unless such a function is called here.
 *
 * ```ts
 * const work = remote<typeof import("./work.ts")>(new URL("./work.ts", import.meta.url));
 * const model = op(work.train, samples);
 * ```
 *
 * @throws TypeError if `url` is not an absolute URL
 */
export function remote<M>(url: URL | string): Remote<M> {
  if (!URL.canParse(String(url))) throw new TypeError(`not an absolute URL: ${String(url)}`);
  const specifier = String(url);
  const functions = new Map<string, AnyFunction>();
  const functionNamed = (name: string): AnyFunction => {
    let fn = functions.get(name);
    if (fn === undefined) {
      fn = { [name]: async (...args: unknown[]) => callExport(specifier, name, args) }[name] as AnyFunction;
      rememberReference(fn, {
        specifier,
        parent: "",
        name,
        members: [],
        required: false,
        package: undefined,
        attributes: undefined,
      });
      rememberHome(fn, { kind: "remote", url: specifier, name });
      functions.set(name, fn);
    }
    return fn;
  };
  const handler: ProxyHandler<object> = {
    // Whoever awaits the object itself asks for `then`.
    get: (_, key) => (typeof key === "symbol" || key === "then" ? undefined : functionNamed(key)),
  };
  return rememberHome(new Proxy({}, handler), {
    kind: "remote",
    url: specifier,
    name: undefined,
  }) as Remote<M>;
}

async function callExport(specifier: string, name: string, args: readonly unknown[]): Promise<unknown> {
  const module = await importFrom("")(specifier);
  const fn = module[name];
  if (typeof fn !== "function") throw new TypeError(`${specifier} exports no function ${name}`);
  return (fn as AnyFunction)(...args);
}
