#!/usr/bin/python3
"""Makes the sample of WorkOS: the users as GET /user_management/users lists them, the pages joined.

Run as:  /usr/bin/python3 make.py

Written in the documented form; there is no WorkOS to run here. WorkOS gives out neither password hashes nor the
secrets of authenticators, so there is nothing of both in the sample.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from people import Sample, person, write_json, z  # noqa: E402

sample = Sample(__file__)
draw = sample.draw


def user(n, **more):
    p = person(n)
    return {"object": "user", "id": "user_01" + draw.text(24, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), "email": p.email, "email_verified": True, "first_name": p.first,
            "last_name": p.last, "name": p.name, "profile_picture_url": f"https://cdn.example.com/{n}.png", "last_sign_in_at": z(p.seen), "locale": None,
            "created_at": z(p.created), "updated_at": z(p.seen), "external_id": None, "metadata": {}, **more}


def page(rows):
    return {"object": "list", "data": rows, "list_metadata": {"before": None, "after": None}}


def main():
    rows = [
        user(0, external_id="legacy-1000", metadata={"plan": "team", "seats": "12"}, locale="en-GB"),
        user(1), user(2, email_verified=False), user(3, first_name=None, last_name=None, name=None, profile_picture_url=None),
        user(4, last_sign_in_at=None), user(5, first_name="さくら 竹林", last_name=None), user(6, metadata={"motto": "left, \"right\" — 🌍"}), user(7),
        user(8, email="Nour.Albustani@Example.net"), user(9),
    ]
    del rows[9]["external_id"], rows[9]["metadata"], rows[9]["locale"], rows[9]["name"]  # as older versions of the API answer
    write_json(sample.path("users.json"), page(rows))
    sample.note(rows[2]["id"], "email_verified", "unverified_only", "the only identifier was never verified")
    broken = [
        (user(20), None, None),
        (user(21, email="sian.oquill@@example.com"), "email", "two @"),
        (user(22, email=None), "email", "no identifier at all"),
        (user(23, email_verified="maybe"), "email_verified", "not a boolean"),
        (user(24, created_at="2016-07-14"), "created_at", "a day without time"),
        (user(25, metadata=["admin"]), "metadata", "a list, not an object"),
        (user(26, email=person(20).email.upper()), "email", "duplicate of row 1, but for case"),
        (user(28), None, None),
    ]
    write_json(sample.path("broken.json"), page(sample.broken(broken)))
    sample.write()


if __name__ == "__main__":
    main()
