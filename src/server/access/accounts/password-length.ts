/** Lengths of passwords, characters. A longer one would cost more to hash. */
export const passwordLength = { least: 10, most: 128 };
