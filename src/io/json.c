/* json.c - JSON (RFC 8259): read strictly, piece by piece, in the memory it came in; and written.
 */
#include "io/io.h"

#include <ctype.h>
#include <string.h>

ae_status aei_json_fail(const aei_json *j, const char *what) {
  return aei_fail(AE_EFORMAT, "%s: byte %zu of the header: %s", j->name, j->at, what);
}

char aei_json_peek(aei_json *j) {
  while (j->at < j->size && j->text[j->at] && strchr(" \t\r\n", j->text[j->at])) j->at++;
  if (j->at == j->size) return '\0';
  return j->text[j->at];
}

ae_status aei_json_expect(aei_json *j, char c) {
  char found = aei_json_peek(j);
  if (found == c) return j->at++, AE_OK;
  char what[64];
  if (j->at == j->size)
    snprintf(what, sizeof what, "'%c' expected, the header ends", c);
  else
    snprintf(what, sizeof what,
             isprint((unsigned char)found) ? "'%c' expected, found '%c'"
                                           : "'%c' expected, found byte 0x%02X",
             c, (unsigned char)found);
  return aei_json_fail(j, what);
}

ae_status aei_json_more(aei_json *j, char close, bool first, bool *more) {
  *more = aei_json_peek(j) != close;
  if (!*more) return j->at++, AE_OK;
  return first ? AE_OK : aei_json_expect(j, ',');
}

ae_status aei_json_integer(aei_json *j, int64_t *out) {
  char c = aei_json_peek(j);
  int64_t v = 0;
  size_t begin = j->at;
  if (!isdigit((unsigned char)c)) return aei_json_fail(j, "a whole number expected");
  for (; j->at < j->size && isdigit((unsigned char)j->text[j->at]); j->at++) {
    if (!aei_mul(&v, v, 10) || __builtin_add_overflow(v, j->text[j->at] - '0', &v))
      return aei_json_fail(j, "a number that is too large");
  }
  if (c == '0' && j->at > begin + 1) return aei_json_fail(j, "a number with a leading zero");
  if (j->at < j->size && strchr(".eE", j->text[j->at]) && j->text[j->at])
    return aei_json_fail(j, "a whole number expected");
  *out = v;
  return AE_OK;
}

/* ---- strings ---- */

static ae_status hex4(aei_json *j, uint32_t *out) {
  *out = 0;
  if (j->size - j->at < 4) return aei_json_fail(j, "four hexadecimal digits expected");
  for (int k = 0; k < 4; k++) {
    char c = j->text[j->at++];
    if (!isxdigit((unsigned char)c)) return aei_json_fail(j, "four hexadecimal digits expected");
    *out = *out << 4 | (uint32_t)(isdigit((unsigned char)c) ? c - '0' : tolower(c) - 'a' + 10);
  }
  return AE_OK;
}

/* After "\u": a code point, surrogate pairs joined, as UTF-8. */
static ae_status escaped_point(aei_json *j, char **out) {
  uint32_t code, low;
  AEI_TRY(hex4(j, &code));
  if (code >= 0xD800 && code < 0xDC00 && j->size - j->at >= 6 && j->text[j->at] == '\\' &&
      j->text[j->at + 1] == 'u') {
    j->at += 2;
    AEI_TRY(hex4(j, &low));
    if (low < 0xDC00 || low > 0xDFFF) return aei_json_fail(j, "half a surrogate pair");
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  } else if (code >= 0xD800 && code <= 0xDFFF) {
    return aei_json_fail(j, "half a surrogate pair");
  }
  if (code == 0) return aei_json_fail(j, "a NUL in a string");
  char *p = *out;
  if (code < 0x80) {
    *p++ = (char)code;
  } else {
    int extra = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    /* 110xxxxx, 1110xxxx or 11110xxx */
    *p++ = (char)((0xFF00 >> (extra + 1) & 0xFF) | (code >> 6 * extra));
    while (extra-- > 0) *p++ = (char)(0x80 | (code >> 6 * extra & 0x3F));
  }
  *out = p;
  return AE_OK;
}

static ae_status escape(aei_json *j, char **out) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  if (j->at == j->size) return aei_json_fail(j, "a string without end");
  char c = j->text[j->at++];
  if (c == 'u') return escaped_point(j, out);
  const char *p = c ? strchr(from, c) : NULL;
  if (!p) return aei_json_fail(j, "an unknown escape");
  *(*out)++ = to[p - from];
  return AE_OK;
}

/* Length of the UTF-8 sequence at p, 0 when it is none (overlong forms and surrogates included). */
static size_t utf8_length(const unsigned char *p, size_t left) {
  size_t n = p[0] < 0x80                   ? 1
             : p[0] >= 0xC2 && p[0] < 0xE0 ? 2
             : (p[0] & 0xF0) == 0xE0       ? 3
             : p[0] >= 0xF0 && p[0] < 0xF5 ? 4
                                           : 0;
  if (n > left) return 0;
  for (size_t k = 1; k < n; k++)
    if ((p[k] & 0xC0) != 0x80) return 0;
  if (n == 3 && ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F))) return 0;
  if (n == 4 && ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))) return 0;
  return n;
}

/* out may be the text itself: what is unescaped is never longer than its escaped form. */
static ae_status fill_string(aei_json *j, char *out) {
  for (;;) {
    if (j->at == j->size) return aei_json_fail(j, "a string without end");
    unsigned char c = (unsigned char)j->text[j->at];
    if (c == '"') break;
    if (c < 0x20) return aei_json_fail(j, "a control character in a string");
    if (c == '\\') {
      j->at++;
      AEI_TRY(escape(j, &out));
      continue;
    }
    size_t n = utf8_length((const unsigned char *)j->text + j->at, j->size - j->at);
    if (n == 0) return aei_json_fail(j, "bytes that are no UTF-8");
    for (; n > 0; n--) *out++ = j->text[j->at++];
  }
  j->at++;
  *out = '\0';
  return AE_OK;
}

ae_status aei_json_string(aei_json *j, const char **out) {
  AEI_TRY(aei_json_expect(j, '"'));
  char *text = j->text + j->at;
  AEI_TRY(fill_string(j, text));
  *out = text;
  return AE_OK;
}

/* ---- writing ---- */

ae_status aei_text_bytes(aei_text *t, const char *bytes, size_t n) {
  if (t->used + n + 1 > t->capacity) {
    size_t capacity = 2 * (t->used + n) + 256;
    char *data = aei_realloc(t->data, capacity);
    if (!data) return AE_EMEM;
    t->data = data;
    t->capacity = capacity;
  }
  memcpy(t->data + t->used, bytes, n);
  t->used += n;
  t->data[t->used] = '\0';
  return AE_OK;
}

ae_status aei_text_format(aei_text *t, const char *format, ...) {
  char piece[256];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(piece, sizeof piece, format, args);
  va_end(args);
  return aei_text_bytes(t, piece, (size_t)n);
}

bool aei_is_utf8(const char *s) {
  for (size_t left = strlen(s), n; left > 0; s += n, left -= n) {
    n = utf8_length((const unsigned char *)s, left);
    if (n == 0) return false;
  }
  return true;
}

ae_status aei_text_string(aei_text *t, const char *s) {
  if (!aei_is_utf8(s)) return aei_fail(AE_EARG, "\"%.100s\" is no UTF-8", s);
  AEI_TRY(aei_text_bytes(t, "\"", 1));
  for (;;) {
    size_t plain = 0;
    while ((unsigned char)s[plain] >= 0x20 && s[plain] != '"' && s[plain] != '\\') plain++;
    AEI_TRY(aei_text_bytes(t, s, plain));
    s += plain;
    if (!*s) break;
    AEI_TRY(aei_text_format(t, (unsigned char)*s < 0x20 ? "\\u%04x" : "\\%c", *s));
    s++;
  }
  return aei_text_bytes(t, "\"", 1);
}
