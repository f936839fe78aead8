import type { KeyId } from "../protocol/key.ts";
import { keyOf } from "../protocol/key.ts";
import type { Serialized } from "../protocol/message.ts";
import { fieldsOf } from "../protocol/messages.ts";
import { type RpcBounds, type RpcPool, replyOf } from "./rpc-pool.ts";

/**
 * Asks a worker for values: those of the keys that it has, or `"busy"` if it should be asked again a little later.
 * @param who The one who asks, for the worker's statistics.
 * @throws what `RpcPool.call` throws
 */
export function getData(
  pool: RpcPool,
  address: string,
  keys: readonly KeyId[],
  who: string,
  bounds: RpcBounds = {},
): Promise<ReadonlyMap<KeyId, Serialized> | "busy"> {
  const what = `get_data at ${address}`;
  return pool.use(
    address,
    what,
    async (connection) => {
      await connection.write({ op: "get_data", keys: keys.map(keyOf), who, reply: true });
      const reply = fieldsOf(`the reply to ${what}`, replyOf(await connection.read(), what));
      if (reply.string("status") === "busy") return "busy";
      const data = reply.data("data");
      // The worker counts the transfer as under way until it hears this.
      await connection.write("OK");
      return data;
    },
    bounds,
  );
}
