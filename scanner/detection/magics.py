"""Signatures, extensions and declared types: the tables that the type sniff reads."""

from functools import lru_cache

# (offset 0 prefix, media type, family). The longest prefix of a first byte stands first.
PREFIXES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png", "image"),
    (b"GIF87a", "image/gif", "image"),
    (b"GIF89a", "image/gif", "image"),
    (b"\xff\xd8\xff", "image/jpeg", "image"),
    (b"BM", "image/bmp", "image"),
    (b"II*\x00", "image/tiff", "image"),
    (b"MM\x00*", "image/tiff", "image"),
    (b"\x00\x00\x01\x00", "image/vnd.microsoft.icon", "image"),
    (b"8BPS", "image/vnd.adobe.photoshop", "image"),
    (b"gimp xcf", "image/x-xcf", "image"),
    (b"%PDF-", "application/pdf", "document"),
    (b"%FDF-", "application/vnd.fdf", "document"),
    (b"{\\rt", "application/rtf", "document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage", "document"),
    (b"ITSF\x03\x00\x00\x00", "application/vnd.ms-htmlhelp", "archive"),
    (b"%!PS", "application/postscript", "document"),
    (b"\xc5\xd0\xd3\xc6", "application/postscript", "document"),  # behind a head for DOS
    (b"\x78\x9f\x3e\x22", "application/vnd.ms-tnef", "document"),
    (b"PK\x03\x04", "application/zip", "archive"),
    (b"PK\x05\x06", "application/zip", "archive"),
    (b"PK\x07\x08", "application/zip", "archive"),
    (b"Rar!\x1a\x07", "application/vnd.rar", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed", "archive"),
    (b"\x1f\x8b", "application/gzip", "archive"),
    (b"\x1f\x9d", "application/x-compress", "archive"),
    (b"BZh", "application/x-bzip2", "archive"),
    (b"\xfd7zXZ\x00", "application/x-xz", "archive"),
    (b"\x5d\x00\x00", "application/x-lzma", "archive"),
    (b"\x28\xb5\x2f\xfd", "application/zstd", "archive"),
    (b"\x04\x22\x4d\x18", "application/x-lz4", "archive"),
    (b"\x02\x21\x4c\x18", "application/x-lz4-legacy", "archive"),
    (b"\xff\x06\0\0sNaPpY", "application/x-snappy-framed", "archive"),
    (b"pbzx", "application/x-pbzx", "archive"),
    (b"PACK\0\0\0", "application/x-git", "archive"),
    (b"Obj\x01", "application/avro", "archive"),
    (b"ORC", "application/vnd.apache.orc", "archive"),
    (b"PAR1", "application/vnd.apache.parquet", "archive"),
    (b"PARE", "application/vnd.apache.parquet", "archive"),
    (b"zlb\x1a", "application/x-inno-chunk", "archive"),
    (b"Inno Setup Setup Data (", "application/x-inno-head", "archive"),
    (b"PYZ\0", "application/x-pyinstaller-modules", "archive"),
    (b"LZIP", "application/x-lzip", "archive"),
    (b"MSCF", "application/vnd.ms-cab-compressed", "archive"),
    (b"ISc(", "application/x-installshield", "archive"),
    (b"!<arch>\n", "application/x-archive", "archive"),
    (b"!<thin>\n", "application/x-archive", "archive"),
    (b"\xed\xab\xee\xdb", "application/x-rpm", "archive"),
    (b"070701", "application/x-cpio", "archive"),
    (b"070702", "application/x-cpio", "archive"),
    (b"070707", "application/x-cpio", "archive"),
    (b"\xc7\x71", "application/x-cpio", "archive"),
    (b"\x71\xc7", "application/x-cpio", "archive"),
    (b"xar!\x00", "application/x-xar", "archive"),
    (b"\x60\xea", "application/x-arj", "archive"),
    (b"SIT!", "application/x-stuffit", "archive"),
    (b"StuffIt", "application/x-stuffit", "archive"),
    (b"ZOO ", "application/x-zoo", "archive"),
    (b"WARC/1.", "application/warc", "archive"),
    (b"\x7fELF", "application/x-elf", "native"),
    (b"MZ", "application/vnd.microsoft.portable-executable", "native"),
    (b"\xca\xfe\xba\xbe", "application/java-vm", "native"),
    (b"\xcf\xfa\xed\xfe", "application/x-mach-binary", "native"),
    (b"\xce\xfa\xed\xfe", "application/x-mach-binary", "native"),
    (b"\xfe\xed\xfa\xce", "application/x-mach-binary", "native"),
    (b"\xfe\xed\xfa\xcf", "application/x-mach-binary", "native"),
    (b"\x00asm", "application/wasm", "native"),
    (b"dex\n", "application/vnd.android.dex", "native"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut", "native"),
    (b"ID3", "audio/mpeg", "audio"),
    (b"\xff\xfb", "audio/mpeg", "audio"),
    (b"\xff\xf3", "audio/mpeg", "audio"),
    (b"fLaC", "audio/flac", "audio"),
    (b"OggS", "audio/ogg", "audio"),
    (b"MThd", "audio/midi", "audio"),
    (b"\x1a\x45\xdf\xa3", "video/x-matroska", "video"),
    (b"FLV\x01", "video/x-flv", "video"),
    (b"\x00\x00\x01\xba", "video/mpeg", "video"),
    (b"\x00\x00\x01\xb3", "video/mpeg", "video"),
    (b"ActiveMime", "application/x-activemime", "document"),
    (b"bplist00", "application/x-bplist", "document"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "application/onenote", "document"),
    (b"ANDROID BACKUP\n", "application/x-android-backup", "archive"),
    (b"\x00" + b"\xff" * 10 + b"\x00", "application/x-cd-image", "archive"),
    (b"FWS", "application/x-shockwave-flash", "document"),
    (b"CWS", "application/x-shockwave-flash", "document"),
    (b"ZWS", "application/x-shockwave-flash", "document"),
    (b"wOFF", "font/woff", "font"),
    (b"wOF2", "font/woff2", "font"),
    (b"\x00\x01\x00\x00\x00", "font/ttf", "font"),
    (b"OTTO\x00", "font/otf", "font"),
    (b"ttcf\x00", "font/collection", "font"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3", "unknown"),
    (b"\x00\x05\x16\x07", "application/x-appledouble", "unknown"),
    (b"\xff\xfe", "text/plain", "text"),
    (b"\xfe\xff", "text/plain", "text"),
    (b"\xef\xbb\xbf", "text/plain", "text"),
)

# Formats that are known and read by nobody here: content in them is not read, and that is told.
UNREAD: tuple[tuple[bytes, str, str], ...] = tuple(
    (magic, f"application/x-{word}", "archive")
    for magic, word in (
        (b"MSWIM\0\0\0", "ms-wim"),
        (b"hsqs", "squashfs"),
        (b"sqsh", "squashfs"),
        (b"\x45\x3d\xcd\x28", "cramfs"),
        (b"\x37\xe4\x53\x96\xc9\xdb\xd6\x07", "zisofs"),
        (b"QFI\xfb", "qcow2"),
        (b"KDMV", "vmdk"),
        (b"vhdxfile", "vhdx"),
        (b"conectix", "vhd"),
        (b"\x89LZO\0", "lzop"),
        (b"LRZI", "lrzip"),
        (b"7kSt", "zpaq"),
        (b"zPQ", "zpaq"),
        (b"SZDD\x88\xf0'3", "ms-compress-szdd"),
        (b"KWAJ\x88\xf0'\xd1", "ms-compress-kwaj"),
        *((bytes([version]) + b"\xb5\x2f\xfd", "zstd-legacy") for version in range(0x22, 0x28)),
        *((magic, "lzfse") for magic in (b"bvx-", b"bvx1", b"bvx2", b"bvxn")),
        *((magic, "apple-archive") for magic in (b"AA01", b"YAA1", b"AEA1")),
        (b"\x1f\x1e", "pack"),
        (b"\x1f\x9f", "freeze"),
        (b"\x1f\xa0", "lzh-sco"),
        (b"EGGA", "egg"),
        (b"!BDN", "ms-outlook-pst"),
        (b"AT&TFORM", "djvu"),
        (b"ALZ\x01", "alz"),
        (b"RE~^", "rar-1"),
        (b"<<< Oracle VM VirtualBox Disk Image >>>", "vdi"),
        (b"XFSB\0\0", "xfs"),
        (b"UBI#", "ubi"),
        (b"\xca\xfe\xd0\x0d", "java-pack200"),
        (b"ITOLITLS", "ms-reader"),
    )
)
# What nobody reads without a key.
SHUT: tuple[tuple[bytes, str, str], ...] = (
    (b"-----BEGIN PGP MESSAGE-----", "application/pgp-encrypted", "archive"),
    (b"age-encryption.org/v1", "application/x-age", "archive"),
    (b"Salted__", "application/x-openssl-encrypted", "archive"),
    (b"LUKS\xba\xbe", "application/x-luks", "archive"),
)
SHUT_TYPES = frozenset(media for _, media, _ in SHUT)
UNREAD_TYPES = frozenset(media for _, media, _ in UNREAD)

_ALL = (*PREFIXES, *UNREAD, *SHUT)
BY_FIRST: dict[int, tuple[tuple[bytes, str, str], ...]] = {
    first: tuple(sorted((row for row in _ALL if row[0][0] == first), key=lambda row: -len(row[0])))
    for first in {row[0][0] for row in _ALL}
}

# The object identifiers that stand at the head of CMS, by what is done to its content.
CMS_SIGNED = bytes.fromhex("06092a864886f70d010702")
CMS_COMPRESSED = bytes.fromhex("060b2a864886f70d0109100109")
CMS_KINDS = (
    CMS_SIGNED,
    CMS_COMPRESSED,
    bytes.fromhex("06092a864886f70d010703"),  # enveloped
    bytes.fromhex("06092a864886f70d010706"),  # encrypted
    bytes.fromhex("060b2a864886f70d0109100117"),  # enveloped and authenticated
)

# Signatures of formats that are opened wherever they stand. Two-byte ones are too common to search for.
EMBEDDED: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"BZh91AY&SY", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"\x04\x22\x4d\x18", "application/x-lz4"),
    (b"MSCF\x00\x00\x00\x00", "application/vnd.ms-cab-compressed"),
    (b"\xed\xab\xee\xdb", "application/x-rpm"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"ustar", "application/x-tar"),
    (b"%PDF-", "application/pdf"),
    (b"LZIP\x01", "application/x-lzip"),
    (b"\x1f\x9d\x90", "application/x-compress"),
    (b"\x02\x21\x4c\x18", "application/x-lz4-legacy"),
    (b"\xff\x06\0\0sNaPpY", "application/x-snappy-framed"),
    (b"xar!\x00", "application/x-xar"),
    (b"PACK\0\0\0", "application/x-git"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"Obj\x01", "application/avro"),
    (b"PAR1", "application/vnd.apache.parquet"),
    (b"\xef\xbe\xad\xdeNullsoftInst", "application/x-nsis"),
    (b"zlb\x1a", "application/x-inno-chunk"),
    (b"Inno Setup Setup Data (", "application/x-inno-head"),
    (b"MEI\x0c\x0b\x0a\x0b\x0e", "application/x-pyinstaller"),
    (b"hsqs", "application/x-squashfs"),
    (b"**ACE**", "application/x-ace"),
    *(
        (b"-%b-" % method, "application/x-lzh-compressed")
        for method in (b"lh1", b"lh4", b"lh5", b"lh6", b"lh7", b"lzs", b"lz5")
    ),
    (b"{\\rtf", "application/rtf"),
)

# Of these, what can be whole without a single NUL.
WITHOUT_NUL: frozenset[bytes] = frozenset(
    {
        b"\x1f\x8b\x08",
        b"\x28\xb5\x2f\xfd",
        b"Rar!\x1a\x07",
        b"\x1f\x9d\x90",
        b"PK\x03\x04",
        b"7z\xbc\xaf\x27\x1c",
        b"BZh91AY&SY",
        b"%PDF-",
        b"{\\rtf",
    }
)

_EXTENSIONS: dict[str, str] = {
    "text": "txt md rst csv tsv log ini cfg conf toml yaml yml json ndjson srt vtt diff patch tex bib po pot",
    "page": "htm html xhtml shtml mht mhtml svg svgz xml xsl xslt wml asp aspx ascx ashx jsp jspx jspf cshtml vue hta",
    "script": (
        "php php3 php4 php5 php7 php8 pht phtml phar phps inc js mjs cjs jse ts tsx jsx vbs vbe wsf wsh ps1 psm1 psd1 "
        "sh bash zsh ksh csh bat cmd py pyw rb pl pm cgi lua tcl asp aspx ascx ashx asa asax cer cdx jsp jspx jspf "
        "jspa jsw jsv cfm cfml cshtml hta scpt applescript awk go rs java c cc cpp h hpp cs kt swift scala groovy"
    ),
    "document": (
        "pdf doc dot docx docm dotx dotm xls xlt xla xlsx xlsm xlsb xltx xltm xlam ppt pps pot pptx pptm potx ppsx "
        "ppsm odt ods odp odg ott ots rtf eml mbox msg epub ipynb one pub vsd vsdx xps oxps swf ps eps emlx p7m p7s fdf"
    ),
    "archive": (
        "zip jar war ear apk aab ipa xpi crx whl egg nupkg docx docm xlsx xlsm xlsb pptx pptm odt ods odp epub tar tgz "
        "tbz tbz2 txz tzst gz bz2 xz lzma zst lz4 lz 7z rar r00 cab msi iso img ar a deb udeb rpm cpio xar pkg chm lzh "
        "lha arj ace z zoo warc uu uue hqx yenc br tlz wim "
        "swm esd dmg vhd vhdx vmdk vdi qcow2 squashfs sqsh snap lzo sz lrz aar xip gpg pgp"
    ),
    "native": "exe dll sys ocx scr com so elf o ko dylib bin class dex wasm efi msi lnk",
    "image": "png jpg jpeg jpe jfif gif bmp ico cur tif tiff webp avif heic heif psd xcf tga svg svgz",
    "audio": "mp3 wav flac ogg oga opus m4a aac mid midi wma aiff amr",
    "video": "mp4 m4v mov mkv webm avi flv wmv mpg mpeg ts 3gp ogv",
}

BY_EXTENSION: dict[str, frozenset[str]] = {
    word: frozenset(family for family, words in _EXTENSIONS.items() if word in words.split())
    for words in _EXTENSIONS.values()
    for word in words.split()
}

_DECLARED: tuple[tuple[str, str], ...] = (
    ("text/html", "page"),
    ("application/xhtml", "page"),
    ("text/xml", "page"),
    ("application/xml", "page"),
    ("image/svg", "page"),
    ("text/javascript", "script"),
    ("application/javascript", "script"),
    ("application/x-javascript", "script"),
    ("application/x-httpd-php", "script"),
    ("application/x-php", "script"),
    ("text/x-php", "script"),
    ("application/x-sh", "script"),
    ("text/x-shellscript", "script"),
    ("text/x-python", "script"),
    ("message/", "document"),
    ("multipart/", "document"),
    ("application/pdf", "document"),
    ("application/rtf", "document"),
    ("text/rtf", "document"),
    ("application/msword", "document"),
    ("application/vnd.ms-", "document"),
    ("application/vnd.openxmlformats", "document"),
    ("application/vnd.oasis", "document"),
    ("application/epub", "document"),
    ("application/zip", "archive"),
    ("application/x-zip", "archive"),
    ("application/java-archive", "archive"),
    ("application/gzip", "archive"),
    ("application/x-gzip", "archive"),
    ("application/x-tar", "archive"),
    ("application/x-7z", "archive"),
    ("application/x-rar", "archive"),
    ("application/vnd.rar", "archive"),
    ("application/x-iso", "archive"),
    ("application/x-msdownload", "native"),
    ("application/x-msdos", "native"),
    ("application/x-executable", "native"),
    ("image/", "image"),
    ("audio/", "audio"),
    ("video/", "video"),
    ("text/", "text"),
)


@lru_cache(maxsize=512)
def declared_families(declared: str) -> frozenset[str]:
    """The families that a declared Content-Type suggests; none for octet-stream and the like."""
    word = declared.strip().lower()
    return frozenset(family for prefix, family in _DECLARED if word.startswith(prefix))
