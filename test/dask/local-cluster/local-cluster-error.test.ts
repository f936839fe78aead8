import { expect, it } from "vitest";
import { LocalClusterError } from "../../../src/dask/local-cluster/local-cluster-error.ts";
import { DispatcherError } from "../../../src/errors.ts";

it("is an error of the library with a code of its own", () => {
  const error = new LocalClusterError("why");
  expect(error).toBeInstanceOf(DispatcherError);
  expect([error.name, error.code]).toEqual(["LocalClusterError", "ERR_LOCAL_CLUSTER"]);
});
