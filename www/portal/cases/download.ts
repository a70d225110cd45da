// Downloads of what the page has made.

/** The time after which the address of a download is revoked, in milliseconds: some browsers begin late. */
const REVOKE_MS = 60_000;

/** Downloads a blob as a file. */
export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_MS);
}
