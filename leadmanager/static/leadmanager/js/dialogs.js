/* data-dialog="id" opens that <dialog>; data-dialog-close, Escape and a click beside it close it. A dialog with
   data-dialog-open is open from the start: the page was answered with it. */

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.dialog).showModal();
    return;
  }
  if (event.target.closest("[data-dialog-close]") || event.target.matches("dialog.dialog")) {
    const dialog = event.target.closest("dialog");
    if (event.target !== dialog || isOutside(dialog, event)) {
      dialog.close();
    }
  }
});

function isOutside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

function openAtOnce(place) {
  place.querySelector("dialog[data-dialog-open]:not([open])")?.showModal();
}

openAtOnce(document);
document.addEventListener("htmx:afterSettle", (event) => openAtOnce(event.target.parentElement ?? document));
