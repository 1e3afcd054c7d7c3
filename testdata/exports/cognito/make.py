#!/usr/bin/python3
"""Makes the samples of Amazon Cognito: what "aws cognito-idp list-users" prints, and the CSV with the header of
"get-csv-header".

Run as:  /usr/bin/python3 make.py

Written in the form of the AWS command line, version 2; there is no Cognito to run here. Cognito gives out no
password hashes: Clerk asks Cognito at the first sign-in, by an awscognito digest made of pool, client and user name.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from people import Sample, person, write_csv, write_json  # noqa: E402

sample = Sample(__file__)
draw = sample.draw
POOL, CLIENT = "eu-central-1_" + draw.text(9), draw.text(26, "abcdefghijklmnopqrstuvwxyz0123456789")
HEADER = """name given_name family_name middle_name nickname preferred_username profile picture website email email_verified gender
birthdate zoneinfo locale phone_number phone_number_verified address updated_at cognito:mfa_enabled cognito:username
custom:plan""".split()


def moment(when):
    return when.isoformat(timespec="milliseconds").replace("+00:00", "000+00:00")


def user(n, username=None, status="CONFIRMED", enabled=True, email=True, phone=None, **attributes):
    """phone and email: True for verified, False for not, None for absent. An attribute of None is left out."""
    p = person(n)
    sub = draw.uuid()
    values = {"sub": sub}
    if email is not None:
        values.update(email=p.email, email_verified=str(email).lower())
    if phone is not None:
        values.update(phone_number=p.phone, phone_number_verified=str(phone).lower())
    values.update(given_name=p.first, family_name=p.last)
    values.update({name.replace("custom_", "custom:"): value for name, value in attributes.items()})
    return {
        "Username": username or sub,
        "Attributes": [{"Name": name, "Value": value} for name, value in values.items() if value is not None],
        "UserCreateDate": moment(p.created),
        "UserLastModifiedDate": moment(p.seen),
        "Enabled": enabled,
        "UserStatus": status,
    }


def sub(row):
    """The id that never changes, and the key of accounts.csv and the others; the CSV has but the user name."""
    return next(attribute["Value"] for attribute in row["Attributes"] if attribute["Name"] == "sub")


def users():
    yield user(0, custom_plan="team", locale="en-GB", zoneinfo="Europe/London", preferred_username=person(0).username)
    yield user(1, username=person(1).username, phone=True)
    yield user(2, email=None, phone=True, username=person(2).username)
    yield user(3, email=False, phone=True)
    yield user(4, status="UNCONFIRMED", email=False)
    yield user(5, status="FORCE_CHANGE_PASSWORD")
    yield user(6, status="RESET_REQUIRED")
    identities = [{"userId": draw.text(21, "0123456789"), "providerName": "Google", "providerType": "Google", "issuer": None, "primary": True, "dateCreated": 1600000000000}]
    yield user(7, username="Google_" + identities[0]["userId"], status="EXTERNAL_PROVIDER", identities=json.dumps(identities))
    yield user(8, enabled=False)
    yield user(9, given_name=None, family_name=None, name=person(9).name, birthdate="1990-02-28", custom_plan="free", custom_legacy_id="9007199254740993")
    yield {**user(10), "MFAOptions": [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]}
    yield user(11, email=None, username=person(11).username)
    yield user(12, phone=False)


def table_row(row):
    """The same user as a line of the CSV, which has neither dates nor states."""
    cells = {attribute["Name"]: attribute["Value"] for attribute in row["Attributes"]}
    cells = {name: value for name, value in cells.items() if name in HEADER}
    cells["cognito:username"] = row["Username"]
    cells["cognito:mfa_enabled"] = str("MFAOptions" in row).lower()
    cells.setdefault("email_verified", "false")
    cells.setdefault("phone_number_verified", "false")
    return cells


def main():
    rows = list(users())
    write_json(sample.path("users.json"), {"Users": rows}, 4)
    # The CSV knows no states, so it has only those whom one would move with it.
    write_csv(sample.path("users.csv"), [table_row(row) for row in rows if row["Enabled"] and row["UserStatus"] in ("CONFIRMED", "UNCONFIRMED")], HEADER)
    for n in (0, 1, 2, 3, 9, 10, 11, 12):
        sample.digest(sub(rows[n]), "awscognito", "awscognito", f"awscognito#{POOL}#{CLIENT}#{rows[n]['Username']}", "")
    sample.notes_on(lambda n: sub(rows[n]), [
        (3, "email_verified", "unverified", "the phone number remains"),
        (4, "email_verified", "unverified_only", "UNCONFIRMED: the only identifier was never verified; Cognito lets such a user not sign in, so there is no password either"),
        (5, "UserStatus", "no_password", "FORCE_CHANGE_PASSWORD: Cognito's answer is a challenge, not a sign-in"),
        (6, "UserStatus", "no_password", "RESET_REQUIRED: Cognito refuses the password"),
        (7, "UserStatus", "social_only", "EXTERNAL_PROVIDER: signs in with Google; has no password"),
        (8, "Enabled", "banned", "disabled; Cognito refuses the password"),
        (10, "MFAOptions", "no_totp", "a phone as second factor; list-users never shows an authenticator, and no secret can be exported"),
        (12, "phone_number_verified", "unverified", "the e-mail remains"),
    ])
    broken = [
        (user(20), None, None),
        (user(21, email=None, phone=True, phone_number="0207 946 0106"), "phone_number", "not E.164"),
        (user(22, email="perhaps"), "email_verified", "not a boolean"),
        ({**user(23), "UserCreateDate": "2018-04-23 05:11"}, "UserCreateDate", "not RFC 3339"),
        ({**user(24), "Attributes": [{"Name": "sub", "Value": draw.uuid()}, {"Name": "email", "Value": "kaethe@"}, {"Name": "email_verified", "Value": "true"}]}, "email", "no domain"),
        (user(25, email=None), "-", "no identifier at all but an id"),
        (user(20, username="Google_" + draw.text(21, "0123456789"), status="EXTERNAL_PROVIDER"), "email", "duplicate of row 1: a federated profile that was never linked"),
        (user(28), None, None),
    ]
    write_json(sample.path("broken.json"), {"Users": sample.broken(broken)}, 4)
    with open(sample.path("params"), "w", encoding="utf-8") as file:
        file.write(f"user_pool_id={POOL}\nclient_id={CLIENT}\n")
    sample.write()


if __name__ == "__main__":
    main()
