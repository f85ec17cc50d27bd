// Finds the number that gives a challenge: SHA-256 of the salt and the number, in hexadecimal digits.
self.onmessage = async ({ data: { salt, challenge, maxNumber } }) => {
  const wanted = challenge.match(/../g).map((each) => parseInt(each, 16));
  const encoder = new TextEncoder();
  for (let number = 0; number <= maxNumber; number++) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(salt + number)));
    if (wanted.every((each, index) => each === digest[index])) {
      self.postMessage(number);
      return;
    }
  }
  throw new Error("no number solves the challenge");
};
