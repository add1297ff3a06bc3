/**
 * A value, or a promise of it where something has to be waited for. Nearly every token is made without waiting, and a promise
 * for each step would cost as much as the steps do.
 */
export type Eventually<Value> = Value | Promise<Value>;

/** Goes on with a value: at once where it is there. */
export function onceThere<Value, Next>(
  value: Eventually<Value>,
  next: (value: Value) => Eventually<Next>,
): Eventually<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}
