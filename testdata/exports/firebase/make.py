#!/usr/bin/python3
"""Makes the samples of Firebase: users.json and users.csv of "firebase auth:export", and the hash parameters.

Run as:  FIREBASE_TOOLS=… /usr/bin/python3 make.py      (what ../digests.py needs; Node.js; export.js says the rest)

Firebase's own command line writes the files; the accounts are in the form in which Identity Toolkit gives them to it.
"""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from digests import b64, firebase  # noqa: E402
from people import Sample, millis, person  # noqa: E402

sample = Sample(__file__)
draw = sample.draw
SIGNER_KEY, SEPARATOR, ROUNDS, MEMORY = draw.bytes(64), b"\x07", 8, 14


def url64(raw):
    return b64(raw).replace("+", "-").replace("/", "_")


def account(n, password=False, phone=False, social=(), email=True, **more):
    p = person(n)
    row = {"localId": draw.text(28), "createdAt": str(millis(p.created)), "lastLoginAt": str(millis(p.seen)), "displayName": p.name}
    if email:
        row.update(email=p.email, emailVerified=True)
    row["providerUserInfo"] = [
        {"providerId": name, "rawId": draw.text(21, "0123456789"), "federatedId": f"https://accounts.example.com/{n}", "email": p.email,
         "displayName": p.name, "photoUrl": f"https://photos.example.com/{n}.png"} for name in social]
    if phone:
        row["phoneNumber"] = p.phone
        row["providerUserInfo"].append({"providerId": "phone", "rawId": p.phone, "phoneNumber": p.phone})
    if password:
        salt = draw.bytes(10)
        digest = firebase(p.password, salt, SIGNER_KEY, SEPARATOR, ROUNDS, MEMORY)
        row.update(passwordHash=url64(digest), salt=url64(salt), version=0, passwordUpdatedAt=millis(p.created))
        row["providerUserInfo"].append({"providerId": "password", "rawId": p.email, "federatedId": p.email, "email": p.email})
        row["clear"] = "$".join([b64(digest), b64(salt), b64(SIGNER_KEY), b64(SEPARATOR), str(ROUNDS), str(MEMORY)])
    row.update(more)
    return {key: value for key, value in row.items() if value is not None}


def accounts():
    yield account(0, password=True)
    yield account(1, password=True, emailVerified=False, phone=True)
    yield account(2, email=False, phone=True)
    yield account(3, social=["google.com"], photoUrl="https://photos.example.com/3.png")
    yield account(4, password=True, disabled=True)
    yield account(5, password=True, customAttributes='{"role":"admin","plan":"team","seats":12}')
    yield account(6, password=True, displayName='Παπαλόγου, Ελένη "Lena"')
    yield account(7, password=True, phone=True, mfaInfo=[
        {"mfaEnrollmentId": draw.uuid(), "displayName": "phone", "phoneInfo": person(7).phone, "enrolledAt": "2023-05-06T07:08:09.123456Z"}])
    yield account(8, password=True, mfaInfo=[
        {"mfaEnrollmentId": draw.uuid(), "displayName": "authenticator", "totpInfo": {}, "enrolledAt": "2024-05-06T07:08:09.123456Z"}])
    yield account(9, email=False, displayName=None)  # signed in anonymously
    yield account(10, password=True, version=2)  # brought along by auth:import with another algorithm
    yield account(11, password=True, emailVerified=False)
    yield account(12, social=["facebook.com", "github.com"], password=True, displayName="Işıl")
    yield account(13, password=True, displayName=None, lastLoginAt=None)
    yield account(14, social=["apple.com", "oidc.acme"], displayName=None)


def export(rows, name):
    """The exporter's CSV and JSON of these accounts."""
    given = json.dumps([{key: value for key, value in row.items() if key != "clear"} for row in rows])
    for form in ("json", "csv"):
        subprocess.run(["node", sample.path("export.js"), form, sample.path(f"{name}.{form}")], input=given, text=True, check=True)


def main():
    rows = list(accounts())
    for n, row in enumerate(rows):
        if row.get("version") == 0:
            sample.digest(row["localId"], "scrypt", "scrypt_firebase", row["clear"], person(n).password)
            if n in (0, 5, 6, 13):
                sample.sign_in(row["localId"], person(n).password)
    sample.note(rows[1]["localId"], "emailVerified", "unverified", "the phone number remains; Firebase's phone numbers are always verified")
    sample.note(rows[3]["localId"], "providerUserInfo", "social_only", "signs in with google.com; has no password")
    sample.note(rows[4]["localId"], "disabled", "banned", "disabled")
    sample.note(rows[7]["localId"], "mfaInfo", "no_totp", "a phone as second factor, which Clerk does not import")
    sample.note(rows[8]["localId"], "mfaInfo", "no_totp", "an authenticator, whose secret Firebase does not export")
    sample.note(rows[9]["localId"], "-", "dropped", "an anonymous account: no e-mail, no phone, no provider")
    sample.note(rows[10]["localId"], "passwordHash", "no_password", "the export leaves out hashes that were imported with another algorithm and not renewed by a sign-in")
    sample.note(rows[11]["localId"], "emailVerified", "unverified_only", "the only identifier was never verified")
    sample.note(rows[14]["localId"], "providerUserInfo", "social_only", "signs in with apple.com; has no password")
    export(rows, "users")
    first = account(20, password=True)
    short = account(22, password=True)
    short["passwordHash"] = short["passwordHash"][:20]
    no_salt = account(23, password=True)
    del no_salt["salt"]
    broken = [
        (first, None, None),
        (account(21, password=True, email=False, phone=True, phoneNumber="+1212"), "phoneNumber", "too short for its country"),
        (short, "passwordHash", "cut off"),
        (no_salt, "salt", "a hash without its salt"),
        (account(24, emailVerified=True, email=True, localId=first["localId"]), "localId", "duplicate of row 1"),
        ({**account(25), "email": "theo.hartnoll@@example.org"}, "email", "two @"),
        ({**account(26), "createdAt": "yesterday"}, "createdAt", "not a count of milliseconds"),
        ({**account(27), "customAttributes": '{"role":'}, "customAttributes", "broken JSON"),
        ({**account(28), "email": person(20).email.upper()}, "email", "duplicate of row 1, but for case"),
        (account(29), None, None),
    ]
    export(sample.broken(broken), "broken")
    params = [("base64_signer_key", b64(SIGNER_KEY)), ("base64_salt_separator", b64(SEPARATOR)), ("rounds", ROUNDS), ("mem_cost", MEMORY)]
    with open(sample.path("params"), "w", encoding="utf-8") as file:
        file.write("".join(f"{name}={value}\n" for name, value in params))
    with open(sample.path("hash_config.txt"), "w", encoding="utf-8") as file:
        file.write("hash_config {\n  algorithm: SCRYPT,\n" + "".join(f"  {name}: {value},\n" for name, value in params) + "}\n")
    sample.write()


if __name__ == "__main__":
    main()
