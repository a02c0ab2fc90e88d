/* The frame: the sidebar on a phone, and menus that close by Escape, by a click outside and when focus leaves. */

const root = document.documentElement;
const toggle = document.querySelector(".nav-toggle");
const sidebar = document.querySelector(".sidebar");

function showSidebar(isShown) {
  root.classList.toggle("nav-open", isShown);
  toggle.setAttribute("aria-expanded", String(isShown));
  if (isShown) {
    sidebar.querySelector("a, button").focus();
  } else if (sidebar.contains(document.activeElement)) {
    toggle.focus();
  }
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) {
      menu.open = false;
    }
  }
}

if (toggle && sidebar) {
  toggle.addEventListener("click", () => showSidebar(!root.classList.contains("nav-open")));
}

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.menu"));
  if (root.classList.contains("nav-open") && !sidebar.contains(event.target) && !toggle.contains(event.target)) {
    showSidebar(false);
  }
});

document.addEventListener("focusin", (event) => closeMenus(event.target.closest("details.menu")));

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") {
    return;
  }
  const menu = event.target.closest("details.menu[open]");
  closeMenus();
  menu?.querySelector("summary").focus();
  if (root.classList.contains("nav-open")) {
    showSidebar(false);
  }
});

/* The current tab stands at the end of a long row on a phone: bring it into sight. */
document.querySelector('.tab[aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" });
