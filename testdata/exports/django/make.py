#!/usr/bin/python3
"""Makes the samples of Django: the table auth_user as CSV (by PostgreSQL) and as dumpdata's JSON, with a user for every
encoder that Django ships or shipped, and the same table with the columns of django-otp and allauth.

Run as:  /usr/bin/python3 make.py      (Debian's python3-django python3-django-otp python3-django-allauth python3-argon2
python3-bcrypt python3-psycopg2, and what ../digests.py and ../postgres.py need)

Django writes everything but the digests of ScryptPasswordHasher, which is newer than Debian's Django.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from digests import argon2_digest, b64, scrypt  # noqa: E402
from people import Sample, person  # noqa: E402
from postgres import Postgres  # noqa: E402

sample = Sample(__file__)
draw = sample.draw
# What a person would run who has django-otp and allauth: one row a user.
QUERY = """SELECT u.*, t.key AS totp_key, t.digits AS totp_digits, t.step AS totp_step,
  (SELECT json_agg(s.token) FROM otp_static_statictoken s JOIN otp_static_staticdevice d ON d.id = s.device_id WHERE d.user_id = u.id AND d.confirmed) AS backup_codes,
  (SELECT bool_or(e.verified) FROM account_emailaddress e WHERE e.user_id = u.id AND lower(e.email) = lower(u.email)) AS email_verified
  FROM auth_user u LEFT JOIN otp_totp_totpdevice t ON t.user_id = u.id AND t.confirmed ORDER BY u.id"""


def setup(socket):
    from django.conf import settings

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": socket, "USER": "postgres", "NAME": "postgres"}},
        INSTALLED_APPS="""django.contrib.contenttypes django.contrib.auth django.contrib.sites django.contrib.sessions allauth allauth.account
        allauth.socialaccount django_otp django_otp.plugins.otp_totp django_otp.plugins.otp_static""".split(),
        USE_TZ=True, SITE_ID=1, SECRET_KEY="sample", DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        MIDDLEWARE=["allauth.account.middleware.AccountMiddleware"])
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def digests():
    """Kind, digest as Django stores it, and Clerk's hasher and form, or why there is none; in the order of the people."""
    from django.contrib.auth import hashers

    word = [person(n).password for n in range(32)]
    salt = lambda size=22: draw.text(size)  # noqa: E731
    yield "pbkdf2_sha256", (d := hashers.PBKDF2PasswordHasher().encode(word[0], salt(), 260000)), "pbkdf2_sha256_django", d
    yield "pbkdf2_sha256", (d := hashers.PBKDF2PasswordHasher().encode(word[1], salt(12), 10000)), "pbkdf2_sha256_django", d
    text = salt(12)
    d = hashers.PBKDF2SHA1PasswordHasher().encode(word[2], text, 12000)
    yield "pbkdf2_sha1", d, "pbkdf2_sha1", sha1_form(d)
    d = hashers.Argon2PasswordHasher().encode(word[3], salt())
    yield "argon2", d, "argon2id", d.removeprefix("argon2")
    d = "argon2" + argon2_digest(word[4], draw, 2, 512, 2, "i")  # Django 1.10 to 3.1
    yield "argon2 (i)", d, "argon2i", d.removeprefix("argon2")
    d = hashers.BCryptSHA256PasswordHasher().encode(word[5], draw.bcrypt_salt(12).encode())
    yield "bcrypt_sha256", d, "bcrypt_sha256_django", d
    d = hashers.BCryptPasswordHasher().encode(word[6], draw.bcrypt_salt(12).encode())
    yield "bcrypt", d, "bcrypt", d.removeprefix("bcrypt$")
    for n, lanes in ((7, 1), (8, 5)):  # Django 4.0 to 5.0; 5.1 and later
        text = salt()
        key = scrypt(word[n], text.encode(), 16384, 8, lanes)
        yield f"scrypt p={lanes}", f"scrypt$16384${text}$8${lanes}${b64(key)}", "scrypt_werkzeug", f"scrypt:16384:8:{lanes}${text}${key.hex()}"
    d = hashers.MD5PasswordHasher().encode(word[9], salt(12))
    yield "md5", d, "md5_salted", d.removeprefix("md5$")
    d = hashers.UnsaltedMD5PasswordHasher().encode(word[10], "")
    yield "unsalted_md5", d, "md5", d
    yield "md5 without salt", f"md5$${d_of(hashers, word[11])}", "md5", d_of(hashers, word[11])
    yield "sha1", hashers.SHA1PasswordHasher().encode(word[12], salt(12)), None, "SHA-1 of salt and password, salt first"
    yield "unsalted_sha1", hashers.UnsaltedSHA1PasswordHasher().encode(word[13], ""), None, "SHA-1 without salt"
    yield "crypt", hashers.CryptPasswordHasher().encode(word[14], draw.text(2)), None, "DES crypt"
    yield "unusable", "!" + draw.text(40), None, "set_unusable_password()"
    yield "blank", "", None, "never had a password"
    yield "unusable, short", "!", None, "written by hand"


def d_of(hashers, password):
    return hashers.UnsaltedMD5PasswordHasher().encode(password, "")


def sha1_form(digest):
    """Clerk decodes hexadecimal salts, wants the key in hexadecimal, and its length where it has not 32 bytes."""
    import base64

    _, iterations, salt, key = digest.split("$")
    return f"pbkdf2_sha1${iterations}${salt.encode().hex()}${base64.b64decode(key).hex()}$20"


def add(n, password, **more):
    from django.contrib.auth.models import User

    p = person(n)
    values = dict(username=p.username, email=p.email, first_name=p.first, last_name=p.last, date_joined=p.created, last_login=p.seen, password=password)
    return User.objects.create(**{**values, **more})


def users():
    special = {
        1: dict(is_staff=True, is_superuser=True), 10: dict(email="", last_login=None), 13: dict(is_active=False),
        11: dict(username=person(11).email), 12: dict(first_name="", last_name=""), 15: dict(username="soo-yeon.namgung+1@example.com"),
    }
    for n, (kind, stored, hasher, form) in enumerate(digests()):
        user = add(n, stored, **special.get(n, {}))
        if hasher:
            sample.digest(str(user.pk), kind, hasher, form, person(n).password)
            sample.sign_in(str(user.pk), person(n).password)
        else:
            sample.note(str(user.pk), "password", "no_password", f"{kind}: {form}")
        yield user


def second_factors(rows):
    """django-otp keeps keys in hexadecimal."""
    from allauth.account.models import EmailAddress
    from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
    from django_otp.plugins.otp_totp.models import TOTPDevice
    import base64

    for n, more in ((0, {}), (1, {}), (3, dict(digits=8)), (5, dict(step=60)), (6, dict(confirmed=False))):
        key = draw.hex(20)
        TOTPDevice.objects.create(user=rows[n], name="default", **{"key": key, "confirmed": True, **more})
        if not more:
            index = next(i for i, account in enumerate(sample.accounts) if account[0] == str(rows[n].pk))
            sample.accounts[index] += (base64.b32encode(bytes.fromhex(key)).decode(),)
    device = StaticDevice.objects.create(user=rows[0], name="backup", confirmed=True)
    for _ in range(3):
        StaticToken.objects.create(device=device, token=draw.text(8, "abcdefghijklmnopqrstuvwxyz234567"))
    for n, verified in ((0, True), (1, True), (2, False), (3, True), (12, False)):
        EmailAddress.objects.create(user=rows[n], email=rows[n].email, verified=verified, primary=True)
    for top, verified in (("net", False), ("org", True)):
        EmailAddress.objects.create(user=rows[0], email=f"ada.bellweather@example.{top}", verified=verified, primary=False)
    sample.note("3", "email_verified", "unverified", "allauth: the address was never verified; the user name remains (users-otp.csv only)")
    sample.note("13", "email_verified", "unverified", "allauth: the address was never verified; the user name remains (users-otp.csv only)")
    sample.note("4", "totp_digits", "no_totp", "eight digits (users-otp.csv only)")
    sample.note("6", "totp_step", "no_totp", "a step of 60 seconds (users-otp.csv only)")
    sample.note("14", "is_active", "banned", "not active")


def dump(name):
    from django.core.management import call_command

    call_command("dumpdata", "auth.user", indent=2, output=sample.path(name))


def broken(db):
    from django.contrib.auth.models import User

    User.objects.all().delete()
    stored = "pbkdf2_sha256$10000$Hn3cW9xKqT0v$" + b64(draw.bytes(32))
    rows = [
        ((stored, {}), None, None),
        (("pbkdf2_sha256$many$Hn3cW9xKqT0v$" + b64(draw.bytes(32)), {}), "password", "iterations are no number"),
        (("argon2$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHQ", {}), "password", "argon2: no hash"),
        (("pbkdf2_wrapped_sha1$10000$Hn3c$" + b64(draw.bytes(32)), {}), "password", "an encoder that is not Django's"),
        ((stored, {"email": "kaethe@"}), "email", "no domain"),
        ((stored, {"email": person(20).email}), "email", "duplicate of row 1; Django does not mind"),
        ((stored, {"username": person(20).username.title()}), "username", "duplicate of row 1, but for case; Django does not mind"),
        ((stored, {"date_joined": "2126-01-01T00:00:00Z"}), "date_joined", "in the future"),
        (("correct-horse-42", {}), "password", "in clear text, not a digest"),
        ((stored, {}), None, None),
    ]
    for n, (password, more) in enumerate(sample.broken(rows), 20):
        add(n, password, **more)
    db.copy_csv("SELECT * FROM auth_user ORDER BY id", sample.path("broken.csv"))
    dump("broken.json")


def main():
    with Postgres() as db:
        setup(db.socket)
        rows = list(users())
        second_factors(rows)
        db.copy_csv("SELECT * FROM auth_user ORDER BY id", sample.path("users.csv"))
        db.copy_csv(QUERY, sample.path("users-otp.csv"))
        db.copy_csv("SELECT * FROM account_emailaddress ORDER BY id", sample.path("account_emailaddress.csv"))
        dump("users.json")
        broken(db)
        from django.db import connections

        connections.close_all()
    sample.write()


if __name__ == "__main__":
    main()
