"""Languages by the codes and names that people put into file names."""

import re
from functools import lru_cache

# ISO 639-1, ISO 639-2/B, ISO 639-2/T where it differs, names (the first is English).
_TABLE = """
aa aar - afar|ab abk - abkhazian|af afr - afrikaans|ak aka - akan|am amh - amharic|ar ara - arabic
an arg - aragonese|as asm - assamese|av ava - avaric|ay aym - aymara|az aze - azerbaijani|ba bak - bashkir
be bel - belarusian|bg bul - bulgarian|bn ben - bengali,bangla|bo tib bod tibetan|br bre - breton|bs bos - bosnian
ca cat - catalan,català,valencian|ce che - chechen|co cos - corsican|cr cre - cree|cs cze ces czech,čeština,cesky
cu chu - slavonic|cv chv - chuvash|cy wel cym welsh,cymraeg|da dan - danish,dansk|de ger deu german,deutsch
dv div - divehi,dhivehi|dz dzo - dzongkha|ee ewe - ewe|el gre ell greek,ελληνικά|en eng - english|eo epo - esperanto
es spa - spanish,español,espanol,castellano,castilian,latino|et est - estonian,eesti|eu baq eus basque,euskara
fa per fas persian,farsi|ff ful - fulah|fi fin - finnish,suomi|fj fij - fijian|fo fao - faroese
fr fre fra french,français,francais|fy fry - frisian|ga gle - irish|gd gla - gaelic|gl glg - galician,galego
gn grn - guarani|gu guj - gujarati|gv glv - manx|ha hau - hausa|he heb - hebrew|hi hin - hindi|ho hmo - hiri motu
hr hrv - croatian,hrvatski|ht hat - haitian|hu hun - hungarian,magyar|hy arm hye armenian|hz her - herero
ia ina - interlingua|id ind - indonesian|ig ibo - igbo|is ice isl icelandic|it ita - italian,italiano
iu iku - inuktitut|ja jpn - japanese,jap,jp|jv jav - javanese|ka geo kat georgian|kg kon - kongo|kk kaz - kazakh
kl kal - kalaallisut|km khm - khmer|kn kan - kannada|ko kor - korean,kr|ks kas - kashmiri|ku kur - kurdish
kv kom - komi|kw cor - cornish|ky kir - kirghiz,kyrgyz|la lat - latin|lb ltz - luxembourgish|lg lug - ganda
ln lin - lingala|lo lao - lao|lt lit - lithuanian,lietuvių|lv lav - latvian,latviešu|mg mlg - malagasy
mh mah - marshallese|mi mao mri maori|mk mac mkd macedonian|ml mal - malayalam|mn mon - mongolian|mr mar - marathi
ms may msa malay|mt mlt - maltese|my bur mya burmese|na nau - nauru|nb nob - bokmål,bokmal|ne nep - nepali
ng ndo - ndonga|nl dut nld dutch,nederlands,flemish,vlaams|nn nno - nynorsk|no nor - norwegian,norsk|nv nav - navajo
ny nya - nyanja,chichewa|oc oci - occitan|oj oji - ojibwa|om orm - oromo|or ori - oriya,odia|os oss - ossetian
pa pan - punjabi,panjabi|pi pli - pali|pl pol - polish,polski|ps pus - pashto,pushto
pt por - portuguese,português,portugues,brazilian|qu que - quechua|rm roh - romansh|rn run - rundi
ro rum ron romanian,română|ru rus - russian,русский|rw kin - kinyarwanda|sa san - sanskrit|sc srd - sardinian
sd snd - sindhi|se sme - northern sami|sg sag - sango|si sin - sinhala,sinhalese|sk slo slk slovak,slovenčina
sl slv - slovenian,slovene|sm smo - samoan|sn sna - shona|so som - somali|sq alb sqi albanian,shqip
sr srp - serbian,srpski|ss ssw - swati|st sot - sotho|su sun - sundanese|sv swe - swedish,svenska|sw swa - swahili
ta tam - tamil|te tel - telugu|tg tgk - tajik|th tha - thai|ti tir - tigrinya|tk tuk - turkmen|tl tgl - tagalog
tn tsn - tswana|to ton - tonga|tr tur - turkish,türkçe|ts tso - tsonga|tt tat - tatar|tw twi - twi|ty tah - tahitian
ug uig - uighur,uyghur|uk ukr - ukrainian,українська|ur urd - urdu|uz uzb - uzbek|ve ven - venda|vi vie - vietnamese
vo vol - volapük|wa wln - walloon|wo wol - wolof|xh xho - xhosa|yi yid - yiddish|yo yor - yoruba|za zha - zhuang
zh chi zho chinese,mandarin,cantonese,中文,chs,cht|zu zul - zulu|- fil - filipino|- und - undetermined
- mul - multiple languages|- zxx - no linguistic content|- ast - asturian|- nds - low german|- gsw - swiss german
- haw - hawaiian|- mis - uncoded
"""


def _read() -> tuple[dict[str, str], dict[str, str]]:
    known: dict[str, str] = {}
    short: dict[str, str] = {}
    for row in _TABLE.strip().replace("\n", "|").split("|"):
        one, bibliographic, terminological, names = row.split(" ", 3)
        for spelling in (one, bibliographic, terminological, *names.split(",")):
            if spelling != "-":
                known.setdefault(spelling, bibliographic)
        short[bibliographic] = bibliographic if one == "-" else one
    return known, short


_KNOWN, _SHORT = _read()
_TAG = re.compile(r"(?P<primary>[a-z]{2,3})(?P<more>(?:[-_](?:[a-z]{2}|[a-z]{4}|\d{3}))+)", re.IGNORECASE)
_SPELLED = {
    "chs": "zh-Hans",
    "cht": "zh-Hant",
    "brazilian": "pt-BR",
    "latino": "es-419",
    "cantonese": "yue",
    "pb": "pt-BR",
}


@lru_cache(maxsize=2048)
def language(text: str) -> tuple[str, str] | None:
    """(ISO 639-2/B code, BCP 47 tag) of a code, tag or name of a language; None when it is none.

    "fr", "fre", "fra", "French" are ("fre", "fr"); "pt-BR" is ("por", "pt-BR").
    """
    low = text.casefold()
    code = _KNOWN.get(low) or ("por" if low == "pb" else None)
    if code is not None:
        return code, _SPELLED.get(low, _SHORT[code])
    match = _TAG.fullmatch(low)
    if match is None or match["primary"] not in _KNOWN:
        return None
    code = _KNOWN[match["primary"]]
    pieces = [
        piece.upper() if len(piece) == 2 else piece.title() for piece in re.split(r"[-_]", match["more"]) if piece
    ]
    return code, "-".join([_SHORT[code], *pieces])
