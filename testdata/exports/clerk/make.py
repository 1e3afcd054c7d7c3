#!/usr/bin/python3
"""Makes the sample of Clerk's own export: the CSV of Settings > User exports in the dashboard.

Run as:  /usr/bin/python3 make.py      (Debian's python3-bcrypt, python3-argon2)
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from digests import argon2_digest, b64, bcrypt_digest, pbkdf2  # noqa: E402
from people import Sample, person, write_csv  # noqa: E402

COLUMNS = """id first_name last_name username primary_email_address primary_phone_number verified_email_addresses unverified_email_addresses
verified_phone_numbers unverified_phone_numbers totp_secret password_digest password_hasher""".split()
sample = Sample(__file__)
draw = sample.draw


def user_id():
    return "user_2" + draw.text(26, "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789")


def django_digest(p, salt, iterations):
    return f"pbkdf2_sha256${iterations}${salt}${b64(pbkdf2('sha256', p.password, salt.encode(), iterations))}"


def user(n, digest="", hasher="", **cells):
    p = person(n)
    row = {"id": user_id(), "first_name": p.first, "last_name": p.last, "primary_email_address": p.email,
           "verified_email_addresses": p.email, "password_digest": digest, "password_hasher": hasher, **cells}
    if digest:
        sample.digest(row["id"], hasher, hasher, digest, p.password)
        sample.sign_in(row["id"], p.password, row.get("totp_secret"))
    return row


def good():
    p = [person(n) for n in range(10)]
    second = f"{p[2].handle}@example.com"
    yield user(0, bcrypt_digest(p[0].password, draw, version="2a"), "bcrypt", username=p[0].username)
    yield user(1, bcrypt_digest(p[1].password, draw, version="2a"), "bcrypt", totp_secret=draw.base32(32))
    yield user(2, verified_email_addresses=f"{p[2].email}|{second}")
    yield user(3, primary_phone_number=p[3].phone, verified_phone_numbers=p[3].phone, unverified_phone_numbers=person(23).phone)
    sample.note(sample_id(), "unverified_phone_numbers", "unverified", "a second phone number that was never verified")
    yield user(4, argon2_digest(p[4].password, draw), "argon2id", unverified_email_addresses=f"{p[4].handle}@example.com")
    sample.note(sample_id(), "unverified_email_addresses", "unverified", "a second e-mail that was never verified")
    yield user(5, primary_email_address="", verified_email_addresses="", primary_phone_number=p[5].phone, verified_phone_numbers=p[5].phone)
    yield user(6, bcrypt_digest(p[6].password, draw, 12, "2a"), "bcrypt", primary_email_address="", verified_email_addresses="", username=p[6].username)
    yield user(7, verified_email_addresses="", unverified_email_addresses=p[7].email, username=p[7].username)
    sample.note(sample_id(), "primary_email_address", "unverified", "the primary e-mail was never verified; the user name remains")
    yield user(8, verified_email_addresses="", unverified_email_addresses=p[8].email, first_name="", last_name="")
    sample.note(sample_id(), "primary_email_address", "unverified_only", "the only identifier was never verified")
    yield user(9, django_digest(p[9], "Hn3cW9xKqT0v", 12000), "pbkdf2_sha256_django")


rows = []


def sample_id():
    return rows[-1]["id"]


def main():
    for row in good():
        rows.append(row)
    write_csv(sample.path("users.csv"), rows, COLUMNS)
    bcrypt_text = bcrypt_digest(person(20).password, draw, version="2a")
    first = user(20)
    broken = [
        (first, None, None),
        (user(21, id=first["id"]), "id", "duplicate of row 1"),
        (user(22, password_digest=bcrypt_text[:-1], password_hasher="bcrypt"), "password_digest", "bcrypt: one character short"),
        (user(23, password_digest=bcrypt_text), "password_hasher", "digest without hasher"),
        (user(24, primary_email_address="kaethe.example.com", verified_email_addresses="kaethe.example.com"), "primary_email_address", "no @"),
        (user(25, primary_phone_number="+1212", verified_phone_numbers="+1212"), "primary_phone_number", "too short for its country"),
        (user(26, primary_email_address="", verified_email_addresses=""), "-", "no identifier at all"),
        (user(27, totp_secret="NOT-BASE-32!"), "totp_secret", "not base32"),
        (user(20), "primary_email_address", "duplicate of row 1"),
        (user(28), None, None),
    ]
    write_csv(sample.path("broken.csv"), sample.broken(broken), COLUMNS)
    sample.write()


if __name__ == "__main__":
    main()
