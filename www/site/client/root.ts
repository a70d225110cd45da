// The address of the site's top folder, which the page knows relative to itself.

export const root = new URL(document.documentElement.dataset["root"] ?? "./", location.href);
