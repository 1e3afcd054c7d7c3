// Writes users.json and users.csv as "firebase auth:export" does, by the exporter of the npm package firebase-tools,
// whose client is replaced: it answers with the accounts on standard input. make.py runs it.
//
// FIREBASE_TOOLS=… node export.js FORMAT FILE      (FIREBASE_TOOLS: the package, unpacked; its dependencies are not needed)
const fs = require("fs");
const Module = require("module");
const path = require("path");

const lib = path.join(process.env.FIREBASE_TOOLS, "lib");
const [format, file] = process.argv.slice(2);
const users = JSON.parse(fs.readFileSync(0, "utf8"));

class Client {
  async post() {
    return { body: { users } };
  }
}
const stand = { "./apiv2": { Client }, "./error": { FirebaseError: Error }, "./api": { googleOrigin: () => "" }, "./utils": { logSuccess() {} } };
const load = Module._load;
Module._load = (name, parent, ...rest) => stand[name] ?? load(name, parent, ...rest);

const out = fs.createWriteStream(file);
const { serialExportUsers } = require(path.join(lib, "accountExporter.js"));
if (format === "json") out.write('{"users": [\n'); // these two lines are lib/commands/auth-export.js's
serialExportUsers("sample", { format, writeStream: out, batchSize: 1000 }).then(() => {
  if (format === "json") out.write("]}");
  out.end();
});
