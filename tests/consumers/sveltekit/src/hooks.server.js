// The page's own origin forwards requests to the service, as a portal does.

export async function handle({ event, resolve }) {
  const { pathname, search } = event.url;
  if (!pathname.startsWith("/api/case/")) return resolve(event);
  const { body, status, headers } = await fetch(process.env.SANDBOX + pathname.slice("/api/case".length) + search, {
    headers: { authorization: event.request.headers.get("authorization") },
  });
  return new Response(body, { status, headers: { "content-type": headers.get("content-type") } });
}
