import type { Case } from "../../case.ts";

class Greeter {
  readonly greeting: string;
  constructor(greeting: string) {
    this.greeting = greeting;
  }
  greet(name: string): string {
    return `${this.greeting}, ${name}`;
  }
}
const greeter = new Greeter("Hello");

export default { run: greeter.greet.bind(greeter), args: ["Ada"], expected: "Hello, Ada" } satisfies Case;
