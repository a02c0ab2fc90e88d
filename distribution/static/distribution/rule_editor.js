/* The rule editor: rows of the mapping table come and go, fields that mean nothing stay out of sight, and the request
   beside the form follows what is typed. Without this file the form still saves; it only shows everything. */

const PREVIEW_DELAY_MS = 350;
const form = document.getElementById("rule-form");
const rows = document.getElementById("mapping-rows");
const total = form.elements["mappings-TOTAL_FORMS"];

function field(row, name) {
  return row.querySelector(`[name$="-${name}"]`);
}

function refreshRow(row) {
  const source = field(row, "source").value;
  const isRoutingId = source.startsWith("routing.");
  row.classList.toggle("is-marked", isRoutingId);
  row.querySelectorAll("[data-for-source]").forEach((extra) => {
    extra.hidden = extra.dataset.forSource !== source;
  });
  field(row, "date_format").closest(".form-field").hidden = field(row, "transform").value !== "date";
  ["transform", "default", "value_table"].forEach((name) => {
    field(row, name).closest(".form-field").hidden = isRoutingId;
  });
}

function refreshForm() {
  form.querySelectorAll("[data-show-for]").forEach((part) => {
    const chosen = form.elements[part.dataset.showFor].value;
    part.hidden = !part.dataset.showValues.split(" ").includes(chosen);
  });
  if (form.elements.method.value === "GET") {
    form.elements.body_format.value = "query";
  }
}

function numberRows() {
  rows.querySelectorAll("[data-mapping]").forEach((row, index) => {
    field(row, "ORDER").value = index + 1;
  });
}

function addRow(source) {
  const html = document.getElementById("mapping-empty").innerHTML.replaceAll("__prefix__", total.value);
  rows.insertAdjacentHTML("beforeend", html);
  total.value = Number(total.value) + 1;
  const row = rows.lastElementChild;
  field(row, "source").value = source;
  refreshRow(row);
  numberRows();
  field(row, source === "constant" ? "name" : "source").focus();
}

let previewTimer;
let previewRequest;

async function preview() {
  previewRequest?.abort();
  previewRequest = new AbortController();
  try {
    const answer = await fetch(form.dataset.previewUrl, {
      method: "POST",
      body: new FormData(form),
      signal: previewRequest.signal,
    });
    if (answer.ok) {
      document.getElementById("preview").innerHTML = await answer.text();
    }
  } catch (error) {
    if (error.name !== "AbortError") {
      throw error;
    }
  }
}

form.addEventListener("input", () => {
  clearTimeout(previewTimer);
  previewTimer = setTimeout(preview, PREVIEW_DELAY_MS);
});

form.addEventListener("change", (event) => {
  const row = event.target.closest("[data-mapping]");
  if (row) {
    refreshRow(row);
  }
  refreshForm();
});

document.addEventListener("click", (event) => {
  const adder = event.target.closest("[data-add-mapping]");
  const remover = event.target.closest("[data-remove-mapping]");
  if (adder) {
    addRow(adder.dataset.addMapping);
  }
  if (remover) {
    const row = remover.closest("[data-mapping]");
    field(row, "DELETE").checked = true;
    row.hidden = true;
    rows.append(row);
    numberRows();
    preview();
  }
});

rows.querySelectorAll("[data-mapping]").forEach(refreshRow);
refreshForm();
numberRows();
preview();
