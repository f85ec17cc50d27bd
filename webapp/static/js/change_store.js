// What waits for the network: acts on tasks, in the order in which they were done, with their photos, and
// the end of a ride (ride_end_queue.js). Kept in IndexedDB, until it is sent or the person signs out.

const DATABASE = "movr-tasks";

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("acts", { keyPath: "number", autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function run(mode, use) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction("acts", mode);
      const request = use(transaction.objectStore("acts"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

// A change of a task: { account, task, label, url, fields: [[name, text or File]], refused, refusal, failures }. If it was
// refused it was sent, and somebody has to read why it was not saved. failures: how often the server
// could not answer.
export const addChange = (change) => run("readwrite", (changes) => changes.add(change));
// One that was removed meanwhile stays so.
export const updateChange = (change) =>
  run("readwrite", (changes) => {
    const present = changes.get(change.number);
    present.onsuccess = () => present.result && changes.put(change);
    return present;
  });
export const removeChange = (number) => run("readwrite", (changes) => changes.delete(number));
export const deleteChanges = () =>
  new Promise((resolve) => {
    if (!self.indexedDB) return resolve();
    const request = indexedDB.deleteDatabase(DATABASE);
    request.onsuccess = request.onerror = resolve;
  });
// A change that an earlier release has kept may lack what this one needs.
const complete = (change) => ({ label: "", fields: [], ...change });
export const listChanges = async () => (await run("readonly", (changes) => changes.getAll())).map(complete);
