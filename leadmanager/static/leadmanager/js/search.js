/* The search field of every page: "/" goes to it, the arrow keys walk through what was found, Escape leaves it. */

const form = document.querySelector(".site-search");
const field = form?.querySelector("input");

function typesText(element) {
  return element.isContentEditable || element.matches("input, textarea, select");
}

function walk(step) {
  const stops = [field, ...form.querySelectorAll(".search-hit")];
  const here = stops.indexOf(document.activeElement);
  stops[(here + step + stops.length) % stops.length].focus();
}

if (form) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typesText(event.target)) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  });

  form.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      walk(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") {
      field.value = "";
      form.querySelector(".site-search-panel").replaceChildren();
      document.activeElement.blur();
    }
  });
}
