const LARGEST_ORDER = 10;

export function openBook() {
  let stock = 500;
  return {
    take(quantity) {
      if (quantity > Math.min(stock, LARGEST_ORDER)) return false;
      stock -= quantity;
      return true;
    },
    problem: () => (stock >= 0 ? undefined : `the stock is ${stock}`),
  };
}
