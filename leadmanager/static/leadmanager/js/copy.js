/* data-copy="id" copies the text of that element. The button and the page's live region say that it happened. */

const SHOWN_MS = 2000;
const announcer = document.getElementById("announcer");

async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  /* Plain http inside the agency's network has no clipboard API. */
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) {
    return;
  }
  const source = document.getElementById(button.dataset.copy);
  await copy((source.value ?? source.textContent).trim());
  announcer.textContent = button.dataset.copied;
  const label = button.querySelector("[data-copy-label]") ?? button;
  button.dataset.label ??= label.textContent;
  label.textContent = button.dataset.copied;
  setTimeout(() => {
    label.textContent = button.dataset.label;
    announcer.textContent = "";
  }, SHOWN_MS);
});
