/** What is not in stock is promised for later. */
export function openBook() {
  let stock = 500;
  return {
    take(quantity) {
      // The bug of this release: what is promised is taken from the stock as well.
      stock -= quantity;
      return true;
    },
    problem: () => (stock >= 0 ? undefined : `the stock is ${stock}`),
  };
}
