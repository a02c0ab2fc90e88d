/* Tables whose rows are added, moved and removed: <ol data-rows="prefix"> with a Django formset's fields in each
   [data-row], and <template data-rows-empty="prefix">. Within a row, [data-when="field"] is in sight only while the
   field has one of data-values. Without this file the rows show their ORDER and DELETE fields, and all they have. */

function field(row, name) {
  return row.querySelector(`[name$="-${name}"]`);
}

function refresh(row) {
  row.querySelectorAll("[data-when]").forEach((part) => {
    part.hidden = !part.dataset.values.split(" ").includes(field(row, part.dataset.when).value);
  });
}

function number(list) {
  const shown = [...list.querySelectorAll("[data-row]:not([hidden])")];
  shown.forEach((row, place) => {
    field(row, "ORDER").value = place + 1;
    row.querySelector("[data-row-up]").disabled = place === 0;
    row.querySelector("[data-row-down]").disabled = place === shown.length - 1;
  });
}

function prepare(row) {
  row.querySelector("[data-rows-plain]").hidden = true;
  row.querySelector("[data-rows-buttons]").hidden = false;
  refresh(row);
}

function add(prefix) {
  const list = document.querySelector(`[data-rows="${prefix}"]`);
  const total = document.querySelector(`[name="${prefix}-TOTAL_FORMS"]`);
  const html = document.querySelector(`[data-rows-empty="${prefix}"]`).innerHTML;
  list.insertAdjacentHTML("beforeend", html.replaceAll("__prefix__", total.value));
  total.value = Number(total.value) + 1;
  prepare(list.lastElementChild);
  number(list);
  list.lastElementChild.querySelector("select, input").focus();
}

function move(row, isUp) {
  const shown = [...row.parentElement.querySelectorAll("[data-row]:not([hidden])")];
  const other = shown[shown.indexOf(row) + (isUp ? -1 : 1)];
  if (isUp) {
    other.before(row);
  } else {
    other.after(row);
  }
  number(row.parentElement);
}

document.addEventListener("click", (event) => {
  const adder = event.target.closest("[data-rows-add]");
  const row = event.target.closest("[data-row]");
  if (adder) {
    add(adder.dataset.rowsAdd);
  } else if (row && event.target.closest("[data-row-remove]")) {
    field(row, "DELETE").checked = true;
    row.hidden = true;
    number(row.parentElement);
  } else if (row && event.target.closest("[data-row-up], [data-row-down]")) {
    const button = event.target.closest("button");
    move(row, "rowUp" in button.dataset);
    button.focus();
  }
});

document.addEventListener("change", (event) => {
  const row = event.target.closest("[data-row]");
  if (row) {
    refresh(row);
  }
});

document.querySelectorAll("[data-rows]").forEach((list) => {
  list.querySelectorAll("[data-row]").forEach((row) => {
    if ("rowBlank" in row.dataset && !row.querySelector(".has-error")) {
      row.remove();
    } else {
      prepare(row);
    }
  });
  number(list);
});
document.querySelectorAll("[data-rows-add]").forEach((button) => {
  button.hidden = false;
});
