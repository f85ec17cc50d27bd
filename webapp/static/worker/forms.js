// Forms. If nobody answers one, its page stays and says so (js/unanswered_forms.js): an error page of the browser would
// take the place of what was typed. 204: a browser that gets no content stays where it is.
const REACTION_MS = 2000;

export async function sendForm(event) {
  const response = await fetch(event.request).catch(() => null);
  if (response && !isOfProxy(response)) return response;
  const page = await self.clients.get(event.clientId);
  if (page && (await tell(page))) return new Response(null, { status: 204 });
  return response ?? Response.error();
}

// A server that is not there has somebody before it who says so. Our own error pages have a policy, and are shown.
const isOfProxy = ({ status, headers }) => [502, 503, 504].includes(status) && !headers.has("Content-Security-Policy");

// Return whether the page shows it. That of an earlier release does not know how.
function tell(page) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(true);
    setTimeout(() => resolve(false), REACTION_MS);
    page.postMessage({ isUnanswered: true }, [port2]);
  });
}
