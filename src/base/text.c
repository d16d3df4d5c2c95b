#include "base/text.h"

#include <string.h>

static unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct text text_of(const char *cstr)
{
	return (struct text){cstr, cstr ? strlen(cstr) : 0};
}

bool text_is(struct text text, const char *cstr)
{
	return text_is_equal(text, text_of(cstr));
}

bool text_is_equal(struct text a, struct text b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool text_is_alike(struct text a, struct text b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower((unsigned char)a.at[i]) != lower((unsigned char)b.at[i]))
			return false;
	return true;
}

int text_compare(struct text a, struct text b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len > 0 ? memcmp(a.at, b.at, len) : 0;
	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

bool text_starts(struct text text, const char *start)
{
	size_t len = strlen(start);
	return text.len >= len && (len == 0 || memcmp(text.at, start, len) == 0);
}

bool text_ends(struct text text, const char *end)
{
	size_t len = strlen(end);
	return text.len >= len && (len == 0 || memcmp(text.at + text.len - len, end, len) == 0);
}

bool text_find(struct text text, struct text part, size_t *at)
{
	const char *found = part.len == 0 ? text.at : NULL;
	if (part.len > 0 && text.len > 0)
		found = memmem(text.at, text.len, part.at, part.len);
	if (!found && part.len > 0)
		return false;
	*at = found ? (size_t)(found - text.at) : 0;
	return true;
}

struct text text_trim(struct text text)
{
	while (text.len > 0 && is_space(text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && is_space(text.at[text.len - 1]))
		text.len--;
	return text;
}

bool text_next(struct text *rest, char mark, struct text *part)
{
	if (rest->len == 0)
		return false;
	const char *end = memchr(rest->at, mark, rest->len);
	size_t len = end ? (size_t)(end - rest->at) : rest->len;
	*part = (struct text){rest->at, len};
	size_t skip = end ? len + 1 : len;
	rest->at += skip;
	rest->len -= skip;
	return true;
}

bool text_word(struct text *rest, struct text *word)
{
	size_t from = 0;
	while (from < rest->len && is_space(rest->at[from]))
		from++;
	size_t to = from;
	while (to < rest->len && !is_space(rest->at[to]))
		to++;
	if (from == to)
		return false;
	*word = (struct text){rest->at + from, to - from};
	rest->at += to;
	rest->len -= to;
	return true;
}

static bool read_digits(struct text text, uint64_t base, uint64_t max, uint64_t *number)
{
	uint64_t sum = 0;
	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned)(unsigned char)text.at[i] - '0';
		if (digit >= base || __builtin_mul_overflow(sum, base, &sum) ||
		    __builtin_add_overflow(sum, digit, &sum))
			return false;
	}
	if (sum > max)
		return false;
	*number = sum;
	return true;
}

bool text_to_u64(struct text text, uint64_t min, uint64_t max, uint64_t *number)
{
	uint64_t value;
	if (!read_digits(text, 10, max, &value) || value < min)
		return false;
	*number = value;
	return true;
}

bool text_to_i64(struct text text, int64_t min, int64_t max, int64_t *number)
{
	bool negative = text.len > 1 && text.at[0] == '-';
	uint64_t size;
	if (negative)
		text = (struct text){text.at + 1, text.len - 1};
	if (!read_digits(text, 10, (uint64_t)INT64_MAX, &size))
		return false;
	int64_t value = negative ? -(int64_t)size : (int64_t)size;
	if (value < min || value > max)
		return false;
	*number = value;
	return true;
}

bool text_to_octal(struct text text, uint64_t max, uint64_t *number)
{
	return read_digits(text, 8, max, number);
}

void text_put_hex(const void *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *from = bytes;
	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[from[i] >> 4];
		out[2 * i + 1] = digits[from[i] & 15];
	}
	out[2 * len] = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	unsigned char small = lower((unsigned char)c);
	return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

bool text_to_bytes(struct text hex, unsigned char *out, size_t len)
{
	if (hex.len != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		int high = hex_digit(hex.at[2 * i]), low = hex_digit(hex.at[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high * 16 + low);
	}
	return true;
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t low = a < b ? a : b;
	return low < c ? low : c;
}

size_t text_distance(struct text a, struct text b)
{
	if (a.len > TEXT_NEAR_MAX || b.len > TEXT_NEAR_MAX)
		return TEXT_NEAR_MAX;
	uint8_t rows[3][TEXT_NEAR_MAX + 1] = {0};
	uint8_t *two = rows[0], *one = rows[1], *now = rows[2];
	for (size_t j = 0; j <= b.len; j++)
		one[j] = (uint8_t)j;
	for (size_t i = 1; i <= a.len; i++) {
		now[0] = (uint8_t)i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t change = a.at[i - 1] != b.at[j - 1];
			size_t best = least(one[j] + 1u, now[j - 1] + 1u, one[j - 1] + change);
			bool swap = i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] &&
				    a.at[i - 2] == b.at[j - 1];
			if (swap && two[j - 2] + 1u < best)
				best = two[j - 2] + 1u;
			now[j] = (uint8_t)best;
		}
		uint8_t *oldest = two;
		two = one;
		one = now;
		now = oldest;
	}
	return one[b.len];
}

/* How many edits a word of this length may be away: short words are near to too many. */
struct near near_begin(struct text word)
{
	size_t edits = word.len <= 3 ? 1 : word.len <= 6 ? 2 : 3;
	return (struct near){.word = word, .far = edits + 1};
}

void near_try(struct near *near, const char *known)
{
	size_t far = text_distance(near->word, text_of(known));
	if (far >= near->far)
		return;
	near->far = far;
	near->best = known;
}

/* What the second byte of a character may be, by its first: RFC 3629, section 4. */
static const struct {
	unsigned char first, last, low, high;
	size_t len;
} utf8_forms[] = {
	{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
	{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
	{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* The length of the character that starts here, 0 when it is none. */
static size_t utf8_len(const unsigned char *at, size_t left)
{
	if (at[0] < 0x80)
		return 1;
	size_t form = 0;
	while (form < array_len(utf8_forms) && at[0] > utf8_forms[form].last)
		form++;
	if (form == array_len(utf8_forms) || at[0] < utf8_forms[form].first ||
	    left < utf8_forms[form].len || at[1] < utf8_forms[form].low ||
	    at[1] > utf8_forms[form].high)
		return 0;
	for (size_t i = 2; i < utf8_forms[form].len; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return utf8_forms[form].len;
}

bool text_is_utf8(struct text text)
{
	for (size_t at = 0; at < text.len;) {
		size_t len = utf8_len((const unsigned char *)text.at + at, text.len - at);
		if (len == 0)
			return false;
		at += len;
	}
	return true;
}

size_t text_cut(struct text text, size_t limit)
{
	if (text.len <= limit)
		return text.len;
	size_t at = limit;
	while (at > 0 && limit - at < 4 && ((unsigned char)text.at[at] & 0xc0) == 0x80)
		at--;
	return ((unsigned char)text.at[at] & 0xc0) == 0x80 ? limit : at;
}
