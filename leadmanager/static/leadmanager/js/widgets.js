/* Names that stock admin's widgets leave out, for who does not see them. The widgets are built when the page is ready. */

window.addEventListener("load", () => {
  for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
    const label = select.labels[0]?.textContent.trim();
    if (label) {
      for (const part of select.nextElementSibling.querySelectorAll("[role=combobox], [role=textbox]")) {
        part.setAttribute("aria-label", label);
      }
    }
  }
  for (const picture of document.querySelectorAll(".search-label-icon[aria-label]")) {
    picture.setAttribute("role", "img");
  }
});
