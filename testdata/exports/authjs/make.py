#!/usr/bin/python3
"""Makes the samples of Auth.js (NextAuth): the tables users and accounts of its PostgreSQL adapter, with a column of
bcrypt digests as people add it, and the table "User" as Prisma's adapter has it.

Run as:  NODE_MODULES=… /usr/bin/python3 make.py      (what ../digests.py and ../postgres.py need; adapter.mjs says the rest)

NODE_MODULES names a folder with node_modules in which "npm install @auth/pg-adapter pg bcryptjs" was run.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from digests import argon2_digest, bcrypt_digest  # noqa: E402
from people import Sample, person, z  # noqa: E402
from postgres import Postgres, node  # noqa: E402

sample = Sample(__file__)
draw = sample.draw
# The tables that Auth.js documents for PostgreSQL; the last column is the usual addition.
SCHEMA = """
CREATE TABLE users (id serial PRIMARY KEY, name varchar(255), email varchar(255), "emailVerified" timestamptz, image text, password text);
CREATE TABLE accounts (id serial PRIMARY KEY, "userId" integer NOT NULL, type varchar(255) NOT NULL, provider varchar(255) NOT NULL,
  "providerAccountId" varchar(255) NOT NULL, refresh_token text, access_token text, expires_at bigint, id_token text, scope text,
  session_state text, token_type text);
CREATE TABLE "User" (id text PRIMARY KEY, name text, email text UNIQUE, "emailVerified" timestamp(3), image text, username text,
  "hashedPassword" text, "createdAt" timestamp(3) NOT NULL, "updatedAt" timestamp(3) NOT NULL);
"""


def user(n, password=False, accounts=(), cost=10, **more):
    p = person(n)
    row = {"name": p.name, "email": p.email, "emailVerified": z(p.created), "image": f"https://cdn.example.com/{n}.png", "accounts": [], **more}
    for provider in accounts:
        row["accounts"].append({"type": "oidc" if provider == "google" else "oauth", "provider": provider, "providerAccountId": draw.text(12, "0123456789"),
                                "access_token": "left-out", "scope": "openid email", "token_type": "bearer", "expires_at": 1700000000})
    if password:
        row.update(password=p.password, salt=draw.bcrypt_salt(cost))
    return row


def users():
    yield user(0, password=True)
    yield user(1, password=True, cost=12)
    yield user(2, accounts=["google"])
    yield user(3, accounts=["github", "discord"], emailVerified=None)
    yield user(4, password=True, emailVerified=None)
    yield user(5, password=True, name=None, image=None)
    yield user(6, name="Ελένη", accounts=["google"])
    yield user(7, name="Dr. Фёдор van der Щеглов")
    yield user(8, password=True, accounts=["google"])
    yield user(9)


def prisma():
    """The same system with Prisma: its ids are text, its times have no zone and are UTC."""
    for n in range(10, 18):
        p = person(n)
        password = [bcrypt_digest(p.password, draw), argon2_digest(p.password, draw), None][n % 3]
        row = {"id": "c" + draw.text(24, "abcdefghijklmnopqrstuvwxyz0123456789"), "name": p.name, "email": p.email, "emailVerified": p.created.replace(tzinfo=None),
               "image": None, "username": p.username, "hashedPassword": password, "createdAt": p.created.replace(tzinfo=None), "updatedAt": p.seen.replace(tzinfo=None)}
        if n == 13:
            row.update(emailVerified=None)
        if n == 14:
            row.update(email=None, emailVerified=None)
        yield row


def fill(db, rows):
    db.psql("TRUNCATE users, accounts RESTART IDENTITY;")
    node(sample.path("adapter.mjs"), db.socket, json.dumps(rows))


def main():
    rows = list(users())
    prisma_rows = list(prisma())
    with Postgres() as db:
        db.psql(SCHEMA)
        fill(db, rows)
        db.copy_csv("SELECT * FROM users ORDER BY id", sample.path("users.csv"))
        db.copy_csv('SELECT "userId", type, provider, "providerAccountId" FROM accounts ORDER BY id', sample.path("providers.csv"))
        digests = dict(line.split("\t") for line in db.psql("SELECT id || E'\\t' || password FROM users WHERE password IS NOT NULL ORDER BY id;", "-At").splitlines())
        db.insert('"User"', prisma_rows)
        db.copy_csv('SELECT * FROM "User" ORDER BY id', sample.path("users-prisma.csv"))
        broken = [
            (user(20, password=True, cost=4), None, None),
            (user(21, email=None, emailVerified=None), "email", "no identifier at all"),
            (user(22, email="bo.ek"), "email", "no @"),
            (user(23, password=True, cost=4), "password", "in clear text, not a digest"),
            (user(24, email=person(20).email.upper()), "email", "duplicate of row 1, but for case"),
            (user(25, password=True, cost=4), "password", "bcrypt: three characters short"),
            (user(28, password=True, cost=4), None, None),
        ]
        fill(db, sample.broken(broken))
        db.psql("UPDATE users SET password = 'opensesame-1' WHERE id = 4; UPDATE users SET password = left(password, -3) WHERE id = 6;")
        db.copy_csv("SELECT * FROM users ORDER BY id", sample.path("broken.csv"))
    for n, row in enumerate(rows):
        if row.get("password"):
            sample.digest(str(n + 1), "bcrypt", "bcrypt", digests[str(n + 1)], row["password"])
            sample.sign_in(str(n + 1), row["password"])
    for n, row in enumerate(prisma_rows, 10):
        if row["hashedPassword"]:
            kind = "bcrypt" if row["hashedPassword"].startswith("$2") else "argon2id"
            sample.digest(row["id"], kind, kind, row["hashedPassword"], person(n).password)
            sample.sign_in(row["id"], person(n).password)
    sample.note("3", "-", "social_only", "signs in with google")
    sample.note("4", "emailVerified", "unverified_only", "the only identifier was never verified; signs in with github and discord")
    sample.note("5", "emailVerified", "unverified_only", "the only identifier was never verified")
    sample.note("7", "-", "social_only", "signs in with google")
    sample.note(prisma_rows[3]["id"], "emailVerified", "unverified", "the user name remains")
    sample.write()


if __name__ == "__main__":
    main()
