#!/usr/bin/python3
"""Makes the samples of Symfony: the table of a Doctrine entity User by PostgreSQL, and fos_user of FOSUserBundle with
its salted SHA-512 as phpMyAdmin exports it.

Run as:  /usr/bin/python3 make.py      (what ../digests.php and ../postgres.py need)

Symfony's own hashers make the digests; those of PHP draw their salts, so they differ from run to run.
"""
import base64
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from people import Sample, person, write_php_my_admin  # noqa: E402
from php import php  # noqa: E402
from postgres import Postgres  # noqa: E402

sample = Sample(__file__)
draw = sample.draw
SCHEMA = """CREATE TABLE "user" (id serial PRIMARY KEY, email varchar(180), username varchar(180), roles json NOT NULL, password varchar(255), salt varchar(255),
  first_name varchar(255), last_name varchar(255), is_verified boolean NOT NULL, enabled boolean NOT NULL, totp_secret varchar(255), backup_codes json,
  created_at timestamp(0) NOT NULL);"""
FOS = """id username username_canonical email email_canonical enabled salt password last_login confirmation_token password_requested_at roles""".split()


def digest(n, salt, text=True, iterations=5000, algorithm="sha512"):
    return {"kind": "symfony-digest", "password": person(n).password, "salt": salt, "base64": text, "iterations": iterations, "algorithm": algorithm}


def fos_salt():
    """base_convert(sha1(…), 16, 36) of FOSUserBundle 1, 31 characters."""
    return draw.text(31, "0123456789abcdefghijklmnopqrstuvwxyz")


def kinds():
    """Kind, digest, salt, and Clerk's hasher and form, or why there is none."""
    salts = {n: fos_salt() for n in range(4, 11)}
    given = [{"kind": "symfony-native", "password": person(0).password, "cost": 13, "algorithm": "2y"},
             {"kind": "symfony-native", "password": person(1).password, "cost": 4, "algorithm": "2y"},
             {"kind": "symfony-native", "password": person(2).password, "cost": 4, "algorithm": "argon2id"},
             {"kind": "symfony-sodium", "password": person(3).password},
             digest(4, salts[4]), digest(5, salts[5], text=False), digest(6, ""),
             {"kind": "symfony-pbkdf2", "password": person(7).password, "salt": salts[7]}, digest(8, salts[8], algorithm="sha1", iterations=1, text=False),
             digest(9, salts[9], algorithm="sha256")]
    made = php(*given)
    yield "bcrypt (native)", made[0], None, "bcrypt", made[0]
    yield "bcrypt (native)", made[1], None, "bcrypt", made[1]
    yield "argon2id (native)", made[2], None, "argon2id", made[2]
    yield "argon2id (sodium)", made[3], None, "argon2id", made[3]
    yield "sha512, base64", made[4], salts[4], "sha512_symfony", f"sha512_symfony$5000${salts[4]}${made[4]}"
    yield "sha512, hexadecimal", made[5], salts[5], "sha512_symfony", f"sha512_symfony$5000${salts[5]}${b64hex(made[5])}"
    yield "sha512 without salt", made[6], None, "sha512_symfony", f"sha512_symfony$5000$${made[6]}"
    yield "pbkdf2", made[7], salts[7], None, "PBKDF2 with a key of 40 bytes, where Clerk documents 64"
    yield "sha1", made[8], salts[8], None, "SHA-1 of password{salt}"
    yield "sha256", made[9], salts[9], None, "5000 times SHA-256"
    yield "none", None, None, None, None


def b64hex(text):
    return base64.b64encode(bytes.fromhex(text)).decode()


def user(n, password=None, salt=None, **more):
    p = person(n)
    return {"email": p.email, "username": p.username if n % 2 == 0 else None, "roles": json.dumps(["ROLE_ADMIN"] if n == 0 else []), "password": password, "salt": salt,
            "first_name": p.first, "last_name": p.last, "is_verified": True, "enabled": True, "created_at": p.created.replace(tzinfo=None), **more}


def fos(n, row_id, password, salt, roles=()):
    p = person(n)
    return {"id": row_id, "username": p.handle.title(), "username_canonical": p.handle, "email": p.email.title(), "email_canonical": p.email, "enabled": 0 if n == 14 else 1,
            "salt": salt, "password": password, "last_login": p.seen.strftime("%Y-%m-%d %H:%M:%S") if n % 2 else None, "confirmation_token": None,
            "password_requested_at": None, "roles": php({"kind": "serialize", "value": list(roles)})[0]}


def main():
    secret = draw.base32(52)
    special = {0: dict(totp_secret=secret, backup_codes=json.dumps([draw.text(6, "0123456789") for _ in range(3)])), 1: dict(is_verified=False), 2: dict(is_verified=False),
               10: dict(enabled=False)}
    rows = []
    for n, (kind, stored, salt, hasher, form) in enumerate(kinds()):
        rows.append(user(n, stored, salt, **special.get(n, {})))
        if hasher:
            sample.digest(str(n + 1), kind, hasher, form, person(n).password)
            sample.sign_in(str(n + 1), person(n).password, *([secret] if n == 0 else []))
        elif stored:
            sample.note(str(n + 1), "password", "no_password", f"{kind}: {form}")
    sample.note("2", "is_verified", "unverified_only", "the only identifier was never verified")
    sample.note("3", "is_verified", "unverified", "the user name remains")
    sample.note("11", "enabled", "banned", "not enabled")
    salts = {n: fos_salt() for n in range(12, 16)}
    old = php(*(digest(n, salts[n]) for n in range(12, 16)))
    fos_rows = [fos(n, 100 + n, made, salts[n], ["ROLE_SUPER_ADMIN"] if n == 12 else []) for n, made in zip(range(12, 16), old)]
    write_php_my_admin(sample.path("fos_user.csv"), fos_rows, FOS)
    for n, made in zip(range(12, 16), old):
        sample.digest(str(100 + n), "sha512, base64 (fos_user.csv)", "sha512_symfony", f"sha512_symfony$5000${salts[n]}${made}", person(n).password)
    sample.sign_in("112", person(12).password)
    sample.note("114", "enabled", "banned", "not enabled (fos_user.csv)")
    good = php({"kind": "symfony-native", "password": person(20).password, "cost": 4, "algorithm": "2y"})[0]
    broken = [
        (user(20, good), None, None),
        (user(21, good[:-1]), "password", "bcrypt: one character short"),
        (user(22, old[0][:-10], salts[12]), "password", "sha512: 80 characters of 88"),
        (user(23, "opensesame-1"), "password", "in clear text, not a digest"),
        (user(24, good, email="kaethe.example.com"), "email", "no @"),
        (user(25, good, email=person(20).email.upper()), "email", "duplicate of row 1, but for case"),
        (user(26, good, totp_secret="1189-not-base32"), "totp_secret", "not base32"),
        (user(27, None, email=None), "-", "no identifier at all"),
        (user(28, good), None, None),
    ]
    with Postgres() as db:
        db.psql(SCHEMA)
        for name, made in (("users", rows), ("broken", sample.broken(broken))):
            db.psql('TRUNCATE "user" RESTART IDENTITY;')
            db.insert('"user"', made)
            db.copy_csv('SELECT * FROM "user" ORDER BY id', sample.path(f"{name}.csv"))
    sample.write()


if __name__ == "__main__":
    main()
