#!/usr/bin/python3
"""Makes broken.csv, whose rows are each broken in one way, and broken.expect.tsv, which says how.

Run as:  python3 make_broken.py      (writes beside this script; needs nothing but Python)

A line of broken.expect.tsv is: the true line on which the record begins, the column ("-" for the record as a whole) and
what is wrong. "warning:" marks what a tool should say but may send; every other row must be refused. Rows that it does
not name are good, the first and the last among them. No row repeats another's identifiers, but for the duplicates.
"""
import csv
import io
import os

HERE = os.path.dirname(os.path.abspath(__file__))
COLUMNS = """external_id first_name last_name username email_address phone_number password password_digest password_hasher
skip_password_checks sign_out_of_other_sessions totp_secret backup_codes public_metadata private_metadata unsafe_metadata created_at
legal_accepted_at locale delete_self_enabled create_organizations_limit email_address_identification_status
primary_email_address_id notify_primary_email_address_changed skip_user_requirement""".split()
assert len(COLUMNS) == 25, "the texts of broken_records count them"
BCRYPT = "$2b$04$S6LTdy5AgSCTr8BrdLWkxO8zAYYzM/gLhrmwHkU4r5sz9yqCJL6h2"
SHA256 = "9b8769a4a742959a2d0298c36fb70623f2dfacda8436237df08d8dfd5b37374c"
SSHA = "{SSHA}bAcAe4RRyzAA3uF1AvKetMO5LvwduJRd"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OTPAUTH = f"otpauth://totp/Sample:ada@example.com?secret={TOTP}&issuer=Sample"


def good(n):
    """A good row. Its number is in every identifier."""
    return {
        "external_id": f"broken-{n:03d}",
        "first_name": "Zoé",
        "last_name": "Thistle",
        "username": f"thistle_{n:03d}",
        "email_address": f"thistle.{n:03d}@example.com",
        "created_at": "2018-04-05T06:07:08Z",
        "legal_accepted_at": "2021-01-02T03:04:05+01:00",
        "locale": "en-GB",
        "public_metadata": f'{{"legacy_id":{n}}}',
    }


def digest(hasher, value):
    return {"password_digest": value, "password_hasher": hasher}


# What replaces the good cells, the column to name, what is wrong. None takes a cell away.
BROKEN = [
    ({"email_address": "thistle.example.com"}, "email_address", "no @"),
    ({"email_address": "ada thistle@example.com"}, "email_address", "a blank in the local part"),
    ({"email_address": "thistle@@example.com"}, "email_address", "two @"),
    ({"email_address": "thistle@printer.local"}, "email_address", "a domain that is not public; Clerk refuses it"),
    ({"phone_number": "(212) 555-0199"}, "phone_number", "not E.164"),
    ({"phone_number": "+1212"}, "phone_number", "too short for its country"),
    ({"phone_number": "+999123456789"}, "phone_number", "no such country code"),
    ({"password_digest": BCRYPT}, "password_hasher", "digest without hasher"),
    ({"password_hasher": "bcrypt"}, "password_digest", "hasher without digest"),
    (digest("bcrypt9", BCRYPT), "password_hasher", "warning: unknown hasher"),
    (digest("bcrypt", BCRYPT[:-1]), "password_digest", "bcrypt: one character short"),
    (digest("bcrypt", BCRYPT.replace("$04$", "$31$")), "password_digest", "bcrypt: cost above 15"),
    (digest("bcrypt", BCRYPT[:20] + "*" + BCRYPT[21:]), "password_digest", "bcrypt: a character outside its alphabet"),
    (digest("bcrypt", BCRYPT[:30] + " " + BCRYPT[31:]), "password_digest", "white space inside the digest"),
    (digest("bcrypt", f"  {BCRYPT} "), "password_digest", "warning: white space around the digest, which is trimmed"),
    (digest("argon2id", "$argon2id$v=19$m=64,t=4,p=8$c2FsdHNhbHQ"), "password_digest", "argon2id: no hash"),
    (digest("argon2id", "$argon2i$v=19$m=64,t=4,p=8$c2FsdHNhbHQ$" + "QUJD" * 10), "password_digest", "argon2id: an argon2i digest"),
    (digest("md5", "5f4dcc3b5aa765d61d8327deb882cf9"), "password_digest", "md5: 31 characters"),
    (digest("sha256", SHA256[:-1] + "g"), "password_digest", "sha256: not hexadecimal"),
    (
        digest("pbkdf2_sha256_django", "pbkdf2_sha256$many$cafe1234cafe$" + "QUJD" * 10 + "QUI="),
        "password_digest",
        "iterations are no number",
    ),
    (digest("pbkdf2_sha512_hex", "pbkdf2_sha512_hex$1000$abc$" + "0f" * 64), "password_digest", "salt is not hexadecimal"),
    (digest("phpass", "$P$B2hbKl9MbrQ06g7kGIysMKOqYWwlw"), "password_digest", "phpass: two characters short"),
    (digest("scrypt_firebase", "QUJD$QUJD$QUJD$Bw==$8"), "password_digest", "scrypt_firebase: five parts of six"),
    (
        digest("scrypt_werkzeug", "scrypt:32768:8$CYkaPtv0DtVFP86j$" + "0f" * 64),
        "password_digest",
        "scrypt_werkzeug: two parameters of three",
    ),
    (digest("ldap_ssha", SSHA[:14] + "!" + SSHA[15:]), "password_digest", "ldap_ssha: not base64"),
    (digest("ldap_ssha", "{SSHA}c2hvcnQ="), "password_digest", "ldap_ssha: too short to hold a SHA-1 and a salt"),
    (digest("sha512_symfony", "sha512_symfony$cafe$QUJD"), "password_digest", "sha512_symfony: no iterations"),
    ({"password": "quartz-lantern-1", **digest("bcrypt", BCRYPT)}, "password", "password and digest"),
    ({"password": "short7!"}, "password", "fewer than 8 characters"),
    ({"skip_password_checks": "true", **digest("bcrypt", BCRYPT)}, "skip_password_checks", "without password"),
    ({"sign_out_of_other_sessions": "true"}, "sign_out_of_other_sessions", "without password"),
    ({"totp_secret": "JBSWY3DPEHPK3PX1"}, "totp_secret", "not base32"),
    ({"totp_secret": OTPAUTH + "&algorithm=SHA256"}, "totp_secret", "Clerk takes SHA1 only"),
    ({"totp_secret": OTPAUTH + "&digits=8"}, "totp_secret", "Clerk takes 6 digits only"),
    ({"totp_secret": OTPAUTH + "&period=60"}, "totp_secret", "Clerk takes 30 seconds only"),
    ({"backup_codes": "[]"}, "backup_codes", "an empty list"),
    ({"backup_codes": '["12345678",""]'}, "backup_codes", "an empty code"),
    ({"backup_codes": '["12345678",'}, "backup_codes", "broken JSON"),
    ({"public_metadata": '["admin"]'}, "public_metadata", "a list, not an object"),
    ({"public_metadata": '{"plan":"free"'}, "public_metadata", "broken JSON"),
    ({"public_metadata": "{'plan': 'free'}"}, "public_metadata", "single quotes are not JSON"),
    ({"private_metadata": '{"notes":"' + "x" * 8200 + '"}'}, "private_metadata", "more than 8 KB"),
    ({"unsafe_metadata": '"dark"'}, "unsafe_metadata", "a string, not an object"),
    ({"unsafe_metadata": '{"theme":"dark","theme":"light"}'}, "unsafe_metadata", "the same name twice"),
    ({"created_at": "2999-01-01T00:00:00Z"}, "created_at", "in the future"),
    ({"created_at": "05/04/2018"}, "created_at", "not RFC 3339"),
    ({"created_at": "2018-04-05 06:07:08"}, "created_at", "not RFC 3339: no time zone"),
    ({"created_at": "1522908428"}, "created_at", "not RFC 3339: a count of seconds"),
    ({"legal_accepted_at": "2021-02-30T00:00:00Z"}, "legal_accepted_at", "no such day"),
    ({"locale": "English (UK)"}, "locale", "not BCP 47"),
    ({"delete_self_enabled": "maybe"}, "delete_self_enabled", "not a boolean"),
    ({"create_organizations_limit": "-1"}, "create_organizations_limit", "negative"),
    ({"create_organizations_limit": "2.5"}, "create_organizations_limit", "not an integer"),
    ({"external_id": "-1001"}, "external_id", "begins with -"),
    ({"external_id": "+1001"}, "external_id", "begins with +"),
    ({"external_id": "x" * 256}, "external_id", "more than 255 bytes"),
    ({"external_id": "broken-001"}, "external_id", "duplicate of line 2"),
    ({"email_address": "Thistle.001@EXAMPLE.com"}, "email_address", "duplicate of line 2, but for case"),
    ({"username": "Thistle_001"}, "username", "duplicate of line 2, but for case"),
    ({"phone_number": "+12125550101"}, "phone_number", "duplicate of line 2"),
    ({"email_address_identification_status": "verified,reserved"}, "email_address_identification_status", "two statuses for one address"),
    ({"email_address_identification_status": "maybe"}, "email_address_identification_status", "neither verified nor reserved"),
    ({"external_id": None, "username": None, "email_address": None}, "-", "no identifier at all"),
    ({"first_name": "Visit https://example.com/win"}, "first_name", "warning: holds a URL"),
    ({"last_name": "<b>Thistle</b>"}, "last_name", "warning: holds HTML"),
    ({"last_name": "call +1 212 555 0123"}, "last_name", "warning: holds a phone number"),
    ({"first_name": "y" * 257}, "first_name", "more than 256 characters"),
    ({"notify_primary_email_address_changed": "true"}, "notify_primary_email_address_changed", "warning: without primary_email_address_id"),
]


def line(cells):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([cells.get(name) or "" for name in COLUMNS])
    return text.getvalue().encode()


def broken_records(number):
    """Records whose own form is wrong, each on one line, so that the next line is sound again."""
    n = iter(range(number, number + 10))
    short = b",".join(line(good(next(n))).split(b",")[:9]) + b"\n"
    yield short, "-", "9 cells where the header has 25"
    yield line(good(next(n)))[:-1] + b",one,two\n", "-", "27 cells where the header has 25"
    yield line({**good(next(n)), "last_name": "M@ller"}).replace(b"M@ller", b"M\xfcller"), "last_name", "a byte that is not UTF-8"
    yield line({**good(next(n)), "first_name": "Zoé @Q@"}).replace(b"@Q@", b'"Bee"'), "first_name", "quotes in a cell that is not quoted"
    yield line({**good(next(n)), "first_name": "@Q@"}).replace(b"@Q@", b'"Zo\xc3\xa9" Bee'), "first_name", "text after the closing quote"
    yield line({name: name for name in COLUMNS}), "-", "the header again, as when files are joined"


def main():
    out, expect, at = [], [], 2

    def write(record, field=None, wrong=None):
        nonlocal at
        out.append(record)
        if wrong:
            expect.append(f"{at}\t{field}\t{wrong}")
        at += record.count(b"\n")

    out.append(line({name: name for name in COLUMNS}))
    write(line({**good(1), "phone_number": "+12125550101", **digest("bcrypt", BCRYPT)}))
    n = 2
    for cells, field, wrong in BROKEN:
        if n == 20:  # lines and records part ways here: a record on four lines, then an empty line
            write(line({**good(n), "public_metadata": '{\n  "quoted": "a, b",\n  "legacy_id": 20\n}'}) + b"\n")
            n += 1
        if n == 45:
            write(line({**good(n), **digest("sha256", SHA256), "totp_secret": TOTP, "backup_codes": "12345678|87654321"}))
            n += 1
        write(line({**good(n), **cells}), field, wrong)
        n += 1
    for record, field, wrong in broken_records(n):
        write(record, field, wrong)
    write(line({**good(n + 10), "email_address_identification_status": "verified"}))
    with open(os.path.join(HERE, "broken.csv"), "wb") as file:
        file.write(b"".join(out))
    with open(os.path.join(HERE, "broken.expect.tsv"), "w", encoding="utf-8") as file:
        file.write("line\tfield\twhat is wrong\n" + "\n".join(expect) + "\n")


if __name__ == "__main__":
    main()
