#!/usr/bin/python3
"""Makes the samples of FusionAuth: users as its import and export JSON has them, and the tables users and identities.

Run as:  /usr/bin/python3 make.py      (what ../digests.py needs)

Written in the documented form (FusionAuth 1.59 and its Java client's classes); there is no FusionAuth to run here. The
digests follow the pseudocode of its reference of password hashes.
"""
import base64
import hashlib
import hmac
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from digests import b64, bcrypt_digest, pbkdf2  # noqa: E402
from people import Sample, millis, person, write_csv, write_json  # noqa: E402

sample = Sample(__file__)
draw = sample.draw
TENANT = "d7d09513-a3f5-401c-9685-34ab6c552453"
COLUMNS = """id active first_name last_name full_name birth_date image_url mobile_phone data insert_instant last_update_instant tenants_id email username verified
encryption_scheme factor password salt last_login_instant password_change_required""".split()


def iterated(name, password, salt, factor):
    result = password.encode() + salt
    for _ in range(factor):
        result = hashlib.new(name, result).digest()
    return result


def kinds():
    """Scheme, factor, password and salt as FusionAuth stores them, and Clerk's hasher and form, or why there is none."""
    word = [person(n).password for n in range(12)]
    salt = draw.bytes(32)
    key = pbkdf2("sha256", word[0], salt, 24000)
    yield "salted-pbkdf2-hmac-sha256", 24000, b64(key), b64(salt), "pbkdf2_sha256", f"pbkdf2_sha256$24000${b64(salt)}${b64(key)}"
    salt = draw.bytes(32)
    key = pbkdf2("sha256", word[1], salt, 24000, 64)
    yield "salted-pbkdf2-hmac-sha256-512", 24000, b64(key), b64(salt), "pbkdf2_sha256", f"pbkdf2_sha256$24000${b64(salt)}${b64(key[:32])}"
    salt = draw.bytes(32)
    key = pbkdf2("sha512", word[2], salt, 24000)
    yield "salted-pbkdf2-hmac-sha512-512", 24000, b64(key), b64(salt), "pbkdf2_sha512_hex", f"pbkdf2_sha512_hex$24000${salt.hex()}${key.hex()}"
    digest = bcrypt_digest(word[3], draw, 10, "2a")
    yield "bcrypt", 10, digest[29:], digest[7:29], "bcrypt", digest
    salt = b"Jx72kQ9z"
    yield "salted-md5", 1, b64(raw := iterated("md5", word[4], salt, 1)), b64(salt), "md5_salted", f"{salt.decode()}${raw.hex()}"
    salt = b"pepp3r!x"
    yield "salted-sha256", 1, b64(raw := iterated("sha256", word[5], salt, 1)), b64(salt), "sha256_salted", f"{salt.decode()}${raw.hex()}"
    salt = draw.bytes(32)
    yield "salted-md5", 20000, b64(iterated("md5", word[6], salt, 20000)), b64(salt), None, "20000 times MD5"
    yield "salted-sha256", 20000, b64(iterated("sha256", word[7], salt, 20000)), b64(salt), None, "20000 times SHA-256"
    yield "salted-hmac-sha256", 1, b64(hmac.new(salt, word[8].encode(), "sha256").digest()), b64(salt), None, "HMAC-SHA256 keyed with the salt"
    yield "phpass-md5", 8192, b64(phpass(word[9], b"Hn3cW9xK", 8192)), "Hn3cW9xK", None, "phpass, whose parts FusionAuth spells in a way that was not to be seen"
    yield "example-custom-scheme", 10, b64(draw.bytes(32)), b64(salt), None, "the scheme of a plug-in"
    yield None, None, None, None, None, None


def phpass(password, salt, factor):
    result = hashlib.md5(salt + password.encode()).digest()
    for _ in range(factor):
        result = hashlib.md5(result + password.encode()).digest()
    return result


def authenticator(secret, algorithm="HmacSHA1", length=6, step=30):
    """secret is base64 of the key."""
    return {"authenticator": {"algorithm": algorithm, "codeLength": length, "timeStep": step}, "id": draw.text(4), "method": "authenticator", "secret": b64(secret)}


def user(n, scheme=None, factor=None, password=None, salt=None, **more):
    p = person(n)
    row = {"active": True, "birthDate": None, "connectorId": "e3306678-a53a-4964-9040-1c96f36dda72", "data": {}, "email": p.email, "encryptionScheme": scheme, "factor": factor,
           "firstName": p.first, "fullName": None, "id": draw.uuid(), "insertInstant": millis(p.created), "lastLoginInstant": millis(p.seen), "lastName": p.last,
           "lastUpdateInstant": millis(p.seen), "memberships": [], "mobilePhone": None, "password": password, "passwordChangeRequired": False, "passwordLastUpdateInstant": millis(p.created),
           "preferredLanguages": [], "registrations": [], "salt": salt, "tenantId": TENANT, "timezone": None, "twoFactor": {"methods": [], "recoveryCodes": []}, "username": None,
           "usernameStatus": "ACTIVE", "verified": True, **more}
    return {name: value for name, value in row.items() if value is not None}


def table(row):
    """SELECT … FROM users u JOIN identities i: instants are milliseconds, booleans t and f, schemes as they are."""
    cells = {"id": row["id"], "active": "tf"[not row["active"]], "first_name": row.get("firstName"), "last_name": row.get("lastName"), "full_name": row.get("fullName"),
             "birth_date": row.get("birthDate"), "mobile_phone": row.get("mobilePhone"), "data": json.dumps({"data": row["data"]}, ensure_ascii=False),
             "insert_instant": row["insertInstant"], "last_update_instant": row["lastUpdateInstant"], "tenants_id": TENANT, "email": row.get("email"), "username": row.get("username"),
             "verified": "tf"[not row["verified"]], "encryption_scheme": row.get("encryptionScheme"), "factor": row.get("factor"), "password": row.get("password"), "salt": row.get("salt"),
             "last_login_instant": row.get("lastLoginInstant"), "password_change_required": "tf"[not row["passwordChangeRequired"]]}
    return cells


def main():
    secrets = {n: draw.bytes(20) for n in range(5)}
    codes = [draw.text(10, "BCDFGHJKMNPQRTVWXY2346789") for _ in range(3)]
    special = {
        0: dict(twoFactor={"methods": [authenticator(secrets[0])], "recoveryCodes": codes}, data={"plan": "team", "seats": 9007199254740993}, preferredLanguages=["en_GB"]),
        1: dict(twoFactor={"methods": [{"id": draw.text(4), "method": "sms", "mobilePhone": person(1).phone}], "recoveryCodes": []}, mobilePhone=person(1).phone),
        2: dict(twoFactor={"methods": [authenticator(secrets[2], "HmacSHA256")], "recoveryCodes": []}, username=person(2).username),
        3: dict(twoFactor={"methods": [{"email": person(3).email, "id": draw.text(4), "method": "email"}, authenticator(secrets[3])], "recoveryCodes": []}),
        4: dict(twoFactor={"methods": [authenticator(secrets[4], length=8)], "recoveryCodes": []}, passwordChangeRequired=True),
        6: dict(verified=False, username=person(6).username), 7: dict(verified=False), 8: dict(active=False), 9: dict(fullName=person(9).name, firstName=None, lastName=None, birthDate="1990-02-28"),
        10: dict(email=None, username=person(10).username, verified=False, lastLoginInstant=None),
        11: dict(email=None, verified=False, phoneNumber=person(11).phone, identities=[
            {"displayValue": person(11).phone, "insertInstant": millis(person(11).created), "lastUpdateInstant": millis(person(11).created), "moderationStatus": "ACTIVE",
             "primary": True, "type": "phoneNumber", "value": person(11).phone, "verified": True, "verifiedReason": "Completed"}]),
    }
    rows = []
    for n, (scheme, factor, password, salt, hasher, form) in enumerate(kinds()):
        row = user(n, scheme, factor, password, salt, **special.get(n, {}))
        rows.append(row)
        if hasher:
            sample.digest(row["id"], scheme, hasher, form, person(n).password)
            sample.sign_in(row["id"], person(n).password, *([base64.b32encode(secrets[n]).decode()] if n in (0, 3) else []))
        elif scheme:
            sample.note(row["id"], "encryptionScheme", "no_password", f"{scheme}: {form}")
    sample.notes_on(lambda n: rows[n]["id"], [
        (1, "twoFactor", "no_totp", "a phone as second factor, which Clerk does not import"),
        (2, "twoFactor", "no_totp", "TOTP with HmacSHA256"),
        (3, "twoFactor", "partly", "the authenticator moves, the e-mail as second factor does not"),
        (4, "twoFactor", "no_totp", "TOTP with eight digits"),
        (6, "verified", "unverified", "the user name remains"),
        (7, "verified", "unverified_only", "the only identifier was never verified"),
        (8, "active", "banned", "not active"),
    ])
    write_json(sample.path("users.json"), {"total": len(rows), "users": rows})
    write_csv(sample.path("users.csv"), [table(row) for row in rows[:-1]], COLUMNS)  # the phone number of the last is not in these tables
    good = ("salted-pbkdf2-hmac-sha256", 24000, b64(pbkdf2("sha256", person(20).password, b"s" * 32, 24000)), b64(b"s" * 32))
    broken = [
        (user(20, *good), None, None),
        (user(21, good[0], 24000, good[2][:20], good[3]), "password", "cut off"),
        (user(22, good[0], 24000, good[2]), "salt", "a hash without its salt"),
        (user(23, good[0], 0, *good[2:]), "factor", "zero iterations"),
        (user(24, None, None, *good[2:]), "encryptionScheme", "a hash without its scheme"),
        (user(25, "bcrypt", 31, good[2][:31], good[2][:22].replace("+", ".")), "factor", "bcrypt: cost above 15"),
        (user(26, *good, email="grace@@example.net"), "email", "two @"),
        (user(27, *good, email=person(20).email.upper()), "email", "duplicate of row 1, but for case"),
        (user(28, *good, insertInstant="last year"), "insertInstant", "not a count of milliseconds"),
        (user(29, *good, email=None), "-", "no identifier at all"),
        (user(30, *good), None, None),
    ]
    write_json(sample.path("broken.json"), {"total": len(broken), "users": sample.broken(broken)})
    sample.write()


if __name__ == "__main__":
    main()
