"""Made-up people for the sample exports, and what the scripts beside the samples share.

Import it from a script in a folder below; nothing here needs more than Python 3. Everything is drawn from one seed, so
the people are the same in every sample: person(3) has the same name, address and password in all of them.
"""
import csv
import json
import os
import random
from datetime import datetime, timedelta, timezone

HERE = os.path.dirname(os.path.abspath(__file__))

# First name, last name, handle: ASCII letters for addresses and user names.
NAMES = """
Ada|Bellweather|ada.bellweather
Jürgen|Weiß|juergen.weiss
Łucja|Źrebiec|lucja.zrebiec
Zoé|D'Orval|zoe.dorval
Íñigo|Peñalba|inigo.penalba
さくら|竹林|sakura.takebayashi
Ελένη|Παπαλόγου|eleni.papalogou
Фёдор|Щеглов|fyodor.shcheglov
نور|البستاني|nour.albustani
Thảo|Nguyễn|thao.nguyen
Conceição|Assunção|conceicao.assuncao
Þórdís|Ægisdóttir|thordis.aegisdottir
Işıl|Öztürkmen|isil.ozturkmen
Řehoř|Čermákov|rehor.cermakov
思远|欧阳|siyuan.ouyang
서연|남궁|seoyeon.namgung
तारा|पर्वत|tara.parvat
תמר|אלון|tamar.alon
Оксана|Ґудзик|oksana.gudzyk
มะลิ|ทะเลงาม|mali.thalengam
Anne-Marie|Farrow-Lane|annemarie.farrowlane
Siân|O'Quill|sian.oquill
Bo|Ek|bo.ek
Mabel|van der Thistle|mabel.thistle
Käthe|Großkopf|kaethe.grosskopf
Theo|Hartnoll|theo.hartnoll
Grace|McTavern|grace.mctavern
Éloïse|Noël-Fontaine|eloise.noelfontaine
June|Ashdown|june.ashdown
Walter|Oakhurst|walter.oakhurst
Nora|Sauvé|nora.sauve
Felix|Brückner|felix.brueckner
""".split("\n")[1:-1]
# Numbers that regulators keep free for films and books, each valid for libphonenumber.
PHONES = [f"+1{area}55501{n:02d}" for n, area in enumerate([212, 303, 415, 503, 617, 702, 808, 907] * 4)]
PHONES[1::4] = [f"+442079460{n:03d}" for n in range(101, 109)]
PHONES[2::8] = ["+493023125101", "+493023125122", "+493023125143", "+493023125164"]
DOMAINS = ["example.com", "example.org", "example.net"]
WORDS = "amber birch copper delta ember fennel garnet harbor indigo juniper kestrel lantern maple nectar orchid pebble quartz saffron thistle velvet".split()


class Person:
    """One of the people. Times are UTC, to the microsecond."""

    def __init__(self, n):
        rng = random.Random(f"carryover exports {n}")
        self.n = n
        self.first, self.last, self.handle = NAMES[n].split("|")
        self.name = f"{self.first} {self.last}"
        self.email = f"{self.handle}@{DOMAINS[n % 3]}"
        self.username = self.handle.replace(".", "_")
        self.phone = PHONES[n]
        self.password = "-".join(rng.sample(WORDS, 2)) + f"-{rng.randrange(100, 1000)}"
        if n % 8 == 5:
            self.password = rng.choice(["żółć", "снег", "雪", "Größe"]) + " " + self.password
        start = datetime(2015, 1, 1, tzinfo=timezone.utc)
        self.created = start + timedelta(microseconds=rng.randrange(9 * 365 * 86400 * 10**6))
        self.seen = self.created + timedelta(microseconds=rng.randrange(400 * 86400 * 10**6))


def person(n):
    return Person(n)


class Draw:
    """Random values of one sample, the same in every run."""

    def __init__(self, name):
        self.rng = random.Random(f"carryover exports {name}")

    def bytes(self, size):
        return self.rng.randbytes(size)

    def hex(self, size):
        return self.bytes(size).hex()

    def text(self, size, alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"):
        return "".join(self.rng.choice(alphabet) for _ in range(size))

    def base32(self, size):
        return self.text(size, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")

    def uuid(self):
        h = self.hex(16)
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{'89ab'[int(h[16], 16) % 4]}{h[17:20]}-{h[20:]}"

    def bcrypt_salt(self, cost, version="2b"):
        """A salt as bcrypt writes it; its last character holds two bits."""
        return f"${version}${cost:02d}$" + self.text(21, "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") + self.rng.choice(".Oeu")


def z(when, digits=3):
    """RFC 3339 in UTC with so many digits after the second."""
    text = when.strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{when.microsecond:06d}"[: digits + 1] if digits else "") + "Z"


def millis(when):
    return int(when.timestamp() * 1000)


def write_csv(path, rows, columns=None, header=True, **how):
    """Rows of a list of dicts; a missing or None cell is empty."""
    columns = columns or list(rows[0])
    how = {"lineterminator": "\n", **how}
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, **how)
        if header:
            out.writerow(columns)
        for row in rows:
            out.writerow(["" if row.get(name) is None else row[name] for name in columns])


def write_php_my_admin(path, rows, columns):
    """phpMyAdmin's CSV with column names: every value in quotes, NULL without."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(columns)
        for row in rows:
            file.write(",".join("NULL" if row.get(name) is None else '"' + str(row[name]).replace('"', '""') + '"' for name in columns) + "\n")


def write_json(path, value, indent=2):
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")


def write_ndjson(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def write_accounts(path, accounts):
    """Accounts: tuples of key, password and, where there is one that can move, the TOTP secret in base32."""
    with_totp = any(len(account) > 2 for account in accounts)
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["key", "password"] + ["totp_secret"] * with_totp)
        for account in accounts:
            out.writerow(list(account) + [""] * (2 + with_totp - len(account)))


def write_notes(path, notes):
    with open(path, "w", encoding="utf-8") as file:
        file.write("key\tfield\teffect\twhy\n" + "".join("\t".join(note) + "\n" for note in notes))


def write_expect(path, rows):
    """Rows: the number of the record (the first is 1), the column or path in the export, what is wrong."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("row\tfield\twhat is wrong\n")
        for row in rows:
            file.write("\t".join(str(cell) for cell in row) + "\n")


class Sample:
    """Collects what stands beside an export and writes it: accounts.csv, digests.csv, notes.tsv and broken.expect.tsv."""

    def __init__(self, script):
        self.folder = os.path.dirname(os.path.abspath(script))
        self.draw = Draw(os.path.basename(self.folder))
        self.accounts, self.digests, self.notes, self.expect = [], [], [], []

    def path(self, name):
        return os.path.join(self.folder, name)

    def sign_in(self, key, password, totp=None):
        """A user whose real password (and TOTP secret) must work after the migration."""
        self.accounts.append((key, password) + ((totp,) if totp else ()))

    def digest(self, key, kind, hasher, digest, password):
        """What the digest of this user must become: Clerk's hasher and form."""
        self.digests.append({"key": key, "kind": kind, "password_hasher": hasher, "password_digest": digest, "password": password})

    def note(self, key, field, effect, why):
        """A good row that does not move as a whole. README.md says what the effects are."""
        self.notes.append((key, field, effect, why))

    def broken(self, records):
        """The records of the broken file, given as tuples of record, column and what is wrong, or None for a good one."""
        self.expect = [(row, field, wrong) for row, (_, field, wrong) in enumerate(records, 1) if wrong]
        return [record for record, _, _ in records]

    def notes_on(self, key, notes):
        """Several notes; key gives the id of the n-th user."""
        for n, *note in notes:
            self.note(key(n), *note)

    def write(self):
        out = {key for key, _, effect, _ in self.notes if effect in ("unverified_only", "dropped", "banned")}
        self.accounts = [account for account in self.accounts if account[0] not in out]
        proved = {account[0] for account in self.accounts}
        for kind in sorted({d["kind"] for d in self.digests} - {d["kind"] for d in self.digests if d["key"] in proved}):
            print(f"{os.path.basename(self.folder)}: nobody in accounts.csv has a digest of the kind {kind}")
        write_accounts(self.path("accounts.csv"), self.accounts)
        write_csv(self.path("digests.csv"), self.digests, ["key", "kind", "password_hasher", "password_digest", "password"])
        write_notes(self.path("notes.tsv"), self.notes)
        write_expect(self.path("broken.expect.tsv"), self.expect)
