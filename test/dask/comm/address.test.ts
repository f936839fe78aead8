import { describe, expect, it } from "vitest";
import { formatAddress, normalAddress, parseAddress } from "../../../src/dask/comm/address.ts";

describe("an address", () => {
  it.each([
    ["tcp://127.0.0.1:8786", "127.0.0.1", 8786],
    ["10.0.0.7:1", "10.0.0.7", 1],
    ["tcp://[::1]:65535", "::1", 65535],
    ["tcp://some-host.example:80", "some-host.example", 80],
    ["TCP://host:80", "host", 80],
  ])("%s is read", (text, host, port) => {
    expect(parseAddress(text)).toEqual({ protocol: "tcp", host, port });
  });

  it.each([
    ["tcp://host", "it must have a port"],
    ["tcp://:8786", "it must have a host"],
    ["tcp://host:0", "the port must be 1 to 65535, not 0"],
    ["tcp://host:70000", "the port must be 1 to 65535, not 70000"],
    ["tls://host:1", "TLS is not supported yet"],
    ["ws://host:1", "the protocol must be tcp, not ws"],
    ["tcp://[host]:1", "only an IPv6 address stands in brackets, not host"],
    ["::1:8786", "it must be protocol, host and port"],
    ["tcp://host:1/path", "it must be protocol, host and port"],
    ["", "it must have a host"],
  ])("%j is none", (text, problem) => {
    expect(() => parseAddress(text)).toThrow(TypeError);
    expect(() => parseAddress(text)).toThrow(`${JSON.stringify(text)} is no address: ${problem}`);
  });

  it("is written in one way", () => {
    expect(formatAddress("::1", 5)).toBe("tcp://[::1]:5");
    expect(normalAddress("127.0.0.1:08786")).toBe("tcp://127.0.0.1:8786");
  });
});
