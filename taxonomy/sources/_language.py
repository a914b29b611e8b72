"""Language tags: those of wordnets and translations (ISO 639-3, ``pt_BR``) as BCP 47 writes them."""

from __future__ import annotations

import re

# ISO 639-3 (and the older three-letter codes) with a two-letter code, which BCP 47 prefers.
_SHORT = """
aar aa abk ab afr af aka ak alb sq amh am ara ar arg an arm hy asm as ava av ave ae aym ay aze az bak ba bam bm baq eu
bel be ben bn bis bi bod bo bos bs bre br bul bg bur my cat ca ces cs cha ch che ce chi zh chu cu chv cv cor kw cos co
cre cr cym cy cze cs dan da deu de div dv dut nl dzo dz ell el eng en epo eo est et eus eu ewe ee fao fo fas fa fij fj
fin fi fra fr fre fr fry fy ful ff geo ka ger de gla gd gle ga glg gl glv gv gre el grn gn guj gu hat ht hau ha hbs sh
heb he her hz hin hi hmo ho hrv hr hun hu hye hy ibo ig ice is ido io iii ii iku iu ile ie ina ia ind id ipk ik isl is
ita it jav jv jpn ja kal kl kan kn kas ks kat ka kau kr kaz kk khm km kik ki kin rw kir ky kom kv kon kg kor ko kua kj
kur ku lao lo lat la lav lv lim li lin ln lit lt ltz lb lub lu lug lg mac mk mah mh mal ml mao mi mar mr may ms mkd mk
mlg mg mlt mt mon mn mri mi msa ms mya my nau na nav nv nbl nr nde nd ndo ng nep ne nld nl nno nn nob nb nor no nya ny
oci oc oji oj ori or orm om oss os pan pa per fa pli pi pol pl por pt pus ps que qu roh rm ron ro rum ro run rn rus ru
sag sg san sa sin si slk sk slo sk slv sl sme se smo sm sna sn snd sd som so sot st spa es sqi sq srd sc srp sr ssw ss
sun su swa sw swe sv tah ty tam ta tat tt tel te tgk tg tgl tl tha th tib bo tir ti ton to tsn tn tso ts tuk tk tur tr
twi tw uig ug ukr uk urd ur uzb uz ven ve vie vi vol vo wel cy wln wa wol wo xho xh yid yi yor yo zha za zho zh zul zu
"""
# The one language of a group that the group's code means in practice: Mandarin, Standard Arabic, Tosk Albanian.
_MEANT = """
als sq arb ar azj az cmn zh ekk et gug gn khk mn lvs lv npi ne ory or pes fa plt mg quz qu swh sw uzn uz ydd yi zsm ms
"""
_words = (_SHORT + _MEANT).split()
_TWO_LETTERS = dict(zip(_words[::2], _words[1::2], strict=True))
# Of the Open Multilingual Wordnet: a code for private use, for Chinese as it is written in Taiwan.
_TWO_LETTERS["qcn"] = "zh-Hant"
# Scripts as the locales of POSIX name them: ``sr@latin``.
_SCRIPTS = {"latin": "Latn", "cyrillic": "Cyrl", "arabic": "Arab", "devanagari": "Deva"}


def bcp47(tag: str) -> str:
    """Return a language code as a BCP 47 tag; what cannot be one is ``und``.

    >>> bcp47("ell"), bcp47("pt_BR"), bcp47("zh-hant"), bcp47("hsb"), bcp47("")
    ('el', 'pt-BR', 'zh-Hant', 'hsb', 'und')
    """
    language, *rest = re.split("[-_@]", tag.strip())
    language = language.lower()
    if not (language.isascii() and language.isalpha() and 2 <= len(language) <= 8):
        return "und"
    return "-".join([_TWO_LETTERS.get(language, language), *map(_subtag, rest)])


def _subtag(text: str) -> str:
    """Return a script as ``Hant``, a region as ``BR``, anything else in lower case."""
    text = _SCRIPTS.get(text.lower(), text)
    if len(text) == 4 and text.isalpha():
        return text.title()
    return text.upper() if len(text) == 2 else text.lower()
