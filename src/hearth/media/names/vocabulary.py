"""The words of release names, by what they do to a title (see `tokens.py`)."""


def words(text: str) -> frozenset[str]:
    """The words of `text`, as a set."""
    return frozenset(text.split())


STRONG = words(
    """4k 8k uhd ultrahd fullhd hdc 10bit 8bit 12bit 10bits hi10 hi10p hi444pp ma10p hdr hdr10 hdr10plus dovi
    sdr bt2020 hlg bluray bdrip brrip bdremux bd25 bd50 bd66 bd100 bdmv bdmux brmux bdripmux brripmux bluraymux
    blurayrip dvdrip dvdripmux dvdscr dvdscreener dvdr dvdfull dvdmux dvd5 dvd9 vhsrip hddvd hdtv hdtvrip
    hdtvmux pdtv sdtv ahdtv uhdtv dsr dsrip dthrip dvb dvbrip tvrip satrip webrip webripmux webdl webdlrip
    webdlmux webmux webuhd webcap dlmux hdrip hdripmux hdcam hdcamrip camrip hdts hdtc telesync telecine
    workprint ppvrip vodrip dmrip hdlight mhd remux netflixuhd uhdrip dcp x264 x265 h264 h265 h263 h262 x262
    hevc avc avchd xvid divx vp7 vp8 vp9 av1 vc1 mpeg2 mpeg4 nvenc wmv svq1 dts dtshd dtses dtsma dtsx dtshdma
    truehd atmos ac3 ac3d eac3 ddp ddpa ddp2 ddp5 ddp7 dd2 dd5 dd51 dd20 ddp51 ddp20 aac aac2 aac5 aac20 aac51
    heaac flac lpcm mp3 mp2 dxva hfr 2ch 6ch 8ch nfofix readnfo dirfix subforced vostfr hardsub hardsubs softsub
    softsubs multisub multisubs nlsubs nlsub frsubs gersubs espsubs plsubs hunsubs hebsubs engsubs esub esubs
    swesub fastsub legendado dublado dubbing truefrench swissgerman uncensoredbd repack rerip webhd hdweb amzn
    hmax pmtp dsnp atvp pcok itunes hdrezka upscaled bdrips lostfilm kbps mbps"""
)
WEAK = words(
    """web dl dvd blu ray bd br hd sd fhd hq lq cam ts tc r5 scr screener pal ntsc secam ws internal int proper
    real complete custom opus dub dubbed subbed sub subs subtitles subtitulado dual audio multi multilang line
    ld md mic read nfo retail hybrid dv dolby vision nf hulu cr mux batch raw rip vhs vcd svcd tv cd docu doku
    documentary anime vo vf vff vfq vfi vost vosta pcm ita lpcm p2p stv preair lektor fs encode laserdisc bbc
    itv ma ip webisode promax fps bit hdtvs hdlp bits season episodes dvdrips oad ova ona softcoded obfuscated
    scrambled uncut dkidz ai upscale sbs hsbs htab tab 3d mvc ddc hc korsub rarbg full conform eur usa"""
)
LANGUAGE = words(
    """english eng french francais fr fre fra vff german deutsch ger deu spanish castellano espanol español esp
    spa italian italiano ita russian rus japanese jap jpn jp korean kor chinese chi chs cht mandarin cantonese
    hindi hin tamil telugu portuguese por ptbr brazilian dutch nl flemish vlaams swedish swe norwegian nor
    danish dan finnish fin polish pol pl czech cze hungarian hun turkish tur greek gre hebrew heb arabic ara
    ukrainian ukr romanian ro rum thai tha vietnamese vie nordic multi latino catalan cat persian bulgarian
    croatian serbian slovenian"""
)
EDITION = words(
    """extended unrated uncut uncensored remastered restored theatrical directors director director's director’s
    recut limited festival special ultimate collector collectors collector's collector’s criterion alternative
    alternate final imax se dc om ee cut edition version edit anniversary assembly despecialized redux integral
    rekall diamond signature imperial fanedit 2in1 3in1 4in1 matte longue intégrale speciale spéciale platinum
    golden deluxe"""
)
PAIRS = words(
    """web-dl blu-ray h-264 h-265 x-264 x-265 dd-5 ddp-5 dd-2 ddp-2 dts-hd dts-x dts-es vc-1 read-nfo
    dolby-vision dual-audio multi-subs multiple-subtitle multi-audio bd-rip br-rip web-rip vhs-rip dvd-rip
    hd-dvd hd-tv hd-rip tv-rip ultra-hd full-hd hd-cam dvd-scr e-ac3 he-aac mpeg-2 mpeg-4 web-hd hd-ts hd-tc
    ac-3 half-sbs half-ou half-tab full-sbs 5-1 7-1 10-bit 8-bit 1-cd 2-cd 3-cd h-263 hdr-10"""
)
RESOLUTIONS = words("240 288 352 360 368 384 404 432 480 540 544 576 640 720 816 900 1080 1440 2160 4320")
