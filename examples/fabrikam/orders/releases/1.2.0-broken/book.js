export function openBook() {
  // The bug of this release: no template sets FIRST_STOCK, and no stock is not a number.
  let stock = Number(process.env.FIRST_STOCK);
  return {
    take(quantity) {
      if (quantity > stock) return false;
      stock -= quantity;
      return true;
    },
    problem: () => (stock >= 0 ? undefined : `the stock is ${stock}`),
  };
}
