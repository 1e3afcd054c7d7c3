#!/usr/bin/python3
"""Makes the samples of Keycloak: a realm export with its users, and the file of users that a split export has.

Run as:  /usr/bin/python3 make.py      (Java 17; what ../digests.py needs)

Written in the form of Keycloak 26 ("kc.sh export"), one user in that of Keycloak 7; the PBKDF2 digests are made by the
Java platform that Keycloak runs on, in the way of Keycloak's hash providers.
"""
import base64
import json
import os
import subprocess
import sys
from datetime import timedelta

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from digests import argon2_digest, argon2_key, b64  # noqa: E402
from people import Sample, millis, person, write_json  # noqa: E402

sample = Sample(__file__)
draw = sample.draw
JAVA = os.path.join(sample.folder, "../../../hashers/testdata/Keycloak.java")
HASHERS = {"pbkdf2": "pbkdf2_sha1", "pbkdf2-sha256": "pbkdf2_sha256", "pbkdf2-sha512": "pbkdf2_sha512_hex"}


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def credential(kind, secret, data, when, label=None, **more):
    row = {"id": draw.uuid(), "type": kind, "userLabel": label, "createdDate": millis(when), "secretData": compact(secret), "credentialData": compact(data), **more}
    return {name: value for name, value in row.items() if value is not None}


def pbkdf2(n, algorithm, iterations):
    """The credential, and Clerk's hasher and form. Keycloak's keys have 64 bytes, of which SHA-256 needs the first 32."""
    p, salt = person(n), draw.bytes(16)
    out = subprocess.run(["java", "-Dfile.encoding=UTF-8", JAVA, p.password, salt.hex(), str(iterations)], check=True, capture_output=True, text=True,
                         env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout
    value = dict(line.split() for line in out.splitlines())[algorithm]
    key = base64.b64decode(value)
    form = {"pbkdf2": f"pbkdf2_sha1${iterations}${salt.hex()}${key.hex()}${len(key)}",
            "pbkdf2-sha256": f"pbkdf2_sha256${iterations}${b64(salt)}${b64(key[:32])}",
            "pbkdf2-sha512": f"pbkdf2_sha512_hex${iterations}${salt.hex()}${key.hex()}"}[algorithm]
    made = credential("password", {"value": value, "salt": b64(salt), "additionalParameters": {}},
                      {"hashIterations": iterations, "algorithm": algorithm, "additionalParameters": {}}, p.created)
    return made, (algorithm, HASHERS[algorithm], form)


def argon2(n):
    """The default since Keycloak 25."""
    p, salt = person(n), draw.bytes(16)
    key = argon2_key(p.password, salt, 5, 7168, 1)
    data = {"hashIterations": 5, "algorithm": "argon2",
            "additionalParameters": {"hashLength": ["32"], "memory": ["7168"], "type": ["id"], "version": ["1.3"], "parallelism": ["1"]}}
    made = credential("password", {"value": b64(key), "salt": b64(salt), "additionalParameters": {}}, data, p.created, "My password")
    raw = [b64(part).rstrip("=") for part in (salt, key)]
    return made, ("argon2", "argon2id", f"$argon2id$v=19$m=7168,t=5,p=1${raw[0]}${raw[1]}")


def other(n, algorithm):
    """What a hash provider of somebody else's writes."""
    digest = argon2_digest(person(n).password, draw)
    return credential("password", {"value": b64(digest.encode()), "salt": "", "additionalParameters": {}},
                      {"hashIterations": 10, "algorithm": algorithm, "additionalParameters": {}}, person(n).created)


def otp(n, secret=None, label="Phone", **more):
    """The secret is text, and the text's bytes are the key; with secretEncoding the text is base32 of the key."""
    data = {"subType": "totp", "digits": 6, "counter": 0, "period": 30, "algorithm": "HmacSHA1", **more}
    return credential("otp", {"value": secret or draw.text(20)}, data, person(n).created + timedelta(days=3), label)


def otp_base32(made):
    value = json.loads(made["secretData"])["value"]
    return value if "BASE32" in made["credentialData"] else base64.b32encode(value.encode()).decode()


def recovery_codes(n):
    codes = [{"number": i, "encodedHashedValue": b64(draw.bytes(64))} for i in range(1, 4)]
    return credential("recovery-authn-codes", {"codes": codes}, {"hashIterations": 1, "algorithm": "SHA-512", "remaining": 3, "total": 12}, person(n).created, "Recovery codes")


def passkey(n):
    data = {"aaguid": draw.uuid(), "credentialId": b64(draw.bytes(16)), "counter": 4, "attestationStatementFormat": "none", "credentialPublicKey": b64(draw.bytes(77))}
    return credential("webauthn-passwordless", {}, data, person(n).created, "Passkey")


def user(n, *credentials, **more):
    p = person(n)
    row = {"id": draw.uuid(), "username": p.handle, "firstName": p.first, "lastName": p.last, "email": p.email, "emailVerified": True, "createdTimestamp": millis(p.created),
           "enabled": True, "totp": any(made["type"] == "otp" for made in credentials), "credentials": list(credentials), "disableableCredentialTypes": [],
           "requiredActions": [], "realmRoles": ["default-roles-sample"], "notBefore": 0, "groups": [], **more}
    return {name: value for name, value in row.items() if value is not None}


def old_form(n):
    """Keycloak 7 and older: the parts of the credential stand side by side."""
    made, expected = pbkdf2(n, "pbkdf2-sha256", 27500)
    secret = json.loads(made["secretData"])
    return {"type": "password", "hashedSaltedValue": secret["value"], "salt": secret["salt"], "hashIterations": 27500, "counter": 0, "algorithm": "pbkdf2-sha256",
            "digits": 0, "period": 0, "createdDate": made["createdDate"], "config": {}}, expected


def users():
    """A user, and what the password must become."""
    made, expected = argon2(0)
    yield user(0, made, attributes={"phoneNumber": [person(0).phone], "phoneNumberVerified": ["true"], "locale": ["en-GB"], "plan": ["team"], "tags": ["a", "b"]}), expected
    made, expected = pbkdf2(1, "pbkdf2-sha512", 210000)
    yield user(1, made, otp(1), otp(1, label="Tablet")), expected
    made, expected = pbkdf2(2, "pbkdf2-sha256", 27500)
    yield user(2, made, otp(2, draw.base32(32), secretEncoding="BASE32"), recovery_codes(2)), expected
    made, expected = pbkdf2(3, "pbkdf2", 20000)
    yield user(3, made, otp(3, algorithm="HmacSHA256")), expected
    made, expected = old_form(4)
    yield user(4, made, otp(4, digits=8)), expected
    made, expected = argon2(5)
    yield user(5, made, otp(5, subType="hotp", counter=17)), expected
    yield user(6, other(6, "bcrypt"), passkey(6)), None
    yield user(7, enabled=False), None
    made, expected = argon2(8)
    yield user(8, made, emailVerified=False), expected
    yield user(9, username=person(9).email, emailVerified=False), None
    yield user(10, email=None, emailVerified=False, username=person(10).username, firstName=None, lastName=None), None
    yield user(11, federatedIdentities=[{"identityProvider": "google", "userId": draw.text(21, "0123456789"), "userName": person(11).email}]), None
    made, expected = argon2(12)
    yield user(12, made, requiredActions=["UPDATE_PASSWORD", "CONFIGURE_TOTP"], groups=["/staff"], realmRoles=["default-roles-sample", "admin"]), expected
    yield {"id": draw.uuid(), "username": "service-account-billing", "emailVerified": False, "createdTimestamp": millis(person(13).created), "enabled": True, "totp": False,
           "serviceAccountClientId": "billing", "credentials": [], "disableableCredentialTypes": [], "requiredActions": [], "realmRoles": [], "notBefore": 0, "groups": []}, None
    made, expected = pbkdf2(14, "pbkdf2-sha256", 600000)
    yield user(14, made, otp(14, period=60)), expected


def export(rows, name):
    """The users among some of a realm's settings, and alone as "--users different_files" writes them."""
    realm = {"id": "0c2b8d4e-5a0e-4c64-9a5b-4f9c2b1d7e3a", "realm": "sample", "enabled": True, "sslRequired": "external", "registrationAllowed": True,
             "roles": {"realm": [{"name": "admin", "composite": False}]}, "passwordPolicy": "hashAlgorithm(argon2)", "otpPolicyType": "totp",
             "otpPolicyAlgorithm": "HmacSHA1", "otpPolicyDigits": 6, "otpPolicyPeriod": 30, "users": rows, "scopeMappings": [], "keycloakVersion": "26.3.0"}
    write_json(sample.path(f"{name}.json"), realm)
    if name == "realm":
        write_json(sample.path("sample-users-0.json"), {"realm": "sample", "users": rows})


def broken():
    made = argon2(20)[0]
    secret, data = json.loads(made["secretData"]), json.loads(made["credentialData"])
    no_salt = {**made, "secretData": compact({"value": secret["value"]})}
    no_number = {**made, "credentialData": compact({**data, "hashIterations": 0})}
    return [
        (user(20, made), None, None),
        (user(21, no_salt), "credentials.secretData", "no salt"),
        (user(22, no_number), "credentials.credentialData", "no iterations"),
        (user(23, {**made, "credentialData": compact({**data, "algorithm": "md5-crypt"})}), "credentials.credentialData", "an algorithm that is not Keycloak's"),
        (user(24, {**made, "secretData": "{\"value\":"}), "credentials.secretData", "broken JSON"),
        (user(25, made, createdTimestamp="last year"), "createdTimestamp", "not a count of milliseconds"),
        (user(26, made, email="grace@@example.net"), "email", "two @"),
        (user(27, made, email=person(20).email.upper()), "email", "duplicate of row 1, but for case"),
        (user(28, made, otp(28)), None, None),
    ]


def main():
    rows = []
    for n, (row, expected) in enumerate(users()):
        rows.append(row)
        if expected:
            sample.digest(row["id"], *expected, person(n).password)
            secrets = [otp_base32(made) for made in row["credentials"] if made["type"] == "otp"]
            sample.sign_in(row["id"], person(n).password, *(secrets[:1] if n in (1, 2) else []))
    sample.notes_on(lambda n: rows[n]["id"], [
        (1, "credentials", "partly", "of two authenticators Clerk keeps one; the first is the one that accounts.csv has"),
        (2, "credentials", "no_backup_codes", "recovery codes are SHA-512 digests; Clerk takes plain codes or bcrypt"),
        (3, "credentials", "no_totp", "TOTP with HmacSHA256"),
        (4, "credentials", "no_totp", "TOTP with eight digits"),
        (5, "credentials", "no_totp", "HOTP"),
        (6, "credentials", "no_password", "the algorithm is bcrypt: a hash provider of somebody else's, whose form is not known"),
        (6, "credentials", "no_totp", "a passkey, which Clerk does not import"),
        (7, "enabled", "banned", "not enabled"),
        (8, "emailVerified", "unverified", "the user name remains"),
        (9, "emailVerified", "unverified_only", "the only identifier was never verified; the user name is the same address"),
        (11, "federatedIdentities", "social_only", "signs in with google; has no password"),
        (12, "requiredActions", "partly", "required actions do not move"),
        (13, "serviceAccountClientId", "dropped", "the account of a client, not of a person"),
        (14, "credentials", "no_totp", "TOTP with a period of 60 seconds"),
    ])
    export(rows, "realm")
    made = broken()
    export(sample.broken(made), "broken")
    sample.write()


if __name__ == "__main__":
    main()
