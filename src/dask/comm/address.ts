import { isIPv6 } from "node:net";

/** Where something listens. */
export interface Address {
  readonly protocol: "tcp";
  /** A name or a numeric address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

const TEXT = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\[[^\]]*\]|[^:/[\]]*)(?::(\d+))?$/i;

/**
 * Reads `tcp://host:port`; the protocol may be left out, IPv6 addresses stand in brackets.
 * @throws {TypeError} that names the text and what is wrong with it
 */
export function parseAddress(text: string): Address {
  const wrong = (problem: string): TypeError =>
    new TypeError(`${JSON.stringify(text)} is no address: ${problem}, as in "tcp://10.0.0.7:8786"`);
  const [, scheme = "tcp", bracketed, digits] = TEXT.exec(text) ?? [];
  const protocol = scheme.toLowerCase();
  if (bracketed === undefined) throw wrong("it must be protocol, host and port");
  if (protocol === "tls") throw wrong("TLS is not supported yet, so the protocol must be tcp");
  if (protocol !== "tcp") throw wrong(`the protocol must be tcp, not ${protocol}`);
  const host = bracketed.startsWith("[") ? bracketed.slice(1, -1) : bracketed;
  if (host === "") throw wrong("it must have a host");
  if (host !== bracketed && !isIPv6(host))
    throw wrong(`only an IPv6 address stands in brackets, not ${host}`);
  if (digits === undefined) throw wrong("it must have a port");
  const port = Number(digits);
  if (port < 1 || port > 65_535) throw wrong(`the port must be 1 to 65535, not ${digits}`);
  return { protocol, host, port };
}

/** `tcp://host:port`. */
export function formatAddress(host: string, port: number): string {
  return `tcp://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** The same address in the one way of writing that is used in messages and tables. */
export function normalAddress(text: string): string {
  const { host, port } = parseAddress(text);
  return formatAddress(host, port);
}
