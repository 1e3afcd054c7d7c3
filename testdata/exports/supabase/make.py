#!/usr/bin/python3
"""Makes the samples of Supabase: auth.users as CSV and JSON, by PostgreSQL from the schema of Supabase Auth.

Run as:  SUPABASE_AUTH=… /usr/bin/python3 make.py      (what ../digests.py and ../postgres.py need)

SUPABASE_AUTH names a checkout of supabase/auth (August 2026 was used), for its folder migrations.
"""
import glob
import json
import os
import re
import sys
from datetime import timedelta

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from digests import argon2_digest, b64, bcrypt_digest, firebase  # noqa: E402
from people import Sample, person  # noqa: E402
from postgres import Postgres  # noqa: E402

sample = Sample(__file__)
draw = sample.draw
SIGNER_KEY = draw.bytes(64)
# What a person would run: every column of auth.users, and the secret of the authenticator that is in use.
QUERY = """SELECT u.*, (SELECT f.secret FROM auth.mfa_factors f WHERE f.user_id = u.id AND f.factor_type = 'totp' AND f.status = 'verified'
  ORDER BY f.created_at LIMIT 1) AS totp_secret FROM auth.users u ORDER BY u.created_at, u.id"""
factors, identities = [], []


def user(n, password=None, kind=None, provider="email", phone=False, **more):
    p = person(n)
    row = {
        "instance_id": "00000000-0000-0000-0000-000000000000", "id": draw.uuid(), "aud": "authenticated", "role": "authenticated",
        "email": p.email, "encrypted_password": password, "email_confirmed_at": p.created + timedelta(minutes=3),
        "confirmation_token": "", "recovery_token": "", "email_change_token_new": "", "email_change": "",
        "last_sign_in_at": p.seen, "raw_app_meta_data": {"provider": provider, "providers": [provider]},
        "raw_user_meta_data": {"sub": "", "email": p.email, "email_verified": True, "phone_verified": False},
        "created_at": p.created, "updated_at": p.seen, "phone": p.phone[1:] if phone else None, "phone_confirmed_at": p.created if phone else None,
        **more}
    row["raw_user_meta_data"] = {**row["raw_user_meta_data"], **({"sub": row["id"]} if "sub" in row["raw_user_meta_data"] else {})}
    for name in ("raw_app_meta_data", "raw_user_meta_data"):
        row[name] = json.dumps(row[name], ensure_ascii=False)
    identities.append({"provider_id": row["id"], "user_id": row["id"], "provider": provider, "created_at": p.created, "updated_at": p.seen,
                       "identity_data": json.dumps({"sub": row["id"], "email": row["email"]})})
    if kind:
        sample.digest(row["id"], *kind, p.password)
    return row


def bcrypt(n, cost=10, **more):
    digest = bcrypt_digest(person(n).password, draw, cost, "2a")
    return user(n, digest, ("bcrypt", "bcrypt", digest), **more)


def argon2(n, which, **more):
    digest = argon2_digest(person(n).password, draw, kind=which)
    return user(n, digest, ("argon2" + which, "argon2" + which, digest), **more)


def fbscrypt(n, **more):
    """The form in which Supabase takes over Firebase's passwords."""
    salt = draw.bytes(10)
    digest = firebase(person(n).password, salt, SIGNER_KEY, b"\x07", 8, 14)
    stored = f"$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk={b64(SIGNER_KEY)}${b64(salt)}${b64(digest)}"
    return user(n, stored, ("fbscrypt", "scrypt_firebase", f"{b64(digest)}${b64(salt)}${b64(SIGNER_KEY)}$Bw==$8$14"), **more)


def factor(row, kind="totp", status="verified", secret=None, phone=None):
    factors.append({"id": draw.uuid(), "user_id": row["id"], "friendly_name": f"{kind} {len(factors)}", "factor_type": kind, "status": status,
                    "created_at": row["created_at"], "updated_at": row["updated_at"], "secret": secret, "phone": phone})


def users():
    names = {"full_name": person(0).name, "first_name": person(0).first, "last_name": person(0).last, "avatar_url": "https://cdn.example.com/0.png"}
    yield bcrypt(0, raw_user_meta_data=names, raw_app_meta_data={"provider": "email", "providers": ["email"], "claims_admin": True, "seats": 9007199254740993})
    yield bcrypt(1, 6)
    yield argon2(2, "id")
    yield argon2(3, "i")
    yield fbscrypt(4)
    yield user(5, None, provider="phone", phone=True, email=None, email_confirmed_at=None, raw_user_meta_data={})
    yield user(6, "", provider="google", raw_user_meta_data={"full_name": person(6).name, "iss": "https://accounts.example.com"})
    yield bcrypt(7, 4, email_confirmed_at=None, phone=True)
    yield bcrypt(8, 4, email_confirmed_at=None)
    yield bcrypt(9, 4, banned_until="2126-01-01 00:00:00+00")
    yield bcrypt(10, 4, banned_until="2021-01-01 00:00:00+00")
    yield bcrypt(11, 4)
    yield bcrypt(12, 4)
    yield user(13, "", email=None, email_confirmed_at=None, is_anonymous=True, raw_app_meta_data={}, raw_user_meta_data={})
    yield bcrypt(14, 4, deleted_at="2023-02-03 04:05:06.789+00")
    yield bcrypt(15, 4, phone=True, phone_confirmed_at=None)
    yield user(16, "", provider="sso:" + draw.uuid(), is_sso_user=True)
    yield bcrypt(17, 4, raw_user_meta_data={"name": person(17).name, "motto": 'left, "right"\nstops — 🌍'})


def export(db, rows, name):
    """The rows as psql writes them."""
    db.psql("TRUNCATE auth.users CASCADE;")
    db.insert("auth.users", rows)
    ids = {row["id"] for row in rows}
    db.insert("auth.identities", [row for row in identities if row["user_id"] in ids])
    if any(row["user_id"] in ids for row in factors):
        db.insert("auth.mfa_factors", [row for row in factors if row["user_id"] in ids])
    db.copy_csv(QUERY, sample.path(f"{name}.csv"))
    if name == "users":
        text = db.psql("SELECT json_agg(u ORDER BY u.created_at, u.id) FROM auth.users u;", "-At")
        with open(sample.path("users.json"), "w", encoding="utf-8") as file:
            file.write(text)


def notes(rows):
    secret = draw.base32(32)
    factor(rows[11], secret=secret)
    factor(rows[11], kind="phone", phone=person(11).phone)
    factor(rows[12], status="unverified", secret=draw.base32(32))
    for n in (0, 2, 3, 4, 7, 11):
        sample.sign_in(rows[n]["id"], person(n).password, secret if n == 11 else None)
    sample.notes_on(lambda n: rows[n]["id"], [
        (6, "raw_app_meta_data", "social_only", "signs in with google; encrypted_password is empty"),
        (7, "email_confirmed_at", "unverified", "the phone number remains"),
        (8, "email_confirmed_at", "unverified_only", "the only identifier was never verified"),
        (9, "banned_until", "banned", "until 2126"),
        (11, "mfa_factors", "partly", "the authenticator moves (CSV only: the JSON is auth.users alone), the phone as second factor does not"),
        (12, "mfa_factors", "no_totp", "the authenticator was never verified"),
        (13, "is_anonymous", "dropped", "an anonymous user"),
        (14, "deleted_at", "dropped", "deleted softly"),
        (15, "phone_confirmed_at", "unverified", "the e-mail remains"),
        (16, "is_sso_user", "social_only", "signs in with SSO; has no password"),
    ])


def broken_rows():
    """PostgreSQL guards types and uniqueness, so what can be wrong is text. The rows are in the order of created_at."""
    rows = [(bcrypt(20, 4), None, None),
            (bcrypt(21, 4), "encrypted_password", "bcrypt: two characters short"),
            (user(22, "$2a$04$not/a/digest"), "encrypted_password", "no digest"),
            (user(23, email="mabel.example.net"), "email", "no @"),
            (user(24, provider="phone", phone=True, email=None, email_confirmed_at=None), "phone", "too short for its country"),
            (user(25, email=None, email_confirmed_at=None), "-", "no identifier, and not marked anonymous"),
            (user(26, "$argon2d$v=19$m=64,t=2,p=1$c29tZXNhbHQ$" + "QUJD" * 10 + "QUI"), "encrypted_password", "argon2d, which no hasher takes"),
            (user(27, email=person(20).email, is_sso_user=True, provider="sso:" + draw.uuid()), "email", "duplicate of row 1: the same person with SSO"),
            (bcrypt(28, 4), None, None)]
    rows[1][0]["encrypted_password"] = rows[1][0]["encrypted_password"][:-2]
    rows[4][0]["phone"] = "1212"
    for n, (row, _, _) in enumerate(rows):
        row["created_at"] = person(20).created + timedelta(days=n)
    return rows


def main():
    rows = list(users())
    notes(rows)
    with Postgres() as db:
        db.psql("CREATE SCHEMA auth;" + "".join(f"CREATE ROLE {role};" for role in "anon authenticated dashboard_user service_role supabase_auth_admin".split()))
        for file in sorted(glob.glob(os.path.join(os.environ["SUPABASE_AUTH"], "migrations", "*.up.sql"))):
            with open(file, encoding="utf-8") as text:
                db.psql("SET client_min_messages = error; SET search_path = auth, public;"
                        + re.sub(r'\{\{ *index \.Options "Namespace" *\}\}', "auth", text.read()))
        export(db, rows, "users")
        made = len(sample.digests)
        broken = broken_rows()
        del sample.digests[made:]
        export(db, sample.broken(broken), "broken")
    sample.write()


if __name__ == "__main__":
    main()
