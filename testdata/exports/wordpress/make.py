#!/usr/bin/python3
"""Makes the samples of WordPress: one query over wp_users and wp_usermeta as phpMyAdmin exports it, and the two tables.

Run as:  /usr/bin/python3 make.py      (what ../digests.php and ../digests.py need; the class of WordPress 6.1 was used)

WordPress's own class makes the $P$ digests. Those of 6.8 are made by the calls that its wp_hash_password makes.
"""
import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from people import Sample, person, write_php_my_admin  # noqa: E402
from php import php  # noqa: E402

sample = Sample(__file__)
draw = sample.draw
USERS = "ID user_login user_pass user_nicename user_email user_url user_registered user_activation_key user_status display_name".split()
META = "first_name last_name nickname locale wp_capabilities billing_phone two_factor_totp_key".split()
COLUMNS = "ID user_login user_pass user_email user_registered display_name".split() + META


def kinds():
    """Kind, digest, and Clerk's hasher and form, or why there is none."""
    word = [person(n).password for n in range(20)]
    made = php(*({"kind": "phpass", "password": word[n], "salt": draw.text(6)} for n in range(4)),
               *({"kind": "wp-bcrypt", "password": word[n], "salt": draw.bcrypt_salt(10, "2y")} for n in range(4, 7)),
               *({"kind": "crypt", "password": word[n], "salt": draw.bcrypt_salt(10, "2y")} for n in range(7, 9)))
    for n, digest in enumerate(made):
        if digest.startswith("$P$"):
            yield "phpass", digest, "phpass", digest
        elif digest.startswith("$wp"):
            yield "$wp$ of 6.8", digest, None, "bcrypt of the base64 of HMAC-SHA384 of the password"
        else:
            yield "bcrypt", digest, "bcrypt", digest
    yield "md5", (d := hashlib.md5(word[9].encode()).hexdigest()), "md5", d
    yield "$H$ (brought along from phpBB)", "$H$" + made[0][3:], None, None
    yield "none", "", None, "a customer who never had a password"
    yield "none", "*", None, "wp_hash_password's answer to a password that is too long"


def user(n, digest, **meta):
    p = person(n)
    special = {name: meta.pop(name) for name in list(meta) if name in USERS}
    row = {"ID": n + 1, "user_login": p.handle, "user_pass": digest, "user_nicename": p.handle.replace(".", "-"), "user_email": p.email, "user_url": "",
           "user_registered": p.created.strftime("%Y-%m-%d %H:%M:%S"), "user_activation_key": "", "user_status": 0, "display_name": p.name, **special}
    serialized = {"wp_capabilities": {meta.pop("role", "subscriber"): True}}
    return row, {"first_name": p.first, "last_name": p.last, "nickname": p.handle, **dict(zip(serialized, php(*({"kind": "serialize", "value": v} for v in serialized.values())))), **meta}


def export(made, name):
    write_php_my_admin(sample.path(f"{name}.csv"), [{**row, **meta} for row, meta in made], COLUMNS)
    if name == "users":
        write_php_my_admin(sample.path("wp_users.csv"), [row for row, _ in made], USERS)
        meta = [{"umeta_id": 0, "user_id": row["ID"], "meta_key": key if key != "two_factor_totp_key" else "_two_factor_totp_key", "meta_value": value}
                for row, values in made for key, value in values.items()]
        for n, row in enumerate(meta, 1):
            row["umeta_id"] = n
        write_php_my_admin(sample.path("wp_usermeta.csv"), meta, ["umeta_id", "user_id", "meta_key", "meta_value"])


def main():
    secret = draw.base32(32)
    special = {
        0: dict(role="administrator", locale="en_GB"), 1: dict(two_factor_totp_key=secret), 2: dict(user_login="lucja zrebiec"), 3: dict(user_email="", billing_phone=person(3).phone),
        7: dict(user_registered="0000-00-00 00:00:00"), 8: dict(display_name='Abu "Nour", الأول', nickname="nour"), 9: dict(user_login=person(9).email),
        10: dict(billing_phone="(212) 555-0110", role="customer"),
    }
    made = []
    for n, (kind, stored, hasher, form) in enumerate(kinds()):
        if kind.startswith("$H$"):
            stored = "$H$" + php({"kind": "phpass", "password": person(n).password, "salt": draw.text(6)})[0][3:]
            hasher, form = "phpass", "$P$" + stored[3:]
        made.append(user(n, stored, **special.get(n, {})))
        key = str(n + 1)
        if hasher:
            sample.digest(key, kind, hasher, form, person(n).password)
            sample.sign_in(key, person(n).password, *([secret] if n == 1 else []))
        else:
            sample.note(key, "user_pass", "no_password", f"{kind}: {form}")
    sample.note("3", "user_login", "partly", "a blank in the user name, which Clerk's default rules refuse; a warning")
    sample.note("8", "user_registered", "partly", "MySQL's zero date: no date of sign-up")
    export(made, "users")
    good = php({"kind": "phpass", "password": person(20).password, "salt": draw.text(6)})[0]
    broken = [
        (user(20, good), None, None),
        (user(21, good[:-1]), "user_pass", "phpass: one character short"),
        (user(22, "$P$" + "!" + good[4:]), "user_pass", "phpass: no number of rounds"),
        (user(23, "opensesame-1"), "user_pass", "in clear text, not a digest"),
        (user(24, good, user_email="kaethe.example.com"), "user_email", "no @"),
        (user(25, good, user_email=person(20).email.upper()), "user_email", "duplicate of row 1, but for case"),
        (user(26, good, user_registered="2015-13-07 13:20:53"), "user_registered", "no such month"),
        (user(27, good, user_login=person(20).handle.title()), "user_login", "duplicate of row 1, but for case"),
        (user(28, good), None, None),
    ]
    export(sample.broken(broken), "broken")
    sample.write()


if __name__ == "__main__":
    main()
