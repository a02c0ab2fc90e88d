/* The order of the mapping table: by dragging a row's handle (mouse, pen or finger), or by its buttons up and down. */

const rows = document.getElementById("mapping-rows");
const place = document.getElementById("mapping-place");

function shown() {
  return [...rows.querySelectorAll("[data-mapping]")].filter((row) => !row.hidden);
}

function told(row) {
  const all = shown();
  place.textContent = place.dataset.text.replace("{place}", all.indexOf(row) + 1).replace("{count}", all.length);
  rows.dispatchEvent(new Event("rows-moved", { bubbles: true }));
}

rows.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) {
    return;
  }
  const row = button.closest("[data-mapping]");
  const all = shown();
  const other = all[all.indexOf(row) + Number(button.dataset.move)];
  if (other) {
    other[button.dataset.move === "1" ? "after" : "before"](row);
    button.focus();
    told(row);
  }
});

rows.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest("[data-drag-handle]");
  if (!handle || event.button !== 0) {
    return;
  }
  event.preventDefault();
  const row = handle.closest("[data-mapping]");
  row.classList.add("is-moving");

  const move = ({ clientY }) => {
    const all = shown();
    const at = all.indexOf(row);
    const middle = (other) => other.getBoundingClientRect().top + other.offsetHeight / 2;
    if (all[at - 1] && clientY < middle(all[at - 1])) {
      all[at - 1].before(row);
    } else if (all[at + 1] && clientY > middle(all[at + 1])) {
      all[at + 1].after(row);
    }
  };
  const stop = () => {
    row.classList.remove("is-moving");
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", stop);
    document.removeEventListener("pointercancel", stop);
    told(row);
  };
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", stop);
  document.addEventListener("pointercancel", stop);
});
