/* font.c - text in pictures: printable ASCII in strokes.
 *
 * A glyph is strokes separated by spaces, a stroke is points of two letters, x and y. x counts from
 * a, the left edge; y from e, the baseline: capitals reach s, small letters o, tails a. A point in
 * capitals is the control point of a quadratic curve from the point before it to the one behind it.
 * A stroke from a point to itself is a dot.
 *
 *     7:  a . . . i      "asisde": from (0, 14) to (8, 14) to (3, 0)
 *     s   _________
 *                 /
 *               /
 *     e        /         */
#include "io/draw.h"

#include <math.h>

static const char *const font[95] = {
    /* space ! " # $ % & ' ( ) * + , - . / */
    "", "asaj aeae", "asao dsdo", "esce jshe anln aili", "ioIQeqAQaoAMelIKiiIGegAGai esee",
    "lsbe dsASapAMdmFMfpFSds jkHKhhHEjeMEmhMKjk", "kecnASesHShpHNdlAKahAEeeIEkk", "asao",
    "dtAPakAFdb", "atDPdkDFab", "dsdm argn gran", "enef ajij", "bfbeab", "ajfj", "aeae", "acgt",
    /* 0..9 : ; < = > ? @ */
    "esASalAEeeIEilISes", "bpfsfe", "apASesISioIMgkaeie", "aqBSesISipIMemdm emIMiiIEeeBEag",
    "gegsaiii", "hsbsalCNenINiiIEeeBEag", "enANaiAEeeIEiiINen aiAPgs", "asisde",
    "emBMbpBSesHShpHMemAMaiAEeeIEiiIMem", "ejIJioISesASaoAJej ioIHce", "amam aeae", "bmbm bfbeab",
    "ioajie", "alil ahih", "aoijae", "apASesISipINgmELei eeee",
    "mcKBhbABajARhrORolOGmgKGkikn kkKNhnENekEGhgKGkk",
    /* A..Z */
    "aefske cjij", "alflJLjiJEfeaeasesISipILel", "kpJSfsASalAEfeJEkh", "aeasesKSklKEeeae",
    "isasaeie alhl", "isasae alhl", "kpJSfsASalAEfeKEkkgk", "asae jsje aljl", "asae",
    "gsgiGEdeBEag", "asae jsaj dmje", "asaehe", "aeasgimsme", "aeasjejs", "fsASalAEfeKEklKSfs",
    "aeasfsJSjoJKfkak", "fsASalAEfeKEklKSfs gikd", "aeasfsJSjoJKfkak fkje",
    "jpISesASapAMelJKjhJEeeBEah", "asks fsfe", "asajAEfeKEkjks", "asfeks", "aseehqkeos",
    "asje aejs", "asflks flfe", "asjsaeje",
    /* [ \ ] ^ _ ` */
    "dtatabdb", "atgc", "atdtdbab", "anesin", "abjb", "ascp",
    /* a..z */
    "bnCOeoIOilie ikekAKahAEdeHEih", "asae ajAOeoIOijIEeeAEaj", "imHOeoAOajAEeeHEig",
    "isie ijIOeoAOajAEeeIEij", "ajijIOeoAOajAEeeHEig", "gsCScpce aofo",
    "ioidIAeaCAbb ijIOeoAOajAEeeIEij", "asae akAOeoIOikie", "aoae asas", "coccCAaa cscs",
    "asae hoah dkie", "asagAEce", "aoae alAOdoGOglge glGOjoMOmlme", "aoae akAOeoIOikie",
    "eoAOajAEeeIEijIOeo", "aoaa ajAOeoIOijIEeeAEaj", "ioia ijIOeoAOajAEeeIEij", "aoae akAOeofo",
    "hmGOdoAOamAKdjHIhgHEdeBEag", "crchCEfe aofo", "aoaiAEeeIEii ioie", "aoeeio", "aodegojemo",
    "aoie aeio", "aoee ioeeCAaa", "aohoaehe",
    /* { | } ~ */
    "etCTcqcmCKakCKciceCBeb", "ataa", "atCTcqcmCKekCKciceCBab", "aiCMejGGik"};

enum { CAPITAL = 14, MAX_SEGMENTS = 128, CURVE = 8 /* segments */ };
static const double blank = 3, gap = 3.6; /* width of a space; between glyphs */
static const double thickness = 0.115;    /* of a stroke, of the capitals' height */

static const char *glyph_of(char c) { return font[c >= 32 && c < 127 ? c - 32 : '?' - 32]; }

static double glyph_width(char c) {
  int width = 0;
  if (c == ' ') return blank;
  for (const char *p = glyph_of(c); *p; p += p[2] == ' ' ? 3 : 2)
    if (p[0] - 'a' > width) width = p[0] - 'a';
  return width;
}

double ae_text_width(const char *text, double height) {
  double width = 0;
  for (const char *p = text; *p; p++) width += glyph_width(*p) + (p[1] ? gap : 0);
  return width * height / CAPITAL;
}

/* ---- from strokes to segments ---- */

typedef struct point {
  double x, y;
} point;

typedef struct outline {
  point origin; /* the glyph's left end of the baseline, in pixels */
  double unit;
  bool turned;
  int n;
  aei_segment segment[MAX_SEGMENTS];
} outline;

/* Capitals and small letters alike. */
static point to_pixels(const outline *o, const char *p) {
  double x = ((p[0] | 32) - 'a') * o->unit, y = ((p[1] | 32) - 'e') * o->unit;
  if (o->turned) return (point){o->origin.x - y, o->origin.y - x};
  return (point){o->origin.x + x, o->origin.y - y};
}

static void add_segment(outline *o, point a, point b) {
  o->segment[o->n++] = (aei_segment){a.x, a.y, b.x, b.y};
}

static void add_curve(outline *o, point a, point control, point b) {
  point from = a;
  for (int i = 1; i <= CURVE; i++) {
    double t = (double)i / CURVE, s = 1 - t;
    point to = {s * s * a.x + 2 * s * t * control.x + t * t * b.x,
                s * s * a.y + 2 * s * t * control.y + t * t * b.y};
    add_segment(o, from, to);
    from = to;
  }
}

/* Adds a stroke; returns where it ends in the text of the glyph. */
static const char *add_stroke(outline *o, const char *p) {
  point from = to_pixels(o, p);
  for (p += 2; *p && *p != ' '; p += 2) {
    bool curve = *p < 'a';
    point control = to_pixels(o, p), to = curve ? to_pixels(o, p += 2) : control;
    if (curve)
      add_curve(o, from, control, to);
    else
      add_segment(o, from, to);
    from = to;
  }
  return p;
}

ae_status ae_draw_text(ae_tensor *canvas, double x, double y, double height, bool turned,
                       const char *text, uint32_t colour) {
  aei_canvas c;
  AEI_TRY(aei_canvas_open(&c, canvas));
  AEI_TRY(aei_draw_check((double[]){x, y, height}, 3));
  outline o = {.origin = {x, y}, .unit = height / CAPITAL, .turned = turned};
  for (; *text; text++) {
    o.n = 0;
    for (const char *p = glyph_of(*text); *p; p += *p == ' ') p = add_stroke(&o, p);
    if (o.n > 0) aei_draw_segments(&c, o.segment, o.n, fmax(height * thickness, 1), colour);
    double step = (glyph_width(*text) + gap) * o.unit;
    if (turned)
      o.origin.y -= step;
    else
      o.origin.x += step;
  }
  return AE_OK;
}
