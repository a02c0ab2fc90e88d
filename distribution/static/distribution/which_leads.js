/* The section Which leads: rows and groups of conditions come and go, hours are copied, a lead is tried in place.
   Without this file every group shows an empty row and an empty group follows; both are left out when they say
   nothing, and the trial opens a page of its own. */

const section = document.getElementById("which-leads");
const groups = section.querySelector("[data-groups]");
const trial = section.querySelector("[data-trial]");

function part(row, name) {
  return row.querySelector(`[name$="-${name}"]`);
}

function refreshRow(row) {
  const comparison = part(row, "comparison").value;
  row.querySelector("[data-for-further]").hidden = part(row, "field").value !== "data";
  row.querySelector("[data-for-value]").hidden = comparison.endsWith("empty");
  row.querySelector("[data-for-between]").hidden = !comparison.endsWith("between");
}

function refreshGroups() {
  const shown = groups.querySelectorAll("[data-group]").length;
  section.querySelector("[data-groups-mode]").hidden = shown < 2;
  groups.querySelectorAll("[data-group]").forEach((group) => {
    group.querySelector(".condition-group-head").hidden = group.querySelectorAll("[data-condition]").length < 2;
  });
}

function nextNumber(pattern) {
  const names = [...section.querySelectorAll("[name]")].map((input) => input.name.match(pattern));
  return Math.max(-1, ...names.filter(Boolean).map((found) => Number(found[1]))) + 1;
}

function copied(template, values) {
  let html = section.querySelector(template).innerHTML;
  Object.entries(values).forEach(([name, value]) => {
    html = html.replaceAll(name, value);
  });
  const holder = document.createElement("div");
  holder.innerHTML = html;
  revealButtons(holder);
  return holder.firstElementChild;
}

function addRow(group) {
  const values = { __row__: nextNumber(/^conditions-(\d+)-/), __group__: group.dataset.group };
  const row = copied("[data-row-template]", values);
  group.querySelector("[data-rows]").append(row);
  refreshRow(row);
  refreshGroups();
  return row;
}

function addGroup() {
  const group = copied("[data-group-template]", { __group__: nextNumber(/^groups-(\d+)-/) });
  groups.append(group);
  return addRow(group);
}

function revealButtons(within) {
  within.querySelectorAll("[data-needs-script]").forEach((element) => {
    element.hidden = false;
  });
}

function removeRow(row) {
  const group = row.closest("[data-group]");
  row.remove();
  if (!group.querySelector("[data-condition]") && groups.querySelectorAll("[data-group]").length > 1) {
    group.remove();
  }
  refreshGroups();
}

function spansOf(day) {
  return [...section.querySelectorAll(`[data-day="${day}"] input[type="time"]`)];
}

function refreshSpans() {
  section.querySelectorAll("[data-day]").forEach((day) => {
    const spans = [...day.querySelectorAll("[data-span]")];
    spans.forEach((span, place) => {
      const says = [...span.querySelectorAll("input")].some((input) => input.value);
      span.hidden = place > 0 && !says && !span.hasAttribute("data-wanted");
    });
    day.querySelector("[data-add-span]").hidden = !spans.some((span) => span.hidden);
  });
}

async function tryLead(button) {
  const answer = await fetch(trial.dataset.url, {
    method: "POST",
    body: new FormData(button.form),
    headers: { "X-Requested-With": "fetch" },
  });
  if (answer.ok) {
    trial.querySelector("[data-trial-result]").innerHTML = await answer.text();
  }
}

section.addEventListener("click", (event) => {
  const found = (selector) => event.target.closest(selector);
  if (found("[data-add-condition]")) {
    part(addRow(found("[data-group]")), "field").focus();
  } else if (found("[data-add-group]")) {
    part(addGroup(), "field").focus();
  } else if (found("[data-remove-condition]")) {
    removeRow(found("[data-condition]"));
  } else if (found("[data-add-span]")) {
    const span = [...found("[data-day]").querySelectorAll("[data-span]")].find((each) => each.hidden);
    span.setAttribute("data-wanted", "");
    refreshSpans();
    span.querySelector("input").focus();
  } else if (found("[data-copy-hours]")) {
    const first = spansOf(0);
    found("[data-copy-hours]").dataset.copyHours.split(" ").forEach((day) => {
      spansOf(day).forEach((input, place) => {
        input.value = first[place].value;
      });
    });
    refreshSpans();
  } else if (found("[data-clear-hours]")) {
    section.querySelectorAll('[data-hours] input[type="time"]').forEach((input) => {
      input.value = "";
    });
    refreshSpans();
  } else if (found("[data-try]")) {
    event.preventDefault();
    tryLead(found("[data-try]"));
  }
});

section.addEventListener("change", (event) => {
  const row = event.target.closest("[data-condition]");
  if (row) {
    refreshRow(row);
  }
});

// The empty rows are for pages without this script: the buttons add them here.
groups.querySelectorAll("[data-condition]").forEach((row) => {
  if (!part(row, "field").value) {
    row.remove();
  }
});
groups.querySelectorAll("[data-blank]").forEach((group) => group.remove());
revealButtons(section);
groups.querySelectorAll("[data-condition]").forEach(refreshRow);
refreshGroups();
refreshSpans();
