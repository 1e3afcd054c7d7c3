#!/usr/bin/python3
"""Makes the samples of ASP.NET Core Identity: AspNetUsers as PowerShell and as Management Studio export it, and the
authenticator keys and recovery codes of AspNetUserTokens.

Run as:  /usr/bin/python3 make.py      (what ../digests.py needs)

Written in the documented form; there is no .NET to run here. The digests are PasswordHasher's, over Python's hashlib.
"""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from digests import b64, pbkdf2  # noqa: E402
from people import Sample, person, write_csv  # noqa: E402

sample = Sample(__file__)
draw = sample.draw
PRF = {"sha1": 0, "sha256": 1, "sha512": 2}
COLUMNS = """Id UserName NormalizedUserName Email NormalizedEmail EmailConfirmed PasswordHash SecurityStamp ConcurrencyStamp PhoneNumber
PhoneNumberConfirmed TwoFactorEnabled LockoutEnd LockoutEnabled AccessFailedCount""".split()


def version2(password):
    """Identity 1 and 2, and compatibility mode: HMAC-SHA1, 1000 iterations, a key of 32 bytes."""
    salt = draw.bytes(16)
    key = pbkdf2("sha1", password, salt, 1000, 32)
    return b64(b"\0" + salt + key), "pbkdf2_sha1", f"pbkdf2_sha1$1000${salt.hex()}${key.hex()}$32"


def version3(password, name, iterations):
    """SHA-256 and 10000 iterations up to .NET 6, SHA-512 and 100000 since .NET 7; a key of 32 bytes."""
    salt = draw.bytes(16)
    key = pbkdf2(name, password, salt, iterations, 32)
    blob = b"\1" + struct.pack(">III", PRF[name], iterations, 16) + salt + key
    form = {
        "sha1": ("pbkdf2_sha1", f"pbkdf2_sha1${iterations}${salt.hex()}${key.hex()}$32"),
        "sha256": ("pbkdf2_sha256", f"pbkdf2_sha256${iterations}${b64(salt)}${b64(key)}"),
        "sha512": ("pbkdf2_sha512_hex", f"pbkdf2_sha512_hex${iterations}${salt.hex()}${key.hex()}"),
    }
    return b64(blob), *form[name]


def user(n, digest=None, **more):
    p = person(n)
    row = {"Id": draw.uuid(), "UserName": p.email, "NormalizedUserName": None, "Email": p.email, "NormalizedEmail": None, "EmailConfirmed": True, "PasswordHash": digest,
           "SecurityStamp": draw.base32(32), "ConcurrencyStamp": draw.uuid(), "PhoneNumber": None, "PhoneNumberConfirmed": False, "TwoFactorEnabled": False,
           "LockoutEnd": None, "LockoutEnabled": True, "AccessFailedCount": 0, **more}
    row["NormalizedUserName"] = row["UserName"] and row["UserName"].upper()
    row["NormalizedEmail"] = row["Email"] and row["Email"].upper()
    return row


def users():
    word = [person(n).password for n in range(14)]
    made = [("version 2", version2(word[0])), ("version 3, SHA-1", version3(word[1], "sha1", 10000)), ("version 3, SHA-256", version3(word[2], "sha256", 10000)),
            ("version 3, SHA-512", version3(word[3], "sha512", 100000)), ("version 3, SHA-256", version3(word[4], "sha256", 100000))]
    made += [("version 3, SHA-512", version3(word[n], "sha512", 1000)) for n in range(5, 10)]
    special = {
        1: dict(UserName=person(1).username), 2: dict(PhoneNumber=person(2).phone, PhoneNumberConfirmed=True),
        3: dict(TwoFactorEnabled=True), 4: dict(TwoFactorEnabled=True, UserName=person(4).username), 5: dict(EmailConfirmed=False, UserName=person(5).username),
        6: dict(EmailConfirmed=False), 7: dict(LockoutEnd="9999-12-31T23:59:59.9999999Z"), 8: dict(LockoutEnd="2021-02-03T04:05:06.7890000Z", AccessFailedCount=3),
        9: dict(PhoneNumber="(907) 555-0109"),
    }
    for n, (kind, (stored, hasher, form)) in enumerate(made):
        row = user(n, stored, **special.get(n, {}))
        sample.digest(row["Id"], kind, hasher, form, word[n])
        yield row
    yield user(10)
    yield user(11, Email=None, UserName=person(11).username)


def plain(value):
    """As SELECT in Management Studio shows it."""
    return "NULL" if value is None else int(value) if isinstance(value, bool) else value


def main():
    rows = list(users())
    write_csv(sample.path("users.csv"), rows, COLUMNS, quoting=1, lineterminator="\r\n")
    write_csv(sample.path("users-null.csv"), [{name: plain(value) for name, value in row.items()} for row in rows], COLUMNS, lineterminator="\r\n")
    keys = {3: draw.base32(32), 4: draw.base32(32), 10: draw.base32(32)}
    codes = lambda: ";".join(f"{draw.text(5, 'BCDFGHJKMNPQRTVWXY2346789')}-{draw.text(5, 'BCDFGHJKMNPQRTVWXY2346789')}" for _ in range(5))  # noqa: E731
    write_csv(sample.path("tokens.csv"), [{"UserId": rows[n]["Id"], "AuthenticatorKey": key, "RecoveryCodes": codes() if n == 3 else None} for n, key in keys.items()],
              quoting=1, lineterminator="\r\n")
    for n in range(5):
        sample.sign_in(rows[n]["Id"], person(n).password, *([keys[n]] if n in (3, 4) else []))
    sample.notes_on(lambda n: rows[n]["Id"], [
        (5, "EmailConfirmed", "unverified", "the user name remains"),
        (6, "EmailConfirmed", "unverified_only", "the only identifier was never verified; the user name is the same address"),
        (7, "LockoutEnd", "banned", "locked until the year 9999"),
        (9, "PhoneNumber", "unverified", "not confirmed, and not E.164: the e-mail remains."),
        (10, "TwoFactorEnabled", "no_totp", "a key without two factors being on"),
        (10, "PasswordHash", "social_only", "signs in with another provider (AspNetUserLogins); has no password"),
    ])
    good = version3(person(20).password, "sha256", 1000)[0]
    broken = [
        (user(20, good), None, None),
        (user(21, good[:40]), "PasswordHash", "cut off"),
        (user(22, b64(b"\2" + draw.bytes(60))), "PasswordHash", "no version that there is"),
        (user(23, b64(b"\1" + struct.pack(">III", 7, 1000, 16) + draw.bytes(48))), "PasswordHash", "no such hash function"),
        (user(24, good, Email="kaethe@example", UserName="kaethe_g"), "Email", "no public domain"),
        (user(25, good, PhoneNumber="+1212", PhoneNumberConfirmed=True), "PhoneNumber", "too short for its country"),
        (user(26, good, EmailConfirmed="maybe"), "EmailConfirmed", "not a boolean"),
        (user(27, good, Email=person(20).email.title()), "Email", "duplicate of row 1, but for case"),
        (user(28, None, Email=None, UserName=None), "-", "no identifier at all"),
        (user(29, good), None, None),
    ]
    write_csv(sample.path("broken.csv"), sample.broken(broken), COLUMNS, quoting=1, lineterminator="\r\n")
    sample.write()


if __name__ == "__main__":
    main()
