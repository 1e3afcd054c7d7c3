#!/usr/bin/python3
"""Makes the samples of Better Auth: its table "user" with the password of "account", and its second factors decrypted.

Run as:  NODE_MODULES=… /usr/bin/python3 make.py      (what ../digests.py and ../postgres.py need; sign-up.mjs says the rest)

NODE_MODULES names a folder with node_modules in which "npm install better-auth pg" was run. Better Auth draws ids, salts
and second factors itself, so they differ from run to run.
"""
import base64
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from digests import bcrypt_digest  # noqa: E402
from people import Sample, person, write_csv  # noqa: E402
from postgres import Postgres, node  # noqa: E402

sample = Sample(__file__)
draw = sample.draw
# What a person would run to get one row a user.
QUERY = """SELECT u.*, a.password FROM "user" u LEFT JOIN account a ON a."userId" = u.id AND a."providerId" = 'credential'
  ORDER BY u."createdAt" """


def sign_up(db, numbers, two_factor=()):
    """Their ids, in order. The times are set afterwards; Better Auth takes the clock's."""
    people = [{"email": person(n).email, "name": person(n).name, "password": person(n).password, "twoFactor": n in two_factor,
               **({"username": person(n).username} if n % 4 == 0 else {})} for n in numbers]
    made = json.loads(node(sample.path("sign-up.mjs"), db.socket, json.dumps(people)))
    for n, line in zip(numbers, made):
        db.psql(f'UPDATE "user" SET "createdAt" = \'{person(n).created}\', "updatedAt" = \'{person(n).seen}\', "emailVerified" = true WHERE id = \'{line["id"]}\';')
    return dict(zip(numbers, made))


def change(db, line, **columns):
    sets = ", ".join(f'"{name}" = {value}' for name, value in columns.items())
    db.psql(f"""UPDATE "user" SET {sets} WHERE id = '{line["id"]}';""")


def without_password(db, line, provider=None):
    change_provider = f"""UPDATE account SET "providerId" = '{provider}', "accountId" = '{draw.text(21, "0123456789")}', password = NULL""" if provider else "DELETE FROM account"
    db.psql(f"""{change_provider} WHERE "userId" = '{line["id"]}';""")


def fill(db):
    made = sign_up(db, range(14), two_factor=(3, 4))
    change(db, made[1], emailVerified="false")
    change(db, made[2], phoneNumber=f"'{person(2).phone}'", phoneNumberVerified="true")
    without_password(db, made[5], "google")
    # Signed up by phone: the plug-in makes up an address in the domain that the application names.
    change(db, made[6], email="'+18085550106@phone.example.com'", emailVerified="false", phoneNumber=f"'{person(6).phone}'", phoneNumberVerified="true")
    change(db, made[7], banned="true", banReason="'chargeback'")
    change(db, made[8], emailVerified="false")
    change(db, made[9], email="'temp-k3yed@example.com'", name="'Anonymous'", isAnonymous="true", emailVerified="false")
    without_password(db, made[9])
    change(db, made[10], role="'admin,editor'", image="'https://cdn.example.com/10.png'")
    change(db, made[11], phoneNumber=f"'{person(11).phone}'", phoneNumberVerified="false")
    digest = bcrypt_digest(person(12).password, draw)  # an application with its own hash function
    db.psql(f"""UPDATE account SET password = '{digest}' WHERE "userId" = '{made[12]["id"]}';""")
    change(db, made[13], banned="true", banExpires="'2021-01-01 00:00:00+00'", name="'Řehoř'")
    return made


def rewritten(stored):
    """salt:key in hexadecimal; the salt goes into scrypt as text."""
    salt, key = stored.split(":")
    return f"scrypt:16384:16:1${salt}${key}"


def factors(made):
    """totp_secret is the base32 of the decrypted text, as the otpauth:// address has it."""
    rows = []
    for n in (3, 4):
        secret = base64.b32encode(made[n]["secret"].encode()).decode().rstrip("=")
        rows.append({"userId": made[n]["id"], "totp_secret": secret, "backup_codes": json.dumps(made[n]["backupCodes"])})
    write_csv(sample.path("two-factor.csv"), rows)
    return {row["userId"]: row["totp_secret"] for row in rows}


def main():
    with Postgres() as db:
        made = fill(db)
        db.copy_csv(QUERY, sample.path("users.csv"))
        stored = dict(line.split("\t") for line in db.psql('SELECT "userId" || E\'\\t\' || password FROM account WHERE password IS NOT NULL;', "-At").splitlines())
    secrets = factors(made)
    for n, line in made.items():
        if line["id"] in stored:
            kind = "bcrypt" if n == 12 else "scrypt"
            digest = stored[line["id"]]
            sample.digest(line["id"], kind, *(("bcrypt", digest) if n == 12 else ("scrypt_werkzeug", rewritten(digest))), person(n).password)
            if n in (0, 3, 4, 12):
                sample.sign_in(line["id"], person(n).password, secrets.get(line["id"]))
    sample.notes_on(lambda n: made[n]["id"], [
        (1, "emailVerified", "unverified_only", "the only identifier was never verified"),
        (5, "-", "social_only", "signs in with google; has no password"),
        (6, "emailVerified", "unverified", "the address was made up by the phone plug-in; the number remains"),
        (7, "banned", "banned", "no end"),
        (8, "emailVerified", "unverified", "the user name remains"),
        (9, "isAnonymous", "dropped", "an anonymous user"),
        (11, "phoneNumberVerified", "unverified", "the e-mail remains"),
    ])
    with Postgres() as db:
        made = sign_up(db, range(20, 27))
        for n, column in ((21, "'zz' || substr(password, 3)"), (22, "left(password, -2)"), (23, "'opensesame-1'")):
            db.psql(f"""UPDATE account SET password = {column} WHERE "userId" = '{made[n]["id"]}';""")
        change(db, made[24], email="'kaethe.example.com'")
        change(db, made[25], phoneNumber="'+1212'", phoneNumberVerified="true")
        db.copy_csv(QUERY.replace('u."createdAt"', f"array_position(ARRAY{[made[n]['id'] for n in range(20, 27)]}, u.id)"), sample.path("broken.csv"))
    sample.broken([
        (20, None, None), (21, "password", "the salt is no hexadecimal"), (22, "password", "the last byte of the key is missing"), (23, "password", "no digest"),
        (24, "email", "no @"), (25, "phoneNumber", "too short for its country"), (26, None, None),
    ])
    sample.write()


if __name__ == "__main__":
    main()
