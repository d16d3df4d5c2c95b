#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "assess/command/aid.h"
#include "assess/command/clock.h"
#include "assess/command/table.h"

#define WIDTH_MAX 1000
#define DIGITS_MAX 72 /* of a number; longer precision is cut */

static const struct option_word options[] = {
	{'L', "dereference", false}, {'c', "format", true}, {'\x03', "printf", true},
	{'t', "terse", false},       {0, NULL, false},
};

struct style {
	struct text format;
	bool follow, escapes, given;
};

static const char usual[] = "  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\n"
			    "Device: %Hd,%Ld\tInode: %-10i  Links: ";
static const char usual_end[] = "Access: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\n"
				"Access: %x\nModify: %y\nChange: %z\n Birth: %w\n";
static const char terse[] = "%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o\n";

/* One directive: %-10.5Hd */
struct spec {
	bool left, zero, alternate;
	int width, precision; /* precision -1: none */
	char of, letter;      /* of: 'H' major, 'L' minor, or 0 */
};

/* A number in digits; false: too large. */
static bool read_width(struct text text, size_t *at, int *number)
{
	for (*number = 0; *at < text.len && text.at[*at] >= '0' && text.at[*at] <= '9'; ++*at) {
		*number = *number * 10 + text.at[*at] - '0';
		if (*number > WIDTH_MAX)
			return false;
	}
	return true;
}

static bool is_known(const struct spec *spec)
{
	if (spec->of)
		return spec->letter == 'd' || spec->letter == 'r';
	if (spec->precision >= 0 && strchr("wxyzWXYZ", spec->letter))
		return false;
	return spec->letter && strchr("aAbBdDfFgGhinNorRstTuUwWxXyYzZ", spec->letter);
}

/* The spec behind a '%', and how long it is; false: not understood. */
static bool read_spec(struct text text, struct spec *spec, size_t *len)
{
	size_t at = 0;
	*spec = (struct spec){.precision = -1};
	for (; at < text.len && text.at[at] && strchr("-0#", text.at[at]); at++) {
		spec->left |= text.at[at] == '-';
		spec->zero |= text.at[at] == '0';
		spec->alternate |= text.at[at] == '#';
	}
	if (!read_width(text, &at, &spec->width))
		return false;
	if (at < text.len && text.at[at] == '.') {
		at++;
		if (!read_width(text, &at, &spec->precision))
			return false;
	}
	if (at + 1 < text.len && (text.at[at] == 'H' || text.at[at] == 'L'))
		spec->of = text.at[at++];
	if (at == text.len)
		return false;
	spec->letter = text.at[at];
	*len = at + 1;
	return is_known(spec);
}

static int escape_of(struct text text, size_t *at)
{
	static const char letters[] = "abefnrtv\"\\", codes[] = "\a\b\x1b\f\n\r\t\v\"\\";
	char c = text.at[*at];
	const char *known = c ? strchr(letters, c) : NULL;
	if (known) {
		++*at;
		return (unsigned char)codes[known - letters];
	}
	int code = 0;
	size_t digits = 0;
	while (digits < 3 && *at < text.len && text.at[*at] >= '0' && text.at[*at] <= '7') {
		code = code * 8 + text.at[(*at)++] - '0';
		digits++;
	}
	return digits > 0 ? code & 0xff : -1;
}

/* Whether all of the format is understood. */
static bool check_format(struct text format, bool escapes)
{
	struct spec spec;
	size_t len;
	for (size_t at = 0; at < format.len;) {
		char c = format.at[at++];
		if (c == '\\' && escapes && (at == format.len || escape_of(format, &at) < 0))
			return false;
		if (c != '%')
			continue;
		if (at < format.len && format.at[at] == '%') {
			at++;
			continue;
		}
		if (!read_spec((struct text){format.at + at, format.len - at}, &spec, &len))
			return false;
		at += len;
	}
	return true;
}

/* -------- one file -------- */

struct shown {
	struct said *said;
	struct text path;
	bool quoted; /* %N in quotes */
	struct gather_details details;
	bool failed; /* the answer is an error */
};

static void pad(struct said *said, char c, int width, size_t len)
{
	for (size_t i = len; width > 0 && i < (size_t)width; i++)
		said_char(said, c);
}

static void put_text(struct shown *shown, const struct spec *spec, struct text text)
{
	if (spec->precision >= 0 && text.len > (size_t)spec->precision)
		text.len = (size_t)spec->precision;
	if (!spec->left)
		pad(shown->said, ' ', spec->width, text.len);
	said_text(shown->said, text);
	if (spec->left)
		pad(shown->said, ' ', spec->width, text.len);
}

/* The digits, at the end of the room; where they begin. */
static size_t put_digits(const struct spec *spec, uint64_t number, unsigned base,
			 char digits[static DIGITS_MAX])
{
	size_t at = DIGITS_MAX;
	uint64_t rest = number;
	do
		digits[--at] = "0123456789abcdef"[rest % base];
	while ((rest /= base) > 0);
	size_t wanted = spec->precision > 0 ? (size_t)spec->precision : 1;
	while (DIGITS_MAX - at < wanted && at > 4)
		digits[--at] = '0';
	if (spec->alternate && base == 8 && digits[at] != '0')
		digits[--at] = '0';
	return at;
}

static void put_number(struct shown *shown, const struct spec *spec, uint64_t number, unsigned base)
{
	char digits[DIGITS_MAX];
	size_t at = put_digits(spec, number, base, digits);
	const char *prefix = spec->alternate && base == 16 && number > 0 ? "0x" : "";
	size_t len = DIGITS_MAX - at + strlen(prefix);
	bool zeros = spec->zero && !spec->left && spec->precision < 0;
	if (!spec->left && !zeros)
		pad(shown->said, ' ', spec->width, len);
	said_text(shown->said, text_of(prefix));
	if (zeros)
		pad(shown->said, '0', spec->width, len);
	said_text(shown->said, (struct text){digits + at, DIGITS_MAX - at});
	if (spec->left)
		pad(shown->said, ' ', spec->width, len);
}

static void put_time(struct shown *shown, const struct spec *spec, struct gather_moment moment)
{
	char out[CLOCK_SIZE];
	int32_t ahead_s;
	struct text why;
	if (!clock_offset(shown->said->gather, moment.at_s, &ahead_s, &why)) {
		shown->failed = native_fail(shown->said->answer, why);
		return;
	}
	clock_put_full(moment, ahead_s, out);
	put_text(shown, spec, text_of(out));
}

static void put_name(struct shown *shown, const struct spec *spec)
{
	scoped(buf_end) struct buf out = {0};
	struct text target, why;
	if (shown->quoted)
		quote_put(&out, shown->path, true);
	else
		buf_text(&out, shown->path);
	if (shown->details.stat.kind == GATHER_LINK) {
		if (gather_link(shown->said->gather, shown->path, &target, &why) != GATHER_OK) {
			shown->failed = native_fail(shown->said->answer, why);
			return;
		}
		buf_cstr(&out, " -> ");
		if (shown->quoted)
			quote_put(&out, target, true);
		else
			buf_text(&out, target);
	}
	put_text(shown, spec, buf_view(&out));
}

static const char *kind_name(const struct gather_stat *stat)
{
	static const char *const names[] = {
		[GATHER_FILE] = "regular file",
		[GATHER_FOLDER] = "directory",
		[GATHER_LINK] = "symbolic link",
		[GATHER_FIFO] = "fifo",
		[GATHER_SOCKET] = "socket",
		[GATHER_CHAR] = "character special file",
		[GATHER_BLOCK] = "block special file",
		[GATHER_UNKNOWN] = "weird file",
	};
	return stat->kind == GATHER_FILE && stat->size == 0 ? "regular empty file"
							    : names[stat->kind];
}

/* What is text; false: it is a number. */
static bool put_words(struct shown *shown, const struct spec *spec)
{
	struct gather *gather = shown->said->gather;
	const struct gather_details *details = &shown->details;
	char mode[11];
	struct text name;
	switch (spec->letter) {
	case 'A':
		mode_put(details->stat.kind, details->stat.mode, mode);
		put_text(shown, spec, text_of(mode));
		break;
	case 'F':
		put_text(shown, spec, text_of(kind_name(&details->stat)));
		break;
	case 'n':
		put_text(shown, spec, shown->path);
		break;
	case 'N':
		put_name(shown, spec);
		break;
	case 'U':
		put_text(shown, spec,
			 owner_name(gather, details->stat.uid, &name) ? name : TEXT("UNKNOWN"));
		break;
	case 'G':
		put_text(shown, spec,
			 owner_group(gather, details->stat.gid, &name) ? name : TEXT("UNKNOWN"));
		break;
	case 'w':
		if (details->has_born)
			put_time(shown, spec, details->born);
		else
			put_text(shown, spec, TEXT("-"));
		break;
	default:
		return false;
	}
	return true;
}

static void put_device(struct shown *shown, const struct spec *spec)
{
	uint64_t device = strchr("dD", spec->letter) ? shown->details.stat.device
						     : shown->details.special;
	unsigned base = strchr("DRtT", spec->letter) ? 16 : 10;
	if (spec->of == 'H' || spec->letter == 't')
		device = major(device);
	else if (spec->of == 'L' || spec->letter == 'T')
		device = minor(device);
	put_number(shown, spec, device, base);
}

static void put_spec(struct shown *shown, const struct spec *spec)
{
	const struct gather_details *details = &shown->details;
	const struct {
		char letter;
		uint64_t number;
		unsigned base;
	} numbers[] = {
		{'a', details->stat.mode, 8},
		{'b', details->blocks, 10},
		{'B', 512, 10},
		{'f', mode_kind(details->stat.kind) | details->stat.mode, 16},
		{'g', details->stat.gid, 10},
		{'h', details->stat.links, 10},
		{'i', details->stat.inode, 10},
		{'o', details->block_size, 10},
		{'s', details->stat.size, 10},
		{'u', details->stat.uid, 10},
		{'W', details->has_born ? (uint64_t)details->born.at_s : 0, 10},
		{'X', (uint64_t)details->accessed.at_s, 10},
		{'Y', (uint64_t)details->modified.at_s, 10},
		{'Z', (uint64_t)details->changed.at_s, 10},
	};
	if (spec->of || strchr("dDrRtT", spec->letter))
		put_device(shown, spec);
	else if (spec->letter == 'x')
		put_time(shown, spec, details->accessed);
	else if (spec->letter == 'y')
		put_time(shown, spec, details->modified);
	else if (spec->letter == 'z')
		put_time(shown, spec, details->changed);
	else if (!put_words(shown, spec))
		for (size_t i = 0; i < array_len(numbers); i++)
			if (numbers[i].letter == spec->letter)
				put_number(shown, spec, numbers[i].number, numbers[i].base);
}

static void put_format(struct shown *shown, struct text format, bool escapes)
{
	for (size_t at = 0; at < format.len && !shown->failed;) {
		struct spec spec;
		size_t len;
		char c = format.at[at++];
		if (c == '\\' && escapes) {
			said_char(shown->said, (char)escape_of(format, &at));
		} else if (c != '%' ||
			   text_starts((struct text){format.at + at, format.len - at}, "%")) {
			said_char(shown->said, c);
			at += c == '%';
		} else if (read_spec((struct text){format.at + at, format.len - at}, &spec, &len)) {
			put_spec(shown, &spec);
			at += len;
		}
	}
}

static bool put_file(struct said *said, const struct style *style, struct text path)
{
	const char *fault;
	struct shown shown = {.said = said, .path = path, .quoted = style->given};
	enum look look = look_at(said, path, style->follow, &shown.details, &fault);
	if (look == LOOK_FAILED)
		return false;
	if (look == LOOK_NO) {
		buf_cstr(&said->err, "stat: cannot statx ");
		quote_put(&said->err, path, true);
		buf_print(&said->err, ": %s\n", fault);
		said->exit = 1;
		return true;
	}
	enum gather_kind kind = shown.details.stat.kind;
	if (style->given) {
		put_format(&shown, style->format, style->escapes);
		if (!style->escapes)
			said_char(said, '\n');
	} else {
		put_format(&shown, text_of(usual), false);
		put_format(&shown,
			   kind == GATHER_CHAR || kind == GATHER_BLOCK
				   ? TEXT("%-5h Device type: %Hr,%Lr\n")
				   : TEXT("%h\n"),
			   false);
		put_format(&shown, text_of(usual_end), false);
	}
	return !shown.failed;
}

static bool answer_stat(const struct native_call *call, struct native_answer *answer)
{
	struct args args = {.call = call, .options = options};
	struct style style = {0};
	struct text value;
	size_t count = 0;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter == 'L') {
			style.follow = true;
		} else if (letter == ARGS_OPERAND) {
			count++;
			if (!is_absolute(value))
				return false;
		} else if (letter == 't') {
			style.given = style.escapes = true;
			style.format = text_of(terse);
		} else if (letter == 'c' || letter == '\x03') {
			style.given = true;
			style.escapes = letter == '\x03';
			style.format = value;
			if (!check_format(value, style.escapes))
				return false;
		} else {
			return false;
		}
	}
	if (count == 0 || !call->gather)
		return count > 0;
	scoped(said_end) struct said said = said_begin(call, answer);
	args = (struct args){.call = call, .options = options};
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;)
		if (letter == ARGS_OPERAND && !put_file(&said, &style, value))
			return true;
	return said_give(&said);
}

const struct native native_stat = {
	.program = "stat",
	.forms = "[-L] [-t | -c FORMAT | --printf FORMAT] FILE…; no -f, %m, %C",
	.reads = "the files' inodes; passwd and group for names; /etc/localtime",
	.prints = "what FORMAT says, else the usual block of lines",
	.many = true,
	.answer = answer_stat,
};
