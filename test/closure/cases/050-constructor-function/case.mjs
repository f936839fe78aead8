function Animal(name) {
  if (!new.target) return new Animal(name);
  this.name = name;
}
Animal.prototype.speak = function () {
  return `${this.name} ${Animal.sound}`;
};
Animal.sound = "speaks";
function Dog(name) {
  Animal.call(this, name);
}
Dog.prototype = Object.create(Animal.prototype, {
  constructor: { value: Dog, writable: true, configurable: true },
});

export default {
  run: () => {
    const dog = Reflect.construct(Animal, ["Rex"], Dog);
    return [dog.speak(), dog instanceof Animal, dog.constructor === Dog, Animal("Tom").speak()];
  },
  expected: ["Rex speaks", true, true, "Tom speaks"],
};
