#!/usr/bin/python3
"""Makes the sample of Flask applications: a table user as Flask-SQLAlchemy has it, with Werkzeug's digests, by SQLite.

Run as:  WERKZEUG=… /usr/bin/python3 make.py

WERKZEUG names a checkout of pallets/werkzeug 3.1 (for its werkzeug/security.py). What it draws itself comes from here.
"""
import importlib.util
import os
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from digests import b64, bcrypt_digest  # noqa: E402
from people import Sample, person  # noqa: E402

sample = Sample(__file__)
draw = sample.draw
SCHEMA = """CREATE TABLE user (id INTEGER NOT NULL PRIMARY KEY, username VARCHAR(80), email VARCHAR(120), password_hash VARCHAR(255), first_name VARCHAR(80),
  last_name VARCHAR(80), phone VARCHAR(32), is_active BOOLEAN NOT NULL, email_confirmed BOOLEAN NOT NULL, totp_secret VARCHAR(64), created_at DATETIME NOT NULL);"""

spec = importlib.util.spec_from_file_location("security", os.path.join(os.environ["WERKZEUG"], "src/werkzeug/security.py"))
security = importlib.util.module_from_spec(spec)
spec.loader.exec_module(security)


def hash_password(password, method, salt_length=16):
    """generate_password_hash with a salt of ours."""
    salt = draw.text(salt_length)
    key, actual = security._hash_internal(method, salt, password)
    return f"{actual}${salt}${key}"


def kinds():
    """Kind, digest, and Clerk's hasher and form."""
    word = [person(n).password for n in range(10)]
    yield "scrypt", (d := hash_password(word[0], "scrypt")), "scrypt_werkzeug", d
    yield "pbkdf2:sha256", *sha256(hash_password(word[1], "pbkdf2:sha256:1000000"))  # the default of 3.1
    yield "pbkdf2:sha256", *sha256(hash_password(word[2], "pbkdf2:sha256:50000", 8))  # the default of 0.15
    d = hash_password(word[3], "pbkdf2:sha1:1000", 8)
    method, salt, key = d.split("$")
    yield "pbkdf2:sha1", d, "pbkdf2_sha1", f"pbkdf2_sha1$1000${salt.encode().hex()}${key}$20"
    d = hash_password(word[4], "pbkdf2:sha512:210000")
    method, salt, key = d.split("$")
    yield "pbkdf2:sha512", d, "pbkdf2_sha512", f"pbkdf2_sha512$210000${salt}${key}"
    yield "scrypt, other parameters", (d := hash_password(word[5], "scrypt:16384:8:1")), "scrypt_werkzeug", d
    yield "bcrypt (Flask-Bcrypt)", (d := bcrypt_digest(word[6], draw, 12)), "bcrypt", d
    yield "pbkdf2:sha224", hash_password(word[7], "pbkdf2:sha224:1000"), None, "PBKDF2 with SHA-224"
    yield "sha256 (Werkzeug before 2.0)", f"sha256${draw.text(8)}${draw.hex(32)}", None, "HMAC-SHA256 keyed with the salt"
    yield "none", None, None, None


def sha256(digest):
    method, salt, key = digest.split("$")
    return digest, "pbkdf2_sha256_django", f"pbkdf2_sha256${method.split(':')[2]}${salt}${b64(bytes.fromhex(key))}"


def user(n, digest, **more):
    p = person(n)
    return {"username": p.username, "email": p.email, "password_hash": digest, "first_name": p.first, "last_name": p.last, "phone": None, "is_active": 1,
            "email_confirmed": 1, "totp_secret": None, "created_at": str(p.created.replace(tzinfo=None)), **more}


def export(rows, name):
    """What "sqlite3 -header -csv app.db" prints, its line ends included."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "app.db")
        db = sqlite3.connect(file)
        db.execute(SCHEMA)
        for row in rows:
            db.execute(f"INSERT INTO user ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
        db.commit()
        db.close()
        with open(sample.path(f"{name}.csv"), "wb") as out:
            subprocess.run(["sqlite3", "-header", "-csv", file, "SELECT * FROM user ORDER BY id"], stdout=out, check=True)


def main():
    secret = draw.base32(32)
    special = {1: dict(phone=person(1).phone), 2: dict(email_confirmed=0), 7: dict(is_active=0), 4: dict(totp_secret=secret), 5: dict(username=None),
               8: dict(email=None), 9: dict(email_confirmed=0, username=None)}
    rows = []
    for n, (kind, stored, hasher, form) in enumerate(kinds()):
        rows.append(user(n, stored, **special.get(n, {})))
        if hasher:
            sample.digest(str(n + 1), kind, hasher, form, person(n).password)
            sample.sign_in(str(n + 1), person(n).password, *([secret] if n == 4 else []))
        elif stored:
            sample.note(str(n + 1), "password_hash", "no_password", f"{kind}: {form}")
    sample.note("3", "email_confirmed", "unverified", "the user name remains")
    sample.note("8", "is_active", "banned", "not active")
    sample.note("10", "email_confirmed", "unverified_only", "the only identifier was never verified")
    export(rows, "users")
    good = hash_password(person(20).password, "pbkdf2:sha256:1000")
    broken = [
        (user(20, good), None, None),
        (user(21, "scrypt:32768:8$" + draw.text(16) + "$" + draw.hex(64)), "password_hash", "scrypt: two parameters of three"),
        (user(22, good[:-1]), "password_hash", "pbkdf2: an odd number of hexadecimal digits"),
        (user(23, "plain$$opensesame-1"), "password_hash", "Werkzeug's plain: in clear text"),
        (user(24, good, email="kaethe@@example.com"), "email", "two @"),
        (user(25, good, phone="0171 555 12"), "phone", "not E.164"),
        (user(26, good, email=person(20).email), "email", "duplicate of row 1"),
        (user(27, good, totp_secret="not base32!"), "totp_secret", "not base32"),
        (user(28, None, created_at="2018-02-30 00:00:00"), "created_at", "no such day"),
        (user(29, good), None, None),
    ]
    export(sample.broken(broken), "broken")
    sample.write()


if __name__ == "__main__":
    main()
