// Push messages: what the server tells while no page is open. The server writes what they say
// (riders/notifications/push/jobs.py).
const OWN_PATH = /^\/(?!\/)/;

export async function showMessage(event) {
  const { body, key, lang, path, tag, unread } = event.data.json();
  const options = { body, lang, tag, data: { key, path }, icon: RELEASE.icon, badge: RELEASE.badge };
  await self.registration.showNotification("MovR", options);
  await self.navigator.setAppBadge?.(unread).catch(() => {}); // only an installed app has one
}

// A page of MovR that is open already is brought to the front. The page that opens marks it as read.
export async function openMessage(event) {
  event.notification.close();
  const { key, path } = event.notification.data ?? {};
  const page = await openPage(OWN_PATH.test(path) ? path : "/notifications");
  page?.postMessage({ opened: key });
}

async function openPage(url) {
  const pages = await self.clients.matchAll({ type: "window" });
  const page = pages.find((each) => each.focused) ?? pages[0];
  if (!page) return self.clients.openWindow(url);
  await page.focus().catch(() => {}); // the browser may not let us
  return page.navigate(url).catch(() => self.clients.openWindow(url)); // a page that has no worker yet
}
