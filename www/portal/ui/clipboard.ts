// The clipboard.

/**
 * Writes text to the clipboard, also one that is not there yet. Safari permits it only within the action of the user, which is
 * over after an `await`: the promise itself is handed over.
 */
export async function copy(text: string | Promise<string>): Promise<void> {
  const { clipboard } = navigator as { clipboard?: Clipboard };
  if (!clipboard) copyByCommand(await text);
  else if (typeof ClipboardItem === "undefined") await clipboard.writeText(await text);
  else {
    const blob = Promise.resolve(text).then((value) => new Blob([value], { type: "text/plain" }));
    await clipboard.write([new ClipboardItem({ "text/plain": blob })]);
  }
}

/** Writes text to the clipboard of a page without TLS, as intranets have: browsers give it no other way. */
function copyByCommand(text: string): void {
  const put = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
  };
  addEventListener("copy", put);
  const isDone = document.execCommand("copy");
  removeEventListener("copy", put);
  if (!isDone) throw new Error("The browser did not copy.");
}
