#!/usr/bin/python3
"""Makes the samples of Laravel: the table users as a line of Tinker writes it, with Fortify's second factors decrypted,
and as the mysql client prints it, where they are not.

Run as:  /usr/bin/python3 make.py      (what ../digests.php needs)

Laravel's own hashers and encrypter write the values and draw their salts, so these differ from run to run.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from people import Sample, person, write_csv  # noqa: E402
from php import php  # noqa: E402
from digests import b64  # noqa: E402

sample = Sample(__file__)
draw = sample.draw
APP_KEY = b64(draw.bytes(32))
COLUMNS = """id name email email_verified_at phone password two_factor_secret two_factor_recovery_codes two_factor_confirmed_at remember_token
is_admin settings created_at updated_at deleted_at""".split()


def moment(when):
    """Laravel's times have no zone; they are in the application's, which is UTC unless changed."""
    return when.strftime("%Y-%m-%d %H:%M:%S")


def user(n, password=None, **more):
    p = person(n)
    return {"id": n + 1, "name": p.name, "email": p.email, "email_verified_at": moment(p.created), "password": password, "remember_token": draw.text(60), "is_admin": 0,
            "created_at": moment(p.created), "updated_at": moment(p.seen), **more}


def users():
    word = [person(n).password for n in range(12)]
    kinds = [("bcrypt", "bcrypt")] * 6 + [("argon2id", "argon2id"), ("argon2i", "argon2i")] + [("bcrypt", "bcrypt")] * 2
    made = php(*({"kind": "laravel-" + kind, "password": word[n], "rounds": [10, 12, 4, 4, 4, 4][n % 6]} for n, (kind, _) in enumerate(kinds)))
    recovery = [f"{draw.text(10)}-{draw.text(10)}" for _ in range(3)]
    special = {
        1: dict(is_admin=1, settings=json.dumps({"theme": "dark", "motto": "left, \"right\"\\ — 🌍"}, ensure_ascii=False)),
        2: dict(email_verified_at=None), 3: dict(email_verified_at=None, phone=person(3).phone),
        4: dict(two_factor_secret=draw.base32(16), two_factor_recovery_codes=json.dumps(recovery), two_factor_confirmed_at=moment(person(4).seen)),
        5: dict(two_factor_secret=draw.base32(16)), 8: dict(deleted_at="2023-02-03 04:05:06"), 9: dict(name="Madonna"),
    }
    for n, (kind, hasher) in enumerate(kinds):
        row = user(n, made[n], **special.get(n, {}))
        sample.digest(str(n + 1), kind, hasher, made[n], word[n])
        yield row
    yield user(10, None)
    yield user(11, "", phone=person(11).phone)


def mysql(rows):
    """What "mysql --batch" prints: tabs, NULL for nothing, and \\t, \\n and \\\\ in text."""
    secrets = [row for row in rows if row.get("two_factor_secret")]
    sealed = iter(php(*({"kind": "laravel-encrypt", "password": row[name], "key": APP_KEY} for row in secrets
                        for name in ("two_factor_secret", "two_factor_recovery_codes") if row.get(name))))
    lines = ["\t".join(COLUMNS)]
    for row in rows:
        cells = []
        for name in COLUMNS:
            value = row.get(name)
            if value is not None and name in ("two_factor_secret", "two_factor_recovery_codes"):
                value = next(sealed)
            cells.append("NULL" if value is None else str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n"))
        lines.append("\t".join(cells))
    with open(sample.path("users-mysql.tsv"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def main():
    rows = list(users())
    write_csv(sample.path("users.csv"), rows, COLUMNS)
    mysql(rows)
    for n in (0, 1, 4, 6, 7):
        sample.sign_in(str(n + 1), person(n).password, *([rows[4]["two_factor_secret"]] if n == 4 else []))
    sample.notes_on(lambda n: str(n + 1), [
        (2, "email_verified_at", "unverified_only", "the only identifier was never verified"),
        (3, "email_verified_at", "unverified", "there is a phone number, of which the table says nothing"),
        (4, "two_factor_secret", "no_totp", "in users-mysql.tsv only: encrypted with APP_KEY"),
        (5, "two_factor_confirmed_at", "no_totp", "the second factor was never confirmed"),
        (8, "deleted_at", "dropped", "deleted softly"),
    ])
    good = php({"kind": "laravel-bcrypt", "password": person(20).password, "rounds": 4})[0]
    broken = [
        (user(20, good), None, None),
        (user(21, good[:-1]), "password", "bcrypt: one character short"),
        (user(22, "$argon2id$v=19$m=65536,t=4,p=1$c29tZXNhbHQ"), "password", "argon2id: no hash"),
        (user(23, "opensesame-1"), "password", "in clear text, not a digest"),
        (user(24, good, email="kaethe.example.com"), "email", "no @"),
        (user(25, good, created_at="2018-02-30 00:00:00"), "created_at", "no such day"),
        (user(26, good, email=person(20).email.title()), "email", "duplicate of row 1, but for case"),
        (user(27, good, two_factor_secret="eyJpdiI6Ilk9PQ==", two_factor_confirmed_at="2020-01-01 00:00:00"), "two_factor_secret", "still encrypted: not base32"),
        (user(28, good), None, None),
    ]
    write_csv(sample.path("broken.csv"), sample.broken(broken), COLUMNS)
    sample.write()


if __name__ == "__main__":
    main()
