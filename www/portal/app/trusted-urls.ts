// Addresses of the page's own workers, as Trusted Types require them. The policy's name is in the Content Security Policy.

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): {
    createScriptURL(url: string): string;
  };
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };

const policy = trustedTypes?.createPolicy("portal-workers", {
  createScriptURL(url) {
    if (new URL(url, location.href).origin === location.origin) return url;
    throw new TypeError(`A worker of another origin: ${url}`);
  },
});

/** Returns the address of a script of this origin, for a worker. */
export const workerUrl = (url: string): string => policy?.createScriptURL(url) ?? url;
