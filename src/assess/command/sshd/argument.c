#include "assess/command/sshd/argument.h"

#include <stdarg.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "format/quantity.h"

struct reading {
	const struct keyword *keyword;
	const struct sshd_line *line;
	struct text word; /* the first; empty where there is none */
	struct buf *value;
	size_t used;
	struct buf *why;
};

bool argument_is_match(struct text pattern, struct text name)
{
	return quantity_is_wild_match(pattern, name, false);
}

static bool complain(struct reading *reading, const char *text, ...) format_like(2, 3);
static bool complain(struct reading *reading, const char *text, ...)
{
	char line[1024];
	va_list list;
	va_start(list, text);
	int len = vsnprintf(line, sizeof(line), text, list);
	va_end(list);
	must(len >= 0);
	buf_cstr(reading->why, line);
	return false;
}

/* "KEYWORD missing argument." as most keywords have it. */
static bool miss(struct reading *reading)
{
	return complain(reading, "%.*s missing argument.", TEXT_ARG(reading->line->keyword));
}

static bool is(const struct reading *reading, const char *name)
{
	return strcmp(reading->keyword->name, name) == 0;
}

static bool refuse_choice(struct reading *reading)
{
	struct text word = reading->word, name = reading->line->keyword;
	if (is(reading, "loglevel"))
		return complain(reading, "unsupported log level '%.*s'", TEXT_ARG(word));
	if (is(reading, "syslogfacility"))
		return complain(reading, "unsupported log facility '%.*s'", TEXT_ARG(word));
	if (is(reading, "permittunnel"))
		return complain(reading, "bad %.*s argument %.*s", TEXT_ARG(name), TEXT_ARG(word));
	if (is(reading, "fingerprinthash"))
		return complain(reading, "Invalid %.*s algorithm \"%.*s\".", TEXT_ARG(name),
				TEXT_ARG(word));
	return complain(reading, "unsupported option \"%.*s\".", TEXT_ARG(word));
}

static bool read_choice(struct reading *reading)
{
	struct text rest = text_of(reading->keyword->choices), choice, said;
	if (reading->word.len == 0)
		return complain(reading, "missing argument.");
	while (text_word(&rest, &choice)) {
		struct text shown = choice;
		bool cut = text_next(&shown, '=', &said);
		must(cut);
		if (!text_is_alike(said, reading->word))
			continue;
		buf_text(reading->value, shown.len > 0 ? shown : said);
		return true;
	}
	return refuse_choice(reading);
}

static bool read_number(struct reading *reading)
{
	uint64_t number;
	int64_t wide;
	const char *what = reading->word.len == 0 ? "missing" : "invalid";
	if (text_to_i64(reading->word, INT64_MIN, INT64_MAX, &wide))
		what = wide < 0 ? "too small" : "too large";
	if (!text_to_u64(reading->word, 0, INT32_MAX, &number))
		return complain(reading, "%.*s integer value %s.", TEXT_ARG(reading->line->keyword),
				what);
	buf_print(reading->value, "%u", (unsigned)number);
	return true;
}

static bool read_octal(struct reading *reading)
{
	uint64_t mask;
	if (reading->word.len == 0)
		return miss(reading);
	if (!text_to_octal(reading->word, 0777, &mask))
		return complain(reading, "Invalid %.*s.", TEXT_ARG(reading->line->keyword));
	buf_print(reading->value, "0%o", (unsigned)mask);
	return true;
}

static bool read_span_of(struct reading *reading, struct text word)
{
	int64_t span;
	if (word.len == 0)
		return complain(reading, "missing time value.");
	if (!sshd_read_span(word, &span) || span / 1000000 > INT32_MAX)
		return complain(reading, "invalid time value.");
	buf_print(reading->value, "%d", (int)(span / 1000000));
	return true;
}

static bool read_span(struct reading *reading)
{
	bool none = reading->keyword->choices && text_is_alike(reading->word, TEXT("none"));
	if (none)
		buf_cstr(reading->value, "none");
	return none || read_span_of(reading, reading->word);
}

static bool read_file(struct reading *reading)
{
	if (reading->word.len == 0)
		return complain(reading, "missing file name.");
	bool none = text_is_alike(reading->word, TEXT("none"));
	buf_text(reading->value, none ? TEXT("none") : reading->word);
	return true;
}

static bool read_text(struct reading *reading)
{
	if (reading->word.len == 0)
		return miss(reading);
	buf_text(reading->value, reading->word);
	return true;
}

/* The line as it is, with its quotes. */
static bool read_line(struct reading *reading)
{
	struct text rest = reading->line->rest;
	bool command = strstr(reading->keyword->name, "command") && !is(reading, "forcecommand");
	reading->used = reading->line->word_count;
	if (command && rest.at[0] != '/' && !text_is_alike(rest, TEXT("none")))
		return complain(reading, "%.*s must be an absolute path",
				TEXT_ARG(reading->line->keyword));
	buf_text(reading->value, rest);
	return true;
}

static bool read_words(struct reading *reading)
{
	const struct sshd_line *line = reading->line;
	reading->used = line->word_count;
	if (line->word_count == 0)
		return miss(reading);
	for (size_t i = 0; i < line->word_count; i++) {
		bool bare = is(reading, "permitlisten") && !text_is(line->words[i], "any") &&
			    !text_is(line->words[i], "none") &&
			    !memchr(line->words[i].at, ':', line->words[i].len);
		buf_print(reading->value, "%s%s%.*s", i > 0 ? " " : "", bare ? "*:" : "",
			  TEXT_ARG(line->words[i]));
	}
	return true;
}

static bool read_list(struct reading *reading)
{
	reading->used = reading->line->word_count;
	return true;
}

static bool is_among(struct text list, struct text name)
{
	struct text each;
	while (text_next(&list, ',', &each))
		if (text_is_equal(each, name))
			return true;
	return false;
}

static bool fits_any(struct text list, struct text pattern)
{
	struct text each;
	while (text_next(&list, ',', &each))
		if (argument_is_match(pattern, each))
			return true;
	return false;
}

static bool refuse_algos(struct reading *reading, struct text name)
{
	struct text word = reading->word;
	if (is(reading, "ciphers"))
		return complain(reading, "Bad SSH2 cipher spec '%.*s'.", TEXT_ARG(word));
	if (is(reading, "macs"))
		return complain(reading, "Bad SSH2 mac spec '%.*s'.", TEXT_ARG(word));
	if (is(reading, "kexalgorithms"))
		return complain(reading,
				"Unsupported KEX algorithm \"%.*s\"\nBad SSH2 KexAlgorithms "
				"'%.*s'.",
				TEXT_ARG(name), TEXT_ARG(word));
	return complain(reading, "Bad key types '%.*s'.", TEXT_ARG(word));
}

static bool read_algos(struct reading *reading)
{
	struct text word = reading->word, name, all = text_of(reading->keyword->choices);
	bool keys = strstr(reading->keyword->name, "algorithms") && !is(reading, "kexalgorithms");
	if (word.len == 0)
		return keys ? complain(reading, "Missing argument.") : miss(reading);
	buf_text(reading->value, word);
	if (word.at[0] == '-')
		return true;
	bool marked = word.at[0] == '+' || word.at[0] == '^';
	struct text list = {word.at + marked, word.len - marked};
	if (list.len == 0)
		return refuse_algos(reading, list);
	while (text_next(&list, ',', &name))
		if (!is_among(all, name) && !(keys && fits_any(all, name)))
			return refuse_algos(reading, name);
	return true;
}

static bool read_port(struct reading *reading)
{
	uint64_t port;
	if (reading->word.len == 0)
		return complain(reading, "missing port number.");
	if (!text_to_u64(reading->word, 1, UINT16_MAX, &port))
		return complain(reading, "Badly formatted port number.");
	buf_print(reading->value, "%u", (unsigned)port);
	return true;
}

/* ADDRESS [rdomain NAME] */
static bool read_listen(struct reading *reading)
{
	const struct sshd_line *line = reading->line;
	if (reading->word.len == 0)
		return complain(reading, "missing address");
	if (line->word_count > 1)
		return complain(reading, "bad ListenAddress syntax");
	buf_text(reading->value, reading->word);
	return true;
}

static bool read_subsystem(struct reading *reading)
{
	if (reading->line->word_count < 2)
		return reading->line->word_count == 0
			       ? miss(reading)
			       : complain(reading, "Missing subsystem command.");
	return read_words(reading);
}

/* "10:30:100", or one number. */
static bool read_startups(struct reading *reading)
{
	struct text rest = reading->word, part;
	uint64_t numbers[3] = {0, 30, 0};
	size_t count = 0;
	if (reading->word.len == 0)
		return miss(reading);
	while (count < 4 && text_next(&rest, ':', &part)) {
		if (count == 3 || !text_to_u64(part, 0, INT32_MAX, &numbers[count]))
			count = 4;
		else
			count++;
	}
	if (count == 1)
		numbers[2] = numbers[0];
	if ((count != 1 && count != 3) || numbers[0] > numbers[2] || numbers[1] > 100 ||
	    numbers[1] < 1 || numbers[0] == 0)
		return complain(reading, "Invalid %.*s spec.", TEXT_ARG(reading->line->keyword));
	buf_print(reading->value, "%u:%u:%u", (unsigned)numbers[0], (unsigned)numbers[1],
		  (unsigned)numbers[2]);
	return true;
}

static bool read_sources(struct reading *reading)
{
	bool none = text_is(reading->word, "none");
	if (none)
		buf_cstr(reading->value, "none");
	return none || read_number(reading);
}

static bool read_blocks(struct reading *reading)
{
	struct text rest = reading->word, first;
	uint64_t narrow, wide;
	if (!text_next(&rest, ':', &first))
		return miss(reading);
	if (!text_to_u64(first, 0, 32, &narrow) || !text_to_u64(rest, 0, 128, &wide))
		return complain(reading, "Invalid %.*s spec.", TEXT_ARG(reading->line->keyword));
	buf_print(reading->value, "%u:%u", (unsigned)narrow, (unsigned)wide);
	return true;
}

static const struct {
	const char *name;
	unsigned value;
} classes[] = {
	{"af11", 0x28},        {"af12", 0x30}, {"af13", 0x38},     {"af21", 0x48},
	{"af22", 0x50},        {"af23", 0x58}, {"af31", 0x68},     {"af32", 0x70},
	{"af33", 0x78},        {"af41", 0x88}, {"af42", 0x90},     {"af43", 0x98},
	{"cs0", 0x00},         {"cs1", 0x20},  {"cs2", 0x40},      {"cs3", 0x60},
	{"cs4", 0x80},         {"cs5", 0xa0},  {"cs6", 0xc0},      {"cs7", 0xe0},
	{"ef", 0xb8},          {"le", 0x04},   {"lowdelay", 0x10}, {"throughput", 0x08},
	{"reliability", 0x04},
};

/* "0x1f" */
static bool read_hex(struct text word, uint64_t *number)
{
	unsigned char byte;
	if (word.len != 4 || !text_starts(word, "0x") ||
	    !text_to_bytes((struct text){word.at + 2, 2}, &byte, 1))
		return false;
	*number = byte;
	return true;
}

static bool add_class(struct reading *reading, struct text word)
{
	uint64_t number;
	if (text_is_alike(word, TEXT("none"))) {
		buf_cstr(reading->value, "none");
		return true;
	}
	for (size_t i = 0; i < array_len(classes); i++)
		if (text_is_alike(word, text_of(classes[i].name))) {
			number = classes[i].value;
			goto out;
		}
	if (!text_to_u64(word, 0, 255, &number) && !read_hex(word, &number))
		return complain(reading, "Bad %.*s value: %.*s", TEXT_ARG(reading->line->keyword),
				TEXT_ARG(word));
out:
	for (size_t i = 0; i < array_len(classes); i++)
		if (classes[i].value == number) {
			buf_cstr(reading->value, classes[i].name);
			return true;
		}
	buf_print(reading->value, "0x%02x", (unsigned)number);
	return true;
}

static bool read_qos(struct reading *reading)
{
	const struct sshd_line *line = reading->line;
	if (line->word_count == 0)
		return miss(reading);
	if (!add_class(reading, line->words[0]))
		return false;
	buf_char(reading->value, ' ');
	reading->used = line->word_count > 1 ? 2 : 1;
	return add_class(reading, line->words[reading->used - 1]);
}

/* "1G 1h", "default none" */
static bool read_rekey(struct reading *reading)
{
	static const char units[] = "KMGT";
	const struct sshd_line *line = reading->line;
	struct text word = reading->word;
	uint64_t number = 0;
	if (word.len == 0)
		return miss(reading);
	char last = word.at[word.len - 1];
	const char *unit = strchr(units, last >= 'a' ? last - 32 : last);
	unsigned shift = unit && *unit ? 10 * (unsigned)(unit - units + 1) : 0;
	struct text digits = {word.at, word.len - (shift > 0)};
	bool by_default = text_is(word, "default");
	if (!by_default && (!text_to_u64(digits, 0, UINT64_MAX >> 41, &number) ||
			    (number > 0 && number << shift < 16)))
		return complain(reading, "%.*s too small", TEXT_ARG(line->keyword));
	buf_print(reading->value, "%" PRIu64 " ", number << shift);
	reading->used = line->word_count > 1 ? 2 : 1;
	if (line->word_count > 1 && !text_is(line->words[1], "none"))
		return read_span_of(reading, line->words[1]);
	buf_char(reading->value, '0');
	return true;
}

static bool read_options(struct reading *reading)
{
	static const char *const known[] = {"touch-required", "verify-required"};
	const struct sshd_line *line = reading->line;
	bool set[array_len(known)] = {0};
	reading->used = line->word_count;
	for (size_t i = 0; i < line->word_count; i++) {
		bool none = text_is_alike(line->words[i], TEXT("none"));
		for (size_t j = 0; j < array_len(known); j++)
			if (text_is_alike(line->words[i], text_of(known[j])))
				set[j] = none = true;
		if (!none)
			return complain(reading, "unsupported %.*s option %.*s",
					TEXT_ARG(line->keyword), TEXT_ARG(line->words[i]));
	}
	for (size_t j = 0; j < array_len(known); j++)
		if (set[j])
			buf_print(reading->value, "%s%s", reading->value->len > 0 ? " " : "",
				  known[j]);
	if (reading->value->len == 0)
		buf_cstr(reading->value, "none");
	return true;
}

static bool (*const readers[])(struct reading *reading) = {
	[KEYWORD_CHOICE] = read_choice,     [KEYWORD_NUMBER] = read_number,
	[KEYWORD_OCTAL] = read_octal,       [KEYWORD_SPAN] = read_span,
	[KEYWORD_FILE] = read_file,         [KEYWORD_TEXT] = read_text,
	[KEYWORD_LINE] = read_line,         [KEYWORD_LIST] = read_list,
	[KEYWORD_WORDS] = read_words,       [KEYWORD_ALGOS] = read_algos,
	[KEYWORD_PORT] = read_port,         [KEYWORD_LISTEN] = read_listen,
	[KEYWORD_HOSTKEY] = read_file,      [KEYWORD_SUBSYSTEM] = read_subsystem,
	[KEYWORD_STARTUPS] = read_startups, [KEYWORD_SOURCES] = read_sources,
	[KEYWORD_BLOCKS] = read_blocks,     [KEYWORD_QOS] = read_qos,
	[KEYWORD_REKEY] = read_rekey,       [KEYWORD_OPTIONS] = read_options,
};

bool argument_read(const struct keyword *keyword, const struct sshd_line *line, struct buf *value,
		   size_t *used, struct buf *why)
{
	struct reading reading = {.keyword = keyword,
				  .line = line,
				  .value = value,
				  .used = line->word_count > 0,
				  .why = why};
	must(keyword->kind < array_len(readers) && readers[keyword->kind]);
	if (line->word_count > 0)
		reading.word = line->words[0];
	bool good = readers[keyword->kind](&reading);
	*used = reading.used;
	return good;
}
