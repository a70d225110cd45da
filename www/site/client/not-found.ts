// The script of the page for missing addresses. Hosts send it below any path, so that its links, which are relative to the site's
// top folder, are set to where this script was loaded from.

const root = new URL("../", import.meta.url);

for (const link of document.querySelectorAll<HTMLAnchorElement>("a[href]")) {
  const address = link.getAttribute("href") as string;
  if (!address.startsWith("#")) link.href = new URL(address, root).href;
}
for (const picture of document.querySelectorAll<HTMLImageElement>("img[src]")) {
  picture.src = new URL(picture.getAttribute("src") as string, root).href;
}

const search = document.querySelector<HTMLAnchorElement>("#search-missing");
const words = wordsOf(location.pathname.slice(root.pathname.length));
if (search && words) {
  search.href += `?q=${encodeURIComponent(words)}`;
  search.textContent = `Search the site for \u201c${words}\u201d`;
}

document.documentElement.dataset["root"] = root.href;
await import(new URL("site.js", import.meta.url).href);

/** Returns the words of the last part of a path that has any: what the address may be about. */
function wordsOf(path: string): string {
  let text = path;
  try {
    text = decodeURIComponent(path);
  } catch {
    // It is no text in UTF-8: its escapes are read as they are.
  }
  const parts = text.split("/").map((part) => part.replace(/\.\w{1,5}$/, "").match(/[\p{L}\p{N}_]+/gu) ?? []);
  return (parts.filter((part) => part.length > 0 && part[0] !== "index").at(-1) ?? []).join(" ").slice(0, 60);
}
