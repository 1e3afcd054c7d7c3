"""Digests for the sample exports whose systems have no library here, or leave the work to such a library.

Needs Debian's python3-bcrypt, python3-argon2 and python3-cryptography. Salts come from the caller, so that two runs
write the same bytes.
"""
import base64
import hashlib

import argon2.low_level
import bcrypt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def b64(raw):
    return base64.b64encode(raw).decode()


def bcrypt_digest(password, draw, cost=10, version="2b"):
    """The versions 2a, 2b and 2y are one algorithm for passwords below 255 bytes; the library writes 2b."""
    digest = bcrypt.hashpw(password.encode(), draw.bcrypt_salt(cost).encode()).decode()
    return f"${version}{digest[3:]}"


def argon2_digest(password, draw, t=2, m=1024, p=1, kind="id"):
    which = {"i": argon2.low_level.Type.I, "id": argon2.low_level.Type.ID, "d": argon2.low_level.Type.D}[kind]
    return argon2.low_level.hash_secret(password.encode(), draw.bytes(16), t, m, p, 32, which).decode()


def argon2_key(password, salt, t, m, p, size=32):
    return argon2.low_level.hash_secret_raw(password.encode(), salt, t, m, p, size, argon2.low_level.Type.ID)


def pbkdf2(name, password, salt, iterations, size=None):
    return hashlib.pbkdf2_hmac(name, password.encode(), salt, iterations, size)


def scrypt(password, salt, n, r, p, size=64):
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=1 << 27, dklen=size)


def firebase(password, salt, signer_key, separator, rounds, memory):
    """Firebase's scrypt: the signer key, encrypted with a key derived from the password."""
    key = scrypt(password, salt + separator, 1 << memory, rounds, 1, 32)
    return Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor().update(signer_key)
