// Push messages. On the page that chooses notifications they are turned on at this device: the browser asks
// for permission, and only after the button was pressed.
import { readSession } from "./kept_data.js";
import { copiedAt, startKeeping } from "./service_worker.js";

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));

async function subscribe(form) {
  await startKeeping();
  const { pushManager } = await navigator.serviceWorker.ready;
  const applicationServerKey = toBytes(form.dataset.key);
  const options = { userVisibleOnly: true, applicationServerKey };
  // A subscription for another key, of an earlier operator or before the key was replaced, is in the way.
  const subscription = await pushManager.subscribe(options).catch(async (error) => {
    if (error.name !== "InvalidStateError") throw error;
    await (await pushManager.getSubscription()).unsubscribe();
    return pushManager.subscribe(options);
  });
  const { endpoint, keys } = subscription.toJSON();
  for (const [name, value] of Object.entries({ endpoint, ...keys })) {
    if (form.elements[name]) form.elements[name].value = value;
  }
  form.submit();
}

function say(form, text) {
  const status = form.querySelector("[role=status]");
  status.textContent = text;
}

export function enhancePushForm() {
  const form = document.querySelector("[data-push]");
  if (!form) return;
  if (!("PushManager" in window && "Notification" in window && "worker" in document.documentElement.dataset)) {
    say(form, form.dataset.unsupported);
    return;
  }
  const button = form.querySelector("button");
  button.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      if ((await Notification.requestPermission()) === "granted") await subscribe(form);
      else say(form, form.dataset.denied);
    } catch {
      say(form, form.dataset.failed);
    }
    button.disabled = false;
  });
}

// A session that has expired took the messages of this browser along: the first page of the next one of the
// account asks for them again. Signing out ends them, see kept_data.js.
const ASKED_AGAIN = "push-asked-again";

export async function turnOnAgain() {
  const session = readSession();
  if (copiedAt || !window.Notification || Notification.permission !== "granted") return;
  if (!session) sessionStorage.removeItem(ASKED_AGAIN);
  if (!session || sessionStorage.getItem(ASKED_AGAIN)) return;
  const registration = await navigator.serviceWorker?.getRegistration();
  const subscription = await registration?.pushManager?.getSubscription();
  if (!subscription) return;
  const body = new URLSearchParams({ csrf_token: session.csrfToken, endpoint: subscription.endpoint });
  const response = await fetch("/notifications/devices/again", { method: "POST", body });
  if (response.ok) sessionStorage.setItem(ASKED_AGAIN, "yes");
}

// The number on the icon of the installed app, as in the header of the page.
export function showUnreadOnIcon() {
  if (!navigator.setAppBadge) return;
  const unread = parseInt(document.querySelector(".unread-count")?.textContent, 10) || 0;
  navigator.setAppBadge(unread).catch(() => {}); // 0 clears it. Not every window may
}

// A page that a click on a message has opened marks the notification as read.
export function readOpenedMessages() {
  navigator.serviceWorker?.addEventListener("message", ({ data }) => {
    const session = data.opened && readSession();
    if (!session) return;
    const body = new URLSearchParams({ csrf_token: session.csrfToken });
    fetch(`/notifications/${data.opened}/open`, { method: "POST", body, redirect: "manual" }).catch(() => {}); // it stays unread
  });
}
