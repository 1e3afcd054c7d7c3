#!/usr/bin/env python3
"""Write malformed/: the files that exports get wrong, one case a file. malformed/expect.tsv says what must come of each.

Run as:  python3 make_malformed.py      (writes beside this script; needs nothing but Python)

A name begins with the number of its case: C is CSV, J JSON Lines, S what a sound file says wrongly, G compressed files.
A letter behind the number is another side of the same case. Ada and Zoe are good wherever they stand; what is odd stands
between them. Every secret cell holds the word hunter2, which no message may repeat. Cases that are too large for a
repository are made by the tests.
"""
import gzip
import io
import os
import unicodedata
import zipfile

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "malformed")
KEEP = {"expect.tsv", "sent.tsv"}  # written by people
FILES = {}

HEAD = "external_id,email_address,first_name,password\n"
ADA = "u1,ada@example.com,Ada,hunter2-ada-1\n"
BOB = "u2,bob@example.com,Bob,hunter2-bob-2\n"
ZOE = "u9,zoe@example.com,Zoë,hunter2-zoe-9\n"
ALL = HEAD + ADA + ZOE
BOM = "\ufeff"

J_ADA = '{"external_id":"u1","email_address":["ada@example.com"],"first_name":"Ada","password":"hunter2-ada-1"}\n'
J_BOB = '{"external_id":"u2","email_address":["bob@example.com"],"first_name":"Bob","password":"hunter2-bob-2"}\n'
J_ZOE = '{"external_id":"u9","email_address":["zoe@example.com"],"first_name":"Zoë","password":"hunter2-zoe-9"}\n'

# The shape of a bcrypt digest: 22 characters of salt, 31 of hash, the last bit of each zero.
BCRYPT = "$2b$04$" + "hunter2" * 3 + "u" + "hunter2" * 4 + "hu" + "u"


def file(name, content):
    FILES[name] = content if isinstance(content, bytes) else content.encode()


def between(*rows, head=HEAD, ada=ADA, zoe=ZOE):
    """A CSV file with rows between Ada and Zoe. Bytes are taken as they are."""
    return b"".join(r if isinstance(r, bytes) else r.encode() for r in (head, ada, *rows, zoe))


def lines(*records):
    """A JSON Lines file with records between Ada and Zoe."""
    return b"".join(r if isinstance(r, bytes) else r.encode() for r in (J_ADA, *(r if isinstance(r, bytes) else r + "\n" for r in records), J_ZOE))


def extended(column, *rows):
    """A CSV file with one more column, which Ada and Zoe leave empty."""
    return between(*rows, head=HEAD[:-1] + f",{column}\n", ada=ADA[:-1] + ",\n", zoe=ZOE[:-1] + ",\n")


def csv_files():
    file("C01-empty.csv", "")
    file("C02-only-bom.csv", BOM)
    file("C03-header-only.csv", HEAD)
    file("C04-no-header.csv", ADA + ZOE)
    file("C04b-no-header-but-a-known-word.csv", "u1,ada@example.com,Locale,hunter2-ada-1\n" + ZOE)
    file("C05-bom.csv", BOM + ALL)
    file("C06-bom-quoted-header.csv", BOM + '"external_id","email_address","first_name","password"\n' + ADA + ZOE)
    file("C07-utf16le.csv", (BOM + ALL).encode("utf-16-le"))
    file("C08-utf16be.csv", (BOM + ALL).encode("utf-16-be"))
    file("C09-utf32.csv", ALL.encode("utf-32-le"))
    file("C10-latin1.csv", (HEAD + ADA + "u2,bob@example.com,Rübe,hunter2-bob-2\n" + ZOE).encode("latin-1"))
    file("C11-invalid-utf8-in-a-key.csv", between(b"u\xff2,bob@example.com,Bob,hunter2-bob-2\n"))
    file("C12-nul.csv", between("u2,bob@example.com,B\0b,hunter2-bob-2\n"))
    file("C13-cr-only.csv", ALL.replace("\n", "\r"))
    file("C14-crlf.csv", ALL.replace("\n", "\r\n"))
    file("C15-mixed-ends.csv", between(BOB.replace("\n", "\r\n")))
    file("C15b-stray-cr.csv", between("u2,bob@example.com,Bo\rb,hunter2-bob-2\n"))
    file("C16-no-final-newline.csv", ALL[:-1])
    file("C17-blank-lines.csv", "\n" + HEAD + "\n\r\n" + ADA + "\n" + ZOE + "\n\n")
    file("C17b-blank-lines-above-a-bad-row.csv", HEAD + "\n\n" + ADA + "\nu2,bob at example.com,Bob,hunter2-bob-2\n" + ZOE)
    file("C18-whitespace-line.csv", between(" \t \n"))
    file("C18b-only-delimiters.csv", between(",,,\n"))
    file("C19-semicolons.csv", ALL.replace(",", ";"))
    file("C20-tabs.csv", ALL.replace(",", "\t"))
    file("C21-pipes.csv", ALL.replace(",", "|"))
    file("C22-short-row.csv", between("u2,bob@example.com\n"))
    file("C22b-cut-off.csv", HEAD + ADA + BOB[:20])
    file("C23-long-row.csv", between("u2,bob@example.com,Bob, Jr.,hunter2-bob-2\n"))
    file("C24-duplicate-header.csv", between(head="external_id,email_address,email_address,password\n"))
    file("C25-duplicate-header-by-case.csv", between(head="external_id,email_address,Email_Address,password\n"))
    file("C26-unknown-header.csv", ALL.replace("first_name", "shoe_size"))
    file("C27-empty-header-cell.csv", ",external_id,email_address\n0,u1,ada@example.com\n1,u9,zoe@example.com\n")
    file("C27b-empty-last-columns.csv", "".join(line + ",,\n" for line in ALL.splitlines()))
    file("C27c-value-under-an-empty-header.csv", between(BOB[:-1] + ",surplus\n", head=HEAD[:-1] + ",\n", ada=ADA[:-1] + ",\n", zoe=ZOE[:-1] + ",\n"))
    file("C28-odd-header.csv", " External ID ,\u200bE-mail Address,first-name\u00a0,passWord\n".replace("E-mail", "email") + ADA + ZOE)
    file("C29-no-key-column.csv", "email_address,first_name,password\nada@example.com,Ada,hunter2-ada-1\nzoe@example.com,Zoë,hunter2-zoe-9\n")
    file("C30-bare-quote.csv", between('u2,bob@example.com,Bob "Bo" Beam,hunter2-bob-2\n'))
    file("C30b-bare-quote-doubtful.csv", between('u2,bob@example.com,6" pipe, hunter2-bob-2, x\n'))
    file("C31-unterminated-quote.csv", between('u2,bob@example.com,"Bob,hunter2-bob-2\n'))
    many = [f"m{i},m{i}@example.com,Mo,hunter2-mo-{i}\n" for i in range(120)]
    many[9], many[110] = many[9].replace(",Mo,", ',"Mo,'), many[110].replace(",Mo,", ',Mo",')
    file("C32-two-stray-quotes.csv", between(*many))
    file("C32b-two-stray-quotes-nearby.csv", between('u2,bob@example.com,"Bob,hunter2-bob-2\n', 'u3,cy@example.com,Cy",hunter2-cy-3\n'))
    file("C33-text-after-quote.csv", between('u2,bob@example.com,"Bob" Beam,hunter2-bob-2\n'))
    file("C34-multi-line-cell.csv", extended("public_metadata", BOB[:-1] + ',"{\n  ""plan"": ""pro"",\n  ""seats"": 3\n}"\n'))
    file("C35-crlf-inside-quotes.csv", between('u2,bob@example.com,Bob,"hunter2\r\nbob-2"\n').replace(b"1\n", b"1\r\n"))
    file("C35b-crlf-inside-a-name.csv", between('u2,bob@example.com,"Bob\r\nBeam",hunter2-bob-2\n'))
    file("C39-header-repeated.csv", between(HEAD))
    file("C39b-header-repeated-behind-a-bom.csv", between(BOM + "externalId,emailAddress,firstName,password\n"))
    file("C39c-another-header.csv", between("external_id,email_address,last_name,password\n", BOB))
    file("C40-sep-line.csv", "sep=;\r\n" + ALL.replace(",", ";"))


def json_files():
    bob = J_BOB[:-1]
    file("J01-empty.jsonl", "")
    file("J02-bom.jsonl", BOM.encode() + lines(bob))
    file("J03-array.jsonl", "[\n" + J_ADA[:-1] + ",\n" + J_ZOE + "]\n")
    file("J03b-array-broken.json", "[\n" + J_ADA[:-1] + ",\n" + bob[:-1] + ",\n" + J_ZOE + "]\n")
    file("J04-pretty-printed.jsonl", "{\n  \"external_id\": \"u1\",\n  \"email_address\": [\"ada@example.com\"],\n  \"password\": \"hunter2-ada-1\"\n}\n")
    file("J04b-pretty-printed-in-the-middle.jsonl", lines('{\n  "external_id": "u2",\n  "password": "hunter2-bob-2"\n}'))
    file("J05-two-objects-on-a-line.jsonl", lines(bob + bob.replace("u2", "u3").replace("bob", "cy")))
    file("J06-trailing-comma.jsonl", lines(bob[:-1] + ",}"))
    file("J07-single-quotes.jsonl", lines(bob.replace('"', "'")))
    file("J08-nan.jsonl", lines(bob[:-1] + ',"create_organizations_limit":NaN}', bob.replace("u2", "u3")[:-1] + ',"create_organizations_limit":-Infinity}'))
    file("J09-comment.jsonl", lines("// " + bob, bob + " # once more"))
    file("J10-cut-off.jsonl", J_ADA + J_ZOE + bob[:70])
    file("J10b-truncated-in-the-middle.jsonl", lines(bob[:-6]))
    file("J11-duplicate-key.jsonl", lines(bob[:-1] + ',"email_address":["bob@example.org"]}'))
    file("J11b-duplicate-key-in-metadata.jsonl", lines(bob[:-1] + ',"public_metadata":{"plan":"pro","plan":"free"}}'))
    file("J12-keys-differing-by-case.jsonl", lines(bob[:-1] + ',"EMAIL_ADDRESS":["bob@example.org"]}', bob.replace("u2", "u3")[:-1] + ',"Team":1,"team":2}'))
    file("J13-unknown-key.jsonl", lines(bob[:-1] + ',"shoe_size":43}'))
    file("J14-null-for-required.jsonl", lines('{"external_id":null,"email_address":null,"first_name":"Bob"}'))
    file("J15-wrong-type.jsonl", lines(bob.replace('"hunter2-bob-2"', '["hunter2-bob-2"]'), bob.replace("u2", "u3").replace('"Bob"', "true")))
    file("J16-number-as-external-id.jsonl", lines(bob.replace('"u2"', "12345678901234567890").replace("bob", "big"), bob.replace('"u2"', "10.0")))
    file("J17-integer-over-2-53.jsonl", lines(bob[:-1] + ',"public_metadata":{"legacy_id":9007199254740993,"price":0.10}}'))
    file("J18-1e400.jsonl", lines(bob[:-1] + ',"public_metadata":{"n":1e400}}', bob.replace('"u2"', "1e400")))
    file("J19-minus-zero.jsonl", lines(bob[:-1] + ',"public_metadata":{"n":-0,"m":-0.0}}'))
    file("J20-lone-surrogate.jsonl", lines(bob.replace('"Bob"', r'"B\ud800b"'), bob.replace("u2", "u3")[:-1] + r',"public_metadata":{"n":"\udfff"}}'))
    file("J20b-surrogate-pair.jsonl", lines(bob.replace('"Bob"', r'"B\ud83d\ude00b"')))
    file("J21-invalid-utf8.jsonl", lines(bob.encode().replace(b'"Bob"', b'"B\xf6b"') + b"\n", bob.encode().replace(b"hunter2-bob-2", b"hunter2-\xff") + b"\n"))
    file("J25-crlf.jsonl", lines(bob).replace(b"\n", b"\r\n"))
    file("J25b-cr-only.jsonl", lines(bob).replace(b"\n", b"\r"))
    file("J26-blank-lines.jsonl", b"\n" + lines("", "  \t", bob, "") + b"\r\n\n")
    file("J26b-blank-lines-above-a-bad-record.jsonl", lines("", bob[:-6]))
    file("J27-not-objects.jsonl", lines('"hunter2"', "7", "null", "true", '["hunter2"]'))
    file("J28-odd-keys.jsonl", lines(bob[:-1] + ',"__proto__":{"banned":true},"":"nothing","public_metadata":{"__proto__":{"a":1},"":2}}'))
    file("J29-bad-line-in-the-middle.jsonl", lines("hunter2 hunter2"))
    file("J30-record-separators.jsonl", "".join("\x1e" + r for r in (J_ADA, '{"external_id":\n"u2",' + bob[20:] + "\n", J_ZOE)))
    file("J31-metadata-over-8-kb.jsonl", lines(bob[:-1] + ',"public_metadata":{"bio":"' + "x" * 8200 + '"}}'))
    file("J31b-metadata-over-8-kb-by-its-escapes.jsonl", lines(bob[:-1] + ',"public_metadata":{"bio":"' + r"\u30b8" * 1500 + '"}}'))
    file("J32-not-rfc3339.jsonl", lines(bob[:-1] + ',"created_at":"2018-04-05 06:07:08"}', bob.replace("u2", "u3")[:-1] + ',"created_at":1522908428}'))


def semantic_files():
    file("S01-same-external-id.csv", between("u1,bob@example.com,Bob,hunter2-bob-2\n"))
    file("S02-same-email.csv", between("u2,ada@example.com,Bob,hunter2-bob-2\n"))
    file("S03-same-email-by-case.csv", between("u2,ADA@Example.com,Bob,hunter2-bob-2\n"))
    file("S04-idn-email.csv", between("u2,bob@bücher.example.org,Bob,hunter2-bob-2\n"))
    file("S04b-same-email-by-idn.csv", between("u2,bob@bücher.example.org,Bob,hunter2-bob-2\n", "u3,bob@xn--bcher-kva.example.org,Bob,hunter2-bob-3\n"))
    file("S05-phone-not-e164.csv", extended("phone_number", BOB[:-1] + ",(212) 555-0199\n"))
    file("S06-external-id-minus.csv", between(BOB.replace("u2", "-2")))
    file("S07-external-id-plus.csv", between(BOB.replace("u2", "+2")))
    file("S08-external-id-comma.csv", between(BOB.replace("u2", '"Bob,2"')))
    file("S09-external-id-length.csv", between(*(f"{'é' * (n // 2)}{'x' * (n % 2)},n{n}@example.com,Bob,hunter2-bob-2\n" for n in (255, 256, 1000))))
    nfc, nfd = unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é")
    file("S10-nfc-nfd-twins.csv", between(f"ren{nfc},bob@example.com,Bob,hunter2-bob-2\n", f"ren{nfd},cy@example.com,Cy,hunter2-cy-3\n"))
    file("S10b-nfc-nfd-same-email.csv", between(f"u2,ren{nfc}@example.com,Bob,hunter2-bob-2\n", f"u3,ren{nfd}@example.com,Bob,hunter2-bob-3\n"))
    file("S11-external-id-trailing-space.csv", between(BOB.replace("u2", "u2 "), BOB.replace("u2", "u3\u00a0").replace("bob@", "cy@")))
    file("S11b-other-trailing-spaces.csv", between("u2,bob@example.com ,Bob,hunter2-bob-2 \n"))
    digests = "external_id,email_address,first_name,password,password_digest,password_hasher\n"
    ada, zoe = ADA[:-1] + ",,\n", ZOE[:-1] + ",,\n"
    bob = "u2,bob@example.com,Bob,"
    file("S12-digest-without-hasher.csv", between(bob + f",{BCRYPT},\n", head=digests, ada=ada, zoe=zoe))
    file("S13-hasher-unknown.csv", between(bob + f",{BCRYPT},bcrypt9\n", head=digests, ada=ada, zoe=zoe))
    file("S14-digest-malformed.csv", between(bob + f",{BCRYPT[:-1]},bcrypt\n", head=digests, ada=ada, zoe=zoe))
    file("S15-password-and-digest.csv", between(bob + f"hunter2-bob-2,{BCRYPT},bcrypt\n", head=digests, ada=ada, zoe=zoe))
    file("S16-totp-not-base32.csv", extended("totp_secret", BOB[:-1] + ",HUNTER2-HUNTER1\n"))
    file("S17-created-at-impossible.csv", extended("created_at", BOB[:-1] + ",2999-01-01T00:00:00Z\n", BOB[:-1].replace("u2", "u3") + ",0000-01-01T00:00:00Z\n"))
    file("S18-no-identifier.csv", between(",,Bob,hunter2-bob-2\n"))
    file("S18b-no-identifier-but-a-key.csv", between("u2,,Bob,hunter2-bob-2\n"))
    file("S19-user-of-another-instance.csv", extended("user_id", "u2,,Bob,,user_2abcdefghijklmnopqrstuvwxyz\n"))
    file("S20-names-in-other-scripts.csv", between(BOB.replace("Bob", "مریم‌سا"), BOB.replace("Bob", "👩\u200d👧 🎉").replace("u2,bob", "u3,cy")))
    file("S20b-invisible-in-a-name.csv", between(BOB.replace("Bob", "B\u200bob"), BOB.replace("Bob", "\u202eboB").replace("u2,bob", "u3,cy")))
    file("S20c-invisible-in-an-identifier.csv", between(BOB.replace("u2", BOM + "u2"), BOB.replace("u2,", "u3,\u200b")))


def packed(data):
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as z:
        z.write(data if isinstance(data, bytes) else data.encode())
    return out.getvalue()


def container_files():
    whole = packed(ALL)
    file("G01-gzip.csv.gz", whole)
    file("G02-truncated.csv.gz", whole[:-12])
    file("G03-crc-wrong.csv.gz", whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:])
    file("G04-two-members.csv.gz", packed(HEAD + ADA[:9]) + packed(ADA[9:] + ZOE))
    file("G06-nested.csv.gz.gz", packed(whole))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr(zipfile.ZipInfo("users.csv", (2020, 1, 1, 0, 0, 0)), ALL)
    file("G07-zip.csv.zip", out.getvalue())
    file("G08-plain-text.csv.gz", ALL)


def main():
    csv_files()
    json_files()
    semantic_files()
    container_files()
    os.makedirs(HERE, exist_ok=True)
    for name in set(os.listdir(HERE)) - KEEP - FILES.keys():
        os.remove(os.path.join(HERE, name))
    for name, content in FILES.items():
        with open(os.path.join(HERE, name), "wb") as out:
            out.write(content)


if __name__ == "__main__":
    main()
