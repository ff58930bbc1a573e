/** Returns `inner` with some members replaced; methods are called on the object that they belong to. */
export function overriding<T extends object>(inner: T, changes: Partial<T>): T {
  return new Proxy(inner, {
    get(target, name) {
      const source = name in changes ? changes : target;
      const value = Reflect.get(source, name);
      return typeof value === "function" ? value.bind(source) : value;
    },
  });
}
