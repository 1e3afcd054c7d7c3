#!/usr/bin/python3
"""Makes the samples of Auth0: what the users export job writes, the same as an array, the password hashes that support
hands out, and the form of the bulk import with custom_password_hash.

Run as:  /usr/bin/python3 make.py      (what ../digests.py needs)

Written in the form that Auth0 documents; there is no Auth0 to run here.
"""
import hashlib
import hmac
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from digests import argon2_digest, b64, bcrypt_digest, pbkdf2, scrypt  # noqa: E402
from people import Sample, person, write_accounts, write_csv, write_json, write_ndjson, write_notes, z  # noqa: E402

sample = Sample(__file__)
draw = sample.draw
CONNECTION = "Username-Password-Authentication"


def user(n, strategy="auth0", connection=CONNECTION, own_id=None, **more):
    """A user as the Management API lists it; keys that Auth0 leaves out are absent."""
    p = person(n)
    own_id = own_id or draw.hex(12)
    row = {
        "user_id": f"{strategy}|{own_id}",
        "email": p.email,
        "email_verified": True,
        "name": p.email,
        "nickname": p.handle,
        "picture": f"https://cdn.example.com/avatars/{p.handle[:2]}.png",
        "identities": [{"connection": connection, "user_id": own_id, "provider": strategy, "isSocial": strategy not in ("auth0", "sms", "email")}],
        "created_at": z(p.created),
        "updated_at": z(p.seen),
        "last_login": z(p.seen),
        "logins_count": 1 + n * 7,
        "last_ip": f"192.0.2.{n}",
        **more,
    }
    return {key: value for key, value in row.items() if value is not None}


def named(n):
    p = person(n)
    return {"given_name": p.first, "family_name": p.last, "name": p.name}


def users():
    yield user(0, **named(0), username=person(0).username, app_metadata={"plan": "team", "roles": ["admin", "editor"]}, user_metadata={"theme": "dark"})
    yield user(1, **named(1), user_metadata={"motto": "left, \"right\" — 🌍", "seats": 9007199254740993})
    yield user(2, own_id="euclid")
    yield user(3, own_id="crm-00003", **named(3), email_verified=False, username=person(3).username)
    yield user(4, email_verified=False)
    yield user(5, strategy="google-oauth2", connection="google-oauth2", own_id=draw.text(21, "123456789"), **named(5), locale="ja")
    yield user(6, strategy="sms", connection="sms", email=None, email_verified=None, name=person(6).phone, phone_number=person(6).phone, phone_verified=True)
    yield user(7, **named(7), blocked=True, app_metadata={"blocked_for": "chargeback"})
    yield user(8, **named(8), multifactor=["google-authenticator"], phone_number=person(8).phone, phone_verified=False)
    google = {"connection": "google-oauth2", "user_id": draw.text(21, "123456789"), "provider": "google-oauth2", "isSocial": True,
              "profileData": {"email": person(9).email, "email_verified": True, "name": person(9).name}}
    linked = user(9, **named(9))
    linked["identities"].append(google)
    yield linked
    yield user(10, email=None, email_verified=None, username=person(10).username, name=person(10).username)
    yield user(11, last_login=None, last_ip=None, logins_count=None, **named(11))
    yield user(12, strategy="samlp", connection="acme-saml", own_id=f"acme-saml|{person(12).email}", **named(12))


def password_hash(row, n, **more):
    """A line of the file that support hands out. user_id is auth0| and alt_id, or else _id.$oid."""
    p = person(n)
    own_id = row["user_id"].split("|", 1)[1]
    is_oid = len(own_id) == 24 and all(c in "0123456789abcdef" for c in own_id)
    line = {
        "_id": {"$oid": own_id if is_oid else draw.hex(12)},
        "email_verified": row.get("email_verified", False),
        "email": row.get("email"),
        "passwordHash": bcrypt_digest(p.password, draw, 10),
        "password_set_date": {"$date": z(p.created)},
        "tenant": "example-tenant",
        "connection": CONNECTION,
        "_tmp_is_unique": True,
        "alt_id": None if is_oid else own_id,
        **more,
    }
    return {key: value for key, value in line.items() if value is not None}


def export(rows):
    """The hashes of the users with a password, in another order, and one of a user who is not in the export."""
    hashes = [password_hash(rows[n], n) for n in (11, 9, 8, 7, 4, 3, 2, 1, 0)]
    hashes.append(password_hash(rows[10], 10, email=None, email_verified=None, identifiers=[{"type": "username", "value": person(10).username}]))
    for line, n in zip(hashes, (11, 9, 8, 7, 4, 3, 2, 1, 0, 10)):
        sample.digest(rows[n]["user_id"], "bcrypt", "bcrypt", line["passwordHash"], person(n).password)
        if n in (0, 1, 2, 9, 10):
            sample.sign_in(rows[n]["user_id"], person(n).password)
    stranger = password_hash(user(31), 31)
    write_ndjson(sample.path("users.ndjson"), rows)
    write_json(sample.path("users.json"), rows)
    write_ndjson(sample.path("hashes.ndjson"), hashes + [stranger])
    sample.note(rows[3]["user_id"], "email", "unverified", "the user name remains")
    sample.note(rows[4]["user_id"], "email", "unverified_only", "the only identifier was never verified")
    sample.note(rows[8]["user_id"], "phone_number", "unverified", "the e-mail remains")
    sample.note(rows[8]["user_id"], "multifactor", "no_totp", "the export names the factor and holds no secret; support hands out secrets on request")
    sample.note(rows[7]["user_id"], "blocked", "banned", "blocked")
    sample.note(rows[5]["user_id"], "identities", "social_only", "signs in with google-oauth2; has no password")
    sample.note(rows[12]["user_id"], "identities", "social_only", "signs in with samlp; has no password")


# --- the form of the bulk import, whose hashes are of many kinds ---


def phc64(raw):
    return b64(raw).rstrip("=")


def custom_kinds():
    """Kind, n of the person, custom_password_hash, Clerk's hasher and digest (None where there is none)."""
    p = [person(n) for n in range(32)]
    word = p[0].password
    yield "argon2", 0, {"algorithm": "argon2", "hash": {"value": (a := argon2_digest(word, draw))}}, "argon2id", a
    word = p[1].password
    yield "bcrypt", 1, {"algorithm": "bcrypt", "hash": {"value": (a := bcrypt_digest(word, draw))}}, "bcrypt", a
    word = p[2].password
    yield "md5 hex", 2, {"algorithm": "md5", "hash": {"value": (a := hashlib.md5(word.encode()).hexdigest()), "encoding": "hex"}}, "md5", a
    word = p[3].password
    raw = hashlib.md5(b"Jx72" + word.encode()).digest()
    yield "md5 base64, salt before", 3, {
        "algorithm": "md5", "hash": {"value": b64(raw), "encoding": "base64"},
        "salt": {"value": "Jx72", "encoding": "utf8", "position": "prefix"}}, "md5_salted", f"Jx72${raw.hex()}"
    word = p[4].password
    raw = hashlib.sha256(word.encode() + b"k9Qz").digest()
    yield "sha256 hex, salt after", 4, {
        "algorithm": "sha256", "hash": {"value": raw.hex(), "encoding": "hex"},
        "salt": {"value": "k9Qz", "encoding": "utf8", "position": "suffix"}}, "sha256_salted", f"k9Qz${raw.hex()}"
    word = p[5].password
    raw = hashlib.sha256(word.encode()).digest()
    yield "sha256 base64", 5, {"algorithm": "sha256", "hash": {"value": b64(raw), "encoding": "base64"}}, "sha256", raw.hex()
    word, salt = p[6].password, draw.bytes(8)
    raw = hashlib.sha1(word.encode() + salt).digest()
    yield "sha1 base64, salt after", 6, {
        "algorithm": "sha1", "hash": {"value": b64(raw), "encoding": "base64"},
        "salt": {"value": b64(salt), "encoding": "base64", "position": "suffix"}}, "ldap_ssha", "{SSHA}" + b64(raw + salt)
    word, salt = p[7].password, draw.bytes(8)
    ssha = "{SSHA}" + b64(hashlib.sha1(word.encode() + salt).digest() + salt)
    yield "ldap {SSHA}", 7, {"algorithm": "ldap", "hash": {"value": ssha}}, "ldap_ssha", ssha
    word, salt = p[8].password, draw.bytes(16)
    raw = pbkdf2("sha512", word, salt, 25000)
    yield "pbkdf2-sha512", 8, {"algorithm": "pbkdf2", "hash": {"value": f"$pbkdf2-sha512$i=25000,l=64${phc64(salt)}${phc64(raw)}", "encoding": "utf8"}}, \
        "pbkdf2_sha512_hex", f"pbkdf2_sha512_hex$25000${salt.hex()}${raw.hex()}"
    word, salt = p[9].password, draw.bytes(16)
    raw = pbkdf2("sha256", word, salt, 10000)
    yield "pbkdf2-sha256", 9, {"algorithm": "pbkdf2", "hash": {"value": f"$pbkdf2-sha256$i=10000,l=32${phc64(salt)}${phc64(raw)}", "encoding": "utf8"}}, \
        "pbkdf2_sha256", f"pbkdf2_sha256$10000${b64(salt)}${b64(raw)}"
    word, salt = p[10].password, draw.bytes(16)
    raw = pbkdf2("sha1", word, salt, 10000)
    yield "pbkdf2-sha1", 10, {"algorithm": "pbkdf2", "hash": {"value": f"$pbkdf2-sha1$i=10000,l=20${phc64(salt)}${phc64(raw)}", "encoding": "utf8"}}, \
        "pbkdf2_sha1", f"pbkdf2_sha1$10000${salt.hex()}${raw.hex()}$20"
    word = p[11].password
    raw = scrypt(word, b"Qm81LtYw", 16384, 8, 1)
    yield "scrypt, salt is text", 11, {
        "algorithm": "scrypt", "hash": {"value": raw.hex(), "encoding": "hex"}, "salt": {"value": "Qm81LtYw", "encoding": "utf8"},
        "keylen": 64, "cost": 16384, "blockSize": 8, "parallelization": 1}, "scrypt_werkzeug", f"scrypt:16384:8:1$Qm81LtYw${raw.hex()}"
    word = p[12].password
    raw = hashlib.sha512(word.encode()).digest()
    yield "sha512 hex", 12, {"algorithm": "sha512", "hash": {"value": raw.hex(), "encoding": "hex"}}, "sha512_symfony", f"sha512_symfony$1$${b64(raw)}"
    word, key = p[13].password, draw.bytes(16)
    raw = hmac.new(key, word.encode(), "sha256").digest()
    yield "hmac", 13, {"algorithm": "hmac", "hash": {"value": raw.hex(), "encoding": "hex", "digest": "sha256", "key": {"value": key.hex(), "encoding": "hex"}}}, None, None
    word = p[14].password
    raw = hashlib.sha1(word.encode()).digest()
    yield "sha1 without salt", 14, {"algorithm": "sha1", "hash": {"value": raw.hex(), "encoding": "hex"}}, None, None
    word = p[15].password
    raw = hashlib.sha512(word.encode() + b"k9Qz").digest()
    yield "sha512 with salt", 15, {
        "algorithm": "sha512", "hash": {"value": b64(raw), "encoding": "base64"},
        "salt": {"value": "k9Qz", "encoding": "utf8", "position": "suffix"}}, None, None
    word = p[16].password
    raw = hashlib.md5(word.encode("utf-16-le")).digest()
    yield "md5 of UTF-16", 16, {"algorithm": "md5", "hash": {"value": raw.hex(), "encoding": "hex"}, "password": {"encoding": "utf16le"}}, None, None
    yield "md4", 17, {"algorithm": "md4", "hash": {"value": draw.hex(16), "encoding": "hex"}}, None, None
    word, salt = p[18].password, draw.bytes(16)
    raw = scrypt(word, salt, 16384, 8, 1)
    yield "scrypt, salt is bytes", 18, {
        "algorithm": "scrypt", "hash": {"value": b64(raw), "encoding": "base64"}, "salt": {"value": b64(salt), "encoding": "base64"},
        "keylen": 64, "cost": 16384, "blockSize": 8, "parallelization": 1}, None, None


def imported(n, **more):
    p = person(n)
    return {"email": p.email, "email_verified": True, "user_id": f"legacy-{1000 + n}", "given_name": p.first, "family_name": p.last, "name": p.name, **more}


def bulk():
    """users-import.json has its own accounts and notes: its users are others."""
    rows, digests, accounts, notes = [], [], [], []
    for kind, n, custom, hasher, digest in custom_kinds():
        rows.append(imported(n, custom_password_hash=custom))
        key = f"legacy-{1000 + n}"
        if hasher:
            digests.append({"key": key, "kind": kind, "password_hasher": hasher, "password_digest": digest, "password": person(n).password})
            accounts.append((key, person(n).password))
        else:
            notes.append((key, "custom_password_hash", "no_password", f"{kind}: no hasher of Clerk's expresses it"))
    secret = draw.base32(32)
    digest = bcrypt_digest(person(20).password, draw)
    rows.append(imported(20, password_hash=digest, username=person(20).username, blocked=False, app_metadata={"plan": "free"},
                         user_metadata={"theme": "light"}, mfa_factors=[{"totp": {"secret": secret}}]))
    digests.append({"key": "legacy-1020", "kind": "password_hash", "password_hasher": "bcrypt", "password_digest": digest, "password": person(20).password})
    accounts.append(("legacy-1020", person(20).password, secret))
    rows.append(imported(21, mfa_factors=[{"phone": {"value": person(21).phone}}, {"email": {"value": person(21).email}}]))
    notes.append(("legacy-1021", "mfa_factors", "no_totp", "phone and e-mail are factors that Clerk does not import"))
    write_json(sample.path("users-import.json"), rows)
    write_csv(sample.path("digests-import.csv"), digests)
    write_accounts(sample.path("accounts-import.csv"), accounts)
    write_notes(sample.path("notes-import.tsv"), notes)


def main():
    export(list(users()))
    bulk()
    first, last = user(20, **named(20)), user(30)
    broken = [
        (first, None, None),
        (user(21, email="sian.oquill@"), "email", "no domain"),
        (user(22, created_at="2018-13-05T06:07:08.000Z"), "created_at", "no such month"),
        (user(23, phone_number="0171 555", phone_verified=True), "phone_number", "not E.164"),
        (user(24, email=None, email_verified=None), "-", "no identifier at all"),
        (user(25, email_verified="maybe"), "email_verified", "not a boolean"),
        (user(26, app_metadata=["admin"]), "app_metadata", "a list, not an object"),
        (user(20, strategy="google-oauth2", connection="google-oauth2", own_id=draw.text(21, "123456789")), "email", "duplicate of row 1: the same person on two connections"),
        (user(27, **named(27)), "passwordHash", "bcrypt: one character short, in the second file"),
        (last, None, None),
    ]
    rows = sample.broken(broken)
    hashes = [password_hash(rows[0], 20), password_hash(rows[-1], 30), password_hash(rows[-2], 27)]
    hashes[2]["passwordHash"] = hashes[2]["passwordHash"][:-1]
    write_ndjson(sample.path("broken.ndjson"), rows)
    write_ndjson(sample.path("broken.hashes.ndjson"), hashes)
    sample.write()


if __name__ == "__main__":
    main()
