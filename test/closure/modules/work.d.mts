export function double(x: number): number;
