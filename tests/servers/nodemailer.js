// nodemailer's smtp-server as the other servers here are: one login, a colleague whose sender is not its own, unknown
// recipients, a recipient whose mail is refused as spam. Each message is stored once for each recipient.
"use strict";

const fs = require("node:fs");
const https = require("node:https");
const path = require("node:path");
const { SMTPServer } = require("smtp-server");

const settings = JSON.parse(process.argv[2]);
const refusal = (code, text) => Object.assign(new Error(text), { responseCode: code });
let count = 0;

// Whose the token is, by the server that issued it (RFC 7662), or undefined.
const ownerOf = (token) =>
  new Promise((resolve, reject) => {
    const { url, ca, auth } = settings.introspection;
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const request = https.request(url, { method: "POST", ca: fs.readFileSync(ca), auth, headers, agent: false }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => {
        const { active, username } = JSON.parse(Buffer.concat(parts));
        resolve(active ? username : undefined);
      });
    });
    request.on("error", reject);
    request.end(new URLSearchParams({ token }).toString());
  });

const server = new SMTPServer({
  secure: true,
  key: fs.readFileSync(settings.pem),
  cert: fs.readFileSync(settings.pem),
  authMethods: ["PLAIN", "LOGIN", "XOAUTH2"],
  disableReverseLookup: true,
  onAuth({ method, username, password, accessToken }, session, done) {
    if (method === "XOAUTH2") {
      const data = { status: "401", schemes: "bearer", scope: "https://mail.example.org/" };
      const owner = accessToken === settings.token ? settings.owner : ownerOf(accessToken);
      return Promise.resolve(owner).then(
        (name) => done(null, name === username ? { user: username } : { data }),
        (error) => done(error),
      );
    }
    const isRight = username === settings.login && password === settings.password;
    done(isRight ? null : refusal(535, "wrong login or password"), isRight ? { user: username } : undefined);
  },
  onMailFrom({ address }, session, done) {
    done(address === settings.owner ? null : refusal(553, "not your address"));
  },
  onRcptTo({ address }, session, done) {
    done(settings.unknown.includes(address) ? refusal(550, "no such mailbox") : null);
  },
  onData(stream, session, done) {
    const parts = [];
    stream.on("data", (part) => parts.push(part));
    stream.on("end", () => {
      const recipients = session.envelope.rcptTo.map(({ address }) => address);
      if (recipients.includes(settings.spam)) return done(refusal(554, "this is spam"));
      recipients.forEach((recipient) => {
        count += 1;
        const content = Buffer.concat([Buffer.from(`Delivered-To: ${recipient}\r\n`), ...parts]);
        const draft = path.join(settings.inbox, "tmp", String(count));
        fs.writeFileSync(draft, content);
        fs.renameSync(draft, path.join(settings.inbox, "new", String(count)));
      });
      return done();
    });
  },
});

server.on("error", (error) => console.error(error.message));
server.listen(settings.port, "127.0.0.1");
