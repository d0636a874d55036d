export function openBook() {
  let stock = 500;
  return {
    take(quantity) {
      if (quantity > stock) return false;
      stock -= quantity;
      return true;
    },
    problem: () => (stock >= 0 ? undefined : `the stock is ${stock}`),
  };
}
