// Sets the theme before the first paint. A file of its own: the page's policy allows no scripts in the page.
try {
  const { theme } = JSON.parse(localStorage.getItem("portal.settings") ?? "{}");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the system's theme is used.
}
