/* A rule that sends mails: rows take the names people read, and the links by which the client answers join them. */

const form = document.getElementById("rule-form");
const rows = document.getElementById("mapping-rows");

function field(row, name) {
  return row.querySelector(`[name$="-${name}"]`);
}

function isMail() {
  return form.elements.channel.value === "mail";
}

function nameRows() {
  rows.querySelectorAll("[data-mapping]").forEach((row) => {
    const [source, name] = [field(row, "source"), field(row, "name")];
    name.dir = isMail() ? "auto" : "ltr";
    if (!isMail() || name.value) {
      return;
    }
    if (source.value === "routing.id") {
      source.value = "feedback.links";
    }
    name.value = source.value === "feedback.links" ? form.dataset.linksHeading : source.selectedOptions[0].text;
  });
}

form.addEventListener("change", nameRows);
nameRows();
