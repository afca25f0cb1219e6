"""Ten international domains and what DNS has for them. The first four are others in IDNA 2003."""

DOMAINS = {
    "faß.example": "xn--fa-hia.example",
    "straße.example": "xn--strae-oqa.example",
    "βόλος.com": "xn--nxasmm1c.com",
    "نامه\u200cای.com": "xn--mgba3gch31f060k.com",  # noqa: RUF001
    "bücher.example": "xn--bcher-kva.example",
    "пример.рф": "xn--e1afmkfd.xn--p1ai",
    "例え.jp": "xn--r8jz45g.jp",
    "도메인.kr": "xn--hq1bm8jm9l.kr",
    "παράδειγμα.ελ": "xn--hxajbheg2az3al.xn--qxam",
    "उदाहरण.भारत": "xn--p1b6ci4b4b3a.xn--h2brj9c",
}
