#!/usr/bin/python3
"""Makes vectors.jsonl: good digests of every hasher, by the software that writes them in real systems.

Run as:  python3 make_vectors.py            (writes vectors.jsonl beside this script)

Debian packages: python3-django python3-passlib python3-argon2 python3-bcrypt python3-cryptography
argon2 php-cli apache2-utils slapd (for slappasswd; the server need not run) ruby-devise.
Checkouts, named in the environment:
  WERKZEUG_OLD, WERKZEUG   pallets/werkzeug 2.3.8 and 3.1.8
  SYMFONY_HASHER           symfony/password-hasher 7.0
  PHPASS                   hautelook/phpass 1.1.0
  FIREBASE_SCRYPT          the program built from firebase/scrypt ("autoreconf -i && ./configure && make")

Salts are fixed where a library lets its caller choose; the others differ from run to run.
"""
import base64
import hashlib
import hmac
import importlib.util
import json
import os
import platform
import random
import subprocess
import tempfile

import argon2
import bcrypt
import cryptography
import django
import passlib
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from passlib import hash as pl

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "vectors.jsonl")
PYTHON = platform.python_version()

# Made up for these vectors. PHP and Ruby get the same ones.
PASSWORDS = {
    "phrase": "correct-horse-42",
    "short": "Tr0ub4dr",
    "empty": "",
    "greek": "Ὀδυσσεύς και Πηνελόπη",
    "cyrillic": "Крейсер «Аврора» 1917",
    "cjk": "密码と비밀번호",
    "emoji": "🔑 in the 🌱 pot",
    "dollar": "pa$$w{o}rd#1\\\"',:",
    "long": ("All work and no play makes a long password; " * 5)[:200],
}
HASHERS = """bcrypt bcrypt_sha256_django bcrypt_peppered argon2i argon2id md5 md5_salted md5_phpass sha256 sha256_salted
sha512_symfony pbkdf2_sha1 pbkdf2_sha256 pbkdf2_sha256_django pbkdf2_sha512 pbkdf2_sha512_hex phpass scrypt_firebase
scrypt_werkzeug ldap_ssha awscognito hmac_sha256_utf16_b64""".split()
# The sample in the README of firebase/scrypt, whose password is "user1password".
FIREBASE_HASH = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="
FIREBASE_KEY = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="

vectors = {name: [] for name in HASHERS}
rng = random.Random(22)


def add(hasher, digest, name, tool, version, note):
    vectors[hasher].append(
        {"hasher": hasher, "digest": digest, "password": PASSWORDS.get(name, name), "tool": tool, "version": version, "note": note}
    )


def run(*argv, stdin=""):
    return subprocess.run(argv, input=stdin, check=True, capture_output=True, text=True).stdout.strip()


def debian(package):
    """A package's version; slapd's too, where it was unpacked and not installed."""
    return next(line.split()[1] for line in run("apt-cache", "policy", package).splitlines() if "Candidate" in line)


def b64(raw):
    return base64.b64encode(raw).decode()


def script(*argv):
    """Takes over the vectors that a script in another language makes."""
    for line in run(*argv, stdin=json.dumps(PASSWORDS)).splitlines():
        vector = json.loads(line)
        vectors[vector["hasher"]].append(vector)


def crypt_formats():
    for name, prefix, rounds in [("emoji", b"2b", 4), ("dollar", b"2a", 5), ("empty", b"2b", 4), ("long", b"2a", 4), ("greek", b"2b", 6)]:
        note = f"cost {rounds}" + ("; bcrypt keeps the first 72 bytes" if name == "long" else "")
        digest = bcrypt.hashpw(PASSWORDS[name].encode(), bcrypt.gensalt(rounds, prefix)).decode()
        add("bcrypt", digest, name, "bcrypt (Python)", bcrypt.__version__, note)
    for name, rounds in [("short", 5), ("cyrillic", 4)]:
        digest = run("htpasswd", "-niBC", str(rounds), "u", stdin=PASSWORDS[name]).split(":", 1)[1]
        add("bcrypt", digest, name, "htpasswd -B", debian("apache2-utils"), f"cost {rounds}")


def argon2_formats():
    kinds = {"argon2i": argon2.low_level.Type.I, "argon2id": argon2.low_level.Type.ID}
    for hasher, kind in kinds.items():
        for name, t, m, p, length, note in [
            ("greek", 4, 64, 8, 32, "the parameters of Clerk's example"),
            ("empty", 1, 8, 1, 32, "the least memory there is"),
            ("long", 2, 512, 2, 16, "tag of 16 bytes; defaults before 18.2"),
            ("cjk", 3, 65536, 4, 32, "RFC 9106, low memory; defaults since 21.2"),
        ]:
            salt = rng.randbytes(16)
            digest = argon2.low_level.hash_secret(PASSWORDS[name].encode(), salt, t, m, p, length, kind).decode()
            add(hasher, digest, name, "argon2-cffi", argon2.__version__, note)
        for name, salt, args in [
            ("short", "saltsalt", "-t 3 -k 64 -p 1 -l 32"),
            ("emoji", "a-longer-salt-of-24-byte", "-t 1 -m 10 -p 2 -l 24"),
        ]:
            digest = run("argon2", salt, "-" + hasher.removeprefix("argon2"), *args.split(), "-e", stdin=PASSWORDS[name])
            add(hasher, digest, name, "argon2 (reference tool)", debian("argon2"), args)
    add(
        "argon2id",
        argon2.PasswordHasher(time_cost=2, memory_cost=102400, parallelism=8).hash(PASSWORDS["phrase"]),
        "phrase",
        "argon2-cffi",
        argon2.__version__,
        "defaults of 18.2 to 21.1, and of Django",
    )


def plain_digests():
    for hasher in ["md5", "sha256"]:
        for name in ["short", "cjk", "emoji", "long"]:
            digest = run(hasher + "sum", stdin=PASSWORDS[name]).split()[0]
            add(hasher, digest, name, hasher + "sum", debian("coreutils"), "plain")


def pbkdf2_formats():
    def derive(prf, name, salt, iterations, length):
        return hashlib.pbkdf2_hmac(prf, PASSWORDS[name].encode(), salt, iterations, length)

    tool = ("hashlib.pbkdf2_hmac, in Clerk's spelling", PYTHON)
    for name, salt, iterations, length, tail, note in [
        ("phrase", "NaCl-and-more", 10000, 32, "", "raw salt, 32 bytes by default"),
        ("greek", "f3a9c1d27b8e4056", 1000, 32, "", "hex salt, which is decoded"),
        ("short", "pepper.and.salt", 4096, 20, "$20", "20 bytes, as long as a SHA-1; the length is the fifth part"),
        ("empty", "00112233445566778899aabbccddeeff", 1, 20, "$20", "hex salt, one iteration"),
        ("long", "sodium chloride".replace(" ", "_"), 2, 64, "$64", "64 bytes"),
        ("emoji", "Xy9/+zQ=", 25000, 32, "$32", "the default length spelt out"),
        ("cjk", "cafe0", 1000, 32, "", "an odd number of hex characters is not hex: raw"),
    ]:
        hexed = len(salt) % 2 == 0 and all(c in "0123456789abcdef" for c in salt)
        key = derive("sha1", name, bytes.fromhex(salt) if hexed else salt.encode(), iterations, length)
        add("pbkdf2_sha1", f"pbkdf2_sha1${iterations}${salt}${key.hex()}{tail}", name, *tool, note)
    for name, size, iterations, note in [
        ("phrase", 16, 10000, "ASP.NET Core Identity v3's parameters"),
        ("cyrillic", 16, 27500, "Keycloak's old default"),
        ("empty", 8, 1, "one iteration"),
        ("long", 12, 1000, "salt of 12 bytes: base64 without padding"),
        ("emoji", 16, 210000, "210000 iterations"),
        ("dollar", 32, 600000, "OWASP's count of 2023; Keycloak 24's"),
    ]:
        salt = rng.randbytes(size)
        key = derive("sha256", name, salt, iterations, 32)
        add("pbkdf2_sha256", f"pbkdf2_sha256${iterations}${b64(salt)}${b64(key)}", name, *tool, note)
    for name, salt, iterations, note in [
        ("phrase", "bWFyaW5l", 25000, "passlib's default count"),
        ("greek", "gEmQzPqYt0aLx6Wk", 1000, "raw salt"),
        ("empty", "1", 1, "salt of one character"),
        ("long", "deadbeef", 2, "a salt that looks like hex is used as it is"),
        ("emoji", "Ab+/cd==", 210000, "OWASP's count of 2023"),
        ("short", "x" * 64, 4096, "salt of 64 characters"),
    ]:
        key = derive("sha512", name, salt.encode(), iterations, 64)
        add("pbkdf2_sha512", f"pbkdf2_sha512${iterations}${salt}${key.hex()}", name, *tool, note)
    for name, size, iterations, note in [
        ("phrase", 16, 25000, "salt of 16 bytes"),
        ("cjk", 32, 1000, "salt of 32 bytes"),
        ("empty", 1, 1, "salt of one byte"),
        ("long", 16, 2, "two iterations"),
        ("dollar", 64, 10000, "salt of 64 bytes"),
        ("emoji", 20, 210000, "OWASP's count of 2023"),
    ]:
        salt = rng.randbytes(size)
        key = derive("sha512", name, salt, iterations, 64)
        add("pbkdf2_sha512_hex", f"pbkdf2_sha512_hex${iterations}${salt.hex()}${key.hex()}", name, *tool, note)
    for name, scheme, hasher in [("short", pl.pbkdf2_sha256, "pbkdf2_sha256"), ("dollar", pl.pbkdf2_sha512, "pbkdf2_sha512")]:
        salt = b"rawsalt-%d" % scheme.default_rounds
        key = pl_key(scheme, PASSWORDS[name], salt)
        shown = (b64(salt), b64(key)) if hasher == "pbkdf2_sha256" else (salt.decode(), key.hex())
        add(
            hasher,
            f"{hasher}${scheme.default_rounds}${shown[0]}${shown[1]}",
            name,
            "passlib, respelt in Clerk's form",
            passlib.__version__,
            "defaults of passlib 1.7",
        )


def pl_key(scheme, password, salt):
    """The raw key of a passlib pbkdf2 digest."""
    digest = scheme.using(salt=salt, rounds=scheme.default_rounds).hash(password)
    return scheme.from_string(digest).checksum


def django_formats():
    settings.configure()
    django.setup()
    from django.contrib.auth import hashers

    pbkdf2 = hashers.PBKDF2PasswordHasher()
    for name, salt, iterations, note in [
        ("phrase", "k9Fz2QwXsT1vLmR4dB7hYc", 260000, "defaults of 3.2"),
        ("greek", "aP3xV8nKq0Zt", 36000, "defaults of 1.11; salts had 12 characters"),
        ("empty", "mQ7cL2yR9wSd", 10000, "defaults of 1.4"),
        ("long", "T0bW5gH1jN6kD3fXzE8uYs", 1, "one iteration"),
        ("emoji", "hV4rJ9sC2mB6nL1tQ8xZpK", 1000000, "defaults of 5.2"),
        ("dollar", "cafe1234cafe", 1000, "a salt that looks like hex"),
        ("cjk", "9uI3oP7aS1dF5gH0jK2lZx", 720000, "defaults of 5.0"),
    ]:
        digest = pbkdf2.encode(PASSWORDS[name], salt, iterations)
        add("pbkdf2_sha256_django", digest, name, "Django", django.get_version(), note)
    sha = hashers.BCryptSHA256PasswordHasher()
    for name, rounds in [("phrase", 12), ("short", 4), ("empty", 4), ("cyrillic", 5), ("long", 4), ("emoji", 6), ("dollar", 4)]:
        sha.rounds = rounds
        add(
            "bcrypt_sha256_django",
            sha.encode(PASSWORDS[name], sha.salt()),
            name,
            "Django",
            django.get_version(),
            f"cost {rounds}" + ("; every byte counts" if name == "long" else ""),
        )


def portable_formats():
    for name, rounds, ident, note in [
        ("cyrillic", 7, "P", "cost 2^7, the least passlib makes"),
        ("short", 13, "P", "cost 2^13"),
        ("greek", 11, "P", "cost 2^11, phpBB 3's"),
        ("phrase", 8, "H", "undecided: phpBB writes $H$"),
    ]:
        digest = pl.phpass.using(rounds=rounds, ident=ident).hash(PASSWORDS[name])
        add("phpass", digest, name, "passlib", passlib.__version__, note)


def scrypt_formats():
    add(
        "scrypt_firebase",
        f"{FIREBASE_HASH}$42xEC+ixf3L2lw==${FIREBASE_KEY}$Bw==$8$14",
        "user1password",
        "Firebase",
        "console",
        "published in the README of firebase/scrypt",
    )
    tool, version = os.environ["FIREBASE_SCRYPT"], "1.2.1 with Firebase's changes"
    for name, rounds, memory, note in [
        ("phrase", 8, 14, "Firebase's own parameters"),
        ("greek", 8, 10, "less memory"),
        ("long", 1, 10, "one round"),
        ("emoji", 4, 11, "four rounds"),
    ]:
        salt, key = b64(rng.randbytes(10)), b64(rng.randbytes(64))
        digest = run(tool, key, salt, "Bw==", str(rounds), str(memory), "-P", stdin=PASSWORDS[name] + "\n")
        add("scrypt_firebase", "$".join([digest, salt, key, "Bw==", str(rounds), str(memory)]), name, "firebase/scrypt", version, note)
    for name, rounds, memory in [("empty", 8, 11), ("cjk", 8, 14)]:
        salt, key, separator = rng.randbytes(10), rng.randbytes(64), rng.randbytes(2)
        derived = hashlib.scrypt(PASSWORDS[name].encode(), salt=salt + separator, n=1 << memory, r=rounds, p=1, maxmem=1 << 26, dklen=32)
        cipher = Cipher(algorithms.AES(derived), modes.CTR(bytes(16))).encryptor()
        digest = "$".join([b64(cipher.update(key)), b64(salt), b64(key), b64(separator), str(rounds), str(memory)])
        add(
            "scrypt_firebase",
            digest,
            name,
            "hashlib.scrypt and AES-CTR of cryptography",
            f"{PYTHON}, {cryptography.__version__}",
            "separator of two bytes",
        )
    for variable, version, cases in [
        (
            "WERKZEUG_OLD",
            "2.3.8",
            [
                ("phrase", "scrypt", 16, "defaults since 2.3"),
                ("greek", "scrypt:1024:8:1", 16, "less memory"),
                ("empty", "scrypt:128:8:1", 8, "the least that Werkzeug's memory bound allows"),
            ],
        ),
        (
            "WERKZEUG",
            "3.1.8",
            [
                ("cyrillic", "scrypt", 16, "defaults"),
                ("emoji", "scrypt:16384:8:1", 16, "less memory"),
                ("long", "scrypt:1024:4:2", 24, "two lanes"),
                ("dollar", "scrypt:4096:8:1", 1, "salt of one character"),
            ],
        ),
    ]:
        spec = importlib.util.spec_from_file_location("security", os.path.join(os.environ[variable], "src/werkzeug/security.py"))
        security = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(security)
        for name, method, salt, note in cases:
            add("scrypt_werkzeug", security.generate_password_hash(PASSWORDS[name], method, salt), name, "Werkzeug", version, note)


def directory_formats():
    for name in ["phrase", "cyrillic", "long"]:
        add(
            "ldap_ssha",
            run("slappasswd", "-n", "-h", "{SSHA}", "-s", PASSWORDS[name]),
            name,
            "slappasswd",
            debian("slapd"),
            "OpenLDAP's salts",
        )
    for name, size in [("empty", 4), ("emoji", 8), ("dollar", 16), ("cjk", 4)]:
        digest = pl.ldap_salted_sha1.using(salt_size=size).hash(PASSWORDS[name])
        add("ldap_ssha", digest, name, "passlib", passlib.__version__, f"salt of {size} bytes")


def undocumented_formats():
    tool = ("hmac and hashlib, in ASP.NET Membership's way", PYTHON)
    for name, size, prefix in [
        ("phrase", 16, ""),
        ("greek", 16, ""),
        ("empty", 16, ""),
        ("long", 16, ""),
        ("emoji", 16, "hmac_sha256_utf16_b64$"),
        ("dollar", 16, "hmac_sha256_utf16_b64$"),
    ]:
        salt = rng.randbytes(size)
        key = (salt * 64)[:64]  # System.Web.Security fills the 64-byte HMAC key with the salt, over and over
        digest = hmac.new(key, PASSWORDS[name].encode("utf-16-le"), "sha256").digest()
        add(
            "hmac_sha256_utf16_b64",
            f"{prefix}{b64(salt)}${b64(digest)}",
            name,
            *tool,
            "undecided; reading: key is the salt repeated to 64 bytes, message the password in UTF-16LE; written "
            + ("hasher$salt$hash" if prefix else "salt$hash"),
        )
    for name in ["short", "cjk"]:
        salt = rng.randbytes(16)
        digest = hmac.new(salt, PASSWORDS[name].encode("utf-16-le"), "sha256").digest()
        add(
            "hmac_sha256_utf16_b64",
            f"{b64(salt)}${b64(digest)}",
            name,
            "hmac and hashlib",
            PYTHON,
            "undecided; reading: key is the salt as it is, message the password in UTF-16LE; written salt$hash",
        )


def cognito_identifiers():
    client = "".join(rng.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(26))
    for pool, identifier, note in [
        ("us-east-1_aB3dE5fG7", "ada@example.com", "e-mail"),
        ("eu-central-1_ZyXwVuTsR", "+15555550123", "phone number"),
        ("ap-southeast-2_0Q1w2E3r4", "grace.h", "user name"),
        ("us-gov-west-1_PoIuYtReW", "5f0c2d9e-7a41-4b36-9d18-0e6f3a2b1c4d", "sub"),
        ("sa-east-1_MnBvCxZaS", "o'brien+news@example.org", "e-mail with a quote and a plus"),
        ("af-south-1_LkJhGfDsA", "Žofie", "user name outside ASCII"),
    ]:
        add(
            "awscognito", f"awscognito#{pool}#{client}#{identifier}", "empty", "written by hand", "-", f"{note}; cannot be verified offline"
        )


def write():
    """Replaces vectors.jsonl in one step, so that a reader never sees half of it."""
    with tempfile.NamedTemporaryFile("w", dir=HERE, delete=False, encoding="utf-8") as out:
        for name in HASHERS:
            for vector in vectors[name]:
                out.write(json.dumps(vector, ensure_ascii=False, separators=(",", ":")) + "\n")
    os.chmod(out.name, 0o644)
    os.replace(out.name, OUT)


def main():
    for part in [
        crypt_formats,
        plain_digests,
        pbkdf2_formats,
        django_formats,
        portable_formats,
        directory_formats,
        argon2_formats,
        undocumented_formats,
        cognito_identifiers,
        lambda: script("php", os.path.join(HERE, "make_vectors.php")),
        lambda: script("ruby", os.path.join(HERE, "make_vectors.rb")),
        scrypt_formats,
    ]:
        part()
        write()
    for name in HASHERS:
        print(f"{len(vectors[name]):3} {name}")


if __name__ == "__main__":
    main()
