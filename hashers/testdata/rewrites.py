#!/usr/bin/python3
"""Writes rewrites.jsonl: digests as other systems store them, for the tests of the rewrites.

Needs Debian's python3-django, python3-passlib, python3-argon2, python3-bcrypt,
python3-werkzeug and python3-cryptography, and Java 17. Run in this folder:

    /usr/bin/python3 rewrites.py > rewrites.jsonl

Django, Werkzeug and passlib make their own digests. Keycloak's are made by
Keycloak.java with the Java platform that Keycloak runs on. ASP.NET Identity,
Dovecot's PBKDF2 and Symfony are written out from their published formats over
hashlib, independently of the Go code. All passwords are made up.
"""
import base64
import hashlib
import json
import os
import struct
import subprocess

import argon2.low_level as argon
import bcrypt as bcrypt_lib
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings

settings.configure()
from django.contrib.auth import hashers as django  # noqa: E402
from passlib.hash import ldap_pbkdf2_sha1, ldap_pbkdf2_sha256, ldap_pbkdf2_sha512  # noqa: E402
from passlib.hash import ldap_md5, ldap_salted_md5, ldap_salted_sha1, ldap_salted_sha256, phpass  # noqa: E402
from passlib.hash import pbkdf2_sha1, pbkdf2_sha256, pbkdf2_sha512  # noqa: E402
from werkzeug.security import generate_password_hash  # noqa: E402

PW = "Größe-of-a-teapot 7"
RAW = PW.encode()
SALT = bytes.fromhex("fb8e3ff0c1d2a59677e4bbfe01c3d9aa")


def b64(b):
    return base64.b64encode(b).decode()


def url(b):
    return base64.urlsafe_b64encode(b).decode()


def put(rewrite, digest, hasher, note, params=None, password=PW):
    print(json.dumps({"rewrite": rewrite, "digest": digest, "password": password, "hasher": hasher,
                      "params": params or {}, "note": note}, ensure_ascii=False))


def kdf(name, size, rounds=1000, salt=SALT):
    return hashlib.pbkdf2_hmac(name, RAW, salt, rounds, size)


def crypt_bcrypt(password=RAW, prefix=b"2b"):
    return bcrypt_lib.hashpw(password, bcrypt_lib.gensalt(4, prefix=b"2b")).decode().replace("$2b$", "$" + prefix.decode() + "$")


def argon_text(kind, name):
    return argon.hash_secret(RAW, SALT, 2, 64, 2, 32, kind).decode().replace("$argon2i$" if name == "argon2i" else "$argon2id$", "$" + name + "$")


def aspnet():
    put("aspnet_identity", b64(b"\0" + SALT + kdf("sha1", 32)), "pbkdf2_sha1", "version 2")
    for prf, name, hasher in ((0, "sha1", "pbkdf2_sha1"), (1, "sha256", "pbkdf2_sha256"), (2, "sha512", "pbkdf2_sha512_hex")):
        blob = b"\1" + struct.pack(">III", prf, 2000, 16) + SALT + kdf(name, 32, 2000)
        put("aspnet_identity", b64(blob), hasher, "version 3, " + name)


def keycloak():
    made = subprocess.run(["java", "-Dfile.encoding=UTF-8", "Keycloak.java", PW, SALT.hex(), "1000"],
                          check=True, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout
    hasher = {"pbkdf2": "pbkdf2_sha1", "pbkdf2-sha256": "pbkdf2_sha256", "pbkdf2-sha512": "pbkdf2_sha512_hex"}
    for algorithm, value in (line.split() for line in made.splitlines()):
        secret = json.dumps({"value": value, "salt": b64(SALT), "additionalParameters": {}})
        data = json.dumps({"hashIterations": 1000, "algorithm": algorithm, "additionalParameters": {}})
        put("keycloak", secret, hasher[algorithm], algorithm + ", JSON", {"credential_data": data})
        put("keycloak", value, hasher[algorithm], algorithm + ", parts",
            {"salt": b64(SALT), "iterations": "1000", "algorithm": algorithm})
    value = argon.hash_secret_raw(RAW, SALT, 2, 64, 1, 32, argon.Type.ID)
    data = json.dumps({"hashIterations": 2, "algorithm": "argon2", "additionalParameters": {
        "hashLength": ["32"], "memory": ["64"], "type": ["id"], "version": ["1.3"], "parallelism": ["1"]}})
    put("keycloak", json.dumps({"value": b64(value), "salt": b64(SALT)}), "argon2id", "argon2", {"credential_data": data})


def from_django():
    salt = "Qz81LmRtYwXe8sPbNk2Vd0"
    put("django", django.PBKDF2PasswordHasher().encode(PW, salt, 1000), "pbkdf2_sha256_django", "PBKDF2PasswordHasher")
    put("django", django.PBKDF2SHA1PasswordHasher().encode(PW, salt, 1000), "pbkdf2_sha1", "PBKDF2SHA1PasswordHasher")
    put("django", django.PBKDF2SHA1PasswordHasher().encode(PW, "abcdef012345", 1000), "pbkdf2_sha1", "a salt that is valid hexadecimal")
    put("django", django.BCryptSHA256PasswordHasher().encode(PW, bcrypt_lib.gensalt(4)), "bcrypt_sha256_django", "BCryptSHA256PasswordHasher")
    put("django", django.BCryptPasswordHasher().encode(PW, bcrypt_lib.gensalt(4)), "bcrypt", "BCryptPasswordHasher")
    put("django", django.Argon2PasswordHasher().encode(PW, salt), "argon2id", "Argon2PasswordHasher")
    scrypt = hashlib.scrypt(RAW, salt=salt.encode(), n=1024, r=8, p=1, dklen=64)  # the hasher is newer than Debian's Django
    put("django", "scrypt$1024$%s$8$1$%s" % (salt, b64(scrypt)), "scrypt_werkzeug", "ScryptPasswordHasher's form")
    put("django", django.MD5PasswordHasher().encode(PW, salt), "md5_salted", "MD5PasswordHasher")


def from_werkzeug():
    for name, hasher in (("sha1", "pbkdf2_sha1"), ("sha256", "pbkdf2_sha256_django"), ("sha512", "pbkdf2_sha512")):
        put("werkzeug", generate_password_hash(PW, "pbkdf2:%s:1000" % name), hasher, "pbkdf2:" + name)


def better_auth():
    salt = SALT.hex()
    key = hashlib.scrypt(RAW, salt=salt.encode(), n=16384, r=16, p=1, maxmem=1 << 26, dklen=64)
    put("better_auth", salt + ":" + key.hex(), "scrypt_werkzeug", "the salt is text")


def from_passlib():
    for scheme, hasher in ((pbkdf2_sha1, "pbkdf2_sha1"), (pbkdf2_sha256, "pbkdf2_sha256"), (pbkdf2_sha512, "pbkdf2_sha512_hex")):
        put("passlib", scheme.using(rounds=1000, salt=SALT).hash(PW), hasher, scheme.name)


    phc = "$pbkdf2-%s$i=1000,l=%d$%s$%s"
    for name, size, hasher in (("sha1", 20, "pbkdf2_sha1"), ("sha256", 32, "pbkdf2_sha256"), ("sha512", 64, "pbkdf2_sha512_hex")):
        put("passlib", phc % (name, size, b64(SALT).rstrip("="), b64(kdf(name, size)).rstrip("=")), hasher, "PHC, " + name)


def auth0():
    """hash.value of custom_password_hash, with what stands beside it."""
    text, salted = "Jx72", {"salt": "Jx72", "salt_encoding": "utf8"}
    key = hashlib.scrypt(RAW, salt=text.encode(), n=256, r=8, p=1, dklen=64)
    own_salt = {"salt": SALT.hex(), "salt_encoding": "hex", "salt_position": "suffix"}
    for algorithm, digest, hasher, note, more in (
            ("argon2", argon_text(argon.Type.ID, "argon2id"), "argon2id", "", {}),
            ("argon2", argon_text(argon.Type.I, "argon2i"), "argon2i", "", {}),
            ("bcrypt", crypt_bcrypt(), "bcrypt", "", {"password_encoding": "utf8"}),
            ("pbkdf2", "$pbkdf2-sha256$i=1000,l=32$%s$%s" % (b64(SALT).rstrip("="), b64(kdf("sha256", 32)).rstrip("=")), "pbkdf2_sha256", "", {"encoding": "utf8"}),
            ("ldap", ldap_salted_sha1.hash(PW), "ldap_ssha", "", {}),
            ("md5", hashlib.md5(RAW).hexdigest().upper(), "md5", ", hexadecimal", {"encoding": "hex"}),
            ("md5", b64(hashlib.md5(RAW + text.encode()).digest()), "md5_salted", ", salt behind", {**salted, "encoding": "base64", "salt_position": "suffix"}),
            ("sha256", b64(hashlib.sha256(RAW).digest()), "sha256", ", base64", {"encoding": "base64"}),
            ("sha256", hashlib.sha256(RAW).hexdigest(), "sha256", ", encoding untold", {}),
            ("sha256", hashlib.sha256(b"Jx72" + RAW).hexdigest(), "sha256_salted", ", salt in base64", {"encoding": "hex", "salt": b64(b"Jx72"), "salt_encoding": "base64"}),
            ("sha1", hashlib.sha1(RAW + SALT).hexdigest(), "ldap_ssha", ", salt behind", {**own_salt, "encoding": "hex"}),
            ("sha512", hashlib.sha512(RAW).hexdigest(), "sha512_symfony", "", {"encoding": "hex"}),
            ("scrypt", b64(key), "scrypt_werkzeug", "", {**salted, "encoding": "base64", "keylen": "64", "cost": "256"})):
        put("auth0", digest, hasher, algorithm + note, {"algorithm": algorithm, **more})


def ldap():
    put("ldap", ldap_salted_sha1.hash(PW).replace("{SSHA}", "{ssha}"), "ldap_ssha", "scheme in lower case")
    put("ldap", ldap_salted_sha1.using(salt=b"1234").hash(PW)[6:], "ldap_ssha", "no scheme")
    put("ldap", ldap_salted_sha1.using(salt=b"12345678").hash(PW).rstrip("="), "ldap_ssha", "no padding")
    put("ldap", ldap_md5.hash(PW), "md5", "{MD5}")
    put("ldap", ldap_salted_md5.using(salt=b"pepp3r!x").hash(PW), "md5_salted", "{SMD5} with a printable salt")
    put("ldap", ldap_salted_sha256.using(salt=b"pepp3r!x").hash(PW), "sha256_salted", "{SSHA256} with a printable salt")
    put("ldap", "{SHA256}" + b64(hashlib.sha256(RAW).digest()), "sha256", "{SHA256}")
    put("ldap", "{CRYPT}" + crypt_bcrypt(prefix=b"2y"), "bcrypt", "{CRYPT} with bcrypt")
    put("ldap", "{ARGON2}" + argon_text(argon.Type.ID, "argon2id"), "argon2id", "{ARGON2}")
    for scheme, hasher in ((ldap_pbkdf2_sha1, "pbkdf2_sha1"), (ldap_pbkdf2_sha256, "pbkdf2_sha256"), (ldap_pbkdf2_sha512, "pbkdf2_sha512_hex")):
        put("ldap", scheme.using(rounds=1000, salt=SALT).hash(PW), hasher, scheme.name)


def dovecot():
    text = b"Hn3cW9xKqT0vLd2s"
    put("dovecot", "{PBKDF2}$1$%s$1000$%s" % (text.decode(), kdf("sha1", 20, salt=text).hex()), "pbkdf2_sha1", "{PBKDF2}")
    put("dovecot", "{BLF-CRYPT}" + crypt_bcrypt(prefix=b"2y"), "bcrypt", "{BLF-CRYPT}")
    put("dovecot", ldap_salted_sha1.hash(PW).replace("{SSHA}", "{SSHA.b64}"), "ldap_ssha", "{SSHA.b64}")
    raw = hashlib.sha1(RAW + SALT[:4]).digest() + SALT[:4]
    put("dovecot", "{SSHA.HEX}" + raw.hex(), "ldap_ssha", "{SSHA.HEX}")
    put("dovecot", "{PLAIN-MD5}" + hashlib.md5(RAW).hexdigest(), "md5", "{PLAIN-MD5}")
    put("dovecot", "{ARGON2I}" + argon_text(argon.Type.I, "argon2i"), "argon2i", "{ARGON2I}")


def php():
    put("phpbb", phpass.using(rounds=8, ident="H").hash(PW), "phpass", "$H$")
    put("phpbb", crypt_bcrypt(prefix=b"2y"), "bcrypt", "phpBB 3.1 and later")
    merged = RAW + b"{k3yedSalt}"
    digest = hashlib.sha512(merged).digest()
    for _ in range(4999):
        digest = hashlib.sha512(digest + merged).digest()
    put("symfony", b64(digest), "sha512_symfony", "base64", {"salt": "k3yedSalt"})
    put("symfony", digest.hex(), "sha512_symfony", "hexadecimal", {"salt": "k3yedSalt", "iterations": "5000"})
    put("colon_salt", hashlib.md5(RAW + b"Jx72").hexdigest() + ":Jx72", "md5_salted", "hash:salt")
    put("colon_salt", "Jx72:" + hashlib.sha256(b"Jx72" + RAW).hexdigest(), "sha256_salted", "salt:hash")


def fusionauth():
    for scheme, name, size, hasher in (("salted-pbkdf2-hmac-sha256", "sha256", 32, "pbkdf2_sha256"), ("salted-pbkdf2-hmac-sha256-512", "sha256", 64, "pbkdf2_sha256"),
                                       ("salted-pbkdf2-hmac-sha512-512", "sha512", 64, "pbkdf2_sha512_hex")):
        put("fusionauth", b64(kdf(name, size)), hasher, scheme, {"scheme": scheme, "salt": b64(SALT), "factor": "1000"})
    digest = crypt_bcrypt()
    put("fusionauth", digest[29:], "bcrypt", "bcrypt", {"scheme": "bcrypt", "salt": digest[7:29], "factor": "4"})
    put("fusionauth", b64(hashlib.md5(RAW + b"Jx72kQ9z").digest()), "md5_salted", "salted-md5", {"scheme": "salted-md5", "salt": b64(b"Jx72kQ9z"), "factor": "1"})
    put("fusionauth", b64(hashlib.sha256(RAW + b"Jx72kQ9z").digest()), "sha256_salted", "salted-sha256", {"scheme": "salted-sha256", "salt": b64(b"Jx72kQ9z"), "factor": "1"})


def firebase():
    key = hashlib.sha512(b"a made-up signer key").digest()
    salt = SALT[:10]
    cipher_key = hashlib.scrypt(RAW, salt=salt + b"\7", n=1 << 8, r=8, p=1, dklen=64)[:32]
    seal = Cipher(algorithms.AES(cipher_key), modes.CTR(bytes(16))).encryptor()
    digest = seal.update(key) + seal.finalize()
    params = {"base64_signer_key": b64(key), "base64_salt_separator": "Bw==", "rounds": "8", "mem_cost": "8"}
    put("firebase", b64(digest), "scrypt_firebase", "as the command line exports it", dict(params, salt=b64(salt)))
    put("firebase", url(digest), "scrypt_firebase", "as the Admin SDK lists it", dict(params, salt=url(salt)))
    put("supabase", "$fbscrypt$v=1,n=8,r=8,p=1,ss=Bw==,sk=%s$%s$%s" % (b64(key), b64(salt), b64(digest)), "scrypt_firebase", "$fbscrypt$")
    put("base64_std", "$".join([url(digest), url(salt).rstrip("="), b64(key).rstrip("="), "Bw", "8", "8"]), "scrypt_firebase", "URL-safe, unpadded")


def supabase():
    put("supabase", crypt_bcrypt(prefix=b"2a"), "bcrypt", "bcrypt")
    put("supabase", argon_text(argon.Type.ID, "argon2id"), "argon2id", "argon2id")
    put("supabase", argon_text(argon.Type.I, "argon2i"), "argon2i", "argon2i")


def text():
    put("base64_std", "pbkdf2_sha256$1000$%s$%s" % (url(SALT).rstrip("="), url(kdf("sha256", 32)).rstrip("=")), "pbkdf2_sha256", "URL-safe, unpadded")
    merged = RAW
    put("base64_std", "sha512_symfony$1$$" + url(hashlib.sha512(merged).digest()), "sha512_symfony", "URL-safe")
    put("base64_std", ldap_salted_sha1.using(salt=b"12345678").hash(PW).rstrip("="), "ldap_ssha", "unpadded")
    head, salt, digest = argon_text(argon.Type.ID, "argon2id").rsplit("$", 2)
    put("base64_std", "%s$%s==$%s=" % (head, salt, digest), "argon2id", "padded")
    put("hex_lower", hashlib.md5(RAW).hexdigest().upper(), "md5", "md5")
    put("hex_lower", hashlib.sha256(RAW).hexdigest().upper(), "sha256", "sha256")
    put("hex_lower", "aBcD$" + hashlib.md5(b"aBcD" + RAW).hexdigest().upper(), "md5_salted", "the salt keeps its case")
    put("hex_lower", "aBcD$" + hashlib.sha256(RAW + b"aBcD").hexdigest().upper(), "sha256_salted", "the salt keeps its case")
    put("hex_lower", "pbkdf2_sha1$1000$Salt-X$%s$20" % kdf("sha1", 20, salt=b"Salt-X").hex().upper(), "pbkdf2_sha1", "the salt keeps its case")
    put("hex_lower", "pbkdf2_sha512$1000$Salt-X$" + kdf("sha512", 64, salt=b"Salt-X").hex().upper(), "pbkdf2_sha512", "the salt keeps its case")
    put("hex_lower", "pbkdf2_sha512_hex$1000$%s$%s" % (SALT.hex().upper(), kdf("sha512", 64).hex().upper()), "pbkdf2_sha512_hex", "salt and hash")
    werkzeug = hashlib.scrypt(RAW, salt=b"SaltX", n=256, r=8, p=1, dklen=64).hex().upper()
    put("hex_lower", "scrypt:256:8:1$SaltX$" + werkzeug, "scrypt_werkzeug", "the salt keeps its case")
    put("pbkdf2_sha1_key_length", "pbkdf2_sha1$1000$Salt-X$" + kdf("sha1", 20, salt=b"Salt-X").hex(), "pbkdf2_sha1", "20 bytes")
    put("pbkdf2_sha1_raw_salt", "pbkdf2_sha1$1000$cafe0123$%s" % kdf("sha1", 32, salt=b"cafe0123").hex(), "pbkdf2_sha1", "text that is hexadecimal")
    put("devise", crypt_bcrypt(RAW + b"black$pepper", b"2a"), "bcrypt_peppered", "pepper with a $", {"pepper": "black$pepper"})
    put("devise", crypt_bcrypt(RAW + b"cayenne", b"2a"), "bcrypt_peppered", "pepper", {"pepper": "cayenne"})


for part in (aspnet, keycloak, from_django, from_werkzeug, better_auth, from_passlib, auth0, ldap, dovecot, php, fusionauth, firebase, supabase, text):
    part()
