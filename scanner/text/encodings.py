"""Which encoding bytes are in: BOM, declared, <meta>, strict UTF-8, UTF-16 by byte planes, GB18030 against Big5.

A wrong guess is an evasion: where two encodings are close, or a declared one disagrees, both are read.
"""

import codecs
import re
from dataclasses import dataclass

import numpy as np

from scanner.text.folding import without_breaks
from scanner.text.places import DecodedPlaces, Places

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"<(?:meta[^>]{0,400}?|\?xml[^>]{0,200}?)(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.I)
_META_HEAD = 4096
_SAMPLE = 1 << 18
_SAME_AS = {  # what browsers read a label as
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "utf-16": "utf-16-le",
    "utf-32": "utf-32-le",
}
_PLANES = np.zeros(256, dtype=np.bool_)  # high bytes of the characters that Chinese text is written in
_PLANES[[*range(0x4E, 0xA0), *range(0x20, 0x27), 0x30, 0x31, *range(0xD8, 0xE0), 0xFE, 0xFF]] = True
_MOSTLY, _SOME = 0.9, 0.15
_SHORT = 200  # bytes below which a score says less
_CLOSE_SHORT = 0.35
_UTF8_HANZI = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){3}")
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined", "mbcs", "oem"}
)
_CLOSE = 0.75  # the second best encoding is read too when its score is at least this part of the best one's
_FREQUENT = (  # the commonest hanzi of ordinary text, in both scripts
    "的人不是一有我了在个和以大这国为好可中上要行就会用你他第生家来时对还当能都到法十条其下者么定或发女多没得也应地"
    "出年看方自理机过务关们信成三民分后网本子如高作说事动想小公实经等点问提开那情全现业种里服天主很体安什新吗最比保"
    "前感重通二合性学意处美息果日品需制系于所工图利别去同数规被部起加金度知进心欢明手外已然平面黑确解文络男相样使及"
    "更政管些题少名真计吧无单内门期觉道员并之任力联间正供但认电非四您风助市请谢快五活常帮长建特将只西权与区告北基物"
    "因打何月组件化东受收据族价场取给而强产从具直考水位依话接达商身求持元入再万反教迎两交照预南啊老设资算未式传查表"
    "花哪己选回太口密推向院级报号海随施记支见视白目几清由次代华客祝近量台程证听望准友山护指包款统喜影根治百着立像秘"
    "结展约车错况线香做愉责专光害放气诉调送爱该路呢流适论社黄原变红世带游排运六复买容标色广决完格律称思购备先头节亚"
    "候儿才注造改义共语案科议七各便类今此钟难首户质技至让导录江云神露怎满印又罪较春织京孩播构试九边卖周房术张评书优"
    "字府采办吃育希费城布战界销配整死空总按英她除份存言易斯留严司马找犯项售必择职且续料询走站河千境校兴居乐低刑笑它"
    "八待微括爆轻钱功每谁步球精营师检私股音予细转干止许例盘置超阳餐型把荐订领食参楼片玩健林段识限博形热获团断梦歌罚"
    "青承招测违银星演环米声失病监争效益维列深火王酒毒消德朋装连际哈戏早示负财顺住投离划器增拉短医源眼肉集個這國爲會"
    "來時對還當條麼發沒應機過務關們後網說動實經點問開現業種裏體嗎學處於圖別數規進歡確絡樣題計無單內門覺員並聯間認電"
    "風請謝幫長將權與區組東據價場給強產從話達萬兩預設資傳選級報號隨記見視幾華臺證聽準護統祕結約車錯況線責專氣訴調愛"
    "該適論黃變紅帶遊運復買標廣決稱購備頭節亞兒義語議類鍾難戶質讓導錄雲滿較織構試邊賣術張評書優採辦喫費戰銷總嚴馬項"
    "擇職續詢興樂輕錢誰營師檢細轉幹許盤陽薦訂領參樓識熱獲團斷夢罰測違銀環聲監爭維裝連際戲負財順離劃醫军為軍惠免群册"
    "登载"
)
_COUNTED = 20_000  # characters
_KINDS = np.zeros(0x10000, dtype=np.uint8)  # of characters: 1 hanzi, 2 frequent hanzi
_KINDS[0x3400:0xA000] = 1
_KINDS[[ord(char) for char in _FREQUENT]] = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """Bytes read as text in one encoding."""

    text: str
    codec: str
    places: Places


def readings(data: bytes, declared: str = "") -> tuple[tuple[Reading, ...], tuple[str, ...]]:
    """The bytes as text, once or twice, the likeliest first, and notes on the choice."""
    for bom, codec in _BOMS:
        if data.startswith(bom):
            return _marked(data, codec, len(bom), declared)
    labels, notes = _labels(data, declared)
    text = _utf8_text(data)
    codecs_, reason = _candidates(data, labels) if text is None else _beside_utf8(data, labels)
    notes.append(f"encoding {' and '.join(codecs_)} {reason}")
    return tuple(_read(data, codec, 0, text if codec == "utf-8" else None) for codec in codecs_), tuple(notes)


def _utf8_text(data: bytes) -> str | None:
    """The bytes as UTF-8 where they are nothing else: valid, and without the zero bytes that wide encodings have."""
    if data.find(b"\0", 0, _SAMPLE) >= 0:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _beside_utf8(data: bytes, labels: list[str]) -> tuple[tuple[str, ...], str]:
    """What valid UTF-8 is read as: that, and another encoding that it is declared in."""
    if data.isascii():
        stateful = [label for label in labels if label.startswith(("iso2022", "hz"))]
        return ("utf-8", *stateful[:1]), "(plain ASCII)"
    other = [label for label in labels if label != "utf-8"]
    return ("utf-8", *other[:1]), "by strict trial" + (", declared otherwise" if other else "")


def _marked(data: bytes, codec: str, skip: int, declared: str) -> tuple[tuple[Reading, ...], tuple[str, ...]]:
    """By a byte-order mark, and in what else is in question where the mark does not fit what follows."""
    marked, rest = _read(data, codec, skip), data[skip : skip + _SAMPLE]
    if (_is_utf8(data[skip:]) and b"\0" not in rest) if codec == "utf-8" else _is_wide(rest, codec):
        return (marked,), (f"encoding {codec} by its mark",)
    labels, notes = _labels(data, declared)
    others = tuple(other for other in _candidates(data[skip:], labels)[0] if other != codec)
    notes.append(f"encoding {' and '.join((codec, *others))}: its mark does not fit its text")
    return (marked, *(_read(data, other, skip) for other in others)), tuple(notes)


def _is_wide(sample: bytes, codec: str) -> bool:
    """Whether bytes look like text of the UTF-16 or UTF-32 kind that a mark says."""
    if codec.startswith("utf-32"):
        return b"\0" in sample or not sample
    return not sample or b"\0" in sample or _wide(sample) == codec


def _read(data: bytes, codec: str, skip: int = 0, decoded: str | None = None) -> Reading:
    text = (data[skip:] if skip else data).decode(codec, "replace") if decoded is None else decoded
    return Reading(without_breaks(text), codec, DecodedPlaces(data, codec, skip))


def _labels(data: bytes, declared: str) -> tuple[list[str], list[str]]:
    """Codecs that the store and the page name, and notes on unknown names."""
    found = _META.search(data, 0, _META_HEAD)
    labels: list[str] = []
    notes: list[str] = []
    for label, source in ((declared, "declared"), (found[1].decode("ascii") if found else "", "<meta>")):
        if not label:
            continue
        codec = codec_of(label)
        if codec is None:
            notes.append(f"{source} encoding {label[:40]!r} is unknown")
        elif codec not in labels:
            labels.append(codec)
    return labels, notes


def codec_of(label: str) -> str | None:
    """The Python codec that a charset label means to a browser, None when it is unknown."""
    try:
        found = codecs.lookup(label.strip().strip("\"'").lower())
    except (LookupError, ValueError):
        return None
    if not found._is_text_encoding or found.name in _NO_CHARSETS:
        return None
    return _SAME_AS.get(found.name, found.name)


def _candidates(data: bytes, labels: list[str]) -> tuple[tuple[str, ...], str]:
    sample = data[:_SAMPLE]
    if wide := _wide(sample):
        return (wide, *(label for label in labels[:1] if not label.startswith("utf-16"))), "by its byte planes"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _guess(data, sample, labels)
    return _beside_utf8(data, labels)


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: at one parity nearly all bytes are of the planes that text uses."""
    has_nul = b"\0" in sample
    if len(sample) < 4 or (not has_nul and _is_utf8(sample)):  # letters in pairs look like hanzi
        return ""
    pairs = np.frombuffer(sample[: len(sample) // 2 * 2], np.uint8).reshape(-1, 2)
    for column, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        high, low = pairs[:, column], pairs[:, 1 - column]
        used = _PLANES.take(high) | ((high == 0) & (low != 0))
        if used.mean() <= _MOSTLY:
            continue
        if has_nul and (high == 0).mean() > 0.2:
            return codec
        if _frequent_share(sample[: len(sample) // 2 * 2].decode(codec, "replace")) > _SOME:
            return codec
    return ""


def _is_utf8(sample: bytes) -> bool:
    """Whether the sample is UTF-8, a cut last character allowed."""
    if sample.isascii():
        return True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _frequent_share(text: str) -> float:
    """The share of common hanzi among the hanzi of the BMP."""
    codes = np.frombuffer(text[:_COUNTED].encode("utf-16-le", "surrogatepass"), np.uint16)
    _, rare, frequent = np.bincount(_KINDS.take(codes), minlength=3).tolist()
    return frequent / (rare + frequent) if rare + frequent else 0.0


def _guess(data: bytes, sample: bytes, labels: list[str]) -> tuple[tuple[str, ...], str]:
    """The best of all legacy encodings by how much their text looks like Chinese, and whatever else is in question."""
    scores = {codec: _score(sample, codec) for codec in dict.fromkeys(("gb18030", "big5hkscs", "utf-8", *labels))}
    ranked = sorted(scores, key=lambda codec: -scores[codec])
    close = _CLOSE if len(sample) >= _SHORT else _CLOSE_SHORT
    chosen = [ranked[0]]
    if scores[ranked[1]] >= close * scores[ranked[0]]:
        chosen.append(ranked[1])
    if "utf-8" in chosen and not _is_utf8(data):
        chosen.append("gb18030")  # UTF-8 with other bytes in it: two encodings in one file
    elif _UTF8_HANZI.search(data):
        chosen.append("utf-8")
    codecs_ = tuple(dict.fromkeys((*chosen, *labels)))[:4]
    return codecs_, "by trial" + (", more than one is in question" if len(codecs_) > 1 else "")


def _score(sample: bytes, codec: str) -> float:
    text = sample.decode(codec, "replace")
    errors = text.count("\ufffd") - (text[-1:] == "\ufffd")  # the sample may end inside a character
    return max(0.0, 0.05 + _frequent_share(text) - 4 * errors / max(1, len(text)))
