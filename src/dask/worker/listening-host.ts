import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { parseAddress } from "../comm/address.ts";

/**
 * The address of this machine from which it reaches another one: the loopback device for what runs
 * here. Nothing is sent.
 * @param address tcp://host:port
 * @throws the system's error if the host is not known, or nothing leads there
 */
export async function listeningHostFor(address: string): Promise<string> {
  const { host, port } = parseAddress(address);
  const found = await lookup(host);
  const socket = createSocket(found.family === 6 ? "udp6" : "udp4");
  try {
    // A socket of this kind has an address as soon as it is said where to.
    socket.connect(port, found.address);
    await once(socket, "connect");
    return socket.address().address;
  } finally {
    socket.close();
  }
}
