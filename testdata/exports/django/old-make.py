#!/usr/bin/python3
"""Makes the samples of this folder with Django itself: a project with the model
auth.User in an SQLite file, users whose passwords Django's own hashers wrote,
and the two ways in which people export them: dumpdata, and a SELECT as CSV.

Needs Django with bcrypt and argon2 (Debian 12: python3-django python3-bcrypt
python3-argon2) and the sqlite3 program. Salts are random, so that two runs
differ in the digests.

    /usr/bin/python3 make.py
"""
import csv, io, os, subprocess, tempfile
from datetime import datetime, timezone

import django
from django.conf import settings

here = os.path.dirname(os.path.abspath(__file__))
db = os.path.join(tempfile.mkdtemp(), "db.sqlite3")
settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": db}},
    USE_TZ=True, TIME_ZONE="UTC", DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    PASSWORD_HASHERS=["django.contrib.auth.hashers." + h for h in [
        "PBKDF2PasswordHasher", "PBKDF2SHA1PasswordHasher", "Argon2PasswordHasher", "BCryptSHA256PasswordHasher",
        "BCryptPasswordHasher", "SHA1PasswordHasher", "MD5PasswordHasher", "UnsaltedMD5PasswordHasher"]],
)
django.setup()
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management import call_command

call_command("migrate", verbosity=0)
joined = datetime(2021, 3, 4, 5, 6, 7, 890123, tzinfo=timezone.utc)
accounts = []


def user(name, first, last, hasher, password, opens=True, **more):
    digest = make_password(password, hasher=hasher) if hasher else make_password(None)
    User.objects.create(username=name, first_name=first, last_name=last, email=more.pop("email", f"{name}@example.com"),
                        password=more.pop("digest", digest), date_joined=more.pop("joined", joined), **more)
    if hasher and opens:
        accounts.append((User.objects.get(username=name).pk, password))


user("ada_l", "Ada", "Lovelace", "pbkdf2_sha256", "correct horse battery", email="ada@example.com", is_staff=True, is_superuser=True)
user("grace", "Grace", "Hopper", "pbkdf2_sha1", "correct horse staple")
user("alan", "Alan", "Turing", "argon2", "enigma enigma 7")
user("edsger", "Edsger", "Dijkstra", "bcrypt_sha256", "goto considered harmful")
user("barbara", "Barbara", "Liskov", "bcrypt", "substitution!")
user("donald", "Donald", "Knuth", "md5", "literate 1984")
user("john", "John", "McCarthy", "unsalted_md5", "lambda lambda")
user("social", "Søren", "Kierkegaard", None, "")  # an unusable password: he signs in elsewhere
user("retired", "Niklaus", "Wirth", "pbkdf2_sha256", "modula two", is_active=False)
user("nomail", "", "", "pbkdf2_sha256", "no address at all", email="")
user("sha1", "Old", "Timer", "sha1", "sha1 it was", opens=False)  # no hasher of Clerk's takes it
user("cut_off", "Cut", "Off", "pbkdf2_sha256", "cut off digest", opens=False, digest="pbkdf2_sha256$260000$abc")  # a broken row

call_command("dumpdata", "auth.user", indent=2, output=os.path.join(here, "dumpdata.json"))
text = subprocess.run(["sqlite3", "-header", "-csv", db, "SELECT * FROM auth_user ORDER BY id"], check=True, capture_output=True).stdout
open(os.path.join(here, "auth_user.csv"), "wb").write(text)

# django-allauth's table, which is exported beside auth_user.
with open(os.path.join(here, "account_emailaddress.csv"), "w", newline="") as file:
    out = csv.writer(file)
    out.writerow(["id", "email", "verified", "primary", "user_id"])
    pk = lambda name: User.objects.get(username=name).pk
    out.writerow([1, "ada@example.com", 1, 1, pk("ada_l")])
    out.writerow([2, "ada@example.org", 1, 0, pk("ada_l")])
    out.writerow([3, "ada@example.net", 0, 0, pk("ada_l")])
    out.writerow([4, "grace@example.com", 0, 1, pk("grace")])
    out.writerow([5, "nobody@example.com", 1, 1, 999])

with open(os.path.join(here, "accounts.csv"), "w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["key", "password"])
    out.writerows(accounts)
