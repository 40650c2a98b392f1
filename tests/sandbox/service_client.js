// What tests in another language do with the sandbox as a service: Node's own modules, or with nodemailer its transport.
// Its argument: {host, port, api, token, nodemailer}; it says what it has seen as one line of JSON, or fails.
"use strict";

const assert = require("node:assert/strict");
const net = require("node:net");
const tls = require("node:tls");
const { once } = require("node:events");
const { setTimeout: sleep } = require("node:timers/promises");

const settings = JSON.parse(process.argv[2]);
const ATTACHED = Buffer.from([0, 1, 2, 253, 254, 255]);
const MESSAGE = [
  "From: a@example.org",
  "To: b@example.org",
  "Subject: Report",
  "MIME-Version: 1.0",
  'Content-Type: multipart/mixed; boundary="x"',
  "",
  "--x",
  "Content-Type: text/plain",
  "",
  "see https://example.org/reset",
  "--x",
  'Content-Type: application/octet-stream; name="data.bin"',
  'Content-Disposition: attachment; filename="data.bin"',
  "Content-Transfer-Encoding: base64",
  "",
  ATTACHED.toString("base64"),
  "--x--",
  "",
].join("\r\n");

const ask = (path, options = {}) =>
  fetch(new URL(`/api/${path}`, settings.api), {
    ...options,
    headers: { Authorization: `Bearer ${settings.token}`, "Content-Type": "application/json" },
  });

const get = async (path, options) => {
  const answer = await ask(path, options);
  assert.equal(answer.status, 200, `${path}: ${answer.status}`);
  return answer.json();
};

const octets = async (path) => Buffer.from(await (await ask(path)).arrayBuffer());

const untilReady = async () => {
  for (let tries = 0; tries < 600; tries += 1) {
    const answer = await ask("openapi.json").catch(() => null);
    if (answer?.status === 200) return;
    await sleep(50);
  }
  throw new Error("the service is not ready");
};

// Calls back with each message that the service tells of.
const listen = async (tell) => {
  const stream = (await ask("events")).body.pipeThrough(new TextDecoderStream());
  let text = "";
  const reader = stream.getReader();
  await reader.read(); // ": listening"
  (async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      const events = text.split("\n\n");
      text = events.pop();
      events.filter((each) => each.includes("event: message")).forEach((each) => tell(JSON.parse(each.split("data: ")[1])));
    }
  })().catch(() => {});
  return () => reader.cancel();
};

class Conversation {
  constructor(socket) {
    this.socket = socket;
    this.text = "";
    socket.on("data", (data) => (this.text += data));
  }

  async reply() {
    for (;;) {
      const match = /^(\d{3}-.*\r\n)*(\d{3}) .*\r\n/.exec(this.text);
      if (match) {
        this.text = this.text.slice(match[0].length);
        return Number(match[2]);
      }
      await once(this.socket, "data");
    }
  }

  async say(line) {
    this.socket.write(`${line}\r\n`);
    return this.reply();
  }
}

// The code of the first refusal, or of the final reply.
const sendByHand = async (ca) => {
  const plain = net.connect(settings.port, settings.host);
  const before = new Conversation(plain);
  await before.reply();
  await before.say("EHLO client.example.org");
  assert.equal(await before.say("STARTTLS"), 220);
  plain.removeAllListeners("data");
  const encrypted = tls.connect({ socket: plain, ca, servername: settings.host });
  await once(encrypted, "secureConnect");
  const talk = new Conversation(encrypted);
  await talk.say("EHLO client.example.org");
  assert.equal(await talk.say(`AUTH PLAIN ${Buffer.from("\0user\0pass").toString("base64")}`), 235);
  let code = 0;
  for (const line of ["MAIL FROM:<a@example.org>", "RCPT TO:<b@example.org>", "DATA", `${MESSAGE}.`]) {
    code = await talk.say(line);
    if (code >= 400) break;
  }
  encrypted.destroy();
  return code;
};

const sendByNodemailer = async (ca) => {
  const { host, port } = settings;
  const auth = { user: "user", pass: "pass" };
  const transport = require("nodemailer").createTransport({ host, port, requireTLS: true, tls: { ca }, auth });
  const envelope = { from: "a@example.org", to: "b@example.org" };
  return transport.sendMail({ envelope, raw: MESSAGE }).then(
    () => 250,
    (error) => error.responseCode,
  );
};

const main = async () => {
  await untilReady();
  const stranger = await fetch(new URL("/api/messages", settings.api));
  const ca = await octets("ca.pem");
  const send = () => (settings.nodemailer ? sendByNodemailer(ca) : sendByHand(ca));
  const told = [];
  const stop = await listen((message) => told.push(message));

  const first = await send();
  const waited = await get("messages/wait?to=b@example.org&timeout=30");
  const message = await get(`messages/${waited.number}`);
  const attachment = await octets(`messages/${waited.number}/attachments/0`);
  const raw = await octets(`messages/${waited.number}/raw`);
  assert.deepEqual(attachment, ATTACHED);
  assert.equal(raw.toString("latin1"), MESSAGE);
  while (!told.length) await sleep(10);
  assert.deepEqual(told, [waited]);

  const rules = [{ verb: "RCPT", match: "*b@example.org*", reply: "451 4.7.1 Later" }];
  await get("faults", { method: "POST", body: JSON.stringify({ rules }) });
  const switched = (await get("faults")).map((each) => each.rules[0].reply);
  const refused = await send();
  await get("faults", { method: "DELETE" });
  const again = await send();
  const kept = (await get("messages")).total;
  await get(`messages/${waited.number}`, { method: "DELETE" });
  const left = (await get("messages")).total;
  await get("messages", { method: "DELETE" });
  stop();

  console.log(
    JSON.stringify({
      stranger: stranger.status,
      codes: [first, refused, again],
      faults: switched,
      totals: [kept, left, (await get("messages")).total],
      subject: message.subject,
      links: message.links,
      user: message.session.user,
      tls: message.session.tls,
      told: told.length,
    }),
  );
};

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
