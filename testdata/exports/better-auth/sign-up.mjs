// Signs people up with Better Auth, which makes its own tables, ids and digests. make.py runs it in a folder with the
// packages better-auth 1.7 and pg, the folder of the server's socket as its argument, the people on standard input.
// It prints the ids, and for those with two factors what the library's own functions decrypt, as a person's export would.
import { readFileSync } from "node:fs";
import { betterAuth } from "better-auth";
import { symmetricDecrypt } from "better-auth/crypto";
import { getMigrations } from "better-auth/db/migration";
import { admin, anonymous, phoneNumber, twoFactor, username } from "better-auth/plugins";
import pg from "pg";

const secret = "sample-secret-of-a-made-up-application-0123456789";
const pool = new pg.Pool({ host: process.argv[1], user: "postgres", database: "postgres" });
const auth = betterAuth({
  database: pool,
  baseURL: "http://localhost:3000",
  secret,
  emailAndPassword: { enabled: true },
  plugins: [username(), phoneNumber({ sendOTP() {} }), twoFactor({ skipVerificationOnEnable: true }), admin(), anonymous()],
});
await (await getMigrations(auth.options)).runMigrations();

const made = [];
for (const person of JSON.parse(readFileSync(0, "utf8"))) {
  const { response, headers } = await auth.api.signUpEmail({ body: person, returnHeaders: true });
  const line = { id: response.user.id };
  if (person.twoFactor) {
    const cookie = headers.getSetCookie().map((value) => value.split(";")[0]).join("; ");
    await auth.api.enableTwoFactor({ body: { password: person.password }, headers: new Headers({ cookie }) });
    const { rows } = await pool.query('SELECT secret, "backupCodes" FROM "twoFactor" WHERE "userId" = $1', [line.id]);
    line.secret = await symmetricDecrypt({ key: secret, data: rows[0].secret });
    line.backupCodes = JSON.parse(await symmetricDecrypt({ key: secret, data: rows[0].backupCodes }));
  }
  made.push(line);
}
console.log(JSON.stringify(made));
await pool.end();
process.exit(0);
