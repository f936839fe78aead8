function make() {
  return () => later;
  const later = 1;
}

export default {
  run: make(),
  refused: ["`later`", "no value yet"],
  /** Reads as undefined there. */
  unnoticedOn: 20,
};
