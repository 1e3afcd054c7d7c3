// Makes the samples of this folder with the exporter of firebase-tools itself,
// which is given users by a server on loopback that answers as Google's does.
// The digests are Firebase's scrypt: https://github.com/firebase/scrypt.
//
// Needs Node and firebase-tools (npm install firebase-tools); salts are random,
// so that two runs differ in the digests.
//
//     NODE_PATH=…/node_modules node make.cjs
const crypto = require("crypto"), fs = require("fs"), http = require("http"), os = require("os"), path = require("path");

// The project's password hash parameters; the key is made up.
const signerKey = crypto.createHash("sha512").update("carryover sample").digest("base64");
const params = { base64_signer_key: signerKey, base64_salt_separator: "Bw==", rounds: "8", mem_cost: "14" };

const urlSafe = (text) => text.replace(/\+/g, "-").replace(/\//g, "_"); // as the API answers
function digest(password) {
  const salt = crypto.randomBytes(16);
  const key = crypto.scryptSync(password, Buffer.concat([salt, Buffer.from(params.base64_salt_separator, "base64")]), 64,
    { N: 1 << Number(params.mem_cost), r: Number(params.rounds), p: 1, maxmem: 1 << 28 });
  const cipher = crypto.createCipheriv("aes-256-ctr", key.subarray(0, 32), Buffer.alloc(16));
  const hash = Buffer.concat([cipher.update(Buffer.from(signerKey, "base64")), cipher.final()]);
  return { passwordHash: urlSafe(hash.toString("base64")), salt: urlSafe(salt.toString("base64")), version: 0 };
}

const accounts = [];
function withPassword(user, password) {
  accounts.push(`${user.localId},${password}`);
  return { ...user, ...digest(password) };
}
const provider = (providerId, email, displayName) => ({ providerId, rawId: "10" + email.length, federatedId: email, email, displayName, photoUrl: "https://example.com/p.png" });
const times = { createdAt: "1614834367890", lastLoginAt: "1700000000000" };
const users = [
  withPassword({ localId: "pXkB2fKq1xR0aDa0000000000001", email: "ada@example.com", emailVerified: true, displayName: "Ada Lovelace", ...times, customAttributes: '{"plan":"pro","roles":["admin"],"id":9007199254740993}' }, "analytical engine"),
  withPassword({ localId: "pXkB2fKq1xR0gRa0000000000002", email: "grace@example.com", emailVerified: false, displayName: "Grace Brewster Hopper", phoneNumber: "+12025550123", ...times }, "nanoseconds of wire"),
  withPassword({ localId: "pXkB2fKq1xR0uNv0000000000003", email: "unproved@example.com", emailVerified: false, ...times }, "nobody proved it"),
  withPassword({ localId: "pXkB2fKq1xR0dIs0000000000004", email: "disabled@example.com", emailVerified: true, disabled: true, ...times }, "no way back in"),
  { localId: "pXkB2fKq1xR0gOo0000000000005", email: "google@example.com", emailVerified: true, displayName: "Kierkegaard, Søren", ...times, providerUserInfo: [provider("google.com", "google@example.com", "Kierkegaard, Søren")] },
  { localId: "pXkB2fKq1xR0pHo0000000000006", phoneNumber: "+442079460958", ...times },
  { localId: "pXkB2fKq1xR0aNo0000000000007", ...times }, // anonymous
  withPassword({ localId: "pXkB2fKq1xR0mFa0000000000009", email: "factor@example.com", emailVerified: true, displayName: 'Two "F" Actor', ...times,
    mfaInfo: [{ mfaEnrollmentId: "b1", displayName: "phone", phoneInfo: "+12025550199", enrolledAt: "2021-03-04T05:06:07Z" }],
    providerUserInfo: [provider("apple.com", "factor@example.com", "Two")] }, "something you have"),
  { localId: "pXkB2fKq1xR0bRo0000000000008", email: "broken@example.com", emailVerified: true, passwordHash: "dG9vIHNob3J0", salt: "c2FsdA==", version: 0, ...times },
];

async function main() {
  const server = http.createServer((request, response) => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ kind: "identitytoolkit#DownloadAccountResponse", users }));
  }).listen(0, "127.0.0.1");
  await new Promise((done) => server.on("listening", done));
  process.env.FIREBASE_GOOGLE_URL = process.env.FIREBASE_TOKEN_URL = `http://127.0.0.1:${server.address().port}`;
  const root = path.dirname(require.resolve("firebase-tools/package.json"));
  require(path.join(root, "lib/apiv2.js")).setAccessToken("none");
  const exporter = require(path.join(root, "lib/accountExporter.js"));
  for (const format of ["json", "csv"]) { // what the command auth:export does around it
    const file = fs.createWriteStream(path.join(__dirname, "users." + format));
    if (format === "json") file.write('{"users": [' + os.EOL);
    await exporter.serialExportUsers("sample", { format, writeStream: file, batchSize: 1000 });
    if (format === "json") file.write("]}");
    await new Promise((done) => file.end(done));
  }
  server.close();
  fs.writeFileSync(path.join(__dirname, "params.txt"), Object.entries(params).map(([name, value]) => `${name}=${value}\n`).join(""));
  fs.writeFileSync(path.join(__dirname, "accounts.csv"), "key,password\n" + accounts.join("\n") + "\n");
}
main();
