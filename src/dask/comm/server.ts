import { asError, CommError, DaskProtocolError } from "../../errors.ts";
import { messageOf } from "../../shown.ts";
import { writeFailure } from "../protocol/exceptions.ts";
import { type Request, readRequest } from "../protocol/messages.ts";
import type { Connection } from "./connection.ts";

/** What a handler returns that has dealt with the reply itself. */
export const NO_REPLY: unique symbol = Symbol("no reply");

/** Answers a request; what it throws is answered as an error. It may go on to use the connection before it returns. */
export type Handler = (request: Request, connection: Connection) => unknown;

export interface ServeOptions {
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly log?: (line: string) => void;
}

/**
 * Answers the requests of a connection, one after the other, until it ends. Never rejects.
 *
 * As in dask: what a handler throws is answered with `uncaught-error`, an op that is not known with nil.
 * What is no request at all ends this connection, and no other.
 */
export async function serve(
  connection: Connection,
  { handlers, log = () => {} }: ServeOptions,
): Promise<void> {
  try {
    for (;;) {
      const request = readRequest(await connection.read());
      const reply = await answer(request, connection, handlers, log);
      if (request.reply && reply !== NO_REPLY) await connection.write(reply);
      if (request.close) return await connection.close();
    }
  } catch (error) {
    // The end of a connection is nothing to talk about.
    if (error instanceof CommError && !(error.cause instanceof DaskProtocolError)) return;
    const reason = messageOf(asError(error));
    log(`the connection of ${connection.peer} was closed: ${reason}`);
    connection.abort(`was closed here: ${reason}`);
  }
}

async function answer(
  request: Request,
  connection: Connection,
  handlers: ReadonlyMap<string, Handler>,
  log: (line: string) => void,
): Promise<unknown> {
  if (request.op === "close") {
    if (request.reply) await connection.write("OK");
    await connection.close();
    return NO_REPLY;
  }
  const handler = handlers.get(request.op);
  if (handler === undefined) {
    log(`${connection.peer} asked for ${request.op}, which is not known here`);
    return null;
  }
  try {
    return (await handler(request, connection)) ?? null;
  } catch (error) {
    if (!connection.open) throw error;
    log(`${request.op}, asked for by ${connection.peer}, failed: ${messageOf(asError(error))}`);
    return uncaughtError(asError(error));
  }
}

/** The reply to a request whose handler failed. */
function uncaughtError(error: Error): Readonly<Record<string, unknown>> {
  const { name, message, stack } = error;
  const failure = writeFailure({ name, message, stack });
  return {
    status: "uncaught-error",
    exception: failure.exception,
    traceback: failure.traceback,
    exception_text: failure.exceptionText,
    traceback_text: failure.tracebackText,
  };
}
