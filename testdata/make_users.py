#!/usr/bin/python3
"""Makes users.csv, users.jsonl and accounts.csv: made-up people whose every row is good.

Run as:  WERKZEUG=… python3 make_users.py      (writes beside this script)

Debian packages: python3-django python3-passlib python3-argon2 python3-bcrypt python3-cryptography python3-phonenumbers.
WERKZEUG names a checkout of pallets/werkzeug 3.1.8. Everything is drawn from one seed and every salt is passed in, so
two runs with the same library versions write the same bytes.
"""
import base64
import csv
import hashlib
import importlib.util
import json
import os
import random
import re
import string
import unicodedata
import uuid
from datetime import datetime, timedelta, timezone

import argon2
import bcrypt
import phonenumbers
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from passlib import hash as pl

HERE = os.path.dirname(os.path.abspath(__file__))
USERS = 320
rng = random.Random("carryover sample users")

# Names by locale, with a Latin spelling where the script is another.
NAMES = {
    "en-US": "Ada Grace Walter Nora Felix June Theo Mabel / Ashdown Bellweather O'Quill Thistle Farrow-Lane Hartnoll McTavern Oakhurst",
    "fr-FR": "Zoé Anaïs François Éloïse Gaël Maëlle Benoît Thérèse / Lefèvre Beaupré Château D'Orval Gâtinais Sauvé Crépin Noël-Fontaine",
    "de-DE": "Jürgen Käthe Björn Grete Götz Ännchen Uwe Sören / Müllershausen Weiß Großkopf Böhmig Schäferling Kühnast Brückner Zöllig",
    "es-MX": "Íñigo Begoña José Lucía Ramón Mónica Ángel Inés / Peñalba Muñozca Ibáñeta Güell Cañizal Zúñigo Yáñerez Córdobal",
    "pt-BR": "João Conceição Antônio Luísa Caetana Graça Simão Inácio / Assunção Guimarãenses Brandãozi Gonçalvim Araújal Sequeirão Leitãozo Mourãoz",
    "pl-PL": "Łukasz Żaneta Świętosław Małgorzata Wojciech Grażyna Zdzisław Bożena / Wiśniowicz Źrebiec Dąbrowszczak Łęcki Śliwowy Ćwikła Gołąbek Żurawin",
    "cs-CZ": "Jiří Žofie Řehoř Anežka Matěj Šárka Ondřej Květa / Dvořáčný Růžičkář Čermákov Šťastňák Žižlavský Hřebíček Křenovský Nováčný",
    "tr-TR": "İpek Çağrı Şule Gökçe Işıl Ömer Ülkü Uğur / Yıldızlı Öztürkmen Çelikbaş Güneşli Şahinbey Kılıçer Aydınlar Doğanay",
    "vi-VN": "Thảo Dũng Hương Quỳnh Đức Nhật Mỹ Vũ / Nguyễn Trần Đặng Phạm Bùi Hoàng Võ Lý",
    "is-IS": "Þórdís Ægir Björk Guðrún Óðinn Sigríður Ívar Þorgeir / Ægisdóttir Þórsson Hallgrímsdóttir Óskarsson Ívarsdóttir Eiðsson Úlfsdóttir Áskelsson",
    "el-GR": "Ελένη:Eleni Νίκος:Nikos Ιφιγένεια:Ifigeneia Θάλεια:Thaleia Ορέστης:Orestis Φοίβος:Foivos / Παπαλόγου:Papalogou Ξυλούρης:Xylouris Θαλασσινός:Thalassinos Ελαιώνας:Elaionas Ροδίτης:Roditis",
    "ru-RU": "Алёна:Alyona Фёдор:Fyodor Юлия:Yuliya Ждан:Zhdan Любава:Lyubava Щукарь:Shchukar / Берёзкина:Beryozkina Щеглов:Shcheglov Подъячев:Podyachev Цветков:Tsvetkov Ёлкина:Yolkina",
    "uk-UA": "Їжак:Yizhak Оксана:Oksana Ґалаґан:Galagan Соломія:Solomiya Юрій:Yuriy / Підгірний:Pidhirnyi Їжакевич:Yizhakevych Ялинка:Yalynka Ґудзик:Gudzyk",
    "ar-EG": "ليلى:Layla يوسف:Yusuf نور:Nour سلمى:Salma كريم:Karim هدى:Huda / البستاني:Albustani النجار:Alnajjar الزيتوني:Alzaytouni الصياد:Alsayyad الحداد:Alhaddad",
    "he-IL": "נועה:Noa איתן:Eitan תמר:Tamar יונתן:Yonatan שירה:Shira אורי:Uri / אלון:Alon ברוש:Brosh תפוחי:Tapuchi הרדוף:Harduf גפן:Gefen",
    "hi-IN": "आशा:Asha रोहन:Rohan मीरा:Mira अर्जुन:Arjun काव्या:Kavya विवेक:Vivek / शर्मन:Sharman पर्वत:Parvat कमलेश:Kamlesh सागर:Sagar चन्दन:Chandan",
    "zh-Hans-CN": "晓明:Xiaoming 思远:Siyuan 雨桐:Yutong 梓涵:Zihan 静怡:Jingyi 国栋:Guodong / 竹:Zhu 欧阳:Ouyang 上官:Shangguan 松:Song 柳:Liu",
    "zh-Hant-TW": "淑芬:Shufen 志豪:Zhihao 雅婷:Yating 冠宇:Guanyu 怡君:Yijun / 龍:Long 葉:Ye 溫:Wen 嚴:Yan 蕭:Xiao",
    "ja-JP": "さくら:Sakura 健太:Kenta 美咲:Misaki ハルト:Haruto 結衣:Yui 蓮:Ren / 竹林:Takebayashi 雪野:Yukino 海原:Unabara 桜庭:Sakuraba 渡邉:Watanabe",
    "ko-KR": "서연:Seoyeon 민준:Minjun 지우:Jiu 하은:Haeun 도윤:Doyun 예린:Yerin / 솔:Sol 남궁:Namgung 한울:Hanul 바다:Bada 봄:Bom",
    "th-TH": "มะลิ:Mali สมหญิง:Somying ธนา:Thana กมล:Kamon อรุณ:Arun ชบา:Chaba / ดอกไม้:Dokmai ทะเลงาม:Thalengam ภูเขา:Phukhao แม่น้ำ:Maenam สายฝน:Saifon",
}
# Numbers that regulators keep free for films and books, where there are such.
PHONES = ["+1{area}55501{n:02d}", "+442079460{n:03d}", "+336399800{n:02d}", "+331990012{n:02d}", "+4930231251{n:02d}"]
AREAS = ["212", "303", "415", "503", "617", "702", "808", "907"]
DOMAINS = ["example.com", "example.org", "example.net"]
WORDS = "amber birch copper delta ember fennel garnet harbor indigo juniper kestrel lantern maple nectar orchid pebble quartz saffron thistle velvet".split()
COLUMNS = """external_id first_name last_name username email_address phone_number web3_wallet password password_digest password_hasher
skip_password_checks skip_password_requirement totp_secret backup_codes public_metadata private_metadata unsafe_metadata created_at
legal_accepted_at skip_legal_checks locale delete_self_enabled create_organization_enabled create_organizations_limit
email_address_identification_status bypass_client_trust banned locked""".split()
SIGNER_KEY = base64.b64encode(rng.randbytes(64)).decode()


# From the alphabet of base64 to that of bcrypt.
ALPHANUMERIC = string.ascii_uppercase + string.ascii_lowercase + string.digits
BCRYPT_ALPHABET = str.maketrans(ALPHANUMERIC + "+/", "./" + ALPHANUMERIC)


class Raw(str):
    """JSON text that must reach the file to the digit."""


# --- passwords ---


def word_salt(size):
    return "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789") for _ in range(size))


def bcrypt_digest(password, version="2b", cost=4):
    salt = base64.b64encode(rng.randbytes(16)).decode().rstrip("=").translate(BCRYPT_ALPHABET)
    digest = bcrypt.hashpw(password.encode(), f"$2b${cost:02d}${salt}".encode()).decode()
    return f"${version}${digest[4:]}"


def argon2_digest(kind):
    def digest(password):
        return argon2.low_level.hash_secret(password.encode(), rng.randbytes(16), 2, rng.choice([256, 1024]), 1, 32, kind).decode()

    return digest


def django_digests():
    settings.configure()
    from django.contrib.auth import hashers

    pbkdf2, sha = hashers.PBKDF2PasswordHasher(), hashers.BCryptSHA256PasswordHasher()

    def bcrypt_sha256(password):
        salt = bcrypt_digest("")[:29].encode()
        return sha.encode(password, salt)

    return lambda password: pbkdf2.encode(password, word_salt(22), rng.choice([10000, 12000])), bcrypt_sha256


def werkzeug_digest():
    spec = importlib.util.spec_from_file_location("security", os.path.join(os.environ["WERKZEUG"], "src/werkzeug/security.py"))
    security = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(security)

    def digest(password):
        salt = word_salt(16)
        key, method = security._hash_internal("scrypt:32768:8:1", salt, password)
        return f"{method}${salt}${key}"

    return digest


def firebase_digest(password):
    salt = rng.randbytes(10)
    key = hashlib.scrypt(password.encode(), salt=salt + b"\x07", n=1 << 11, r=8, p=1, maxmem=1 << 26, dklen=32)
    cipher = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
    encrypted = base64.b64encode(cipher.update(base64.b64decode(SIGNER_KEY))).decode()
    return "$".join([encrypted, base64.b64encode(salt).decode(), SIGNER_KEY, "Bw==", "8", "11"])


def symfony_digest(password):
    """Symfony's MessageDigestPasswordHasher, written out."""
    salt = word_salt(31).lower()
    merged = f"{password}{{{salt}}}".encode()
    digest = hashlib.sha512(merged).digest()
    for _ in range(4999):
        digest = hashlib.sha512(digest + merged).digest()
    return f"sha512_symfony$5000${salt}${base64.b64encode(digest).decode()}"


def pbkdf2_sha512_digest(password):
    salt = word_salt(16)
    return f"pbkdf2_sha512$10000${salt}${hashlib.pbkdf2_hmac('sha512', password.encode(), salt.encode(), 10000).hex()}"


def digests():
    """A function from password to digest for each hasher, by the library that writes it."""
    django_pbkdf2, django_bcrypt = django_digests()
    return {
        "bcrypt": lambda password: bcrypt_digest(password, rng.choice(["2a", "2b", "2y"]), rng.choice([4, 4, 5, 10])),
        "argon2id": argon2_digest(argon2.low_level.Type.ID),
        "pbkdf2_sha256_django": django_pbkdf2,
        "scrypt_werkzeug": werkzeug_digest(),
        "phpass": lambda password: pl.phpass.using(salt=word_salt(8), rounds=13).hash(password),
        "scrypt_firebase": firebase_digest,
        "bcrypt_sha256_django": django_bcrypt,
        "argon2i": argon2_digest(argon2.low_level.Type.I),
        "ldap_ssha": lambda password: pl.ldap_salted_sha1.using(salt=rng.randbytes(8)).hash(password),
        "sha512_symfony": symfony_digest,
        "pbkdf2_sha512": pbkdf2_sha512_digest,
        "sha256": lambda password: hashlib.sha256(password.encode()).hexdigest(),
        "md5": lambda password: hashlib.md5(password.encode()).hexdigest(),
    }


def make_password(i):
    password = "-".join(rng.sample(WORDS, 2)) + f"-{rng.randrange(100, 1000)}"
    return f"{rng.choice(['żółć', 'Ωμέγα', 'снег', '雪', '🔑'])} {password}" if i % 11 == 5 else password


# --- people ---


def latin(text):
    text = text.replace("ł", "l").replace("Ł", "L").replace("đ", "d").replace("Đ", "D").replace("ß", "ss").replace("ı", "i")
    text = text.replace("Þ", "Th").replace("þ", "th").replace("ð", "d").replace("Æ", "Ae").replace("æ", "ae").replace("ö", "oe")
    text = unicodedata.normalize("NFD", text)
    return re.sub("[^a-z]", "", text.encode("ascii", "ignore").decode().lower())


def names(locale):
    first, last = (half.split() for half in NAMES[locale].split(" / "))
    picked = [rng.choice(first), rng.choice(last)]
    native = [name.split(":")[0] for name in picked]
    return native, [latin(name.split(":")[-1]) for name in picked]


def phone_numbers():
    """Every valid number of the patterns, in an order of its own, once."""
    seen = set()
    for n in range(1000):
        for pattern in PHONES:
            if n >= 100 and ":02d" in pattern:
                continue
            number = pattern.format(n=n, area=rng.choice(AREAS))
            if number not in seen and phonenumbers.is_valid_number(phonenumbers.parse(number)):
                seen.add(number)
                yield number


def moment(first, last):
    """An RFC 3339 time between two years, in one of the spellings that databases write."""
    start, end = datetime(first, 1, 1, tzinfo=timezone.utc), datetime(last, 1, 1, tzinfo=timezone.utc)
    when = start + timedelta(seconds=rng.randrange(int((end - start).total_seconds())))
    text = when.strftime("%Y-%m-%dT%H:%M:%S")
    zone = rng.choice(["Z", "Z", "+00:00", "+02:00", "-07:00", "+05:30"])
    return text + rng.choice(["", f".{rng.randrange(1000):03d}", f".{rng.randrange(10**6):06d}"]) + zone


def external_id(i):
    return [
        f"legacy-{100000 + i}",
        str(7000000 + i),
        str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        f"auth0|{rng.getrandbits(96):024x}",
        f"crm:{i:05d}/eu",
    ][i % 5]


def public_metadata(i, locale):
    data = {"plan": rng.choice(["free", "team", "enterprise"]), "legacy_id": 2**53 + 1 + i * 1000003}
    if i % 3 == 0:
        data["roles"] = rng.sample(["admin", "editor", "viewer", "billing"], 2)
    if i % 7 == 0:
        data["motto"] = f'{names(locale)[0][0]} says: "left, right", then\nstops — 🌍'
    if i % 10 == 0:
        data["limits"] = {"seats": i, "price": Raw(f"{i}.50"), "ratio": Raw("1e-3"), "nested": {"deep": [[1, 2], [], {"ok": True}]}}
    return data


def private_metadata(i):
    if i % 160 == 33:  # about 6 KB: large, and below Clerk's 8 KB
        return {"history": [{"at": moment(2012, 2020), "event": rng.choice(WORDS), "ip": f"192.0.2.{n % 256}"} for n in range(72)]}
    return {
        "ledger": {"account": Raw("9223372036854775807"), "balance": Raw(f"-{i}.00"), "tags": [None, "a|b", "c,d"]},
        "source": {"system": "legacy", "shard": i % 8},
    }


def make_user(i, hashers, phones, counts):
    """User i, with only the columns that it fills, and its password."""
    locale = list(NAMES)[i % len(NAMES)]
    native, plain = names(locale)
    user = {"external_id": external_id(i), "first_name": native[0], "last_name": native[1]}
    handle = f"{plain[0]}{rng.choice(['_', '-', ''])}{plain[1]}{i}"[-40:]
    if i % 10 != 3:
        user["username"] = handle
    if i % 16 != 9:
        user["email_address"] = [f"{plain[0]}{rng.choice(['.', '_', ''])}{plain[1]}{i}{rng.choice(['', '', '', '+news'])}@{DOMAINS[i % 3]}"]
        if i % 12 == 1:
            user["email_address"].append(f"{handle}@{DOMAINS[(i + 1) % 3]}")
            user["email_address_identification_status"] = ["verified"] * 2
    if i % 4 == 1 or "email_address" not in user:
        user["phone_number"] = [next(phones)] + ([next(phones)] if i % 40 == 1 else [])
    if i % 80 == 17:
        user["web3_wallet"] = [f"0x{rng.getrandbits(160):040x}"]
    password = None
    if i % 15 == 4 and "email_address" in user:
        user["skip_password_requirement"] = True
    elif i % 50 == 7:
        user["password"] = password = make_password(i)
        user["skip_password_checks"] = True
    else:
        password = make_password(i)
        user["password_hasher"] = list(hashers)[counts["digest"] % len(hashers)]
        user["password_digest"] = hashers[user["password_hasher"]](password)
        counts["digest"] += 1
    if i % 5 == 2:
        user["totp_secret"] = base64.b32encode(rng.randbytes(rng.choice([10, 20]))).decode()
        codes = [f"{rng.randrange(10**8):08d}" if i % 2 else word_salt(10).lower() for _ in range(rng.choice([1, 4, 6]))]
        user["backup_codes"] = [bcrypt_digest(code) for code in codes[:3]] if i % 3 == 0 else codes
    user["public_metadata"] = public_metadata(i, locale)
    if i % 4 == 1:
        user["private_metadata"] = private_metadata(i)
    if i % 6 == 0:
        user["unsafe_metadata"] = {"theme": rng.choice(["dark", "light"]), "bio": " ".join(names(locale)[0]), "onboarded": bool(i % 4)}
    user["created_at"] = moment(2009, 2020)
    user.update({"legal_accepted_at": moment(2020, 2025)} if i % 5 else {"skip_legal_checks": True})
    user["locale"] = locale
    for name, every in [("delete_self_enabled", 3), ("create_organization_enabled", 8), ("bypass_client_trust", 2)]:
        if i % every == 1:
            user[name] = bool(rng.getrandbits(1))
    if i % 8 == 1:
        user["create_organizations_limit"] = rng.choice([0, 1, 5, 100])
    if i % 100 == 60:
        user["banned" if i % 200 == 60 else "locked"] = True
    return user, password


# --- files ---


def as_json(value, **how):
    """JSON text of a value, with each Raw number written as it is."""

    def mark(v):
        if isinstance(v, dict):
            return {k: mark(x) for k, x in v.items()}
        if isinstance(v, list):
            return [mark(x) for x in v]
        return f"\ue000{v}\ue001" if isinstance(v, Raw) else v

    return re.sub('"\ue000(.*?)\ue001"', r"\1", json.dumps(mark(value), ensure_ascii=False, **how))


def cell(i, name, value):
    """A value as a CSV cell, in every spelling that the documentation allows."""
    if isinstance(value, bool):
        return ["true", "1", "yes", "t"][i % 4] if value else ["false", "0", "no", "f"][i % 4]
    if isinstance(value, list):
        return [as_json(value), ",".join(value), "|".join(value)][i % 3]
    if isinstance(value, dict):
        return as_json(value, indent=2) if i % 9 == 0 else as_json(value, separators=(",", ":"))
    return str(value)


def main():
    hashers, phones, counts = digests(), phone_numbers(), {"digest": 0}
    users, accounts, covered = [], [], {}
    for i in range(USERS):
        user, password = make_user(i, hashers, phones, counts)
        users.append(user)
        kind = user.get("password_hasher", "password")
        if password and covered.setdefault(kind, 0) < 3:
            covered[kind] += 1
            accounts.append((user["external_id"], password))
    with open(os.path.join(HERE, "users.csv"), "w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows([cell(i, name, user[name]) if name in user else "" for name in COLUMNS] for i, user in enumerate(users))
    with open(os.path.join(HERE, "users.jsonl"), "w", encoding="utf-8") as out:
        for user in users:
            out.write(as_json({name: user[name] for name in COLUMNS if name in user}, separators=(",", ":")) + "\n")
    with open(os.path.join(HERE, "accounts.csv"), "w", newline="", encoding="utf-8") as out:
        csv.writer(out, lineterminator="\n").writerows([("key", "password"), *accounts])


if __name__ == "__main__":
    main()
