"""Ordinary web pages of 10 KB, as a CDN serves them: a head with styles, navigation, cards, paragraphs, a script.

Every other one is Chinese. The words are everyday words drawn by frequency; nothing of them is copied from anywhere.
"""

import random
from collections.abc import Callable

SIZE = 10_240
WORDS = """
the of and to in a is that for it was on are as with they at be this from have or by one had not but what all  were
when we there can an your which their said if do will each about how up out them then she many some so  these would
other into has more her two like him see time could no make than first been its who now people my  made over did down
only way find use may water long little very after words called just where most know get  through back much before go
good new write our used me man too any day same right look think also around  another came come work three word must
because does part even place well such here take why things help put  years different away again off went old number
great tell men say small every found still between name should  home big give air line set own under read last never
us left end along while might next sound below saw  something thought both few those always looked show large often
together asked house world going want school  important until form food keep children feet land side without boy once
animals life enough took sometimes  four head above kind began almost live page got earth need far hand high year
mother light parts country  garden market winter letter river bread kitchen window journey morning flower spring town
station weather
""".split()  # noqa: SIM905
HANZI = """
今天 我们 一个 可以 没有 大家 这里 时候 城市 学校 老师 学生 孩子 家庭 父母 朋友 工作 生活 时间
地方 春天 夏天 秋天 冬天 花园 河流 山水 天气 早上 晚上 周末 假期 旅行 火车 车站 机场 公园 市场
面包 水果 蔬菜 米饭 茶叶 咖啡 厨房 餐厅 味道 新鲜 健康 运动 跑步 游泳 足球 音乐 电影 图书 阅读
文章 故事 历史 文化 艺术 博物馆 展览 建筑 设计 颜色 房子 窗户 阳光 空气 环境 保护 动物 植物 森林
海洋 科学 研究 技术 电脑 手机 网络 软件 产品 服务 公司 企业 市民 社区 活动 参加 组织 计划 发展
提高 重要 问题 方法 经验 学习 知识 语言 中文 英文 世界 国家 北京 上海 南方 北方 东部 西部 以及
因为 所以 但是 如果 虽然 已经 正在 将来 过去 现在 开始 结束 需要 希望 觉得 知道 认为 介绍 选择
使用 欢迎 感谢 联系 地址 电话 首页 新闻 更多 关于 返回
""".split()  # noqa: SIM905
SCRIPT = (
    "(function(){var w=window,d=document,s='%d';function on(e,t,f){e.addEventListener(t,f,false)}"
    "on(d,'DOMContentLoaded',function(){var m=d.querySelector('.menu'),b=d.getElementById('more');"
    "if(b)on(b,'click',function(){m.classList.toggle('open')});var i=d.images;for(var n=0;n<i.length;n++)"
    "if(i[n].dataset.src)i[n].src=i[n].dataset.src;w.dataLayer=w.dataLayer||[];w.dataLayer.push({page:s})})})();"
)
STYLE = (
    "body{margin:0;font:16px/1.6 sans-serif;color:#222}a{color:#06c;text-decoration:none}.menu li{display:inline-block;"
    "padding:0 12px}.card{float:left;width:31%%;margin:1%%;border:1px solid #eee}.card img{width:100%%}"
    "h1{font-size:%dpx}footer{clear:both;background:#f6f6f6;padding:24px}@media(max-width:600px){.card{width:98%%}}"
)


def ordinary(number: int) -> bytes:
    """One page; another for every number."""
    dice = random.Random(number)
    says = _hanzi if number % 2 else _words
    head = (
        f'<!DOCTYPE html>\n<html lang="{"zh-CN" if number % 2 else "en"}"><head><meta charset="utf-8">'
        f"<title>{says(dice, 6)}</title>"
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="description" '
        f'content="{says(dice, 18)}"><link rel="stylesheet" href="/static/site.{number % 97:02x}.css">'
        f'<link rel="icon" href="/favicon.ico"><style>{STYLE % (24 + number % 9)}</style></head>\n<body>'
    )
    menu = "".join(f'<li><a href="/c/{dice.randrange(999)}">{says(dice, 2)}</a></li>' for _ in range(12))
    cards = "".join(_card(dice, says) for _ in range(12))
    script = f"<script>{SCRIPT % number}</script>"
    foot = f"</div><footer><p>&copy; 2026 {says(dice, 4)}</p></footer>{script}</body></html>\n"
    start = f'{head}<ul class="menu">{menu}</ul><h1>{says(dice, 7)}</h1><div class="cards">{cards}</div><div id="text">'
    paragraphs: list[str] = []
    room = SIZE - len(start.encode()) - len(foot.encode())
    while room > 0:
        paragraphs.append(f"<p>{says(dice, dice.randrange(30, 80))}</p>\n")
        room -= len(paragraphs[-1].encode())
    body = f"{start}{''.join(paragraphs)}".encode()[: SIZE - len(foot.encode())]
    return body.decode("utf-8", "ignore").encode().ljust(SIZE - len(foot.encode())) + foot.encode()


def _card(dice: random.Random, says: Callable[[random.Random, int], str]) -> str:
    place = dice.randrange(100_000)
    text = says(dice, 9)
    return (
        f'<div class="card"><a href="/a/{place}.html"><img data-src="/img/{place}_{dice.randrange(99)}.jpg" '
        f'alt="{says(dice, 3)}" width="320" height="180"></a><h3>{text}</h3></div>'
    )


def _words(dice: random.Random, count: int) -> str:
    """English words, the frequent ones more often."""
    return " ".join(WORDS[int(len(WORDS) * dice.random() ** 2)] for _ in range(count)).capitalize() + "."


def _hanzi(dice: random.Random, count: int) -> str:
    """Chinese words, with a comma here and there; as long as so many English ones."""
    words = (HANZI[int(len(HANZI) * dice.random())] for _ in range(count))
    return "".join(each + ("，" if dice.random() < 0.12 else "") for each in words) + "。"
