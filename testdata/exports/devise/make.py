#!/usr/bin/python3
"""Makes the samples of Devise: the table users by PostgreSQL, without and with a pepper, and what a script in Rails
writes that decrypts the secrets of devise-two-factor.

Run as:  /usr/bin/python3 make.py      (Debian's ruby-devise; what ../postgres.py needs)

Devise makes the digests and draws the salts, so they differ from run to run.
"""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from people import Sample, person, write_csv, z  # noqa: E402
from postgres import Postgres  # noqa: E402

sample = Sample(__file__)
draw = sample.draw
PEPPER = draw.hex(64)  # as config/initializers/devise.rb proposes one
# What Devise's generator makes with every module on, then columns as applications add them. Rails' times have no zone and are UTC.
SCHEMA = """CREATE TABLE users (id bigserial PRIMARY KEY, email varchar DEFAULT '' NOT NULL, encrypted_password varchar DEFAULT '' NOT NULL,
  reset_password_token varchar, reset_password_sent_at timestamp(6), remember_created_at timestamp(6), sign_in_count integer DEFAULT 0 NOT NULL,
  current_sign_in_at timestamp(6), last_sign_in_at timestamp(6), current_sign_in_ip varchar, last_sign_in_ip varchar, confirmation_token varchar,
  confirmed_at timestamp(6), confirmation_sent_at timestamp(6), unconfirmed_email varchar, failed_attempts integer DEFAULT 0 NOT NULL,
  unlock_token varchar, locked_at timestamp(6), created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL,
  username varchar, first_name varchar, last_name varchar, provider varchar, uid varchar);"""


def encrypt(passwords, pepper=None, stretches=12):
    given = "".join(json.dumps({"password": password, "pepper": pepper, "stretches": stretches}) + "\n" for password in passwords)
    return subprocess.run(["ruby", sample.path("digests.rb")], input=given, text=True, check=True, capture_output=True).stdout.split()


def user(n, digest, **more):
    p = person(n)
    created, seen = p.created.replace(tzinfo=None), p.seen.replace(tzinfo=None)
    return {"email": p.email, "encrypted_password": digest, "sign_in_count": 3, "current_sign_in_at": seen, "last_sign_in_at": created,
            "current_sign_in_ip": f"192.0.2.{n}", "confirmed_at": created, "confirmation_sent_at": created, "created_at": created, "updated_at": seen,
            "username": p.username, "first_name": p.first, "last_name": p.last, **more}


def users(first, digests):
    special = {
        1: dict(username=None), 2: dict(confirmed_at=None, confirmation_token=draw.text(20)), 3: dict(confirmed_at=None, username=None),
        4: dict(encrypted_password="", provider="google_oauth2", uid=draw.text(21, "0123456789")), 5: dict(locked_at="2024-01-02 03:04:05.678901", failed_attempts=20),
        6: dict(unconfirmed_email="new.address@example.com"), 7: dict(first_name=None, last_name=None, current_sign_in_at=None, sign_in_count=0),
    }
    return [user(first + n, digest, **special.get(n, {})) for n, digest in enumerate(digests)]


def export(db, rows, name, start):
    db.psql(f"TRUNCATE users; ALTER SEQUENCE users_id_seq RESTART WITH {start};")
    db.insert("users", rows)
    db.copy_csv("SELECT * FROM users ORDER BY id", sample.path(f"{name}.csv"))


def expect(rows, first, start, pepper):
    for n, row in enumerate(rows):
        if digest := row["encrypted_password"]:
            kind = ("bcrypt with pepper", "bcrypt_peppered", f"{digest}${PEPPER}") if pepper else ("bcrypt", "bcrypt", digest)
            sample.digest(str(start + n), *kind, person(first + n).password)
            if n < 3:
                sample.sign_in(str(start + n), person(first + n).password)
    for n, field, effect, why in [
        (2, "confirmed_at", "unverified", "the user name remains"),
        (3, "confirmed_at", "unverified_only", "the only identifier was never verified"),
        (4, "provider", "social_only", "signs in with google_oauth2; encrypted_password is empty"),
        (5, "locked_at", "banned", "locked: a state that Devise ends by itself"),
        (6, "unconfirmed_email", "unverified", "the address that the user wants to change to"),
    ]:
        if n < len(rows):
            sample.note(str(start + n), field, effect, why)


def two_factor():
    """What export.rb in README.md writes: times as RFC 3339, secrets decrypted, backup codes as their bcrypt digests."""
    rows = []
    for n in (16, 17, 18):
        p = person(n)
        codes = [draw.hex(4) for _ in range(2)]
        rows.append({"id": 200 + n, "email": p.email, "encrypted_password": encrypt([p.password], None, 10)[0], "confirmed_at": z(p.created, 6), "created_at": z(p.created, 6),
                     "username": p.username, "first_name": p.first, "last_name": p.last, "otp_required_for_login": str(n != 18).lower(),
                     "otp_secret": draw.base32(24), "otp_backup_codes": json.dumps(encrypt(codes, None, 4)) if n == 16 else ""})
        sample.digest(str(200 + n), "bcrypt", "bcrypt", rows[-1]["encrypted_password"], p.password)
        sample.sign_in(str(200 + n), p.password, *([rows[-1]["otp_secret"]] if n != 18 else []))
    sample.note("218", "otp_required_for_login", "no_totp", "the secret was made and the second factor never turned on")
    write_csv(sample.path("users-otp.csv"), rows)


def main():
    plain = users(0, encrypt([person(n).password for n in range(8)]))
    peppered = users(8, encrypt([person(n).password for n in range(8, 14)], PEPPER, 11))
    good = encrypt([person(20).password], None, 4)[0]
    broken = [
        (user(20, good), None, None),
        (user(21, good[:-1]), "encrypted_password", "bcrypt: one character short"),
        (user(22, "5f4dcc3b5aa765d61d8327deb882cf9900112233"), "encrypted_password", "40 hexadecimal: the encryptor of Devise before 2.0, which no hasher takes"),
        (user(24, good, email="kaethe.example.com"), "email", "no @"),
        (user(25, good, email=person(20).email.upper()), "email", "duplicate of row 1, but for case"),
        (user(26, good, username=person(20).username), "username", "duplicate of row 1"),
        (user(27, "", username=None, email=""), "-", "no identifier at all"),
        (user(28, good), None, None),
    ]
    with Postgres() as db:
        db.psql(SCHEMA)
        export(db, plain, "users", 1)
        export(db, peppered, "users-pepper", 101)
        export(db, sample.broken(broken), "broken", 301)
    expect(plain, 0, 1, False)
    expect(peppered, 8, 101, True)
    two_factor()
    with open(sample.path("params"), "w", encoding="utf-8") as file:
        file.write(f"pepper={PEPPER}\n")
    sample.write()


if __name__ == "__main__":
    main()
