/* On a phone a table's rows become cards: each cell is told the heading of its column, which CSS shows before it. */

function nameCells(place) {
  for (const table of place.querySelectorAll("table.table-cards, #result_list")) {
    const labels = Array.from(table.querySelectorAll("thead th"), (heading) => heading.textContent.trim());
    for (const row of table.tBodies[0]?.rows ?? []) {
      Array.from(row.cells).forEach((cell, column) => {
        /* The first cell names the row and needs no heading. */
        if (column > 0 && labels[column] && cell.colSpan === 1 && !cell.matches("th, .action-checkbox")) {
          cell.dataset.label = labels[column];
        }
      });
    }
  }
}

nameCells(document);
document.addEventListener("htmx:afterSettle", (event) => nameCells(event.target.parentElement ?? document));
