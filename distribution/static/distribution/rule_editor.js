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
  const isRoutingId = ["routing.id", "routing.number", "feedback.links"].includes(source);
  const isFixed = isRoutingId || source === "constant" || source === "secret";
  const isJoined = !isFixed && field(row, "joined_source").value !== "";
  const isJson = ["json", "json_template"].includes(form.elements.body_format.value);
  const isInBody = ["field", "slot"].includes(field(row, "placement").value);
  row.classList.toggle("is-marked", isRoutingId);
  row.querySelectorAll("[data-for-source]").forEach((extra) => {
    extra.hidden = !extra.dataset.forSource.split(" ").includes(source);
  });
  const show = (name, isShown) => {
    field(row, name).closest(".form-field").hidden = !isShown;
  };
  show("date_format", !isFixed && field(row, "transform").value === "date");
  ["transform", "default", "value_table", "max_length", "joined_source", "is_always_sent"].forEach((name) => {
    show(name, !isFixed);
  });
  const badge = row.querySelector("[data-slot-badge]");
  badge.hidden = field(row, "placement").value !== "slot";
  badge.textContent = `{{${field(row, "name").value}}}`;
  show("separator", isJoined);
  show("joined_key", isJoined && field(row, "joined_source").value === "lead.data");
  show("json_type", isJson && isInBody && source !== "secret");
}

function refreshForm() {
  form.querySelectorAll("[data-show-for]").forEach((part) => {
    const control = form.elements[part.dataset.showFor];
    const chosen = control.type === "checkbox" && !control.checked ? "" : control.value;
    const { showValues, hideValues } = part.dataset;
    part.hidden = showValues ? !showValues.split(" ").includes(chosen) : hideValues.split(" ").includes(chosen);
  });
  if (form.elements.method.value === "GET") {
    form.elements.body_format.value = "query";
  }
}

/* Slots of the template and the address that no mapping fills yet: one click adds the mapping. */
function refreshSlots() {
  const isTemplate = ["xml", "soap", "json_template", "text"].includes(form.elements.body_format.value);
  const text = form.elements.url.value + (isTemplate ? form.elements.template.value : "");
  const mapped = new Set();
  rows.querySelectorAll("[data-mapping]").forEach((row) => {
    if (!field(row, "DELETE").checked && field(row, "placement").value === "slot") {
      mapped.add(field(row, "name").value);
    }
  });
  const slots = new Set([...text.matchAll(/\{\{\s*([A-Za-z][A-Za-z0-9_]*)/g)].map((match) => match[1]));
  const missing = [...slots].filter((slot) => !mapped.has(slot));
  const place = document.getElementById("missing-slots");
  // A button that is replaced while it is being pressed (leaving a field comes first) is never clicked.
  if (place.dataset.slots === missing.join(" ")) {
    return;
  }
  place.dataset.slots = missing.join(" ");
  place.querySelectorAll("button").forEach((button) => button.remove());
  missing.forEach((slot) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button ltr";
    button.dataset.addSlot = slot;
    button.textContent = `+ {{${slot}}}`;
    place.append(button);
  });
  place.hidden = missing.length === 0;
}

function numberRows() {
  rows.querySelectorAll("[data-mapping]").forEach((row, index) => {
    field(row, "ORDER").value = index + 1;
  });
}

/* What the preview's answer brings beside the request: each row's value, and fields with theirs. */
function showSamples() {
  const samples = document.getElementById("samples");
  if (!samples) {
    return;
  }
  rows.querySelectorAll("[data-mapping]").forEach((row) => {
    const value = samples.querySelector(`[data-of="${row.dataset.mapping}"]`);
    const shown = row.querySelector("[data-value]");
    shown.textContent = value ? value.textContent : "";
    shown.dir = /[\u05d0-\u05ea]/.test(shown.textContent) ? "rtl" : "ltr";
  });
  const offers = document.getElementById("mapping-offers");
  offers.replaceChildren(samples.querySelector("template").content.cloneNode(true));
  offers.parentElement.hidden = !offers.childElementCount;
}

function addRow(source, key = "") {
  const html = document.getElementById("mapping-empty").innerHTML.replaceAll("__prefix__", total.value);
  rows.insertAdjacentHTML("beforeend", html);
  total.value = Number(total.value) + 1;
  const row = rows.lastElementChild;
  field(row, "source").value = source;
  field(row, "source_key").value = key;
  refreshRow(row);
  numberRows();
  field(row, key ? "name" : source === "constant" ? "name" : "source").focus();
  return row;
}

function addSlot(slot) {
  const row = addRow("lead.name");
  field(row, "name").value = slot;
  field(row, "placement").value = "slot";
  refreshRow(row);
  refreshSlots();
  preview();
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
      showSamples();
    }
  } catch (error) {
    if (error.name !== "AbortError") {
      throw error;
    }
  }
}

form.addEventListener("input", () => {
  refreshSlots();
  clearTimeout(previewTimer);
  previewTimer = setTimeout(preview, PREVIEW_DELAY_MS);
});

form.addEventListener("rows-moved", () => {
  numberRows();
  preview();
});

form.addEventListener("change", () => {
  refreshForm();
  rows.querySelectorAll("[data-mapping]").forEach(refreshRow);
  refreshSlots();
});

document.addEventListener("click", (event) => {
  const adder = event.target.closest("[data-add-mapping]");
  const slot = event.target.closest("[data-add-slot]");
  if (slot) {
    addSlot(slot.dataset.addSlot);
  }
  const opener = event.target.closest("[data-open-details]");
  if (opener) {
    const details = document.querySelector(`#${opener.dataset.openDetails} details`);
    details.open = true;
    details.querySelector("textarea").focus();
  }
  const remover = event.target.closest("[data-remove-mapping]");
  if (adder) {
    addRow(adder.dataset.addMapping, adder.dataset.addKey);
    preview();
  }
  if (remover) {
    const row = remover.closest("[data-mapping]");
    field(row, "DELETE").checked = true;
    row.hidden = true;
    rows.append(row);
    numberRows();
    refreshSlots();
    preview();
  }
});

rows.querySelectorAll("[data-mapping]").forEach(refreshRow);
refreshForm();
refreshSlots();
numberRows();
preview();
