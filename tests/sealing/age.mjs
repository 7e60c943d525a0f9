// The npm packages age-encryption and cctv-age for the tests: NDJSON jobs on stdin, NDJSON answers on stdout, bytes in Base64.
//   node age.mjs PACKAGE-FOLDER < jobs
// Jobs: {seal, recipient} | {open, identity} | {recipientOf} | {vectors: true}; an answer is {bytes | text | error}.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const { main } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const library = await import(pathToFileURL(join(folder, main)));
const encode = (bytes) => Buffer.from(bytes).toString("base64");
const decode = (text) => new Uint8Array(Buffer.from(text, "base64"));

async function answer(job) {
  if (job.vectors) {
    return { vectors: Object.fromEntries(Object.entries(library).map(([name, bytes]) => [name, encode(bytes)])) };
  }
  if (job.recipientOf !== undefined) {
    return { text: await library.identityToRecipient(job.recipientOf) };
  }
  if (job.seal !== undefined) {
    const encrypter = new library.Encrypter();
    encrypter.addRecipient(job.recipient);
    return { bytes: encode(await encrypter.encrypt(decode(job.seal))) };
  }
  const decrypter = new library.Decrypter();
  decrypter.addIdentity(job.identity);
  return { bytes: encode(await decrypter.decrypt(decode(job.open))) };
}

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const result = await answer(JSON.parse(line)).catch((error) => ({ error: error.message }));
  process.stdout.write(JSON.stringify(result) + "\n");
}
