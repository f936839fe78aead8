import type { Case } from "../../case.ts";

class Plain {
  value(): string {
    return "original";
  }
}
const original = Plain.prototype.value;
Plain.prototype.value = function (this: Plain): string {
  return `patched ${original.call(this)}`;
};
Object.defineProperty(Plain.prototype, "extra", { get: () => "extra", configurable: true });

export default {
  run: () => [new Plain().value(), (new Plain() as unknown as { extra: string }).extra],
  expected: ["patched original", "extra"],
} satisfies Case;
