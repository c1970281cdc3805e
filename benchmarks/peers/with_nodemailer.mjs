// Sends every message of a material file through nodemailer's pool; prints the seconds of sending as JSON.
// Usage: node with_nodemailer.mjs NODEMAILER_FOLDER MATERIAL PORT CONNECTIONS
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";

const [folder, file, port, connections] = process.argv.slice(2);
const nodemailer = createRequire(`${folder}/`)("nodemailer");
const material = JSON.parse(readFileSync(file, "utf8"));
const attachment = material.attachment && readFileSync(material.attachment);

function part(kind, recipient) {
  return material[kind].map((piece) => (typeof piece === "string" ? piece : recipient[piece.slot][kind])).join("");
}

function message(recipient) {
  return {
    from: material.sender,
    to: recipient.address,
    subject: material.subject,
    text: part("text", recipient),
    html: part("html", recipient),
    textEncoding: "base64",
    attachments: attachment ? [{ filename: basename(material.attachment), content: attachment }] : [],
  };
}

const transport = nodemailer.createTransport({
  pool: true, host: "127.0.0.1", port: Number(port), secure: false, ignoreTLS: true,
  maxConnections: Number(connections), maxMessages: Infinity,
});
let next = 0;
let accepted = 0;

// several in the queue for each connection, so that none ever waits for the next message to be made
async function feed() {
  while (next < material.recipients.length) {
    const info = await transport.sendMail(message(material.recipients[next++]));
    accepted += info.accepted.length;
  }
}

const began = performance.now();
await Promise.all(Array.from({ length: 4 * Number(connections) }, feed));
const seconds = (performance.now() - began) / 1000;
transport.close();
console.log(JSON.stringify({ seconds, accepted }));
