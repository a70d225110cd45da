// Sets the theme before the first paint, and tells of a browser that is too old. A file of its own: the page's policy allows no scripts
// in the page.
try {
  const { theme } = JSON.parse(localStorage.getItem("portal.settings") ?? "{}");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the system's theme is used.
}
// Without these menus do not open and cases do not show, and nothing else would say why.
addEventListener("DOMContentLoaded", () => {
  const isOld = !("popover" in HTMLElement.prototype && "checkVisibility" in Element.prototype && "canParse" in URL);
  document.getElementById("old-browser").hidden = !isOld;
});
