#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "assess/command/clock.h"
#include "assess/command/file/find.h"

#define RECENT_S (INT64_C(6) * 30 * 86400) /* find's half year */
#define AHEAD_S 3600

enum { INODE, BLOCKS, LINKS, OWNER, GROUP, SIZE };

static const int least[] = {
	[INODE] = 9, [BLOCKS] = 6, [LINKS] = 3, [OWNER] = 8, [GROUP] = 8, [SIZE] = 8};

/* A column keeps the width of the widest so far. */
static void put_column(struct find *find, size_t column, bool left, struct text text)
{
	int *width = &find->widths[column];
	if (*width < least[column])
		*width = least[column];
	if (*width < (int)text.len)
		*width = (int)text.len;
	for (int i = (int)text.len; !left && i < *width; i++)
		said_char(find->said, ' ');
	said_text(find->said, text);
	for (int i = (int)text.len; left && i < *width; i++)
		said_char(find->said, ' ');
	said_char(find->said, ' ');
}

static void put_number(struct find *find, size_t column, uint64_t number)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%" PRIu64, number);
	put_column(find, column, false, (struct text){text, (size_t)len});
}

/* A name as -ls escapes it. */
static void put_escaped(struct said *said, struct text text)
{
	static const char codes[] = "\b\f\n\r\t\v\\\" ", letters[] = "bfnrtv\\\" ";
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		const char *known = c ? strchr(codes, c) : NULL;
		if (known)
			said_print(said, "\\%c", letters[known - codes]);
		else if (c < ' ' || c == 0x7f)
			said_print(said, "\\%03o", (unsigned char)c);
		else
			said_char(said, c);
	}
}

static bool put_when(struct find *find, int64_t at_s)
{
	char out[CLOCK_SIZE];
	int32_t ahead_s;
	struct text why;
	int64_t now_s = gather_now_us(find->said->gather) / TIME_SECOND_US;
	if (!clock_offset(find->said->gather, at_s, &ahead_s, &why)) {
		find->failed = native_fail(find->said->answer, why);
		return false;
	}
	clock_put_short(at_s, ahead_s, at_s < now_s - RECENT_S || at_s > now_s + AHEAD_S, out);
	said_print(find->said, "%s ", out);
	return true;
}

static void put_target(struct find *find, const struct find_seen *seen, const char *before,
		       bool escaped)
{
	struct text target, why;
	if (seen->stat.kind != GATHER_LINK)
		return;
	if (gather_link_once(find->said->gather, seen->real, &target, &why) != GATHER_OK) {
		find->failed = native_fail(find->said->answer, why);
		return;
	}
	said_text(find->said, text_of(before));
	if (escaped)
		put_escaped(find->said, target);
	else
		said_text(find->said, target);
}

static struct text owner_shown(struct gather *gather, uint32_t id, bool group)
{
	struct text name;
	if (group)
		owner_group(gather, id, &name);
	else
		owner_name(gather, id, &name);
	return name; /* the number where there is none */
}

void find_put_ls(struct find *find, const struct find_seen *seen)
{
	struct gather_details details;
	struct text why;
	char mode[11];
	struct gather *gather = find->said->gather;
	if (gather_details(gather, seen->real, false, &details, &why) != GATHER_OK) {
		find->failed = native_fail(find->said->answer, why);
		return;
	}
	mode_put(details.stat.kind, details.stat.mode, mode);
	put_number(find, INODE, details.stat.inode);
	put_number(find, BLOCKS, (details.blocks + 1) / 2);
	said_print(find->said, "%s ", mode);
	put_number(find, LINKS, details.stat.links);
	put_column(find, OWNER, true, owner_shown(gather, details.stat.uid, false));
	put_column(find, GROUP, true, owner_shown(gather, details.stat.gid, true));
	if (details.stat.kind == GATHER_CHAR || details.stat.kind == GATHER_BLOCK)
		said_print(find->said, "%3u, %3u ", major(details.special), minor(details.special));
	else
		put_number(find, SIZE, details.stat.size);
	if (!put_when(find, details.modified.at_s))
		return;
	put_escaped(find->said, seen->path);
	put_target(find, seen, " -> ", true);
	said_char(find->said, '\n');
}

/* -------- -printf -------- */

static const char escapes[] = "abfnrtv\\0", escaped[] = "\a\b\f\n\r\t\v\\\0";

bool find_printf_check(struct text format)
{
	for (size_t i = 0; i < format.len; i++) {
		if (format.at[i] != '%' && format.at[i] != '\\')
			continue;
		const char *known = format.at[i] == '%' ? "%pfhPmMuUgGsnyildkb" : "abfnrtv\\0";
		if (++i == format.len || !format.at[i] || !strchr(known, format.at[i]))
			return false;
		if (format.at[i - 1] == '\\' && format.at[i] == '0' && i + 1 < format.len &&
		    format.at[i + 1] >= '0' && format.at[i + 1] <= '7')
			return false;
	}
	return true;
}

static struct text base_name(struct text path)
{
	size_t end = path.len;
	while (end > 1 && path.at[end - 1] == '/')
		end--;
	size_t from = end;
	while (from > 0 && path.at[from - 1] != '/')
		from--;
	return from == end ? (struct text){path.at, end}
			   : (struct text){path.at + from, end - from};
}

static void put_part(struct find *find, const struct find_seen *seen, char letter)
{
	struct said *said = find->said;
	struct text name = base_name(seen->path);
	size_t from = seen->start.len;
	char mode[11];
	switch (letter) {
	case '%':
		said_char(said, '%');
		break;
	case 'p':
		said_text(said, seen->path);
		break;
	case 'f':
		said_text(said, name);
		break;
	case 'h':
		if (name.at > seen->path.at)
			said_text(said, (struct text){seen->path.at,
						      (size_t)(name.at - seen->path.at) - 1});
		break;
	case 'P':
		while (from < seen->path.len && seen->path.at[from] == '/')
			from++;
		said_text(said, (struct text){seen->path.at + from, seen->path.len - from});
		break;
	case 'M':
		mode_put(seen->stat.kind, seen->stat.mode, mode);
		said_text(said, text_of(mode));
		break;
	case 'y':
		said_char(said,
			  seen->stat.kind == GATHER_FILE ? 'f' : mode_letter(seen->stat.kind));
		break;
	default:
		break;
	}
}

static void put_count(struct find *find, const struct find_seen *seen, char letter)
{
	struct gather_details details = {0};
	struct text why;
	struct gather *gather = find->said->gather;
	if (strchr("kb", letter) &&
	    gather_details(gather, seen->real, false, &details, &why) != GATHER_OK)
		find->failed = native_fail(find->said->answer, why);
	const struct {
		char letter;
		uint64_t number;
	} counts[] = {
		{'U', seen->stat.uid},   {'G', seen->stat.gid},           {'s', seen->stat.size},
		{'n', seen->stat.links}, {'i', seen->stat.inode},         {'d', seen->depth},
		{'b', details.blocks},   {'k', (details.blocks + 1) / 2},
	};
	if (letter == 'm')
		said_print(find->said, "%o", seen->stat.mode);
	else if (letter == 'u')
		said_text(find->said, owner_shown(gather, seen->stat.uid, false));
	else if (letter == 'g')
		said_text(find->said, owner_shown(gather, seen->stat.gid, true));
	else if (letter == 'l')
		put_target(find, seen, "", false);
	for (size_t i = 0; i < array_len(counts); i++)
		if (counts[i].letter == letter)
			said_print(find->said, "%" PRIu64, counts[i].number);
}

void find_printf(struct find *find, const struct find_seen *seen, struct text format)
{
	for (size_t i = 0; i < format.len && !find->failed; i++) {
		char c = format.at[i];
		if (c == '\\' && i + 1 < format.len)
			said_char(find->said, escaped[strchr(escapes, format.at[++i]) - escapes]);
		else if (c != '%' || i + 1 == format.len)
			said_char(find->said, c);
		else if (strchr("%pfhPMy", format.at[++i]))
			put_part(find, seen, format.at[i]);
		else
			put_count(find, seen, format.at[i]);
	}
}
