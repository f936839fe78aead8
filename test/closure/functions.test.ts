import { describe, expect, it } from "vitest";
import { moved, movedValue } from "./travel.ts";

describe("functions and classes", () => {
  it("keep their names and own properties", async () => {
    const tagged = (x: number) => x;
    const copy = await moved(Object.assign(tagged, { tag: { a: 1 } }));
    expect([copy.name, copy.tag]).toEqual(["tagged", { a: 1 }]);
  });

  it("keep what was added to a class or replaced in it", async () => {
    class Base {
      static count = 1;
      kept() {
        return "kept";
      }
      replaced() {
        return "old";
      }
    }
    Base.count = 5;
    Base.prototype.replaced = () => "new";
    Object.assign(Base.prototype, { added: () => "added", alias: Base.prototype.kept });
    const copy = (await moved(Base as never)) as unknown as typeof Base;
    const one = new copy() as Base & { added(): string; alias(): string };
    expect([copy.count, one.kept(), one.replaced(), one.added(), one.alias()]).toEqual([
      5,
      ...["kept", "new", "added", "kept"],
    ]);
    expect(Object.getOwnPropertyDescriptor(copy.prototype, "kept")?.enumerable).toBe(false);
  });

  it("keep the prototypes of old-style classes", async () => {
    const values = await movedValue(
      new Function(`
        function Animal(name) { this.name = name }
        Animal.prototype.speak = function () { return this.name + " speaks" };
        function Dog(name) { Animal.call(this, name) }
        Object.setPrototypeOf(Dog.prototype, Animal.prototype);
        Object.setPrototypeOf(Dog, Animal);
        return { Animal, Dog, dog: new Dog("Rex") };
      `)() as { Animal: new () => object; Dog: new () => object; dog: { speak(): string } },
    );
    expect(values.dog.speak()).toBe("Rex speaks");
    expect([values.dog instanceof values.Dog, values.dog instanceof values.Animal]).toEqual([true, true]);
    expect(Object.getPrototypeOf(values.Dog)).toBe(values.Animal);
    expect(values.Dog.prototype.constructor).toBe(values.Dog);
  });

  it("take only those parts of a module along that they use", async () => {
    const { recipe } = await import("./travel.ts").then(({ thread }) => thread().capture(() => moved.name));
    expect(JSON.stringify(recipe)).not.toContain("movedValue");
  });
});
