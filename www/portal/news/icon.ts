// The number of unread cases in the icon of the tab, which a pinned tab shows without its title, and of the installed page.

let original: string | undefined;

/** Returns the page's icon with a count, as an SVG document. */
export function iconWithCount(count: number): string {
  const text = count > 99 ? "99+" : String(count);
  const size = text.length > 2 ? 13 : text.length > 1 ? 17 : 20;
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">',
    '<rect x="2" y="4" width="26" height="24" rx="5" fill="#0b5cad"/>',
    '<path d="M8 12h10M8 18h7" stroke="#fff" stroke-width="3" stroke-linecap="round"/>',
    '<circle cx="21" cy="11" r="11" fill="#b3261e"/>',
    `<text x="21" y="${11 + size * 0.36}" font-family="system-ui,sans-serif" font-size="${size}" font-weight="700"`,
    ` fill="#fff" text-anchor="middle">${text}</text></svg>`,
  ].join("");
}

/** Shows a count in the icon of the tab and, where the browser can, of the installed page; 0 for none. */
export function badgeIcon(count: number): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link) {
    original ??= link.href;
    link.href = count === 0 ? original : `data:image/svg+xml,${encodeURIComponent(iconWithCount(count))}`;
  }
  // A browser may refuse it, as for a page that is not installed.
  const badge = count === 0 ? navigator.clearAppBadge?.() : navigator.setAppBadge?.(count);
  badge?.catch(() => {});
}
