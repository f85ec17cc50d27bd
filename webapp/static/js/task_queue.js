// Acts on tasks work without network: they are kept on the device with their time, sent in their order
// when the network is back, and what was refused is told. The server does each once, however often it
// is sent, by its act_id.
import { addChange, updateChange, listChanges, removeChange } from "./change_store.js";
import { findKeptPage, readSession } from "./kept_data.js";
import { readAsPoll } from "./poll.js";
import { loadPage, startKeeping } from "./service_worker.js";

const RETRY_MS = 20000;
// A phone that believes it has network waits so long for an answer; with photos longer, by their size.
const TIMEOUT_MS = 15000;
const MIN_BYTES_PER_MS = 5;
// After so many answers that are none, the person may discard a change.
const MAX_FAILURES = 3;
// Pages of tasks that are kept ahead.
const MAX_KEPT_PAGES = 20;
// Acts after which somebody no longer has the task.
const OVER = /\/(finish|release)$/;

let notice, account;

function readFields(form) {
  return [...new FormData(form)].filter(([, value]) => !(value instanceof File && value.size === 0));
}

function post(url, fields) {
  const bytes = fields.reduce((sum, [, value]) => sum + (value instanceof File ? value.size : 0), 0);
  const body = bytes ? new FormData() : new URLSearchParams();
  for (const [name, value] of fields) body.append(name, value);
  const headers = { Accept: "application/json" };
  const signal = AbortSignal.timeout(TIMEOUT_MS + bytes / MIN_BYTES_PER_MS);
  return fetch(url, { method: "POST", body, headers, signal });
}

// Acts of the account that made them: on a phone that two people use, nobody sends those of the other.
const listOwnChanges = async () => (await listChanges()).filter((change) => change.task && change.account === account);

const isRefused = (change) => change.refused || !change.fields.length;

// The session of now: this page may be older. Throw if no server answers.
async function readPresentSession() {
  const response = await readAsPoll("/fleet/tasks", { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (response.status >= 500 || response.headers.has("X-Kept-At")) throw new Error("no server");
  return readSession(new DOMParser().parseFromString(await response.text(), "text/html"));
}

// The pages of tasks answer { message }, error pages { error_description }, and what is no JSON comes from
// elsewhere, such as the page of a hotel's network.
async function readAnswer(response) {
  const isJson = response?.headers.get("Content-Type")?.startsWith("application/json");
  return isJson ? response.json() : {};
}

// Send the form; keep the change if nobody answers. What the task refuses, its page explains: the form is
// sent once more as any other form.
async function submitAct(form) {
  const fields = readFields(form);
  if (!(await listOwnChanges()).some((change) => !isRefused(change))) {
    const response = await post(form.action, fields).catch(() => null);
    const isAnswered = "message" in (await readAnswer(response).catch(() => ({})));
    if (isAnswered && response.ok) return location.assign(form.action.replace(/\/\w+$/, ""));
    if (isAnswered) return form.submit();
  }
  const kept = fields.map(([name, value]) => [name, name === "acted_at" ? new Date().toISOString() : value]);
  await addChange({ account, task: form.dataset.task, label: form.dataset.label, url: form.action, fields: kept });
  await showQueue();
}

// The phone's storage is full, or the browser keeps nothing: what was typed stays on the page.
function showUnsaved(form) {
  for (const button of form.querySelectorAll("button")) button.disabled = false;
  addLine(notice.dataset.storageMessage, "task-refused").scrollIntoView({ block: "center" });
}

async function sendActs() {
  const waiting = (await listOwnChanges()).filter((change) => !isRefused(change));
  if (!waiting.length) return;
  let session;
  try {
    session = await readPresentSession();
  } catch {
    return; // still no network
  }
  if (session?.account !== account) {
    notice.dataset.signedOut = "";
    await showQueue();
    return;
  }
  delete notice.dataset.signedOut;
  const wasSent = await sendInOrder(waiting, session.csrfToken);
  await showQueue();
  const isIdle = !document.activeElement?.matches("input, select, textarea");
  const isWaiting = (await listOwnChanges()).some((change) => !isRefused(change));
  if (wasSent && isIdle && !isWaiting) location.reload(); // what was refused is told again
}

// Send changes until there is no network; return whether one was done or refused. A change that the server
// fails on holds up those of its own task only.
async function sendInOrder(changes, csrfToken) {
  let wasSent = false;
  const failed = new Set();
  for (const change of changes) {
    if (failed.has(change.task)) continue;
    const fields = change.fields.map(([name, value]) => [name, name === "csrf_token" ? csrfToken : value]);
    let response, answer;
    try {
      response = await post(change.url, fields);
      answer = await readAnswer(response);
    } catch (error) {
      if (error.name !== "TimeoutError") break; // no network any more
    }
    if (response?.status === 429) break;
    if (response?.redirected || response?.status === 401) {
      notice.dataset.signedOut = "";
      break;
    }
    if (!response || response.status >= 500) {
      failed.add(change.task);
      await updateChange({ ...change, failures: (change.failures ?? 0) + 1 });
      continue;
    }
    if (response.ok && !("message" in answer)) break;
    wasSent = true;
    if (response.ok) await removeChange(change.number);
    else await updateChange({ ...change, refused: true, refusal: answer.message ?? answer.error_description });
  }
  return wasSent;
}

// One page at a time sends.
async function sendLater() {
  if (!navigator.locks) return sendActs();
  return navigator.locks.request("movr-task-queue", { ifAvailable: true }, (lock) => lock && sendActs());
}

function addLine(text, className = "") {
  const line = document.createElement("p");
  line.className = className;
  line.append(text);
  notice.append(line);
  return line;
}

// A change that needs the person: why, and a button that removes it from the phone.
function showRefusal(change, reason = change.refusal || notice.dataset.refusedMessage, label = notice.dataset.dismissLabel) {
  const line = addLine("", "task-refused");
  const text = line.appendChild(document.createElement("span"));
  text.append(Object.assign(document.createElement("strong"), { textContent: change.label }));
  text.append(document.createElement("br"), reason);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-outline-primary btn-compact";
  button.append(label);
  button.addEventListener("click", () => removeChange(change.number).then(showQueue));
  line.append(button);
}

// What the page shows of a task whose changes wait: what was pressed, and the next step.
function showWaiting(changes) {
  for (const element of document.querySelectorAll("[data-queued]")) {
    const { task } = element.closest("[data-task]").dataset;
    const change = changes.findLast((each) => each.task === task);
    element.hidden = !change;
    element.textContent = change ? `${notice.dataset.waitingLabel}: ${change.label}` : "";
  }
  const own = notice.dataset.task && changes.filter((change) => change.task === notice.dataset.task);
  if (!own?.length) return;
  const action = own.at(-1).url.split("/").pop();
  for (const step of document.querySelectorAll("[data-step]")) step.hidden = step.dataset.after !== action;
}

// The next task of a kept page may be over by now: then it is the next one of the kept list that is not.
async function showNextTask(changes) {
  const link = document.querySelector("[data-next-task]");
  const isOver = (task) => changes.some((change) => change.task === task && OVER.test(change.url));
  if (!link || !isOver(link.dataset.nextTask)) return;
  const kept = await findKeptPage(account, "/fleet/tasks");
  const list = new DOMParser().parseFromString(kept ? await kept.text() : "", "text/html");
  const cards = [...list.querySelectorAll("[data-own-tasks] [data-task]")];
  const next = cards.find(({ dataset: { task } }) => task !== notice.dataset.task && !isOver(task));
  link.hidden = !next;
  if (next) link.href = next.querySelector(".task-link").getAttribute("href");
}

async function showQueue() {
  const changes = await listOwnChanges();
  const waiting = changes.filter((change) => !isRefused(change));
  notice.replaceChildren();
  for (const change of changes.filter(isRefused)) showRefusal(change);
  const { failedMessage, discardLabel } = notice.dataset;
  for (const change of waiting) if (change.failures >= MAX_FAILURES) showRefusal(change, failedMessage, discardLabel);
  if (!navigator.onLine) addLine(notice.dataset.offlineMessage);
  if (waiting.length && "signedOut" in notice.dataset) addLine(notice.dataset.signedOutMessage, "task-refused");
  else if (waiting.length === 1) addLine(notice.dataset.waitingOne);
  else if (waiting.length) addLine(notice.dataset.waitingMany.replace("{n}", waiting.length));
  showWaiting(waiting);
  await showNextTask(waiting);
}

// Let the service worker keep this page and those of the tasks on it, so that they open without network.
async function keepPages() {
  const links = [...document.querySelectorAll("[data-own-tasks] .task-link")].slice(0, MAX_KEPT_PAGES);
  for (const url of [location.href, ...links.map((link) => link.href)]) await loadPage(url);
}

export function startTaskQueue(element) {
  if (!window.indexedDB) return;
  notice = element;
  account = readSession().account;
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !event.target.matches("[data-queue-change]")) return;
    event.preventDefault();
    submitAct(event.target).then(sendLater, () => showUnsaved(event.target));
  });
  element.dataset.started = "";
  showQueue().then(sendLater);
  window.addEventListener("online", sendLater);
  window.addEventListener("offline", showQueue);
  setInterval(sendLater, RETRY_MS);
  if (navigator.onLine) startKeeping().then(keepPages).catch(() => {}); // with the next page
}
