#!/usr/bin/python3
"""Makes the samples of LDAP: users.ldif by slapcat, users-ldapsearch.ldif by ldapsearch, and the same as CSV.

Run as:  /usr/bin/python3 make.py      (Debian's slapd slapd-contrib ldap-utils apache2-utils python3-passlib)

A slapd of one's own runs while the script does; it listens on no port. OpenLDAP's slappasswd makes the digests and draws
their salts, so they differ from run to run.
"""
import base64
import os
import subprocess
import sys
import tempfile
import time

from passlib.hash import ldap_salted_sha256

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from people import Sample, person, write_csv  # noqa: E402

sample = Sample(__file__)
draw = sample.draw
BASE = "ou=people,dc=example,dc=com"
CONFIG = """include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
moduleload argon2
moduleload pw-sha2
moduleload pw-pbkdf2
sizelimit unlimited
pidfile {folder}/pid
database mdb
directory {folder}/db
suffix "dc=example,dc=com"
rootdn "cn=admin,dc=example,dc=com"
rootpw secret
overlay ppolicy
"""
COLUMNS = "dn entryUUID uid cn givenName sn displayName mail mobile telephoneNumber preferredLanguage userPassword pwdAccountLockedTime createTimestamp".split()


def slappasswd(password, scheme, module=None, *more):
    load = ["-o", "module-path=/usr/lib/ldap", "-o", f"module-load={module}"] if module else []
    return subprocess.run(["slappasswd", *load, "-n", "-h", scheme, "-s", password, *more], check=True, capture_output=True, text=True).stdout


def bcrypt(password):
    out = subprocess.run(["htpasswd", "-niBC", "10", "u"], input=password, check=True, capture_output=True, text=True).stdout
    return out.strip().split(":", 1)[1]


def ab64(text):
    return base64.b64decode(text.replace(".", "+") + "=" * (-len(text) % 4))


def b64(raw):
    return base64.b64encode(raw).decode()


def pbkdf2_form(stored, hasher):
    rounds, salt, key = stored.split("}")[1].split("$")
    salt, key = ab64(salt), ab64(key)
    return {"pbkdf2_sha1": f"pbkdf2_sha1${rounds}${salt.hex()}${key.hex()}${len(key)}",
            "pbkdf2_sha256": f"pbkdf2_sha256${rounds}${b64(salt)}${b64(key)}",
            "pbkdf2_sha512_hex": f"pbkdf2_sha512_hex${rounds}${salt.hex()}${key.hex()}"}[hasher]


def kinds():
    """Kind, value of userPassword, and Clerk's hasher and form, or why there is none."""
    word = [person(n).password for n in range(32)]
    yield "{SSHA}", (d := slappasswd(word[0], "{SSHA}")), "ldap_ssha", d
    d = slappasswd(word[1], "{SSHA}")
    yield "{ssha} in lower case", d.replace("{SSHA}", "{ssha}"), "ldap_ssha", d
    yield "{CRYPT} with bcrypt", "{CRYPT}" + (d := bcrypt(word[2])), "bcrypt", d
    d = slappasswd(word[3], "{ARGON2}", "argon2")
    yield "{ARGON2}", d, "argon2i", d.removeprefix("{ARGON2}")
    for n, name, hasher in ((4, "{PBKDF2}", "pbkdf2_sha1"), (5, "{PBKDF2-SHA256}", "pbkdf2_sha256"), (6, "{PBKDF2-SHA512}", "pbkdf2_sha512_hex")):
        d = slappasswd(word[n], name, "pw-pbkdf2")
        yield name, d, hasher, pbkdf2_form(d, hasher)
    d = slappasswd(word[7], "{MD5}")
    yield "{MD5}", d, "md5", base64.b64decode(d[5:]).hex()
    d = slappasswd(word[8], "{SHA256}", "pw-sha2")
    yield "{SHA256}", d, "sha256", base64.b64decode(d[8:]).hex()
    d = ldap_salted_sha256.using(salt=b"pepp3r!x").hash(word[9])
    yield "{SSHA256} with a printable salt", d, "sha256_salted", f"pepp3r!x${base64.b64decode(d[9:])[:32].hex()}"
    yield "{SHA}", slappasswd(word[10], "{SHA}"), None, "SHA-1 without salt"
    yield "{SSHA512}", slappasswd(word[11], "{SSHA512}", "pw-sha2"), None, "SHA-512 with salt"
    yield "{SSHA256}", slappasswd(word[12], "{SSHA256}", "pw-sha2"), None, "SHA-256 whose salt is bytes: no text can express it"
    yield "{SMD5}", slappasswd(word[13], "{SMD5}"), None, "MD5 whose salt is bytes: no text can express it"
    yield "{CRYPT} with sha512-crypt", slappasswd(word[14], "{CRYPT}", None, "-c", "$6$%.12s"), None, "sha512-crypt"
    yield "{CRYPT} with DES", slappasswd(word[15], "{CRYPT}", None, "-c", "%.2s"), None, "DES crypt"
    yield "{SASL}", f"{{SASL}}{person(16).handle}@EXAMPLE.COM", None, "the directory asks another server"
    yield "in clear text", word[17], None, "no scheme: in clear text"
    yield "none", None, None, None
    yield "none", None, None, None


def entry(n, password, **more):
    """An entry as lists of values, by attribute."""
    p = person(n)
    created = p.created.strftime("%Y%m%d%H%M%SZ")
    row = {"objectClass": ["inetOrgPerson"], "uid": [p.handle], "cn": [p.name], "givenName": [p.first], "sn": [p.last], "mail": [p.email],
           "userPassword": [password] if password else [], "entryUUID": [draw.uuid()], "createTimestamp": [created], "modifyTimestamp": [created],
           "creatorsName": ["cn=admin,dc=example,dc=com"], "modifiersName": ["cn=admin,dc=example,dc=com"],
           "entryCSN": [p.created.strftime("%Y%m%d%H%M%S.%fZ") + "#000000#000#000000"], **more}
    row = {name: values for name, values in row.items() if values}
    return {"dn": [f"uid={p.handle},{BASE}"], **row}


def ldif(rows):
    """LDIF in which every value is base64."""
    return "\n".join("".join(f"{name}:: {b64(value.encode() if isinstance(value, str) else value)}\n" for name, values in row.items() for value in values)
                     for row in rows)


def tree():
    return [{"dn": ["dc=example,dc=com"], "objectClass": ["dcObject", "organization"], "dc": ["example"], "o": ["Example"]},
            {"dn": [BASE], "objectClass": ["organizationalUnit"], "ou": ["people"]}]


def export(rows):
    with tempfile.TemporaryDirectory(prefix="exports-ldap-") as folder:
        os.mkdir(f"{folder}/db")
        config = f"{folder}/slapd.conf"
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(folder=folder))
        subprocess.run(["slapadd", "-q", "-f", config], input=ldif(tree() + rows), text=True, check=True, stderr=subprocess.DEVNULL)
        with open(sample.path("users.ldif"), "wb") as out:
            subprocess.run(["slapcat", "-f", config, "-a", "(objectClass=inetOrgPerson)"], stdout=out, check=True, stderr=subprocess.DEVNULL)
        url = f"ldapi://{folder.replace('/', '%2F')}%2Fsocket"
        server = subprocess.Popen(["slapd", "-d", "0", "-f", config, "-h", url])
        try:
            search = ["ldapsearch", "-x", "-L", "-D", "cn=admin,dc=example,dc=com", "-w", "secret", "-H", url, "-b", BASE, "(objectClass=inetOrgPerson)", "*", "+"]
            for _ in range(50):
                out = subprocess.run(search, capture_output=True)
                if out.returncode == 0:
                    break
                time.sleep(0.1)
            with open(sample.path("users-ldapsearch.ldif"), "wb") as file:
                file.write(out.stdout)
        finally:
            server.terminate()
            server.wait()


def table(rows):
    """One line an entry, several values joined with |, as Apache Directory Studio exports them."""
    return [{name: "|".join(value for value in row.get(name, []) if isinstance(value, str)) for name in COLUMNS} for row in rows]


def broken():
    good = slappasswd(person(20).password, "{SSHA}")
    rows = [
        (entry(20, good), None, None),
        (entry(21, "{SSHA}" + good[6:20]), "userPassword", "{SSHA}: too short for a SHA-1 and a salt"),
        (entry(22, "{SSHA}!" + good[7:]), "userPassword", "{SSHA}: not base64"),
        (entry(23, "{WHAT}" + good[6:]), "userPassword", "no scheme that there is"),
        (entry(24, good, mail=["kaethe.example.com"]), "mail", "no @"),
        (entry(25, good, mail=[person(20).email.upper()]), "mail", "duplicate of row 1, but for case"),
        (entry(26, good, createTimestamp=["2015"]), "createTimestamp", "no time"),
        (entry(27, good, mobile=["0171 555 12"]), "mobile", "not E.164"),
        (entry(28, good), None, None),
    ]
    entries = sample.broken(rows)
    write_csv(sample.path("broken.csv"), table(entries), COLUMNS)
    text = ldif(entries).split("\n\n")
    text[3:3] = ["dn: uid=no.value," + BASE + "\nuid no.value\nmail: no.value@example.com\n",  # a line without a colon
                 "uid: no.dn\nmail: no.dn@example.com\n",  # no dn
                 "dn: uid=no.base64," + BASE + "\nuid: no.base64\nmail: no.base64@example.com\nuserPassword:: e1NTSEF9!!!\n"]
    with open(sample.path("broken.ldif"), "w", encoding="utf-8") as file:
        file.write("\n\n".join(part.rstrip("\n") for part in text) + "\n")
    with open(sample.path("broken.ldif.expect.tsv"), "w", encoding="utf-8") as file:
        file.write("row\tfield\twhat is wrong\n")
        for n, field, wrong in sample.expect[:2]:
            file.write(f"{n}\t{field}\t{wrong}\n")
        file.write("4\t-\ta line without a colon\n5\tdn\tan entry without dn\n6\tuserPassword\tthe value after :: is not base64\n")
        for n, field, wrong in sample.expect[2:]:
            file.write(f"{n + 3}\t{field}\t{wrong}\n")


def main():
    special = {
        0: dict(displayName=["Ada B."], mobile=[person(0).phone], preferredLanguage=["en-GB"]),
        1: dict(mail=[person(1).email, "juergen@example.com"]), 2: dict(telephoneNumber=["+49 30 231251-22"]),
        3: dict(jpegPhoto=[draw.bytes(150)]), 4: dict(description=["works \"left, right\"\nand — 🌍"]), 5: dict(mail=[]),
        10: dict(pwdAccountLockedTime=["000001010000Z"]), 7: dict(cn=[person(7).name, "Fedya"]), 19: dict(mail=[], mobile=[person(19).phone]),
    }
    rows = []
    for n, (kind, stored, hasher, form) in enumerate(kinds()):
        rows.append(entry(n, stored, **special.get(n, {})))
        key = rows[-1]["entryUUID"][0]
        if hasher:
            sample.digest(key, kind, hasher, form, person(n).password)
            sample.sign_in(key, person(n).password)
        elif stored:
            sample.note(key, "userPassword", "no_password", f"{kind}: {form}")
        if n == 10:
            sample.note(key, "pwdAccountLockedTime", "banned", "locked for good by the password policy")
    export(rows)
    write_csv(sample.path("users.csv"), table(rows), COLUMNS)
    broken()
    sample.write()


if __name__ == "__main__":
    main()
