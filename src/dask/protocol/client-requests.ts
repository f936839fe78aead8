import { type Key, type KeyId, keyOf } from "./key.ts";
import type { Profile } from "./profile.ts";

/** What a client says to the scheduler on the stream; `update-graph` is made by `updateGraph`. */
export type ClientReport =
  | { readonly op: "client-desires-keys"; readonly keys: readonly KeyId[]; readonly client: string }
  | { readonly op: "client-releases-keys"; readonly keys: readonly KeyId[]; readonly client: string }
  | { readonly op: "heartbeat-client" }
  | {
      readonly op: "cancel-keys";
      readonly keys: readonly KeyId[];
      readonly force: boolean;
      readonly reason: string;
      readonly message: string;
    }
  | { readonly op: "report-key"; readonly key: KeyId }
  | {
      readonly op: "update-data";
      readonly whoHas: ReadonlyMap<KeyId, readonly string[]>;
      readonly nbytes: ReadonlyMap<KeyId, number>;
    }
  | { readonly op: "subscribe-topic"; readonly topic: string }
  | { readonly op: "unsubscribe-topic"; readonly topic: string }
  | { readonly op: "close-client" }
  | { readonly op: "close-stream" };

/** The map to be sent: exactly the fields that this release takes, as one more closes the stream. */
export function clientReport(profile: Profile, report: ClientReport): Readonly<Record<string, unknown>> {
  const { op } = report;
  switch (op) {
    case "client-desires-keys":
    case "client-releases-keys":
      return { op, keys: report.keys.map(keyOf), client: report.client };
    case "cancel-keys":
      return {
        op,
        keys: report.keys.map(keyOf),
        force: report.force,
        reason: profile.cancelReason ? report.reason : undefined,
        msg: profile.cancelReason ? report.message : undefined,
      };
    case "report-key":
      return { op, key: keyOf(report.key) };
    case "update-data":
      return { op, who_has: byKey(report.whoHas), nbytes: byKey(report.nbytes) };
    case "subscribe-topic":
    case "unsubscribe-topic":
      return { op, topic: report.topic };
    case "heartbeat-client":
    case "close-client":
    case "close-stream":
      return { op };
  }
}

/** A map as it goes over the wire, for requests as well: its keys are those of tasks. */
export function byKey<T>(map: ReadonlyMap<KeyId, T>): Map<Key, T> {
  return new Map(Array.from(map, ([id, value]): [Key, T] => [keyOf(id), value]));
}
