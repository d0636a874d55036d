/** What is not in stock is promised for later, and kept apart from what is there. */
export function openBook() {
  let stock = 500;
  let promised = 0;
  return {
    take(quantity) {
      const now = Math.min(quantity, stock);
      stock -= now;
      promised += quantity - now;
      return true;
    },
    problem: () => (stock >= 0 && promised >= 0 ? undefined : `the stock is ${stock}`),
  };
}
