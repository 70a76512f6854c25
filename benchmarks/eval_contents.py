"""What `make eval` measures on besides the labelled corpora: ordinary files of this machine, and finds in wrappings."""

import base64
import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib.metadata import distributions
from pathlib import Path
from sysconfig import get_path

from scanner.rulebook.corpus import Item

MADE = "made-containers"
PER_KIND = 1_200  # ordinary files of each extension: enough to tell a share of one in five thousand
MAX_SIZE = 4 * 1024 * 1024
SYSTEM = ("/usr/share", "/usr/lib", "/usr/bin", "/etc")
FAMILIES = {
    "document": ("pdf", "docx", "odt", "md", "rst", "txt", "tex", "rtf", "epub"),
    "page": ("html", "htm", "xml", "xhtml", "css", "svg", "json", "yaml", "yml"),
    "source": ("py", "js", "php", "c", "h", "pl", "sh", "rb", "lua", "java", "ts", "sql", "cmake", "tcl", "awk"),
    "image": ("png", "jpg", "jpeg", "gif", "ico", "webp", "bmp", "tiff"),
    "archive": ("gz", "xz", "zip", "bz2", "tar", "whl", "jar", "egg"),
    "native": ("so", "o", "a", "exe", "dll", "pyd", ""),
}
BLANKS = b" " * (1024 * 1024)


def ordinary_files() -> Iterator[Item]:
    """Files of installed Debian packages and Python wheels: the first by hash of each extension."""
    kinds = {extension: family for family, names in FAMILIES.items() for extension in names}
    found: dict[str, list[Path]] = defaultdict(list)
    for root in (*SYSTEM, get_path("purelib")):
        for file in Path(root).rglob("*"):
            extension = file.suffix.lstrip(".").lower()
            if extension in kinds and not file.is_symlink() and file.is_file() and 0 < file.stat().st_size <= MAX_SIZE:
                found[extension].append(file)
    for extension, files in sorted(found.items()):
        ranked = sorted(files, key=lambda file: hashlib.sha256(str(file).encode()).digest())
        for file in ranked[:PER_KIND]:
            yield Item(file.name, "benign", "none", f"ordinary-{kinds[extension]}", "O", "", "", "", file)


def encoded_files(folder: Path) -> Iterator[Item]:
    """Commercially encoded PHP of some products: harmless, and made to look like nothing."""
    for file in sorted(folder.rglob("*.php")):
        yield Item(file.name, "benign", "none", "commercially-encoded", "E", "", "", "", file)


def named_sources() -> str:
    """What the ordinary files come from, for the result's note."""
    status = Path("/var/lib/dpkg/status")
    packages = (
        status.read_text(encoding="utf-8", errors="replace").count("\nStatus: install ok") if status.exists() else 0
    )
    return f"{packages} Debian packages under {', '.join(SYSTEM)}; {len(list(distributions()))} Python wheels"


def made_containers(file: Path) -> Iterator[Item]:
    """The inert markers in many containers and encodings: those that must be found."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["expect"] == "must":
                data = base64.b64decode(row["b64"])
                yield Item(row["form"], "malicious", "3.1.3.7", MADE, "M", "dev", "made by us", data=data)


def zipped(name: str, data: bytes) -> tuple[str, bytes]:
    """In a deflated zip beside a harmless page."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("site/_welcome.html", "<h1>It works</h1>")
        archive.writestr(f"site/{name}", data)
    return "upload.zip", whole.getvalue()


def tarred(name: str, data: bytes) -> tuple[str, bytes]:
    """In a tar.gz."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as archive:
        member = tarfile.TarInfo(f"site/{name}")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return "upload.tar.gz", whole.getvalue()


def blanked(name: str, data: bytes) -> tuple[str, bytes]:
    """Behind a megabyte of blanks."""
    return name, BLANKS + data


WRAPPINGS: dict[str, Callable[[str, bytes], tuple[str, bytes]]] = {
    "deflated zip": zipped,
    "tar.gz": tarred,
    "a megabyte of blanks": blanked,
}


def in_wrapping(found: list[Item], wrapping: str) -> Iterator[Item]:
    """Contents that were found outside, again inside a wrapping, which is their kind now."""
    for item in found:
        name, data = WRAPPINGS[wrapping](item.name, item.sample().data)
        yield Item(name, item.label, item.clause, wrapping, item.tier, item.split, item.repo, data=data)
