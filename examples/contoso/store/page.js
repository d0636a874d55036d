/** The front page, as HTML. What a neighbour said is escaped. */
export function page(version, payments) {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Contoso Store</title>
  </head>
  <body>
    <h1>Contoso Store</h1>
    <p>Store <b id="store">${escape(version)}</b>, payments <b id="payments">${escape(payments)}</b></p>
  </body>
</html>
`;
}

function escape(text) {
  return text.replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);
}
