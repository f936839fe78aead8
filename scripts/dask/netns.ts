import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** The first three bytes of the addresses. */
const NET = "10.231.7";

/** Networks of this machine's own, one for each host that it plays; they are connected by a bridge that this process sees as well. */
export class Networks implements AsyncDisposable {
  /** This process's address on the bridge. */
  readonly address = `${NET}.1`;
  readonly #prefix = `dg${process.pid % 100_000}`;
  #count = 0;

  /** @throws Error If the machine does not let this process do that: only root can, with the command `ip`. */
  static async create(hosts: number): Promise<Networks> {
    const networks = new Networks();
    try {
      await networks.#create(hosts);
    } catch (error) {
      await networks[Symbol.asyncDispose]();
      throw error;
    }
    return networks;
  }

  /** The command before a command that is to run on this host, from 0. */
  within(host: number): readonly string[] {
    return ["ip", "netns", "exec", this.#host(host)];
  }

  /** Nothing reaches the host any more, and nothing comes from it. */
  cut(host: number): Promise<void> {
    return ip("link", "set", this.#link(host), "down");
  }

  /** The end of `cut`. */
  heal(host: number): Promise<void> {
    return ip("link", "set", this.#link(host), "up");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const hosts = Array.from({ length: this.#count }, (_, host) => host);
    // Before the hosts, which last as long as processes run there.
    const links = [...hosts.map((host) => this.#link(host)), this.#bridge];
    await Promise.allSettled(links.map((link) => ip("link", "delete", link)));
    await Promise.allSettled(hosts.map((host) => ip("netns", "delete", this.#host(host))));
  }

  async #create(hosts: number): Promise<void> {
    await ip("link", "add", this.#bridge, "type", "bridge");
    await ip("address", "add", `${this.address}/24`, "dev", this.#bridge);
    await ip("link", "set", this.#bridge, "up");
    for (; this.#count < hosts; this.#count++) {
      const [host, link] = [this.#host(this.#count), this.#link(this.#count)];
      await ip("netns", "add", host);
      await ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", host);
      await ip("link", "set", link, "master", this.#bridge, "up");
      await ip("-n", host, "address", "add", `${NET}.${10 + this.#count}/24`, "dev", "eth0");
      for (const device of ["eth0", "lo"]) await ip("-n", host, "link", "set", device, "up");
    }
  }

  get #bridge(): string {
    return `${this.#prefix}b`;
  }

  #host(host: number): string {
    return `${this.#prefix}h${host}`;
  }

  #link(host: number): string {
    return `${this.#prefix}v${host}`;
  }
}

async function ip(...args: readonly string[]): Promise<void> {
  await promisify(execFile)("ip", args);
}
