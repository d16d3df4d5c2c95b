#include "format/quantity.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"

bool quantity_read_size(struct text text, uint64_t *bytes)
{
	static const char units[] = "kmgtp";
	size_t len = 0;
	while (len < text.len && text.at[len] >= '0' && text.at[len] <= '9')
		len++;
	struct text number = {text.at, len}, unit = {text.at + len, text.len - len};
	uint64_t count;
	if (!text_to_u64(number, 0, UINT64_MAX, &count))
		return false;
	if (unit.len == 0 || text_is_alike(unit, TEXT("b"))) {
		*bytes = count;
		return true;
	}
	const char *found = strchr(units, unit.at[0] | 0x20);
	struct text rest = {unit.at + 1, unit.len - 1};
	if (!found || *found == '\0' ||
	    (rest.len > 0 && !text_is_alike(rest, TEXT("b")) && !text_is_alike(rest, TEXT("ib"))))
		return false;
	unsigned shift = 10 * (unsigned)(found - units + 1);
	if (count > UINT64_MAX >> shift)
		return false;
	*bytes = count << shift;
	return true;
}

bool quantity_read_mode(struct text text, unsigned *mode)
{
	uint64_t value;
	if (text.len > 5 || !text_to_octal(text, 07777, &value))
		return false;
	*mode = (unsigned)value;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* dpkg's order of characters that are no digits: ~ before the end, the end before letters, letters
 * before others. */
static int rank(struct text text, size_t at)
{
	if (at >= text.len || is_digit(text.at[at]))
		return 0;
	unsigned char c = (unsigned char)text.at[at];
	if (c == '~')
		return -1;
	bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
	return letter ? c : c + 256;
}

static size_t digits_end(struct text text, size_t at)
{
	while (at < text.len && is_digit(text.at[at]))
		at++;
	return at;
}

/* Numbers of any length: without leading zeros the longer is the larger. */
static int compare_numbers(struct text a, struct text b)
{
	while (a.len > 0 && a.at[0] == '0')
		a = (struct text){a.at + 1, a.len - 1};
	while (b.len > 0 && b.at[0] == '0')
		b = (struct text){b.at + 1, b.len - 1};
	if (a.len != b.len)
		return a.len > b.len ? 1 : -1;
	return text_compare(a, b);
}

/* Compares two parts as deb-version(7) tells: by turns what is not digits, and digits. */
static int compare_parts(struct text a, struct text b)
{
	size_t i = 0, j = 0;
	while (i < a.len || j < b.len) {
		while ((i < a.len && !is_digit(a.at[i])) || (j < b.len && !is_digit(b.at[j]))) {
			int order = rank(a, i) - rank(b, j);
			if (order != 0)
				return order;
			i++;
			j++;
		}
		size_t a_end = digits_end(a, i), b_end = digits_end(b, j);
		int order = compare_numbers((struct text){a.at + i, a_end - i},
					    (struct text){b.at + j, b_end - j});
		if (order != 0)
			return order;
		i = a_end;
		j = b_end;
	}
	return 0;
}

static void split_version(struct text text, struct text parts[3])
{
	const char *colon = text.len ? memchr(text.at, ':', text.len) : NULL;
	size_t epoch_len = colon ? (size_t)(colon - text.at) : 0;
	parts[0] = (struct text){text.at, epoch_len};
	struct text rest = {text.at + epoch_len + (colon ? 1 : 0),
			    text.len - epoch_len - (colon ? 1 : 0)};
	const char *dash = rest.len ? memrchr(rest.at, '-', rest.len) : NULL;
	size_t upstream_len = dash ? (size_t)(dash - rest.at) : rest.len;
	parts[1] = (struct text){rest.at, upstream_len};
	parts[2] = (struct text){dash ? dash + 1 : rest.at + rest.len,
				 dash ? rest.len - upstream_len - 1 : 0};
}

int quantity_compare_version(struct text a, struct text b)
{
	struct text left[3], right[3];
	split_version(text_trim(a), left);
	split_version(text_trim(b), right);
	int order = 0;
	for (size_t i = 0; i < 3 && order == 0; i++)
		order = compare_parts(left[i], right[i]);
	return order;
}

bool quantity_read_address(struct text text, struct address *address)
{
	char copy[INET6_ADDRSTRLEN];
	const char *slash = text.len ? memchr(text.at, '/', text.len) : NULL;
	size_t len = slash ? (size_t)(slash - text.at) : text.len;
	if (len == 0 || len >= sizeof(copy))
		return false;
	memcpy(copy, text.at, len);
	copy[len] = '\0';
	struct address value = {.prefix = 128};
	uint64_t max = 128, prefix;
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	if (inet_pton(AF_INET, copy, value.bytes + 12) == 1) {
		memcpy(value.bytes, mapped, sizeof(mapped));
		max = 32;
	} else if (inet_pton(AF_INET6, copy, value.bytes) != 1) {
		return false;
	}
	if (slash) {
		if (!text_to_u64((struct text){slash + 1, text.len - len - 1}, 0, max, &prefix))
			return false;
		value.prefix = (unsigned)(prefix + 128 - max);
	}
	*address = value;
	return true;
}

bool quantity_is_within(const struct address *address, const struct address *network)
{
	if (address->prefix < network->prefix)
		return false;
	unsigned whole = network->prefix / 8, bits = network->prefix % 8;
	if (memcmp(address->bytes, network->bytes, whole) != 0)
		return false;
	unsigned mask = 0xff00u >> bits & 0xff;
	return bits == 0 || ((address->bytes[whole] ^ network->bytes[whole]) & mask) == 0;
}

static char fold(char c, bool caseless)
{
	return caseless && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Whether the pattern's character at *at (moved behind it) takes this one. */
static bool takes_one(struct text pattern, size_t *at, char c, bool caseless)
{
	char want = pattern.at[(*at)++];
	if (want == '?')
		return true;
	if (want == '\\' && *at < pattern.len)
		want = pattern.at[(*at)++];
	return fold(want, caseless) == fold(c, caseless);
}

bool quantity_is_wild_match(struct text pattern, struct text text, bool caseless)
{
	size_t p = 0, t = 0, star = SIZE_MAX, star_t = 0;
	while (t < text.len) {
		size_t next = p;
		if (p < pattern.len && pattern.at[p] == '*') {
			star = ++p; /* remember: the star may take more later */
			star_t = t;
		} else if (p < pattern.len && takes_one(pattern, &next, text.at[t], caseless)) {
			p = next;
			t++;
		} else if (star != SIZE_MAX) {
			p = star;
			t = ++star_t;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.at[p] == '*')
		p++;
	return p == pattern.len;
}
