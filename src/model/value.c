#include "model/value.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "format/quantity.h"
#include "model/level.h"

#define SHOWN_MAX 160 /* bytes of a text that is shown in a sentence */

static const struct {
	const char *name;
	bool number, ordered;
} types[] = {
	[VALUE_NONE] = {"nothing", false, false},   [VALUE_BOOL] = {"true or false", true, false},
	[VALUE_INT] = {"number", true, true},       [VALUE_SIZE] = {"size", true, true},
	[VALUE_SPAN] = {"duration", true, true},    [VALUE_TIME] = {"time", true, true},
	[VALUE_MODE] = {"mode", true, true},        [VALUE_TEXT] = {"text", false, true},
	[VALUE_VERSION] = {"version", false, true}, [VALUE_ADDRESS] = {"address", false, false},
	[VALUE_LEVEL] = {"level", true, true},      [VALUE_TLS] = {"TLS level", true, true},
	[VALUE_LIST] = {"list", false, false},
};

static const char *const tls_levels[] = {
	[TLS_OLD] = "old", [TLS_INTERMEDIATE] = "intermediate", [TLS_MODERN] = "modern"};

const char *value_tls_name(enum tls_level level)
{
	must(level >= TLS_OLD && level <= TLS_MODERN);
	return tls_levels[level];
}

struct value value_bool(bool truth)
{
	return (struct value){.type = VALUE_BOOL, .number = truth};
}

struct value value_number(enum value_type type, int64_t number)
{
	must(types[type].number);
	return (struct value){.type = type, .number = number};
}

struct value value_text(enum value_type type, struct text text)
{
	must(!types[type].number && type != VALUE_LIST);
	if (!text.at)
		return (struct value){0};
	return (struct value){.type = type, .text = text};
}

const char *value_type_name(enum value_type type)
{
	return types[type].name;
}

static void show_scaled(struct buf *out, int64_t number, const char *const *units,
			const int64_t *sizes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (number % sizes[i] == 0 && number != 0) {
			buf_print(out, "%" PRId64 " %s", number / sizes[i], units[i]);
			return;
		}
	buf_print(out, "%" PRId64 " %s", number / sizes[count - 1], units[count - 1]);
}

static void show_text(struct buf *out, struct text text)
{
	buf_char(out, '"');
	buf_printable(out, text, SHOWN_MAX);
	buf_char(out, '"');
}

static void show_list(struct buf *out, const struct value *value)
{
	if (value->count == 0)
		buf_cstr(out, "an empty list");
	for (size_t i = 0; i < value->count && out->len < 2 * SHOWN_MAX; i++) {
		buf_cstr(out, i > 0 ? ", " : "");
		buf_printable(out, value->list[i], SHOWN_MAX);
	}
	if (out->len >= 2 * SHOWN_MAX)
		buf_cstr(out, ", …");
}

struct text value_show(const struct value *value, struct arena *arena)
{
	static const char *const size_units[] = {"TiB", "GiB", "MiB", "KiB", "bytes"};
	static const int64_t sizes[] = {INT64_C(1) << 40, 1 << 30, 1 << 20, 1 << 10, 1};
	static const char *const span_units[] = {"d", "h", "min", "s"};
	static const int64_t spans[] = {TIME_DAY_US, 3600 * TIME_SECOND_US, 60 * TIME_SECOND_US,
					TIME_SECOND_US};
	char when[TIME_TEXT_SIZE];
	struct buf out = {0};
	switch (value->type) {
	case VALUE_NONE:
		buf_cstr(&out, "nothing");
		break;
	case VALUE_BOOL:
		buf_cstr(&out, value->number ? "true" : "false");
		break;
	case VALUE_INT:
		buf_print(&out, "%" PRId64, value->number);
		break;
	case VALUE_SIZE:
		show_scaled(&out, value->number, size_units, sizes, array_len(sizes));
		break;
	case VALUE_SPAN:
		if (value->number % TIME_SECOND_US != 0)
			buf_print(&out, "%" PRId64 " ms", value->number / 1000);
		else
			show_scaled(&out, value->number, span_units, spans, array_len(spans));
		break;
	case VALUE_TIME:
		time_put(value->number, when);
		buf_cstr(&out, when);
		break;
	case VALUE_MODE:
		buf_print(&out, "%04" PRIo64, (uint64_t)value->number);
		break;
	case VALUE_TEXT:
		show_text(&out, value->text);
		break;
	case VALUE_VERSION:
	case VALUE_ADDRESS:
		buf_printable(&out, value->text, SHOWN_MAX);
		break;
	case VALUE_LEVEL:
		buf_cstr(&out, level_name((enum level)value->number));
		break;
	case VALUE_TLS:
		buf_cstr(&out, value_tls_name((enum tls_level)value->number));
		break;
	case VALUE_LIST:
		show_list(&out, value);
		break;
	}
	struct text shown = arena_text(arena, buf_view(&out));
	buf_end(&out);
	return shown;
}

static bool read_bool(struct text text, int64_t *number)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
	for (size_t i = 0; i < array_len(words); i++)
		if (text_is_alike(text, text_of(words[i]))) {
			*number = i % 2;
			return true;
		}
	return false;
}

static bool read_tls(struct text text, int64_t *number)
{
	for (int i = TLS_OLD; i <= TLS_MODERN; i++)
		if (text_is(text, tls_levels[i])) {
			*number = i;
			return true;
		}
	return false;
}

static bool read_number(enum value_type type, struct text text, int64_t *number)
{
	uint64_t bytes;
	unsigned mode;
	enum level level;
	if (type == VALUE_BOOL)
		return read_bool(text, number);
	if (type == VALUE_SIZE) {
		bool read = quantity_read_size(text, &bytes) && bytes <= INT64_MAX;
		*number = read ? (int64_t)bytes : 0;
		return read;
	}
	if (type == VALUE_MODE) {
		bool read = quantity_read_mode(text, &mode);
		*number = read ? (int64_t)mode : 0;
		return read;
	}
	if (type == VALUE_LEVEL) {
		bool read = level_read(text, &level);
		*number = read ? (int64_t)level : 0;
		return read;
	}
	if (type == VALUE_TLS)
		return read_tls(text, number);
	if (type == VALUE_SPAN)
		return time_read_span(text, number);
	if (type == VALUE_TIME)
		return time_read(text, number);
	return text_to_i64(text, INT64_MIN + 1, INT64_MAX, number);
}

bool value_read(enum value_type type, struct text text, struct value *value)
{
	int64_t number;
	struct address address;
	if (type == VALUE_NONE || type == VALUE_LIST)
		return false;
	if (types[type].number) {
		if (!read_number(type, text, &number))
			return false;
		*value = value_number(type, number);
		return true;
	}
	if (type == VALUE_ADDRESS && !quantity_read_address(text, &address))
		return false;
	*value = value_text(type, text);
	return true;
}

/* Brings both to one type: text is read as the other's. False when that can't be done. */
static bool unify(struct value *a, struct value *b)
{
	if (a->type == b->type)
		return true;
	if (a->type == VALUE_TEXT && b->type != VALUE_LIST)
		return value_read(b->type, a->text, a);
	if (b->type == VALUE_TEXT && a->type != VALUE_LIST)
		return value_read(a->type, b->text, b);
	return types[a->type].number && types[b->type].number;
}

static bool is_same_list(const struct value *a, const struct value *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!text_is_equal(a->list[i], b->list[i]))
			return false;
	return true;
}

static bool is_same_text(const struct value *a, const struct value *b)
{
	if (a->caseless || b->caseless)
		return text_is_alike(a->text, b->text);
	if (text_is_equal(a->text, b->text))
		return true;
	int64_t left, right; /* "08" and "8" are the same number */
	return text_to_i64(a->text, INT64_MIN + 1, INT64_MAX, &left) &&
	       text_to_i64(b->text, INT64_MIN + 1, INT64_MAX, &right) && left == right;
}

static bool is_same_address(struct text a, struct text b)
{
	struct address left, right;
	return quantity_read_address(a, &left) && quantity_read_address(b, &right) &&
	       left.prefix == right.prefix &&
	       memcmp(left.bytes, right.bytes, sizeof(left.bytes)) == 0;
}

bool value_is_equal(const struct value *a, const struct value *b)
{
	struct value left = *a, right = *b;
	if (left.type == VALUE_NONE || right.type == VALUE_NONE || !unify(&left, &right))
		return false;
	if (types[left.type].number)
		return left.number == right.number;
	if (left.type == VALUE_LIST)
		return is_same_list(&left, &right);
	if (left.type == VALUE_VERSION)
		return quantity_compare_version(left.text, right.text) == 0;
	if (left.type == VALUE_ADDRESS)
		return is_same_address(left.text, right.text);
	return is_same_text(&left, &right);
}

bool value_compare(const struct value *a, const struct value *b, int *order)
{
	struct value left = *a, right = *b;
	int64_t numbers[2];
	if (!unify(&left, &right) || !types[left.type].ordered)
		return false;
	if (left.type == VALUE_VERSION) {
		*order = quantity_compare_version(left.text, right.text);
		return true;
	}
	if (types[left.type].number) {
		numbers[0] = left.number;
		numbers[1] = right.number;
	} else if (!text_to_i64(left.text, INT64_MIN + 1, INT64_MAX, &numbers[0]) ||
		   !text_to_i64(right.text, INT64_MIN + 1, INT64_MAX, &numbers[1])) {
		return false;
	}
	*order = (numbers[0] > numbers[1]) - (numbers[0] < numbers[1]);
	return true;
}
