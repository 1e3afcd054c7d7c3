// Fills the tables of Auth.js through its own PostgreSQL adapter. make.py runs it in a folder with the packages
// @auth/pg-adapter 1.11, pg and bcryptjs, the folder of the server's socket as its argument, the users on standard input.
import { readFileSync } from "node:fs";
import PostgresAdapter from "@auth/pg-adapter";
import bcrypt from "bcryptjs";
import pg from "pg";

const pool = new pg.Pool({ host: process.argv[1], user: "postgres", database: "postgres" });
const adapter = PostgresAdapter(pool);
for (const user of JSON.parse(readFileSync(0, "utf8"))) {
  const { id } = await adapter.createUser({ ...user, emailVerified: user.emailVerified && new Date(user.emailVerified) });
  if (user.password) {
    // The column that people add for the credentials provider.
    await pool.query("UPDATE users SET password = $1 WHERE id = $2", [bcrypt.hashSync(user.password, user.salt), id]);
  }
  for (const account of user.accounts) await adapter.linkAccount({ ...account, userId: id });
}
await pool.end();
