#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "assess/command/aid.h"
#include "assess/command/clock.h"
#include "assess/command/table.h"

#define LS_ENTRIES_MAX 100000 /* over all folders; beyond: NATIVE_ERROR */
#define LS_DEPTH_MAX 64       /* of -R */
#define HALF_YEAR_S (31556952 / 2)

static const struct option_word options[] = {
	{'l', NULL, false},
	{'a', "all", false},
	{'A', "almost-all", false},
	{'d', "directory", false},
	{'L', "dereference", false},
	{'R', "recursive", false},
	{'1', NULL, false},
	{'n', "numeric-uid-gid", false},
	{'i', "inode", false},
	{'h', "human-readable", false},
	{'t', NULL, false},
	{'S', NULL, false},
	{'r', "reverse", false},
	{'s', "size", false},
	{'g', NULL, false},
	{'o', NULL, false},
	{0, NULL, false},
};

struct entry {
	struct text name, path; /* as shown; where it is */
	struct gather_details details;
};

struct entries {
	struct entry *at;
	size_t room, count;
};

struct ls {
	const struct native_call *call;
	struct said *said;
	bool on[128];     /* options by letter */
	bool titles, any; /* any: something was printed */
	size_t entries;
	bool failed;
};

static bool is_on(const struct ls *ls, char letter)
{
	return ls->on[(unsigned char)letter];
}

static bool is_long(const struct ls *ls)
{
	return is_on(ls, 'l') || is_on(ls, 'n') || is_on(ls, 'g') || is_on(ls, 'o');
}

static void fail(struct ls *ls, struct text why)
{
	ls->failed = native_fail(ls->said->answer, why);
}

/* -------- the order -------- */

static int compare_entries(const void *a, const void *b, void *data)
{
	const struct ls *ls = data;
	const struct entry *x = a, *y = b;
	int order = 0;
	if (is_on(ls, 'S')) {
		uint64_t left = x->details.stat.size, right = y->details.stat.size;
		order = (left < right) - (left > right);
	} else if (is_on(ls, 't')) {
		struct gather_moment left = x->details.modified, right = y->details.modified;
		order = (left.at_s < right.at_s) - (left.at_s > right.at_s);
		if (order == 0)
			order = (left.ns < right.ns) - (left.ns > right.ns);
	}
	if (order == 0)
		order = text_compare(x->name, y->name);
	return is_on(ls, 'r') ? -order : order;
}

/* -------- a list of entries -------- */

struct widths {
	int inode, blocks, links, user, group, size, major, minor;
};

static void widen(int *width, size_t len)
{
	if (*width < (int)len)
		*width = (int)len;
}

static struct text print_count(char out[static 24], uint64_t count)
{
	int len = snprintf(out, 24, "%" PRIu64, count);
	return (struct text){out, (size_t)len};
}

/* "1.5K": rounded up, one decimal below ten. */
static struct text print_size(const struct ls *ls, char out[static 24], uint64_t size)
{
	static const char units[] = "KMGTPE";
	if (!is_on(ls, 'h') || size < 1024)
		return print_count(out, size);
	size_t unit = 0;
	uint64_t divisor = 1024;
	while (size / divisor >= 1024 && unit < 5) {
		divisor *= 1024;
		unit++;
	}
	uint64_t tenths = size / divisor * 10 + (size % divisor * 10 + divisor - 1) / divisor;
	int len;
	if (tenths < 100) {
		len = snprintf(out, 24, "%u.%u%c", (unsigned)(tenths / 10), (unsigned)(tenths % 10),
			       units[unit]);
	} else {
		uint64_t whole = (size + divisor - 1) / divisor;
		if (whole == 1024 && unit < 5)
			len = snprintf(out, 24, "1.0%c", units[unit + 1]);
		else
			len = snprintf(out, 24, "%u%c", (unsigned)whole, units[unit]);
	}
	return (struct text){out, (size_t)len};
}

static struct text print_blocks(const struct ls *ls, char out[static 24], uint64_t blocks)
{
	return is_on(ls, 'h') ? print_size(ls, out, blocks * 512)
			      : print_count(out, (blocks + 1) / 2);
}

static struct text owner_shown(const struct ls *ls, uint32_t id, bool group, char out[static 24])
{
	struct text name;
	if (is_on(ls, 'n'))
		return print_count(out, id);
	if (group)
		owner_group(ls->said->gather, id, &name);
	else
		owner_name(ls->said->gather, id, &name);
	return name;
}

static bool is_device(const struct entry *entry)
{
	return entry->details.stat.kind == GATHER_CHAR || entry->details.stat.kind == GATHER_BLOCK;
}

static struct widths measure(const struct ls *ls, const struct entries *entries)
{
	struct widths widths = {0};
	char out[24];
	for (size_t i = 0; i < entries->count; i++) {
		const struct gather_details *details = &entries->at[i].details;
		widen(&widths.inode, print_count(out, details->stat.inode).len);
		widen(&widths.blocks, print_blocks(ls, out, details->blocks).len);
		widen(&widths.links, print_count(out, details->stat.links).len);
		widen(&widths.user, owner_shown(ls, details->stat.uid, false, out).len);
		widen(&widths.group, owner_shown(ls, details->stat.gid, true, out).len);
		if (!is_device(&entries->at[i])) {
			widen(&widths.size, print_size(ls, out, details->stat.size).len);
			continue;
		}
		widen(&widths.major, print_count(out, major(details->special)).len);
		widen(&widths.minor, print_count(out, minor(details->special)).len);
		widen(&widths.size, (size_t)widths.major + 2 + (size_t)widths.minor);
	}
	return widths;
}

static void put_padded(struct ls *ls, int width, bool left, struct text text)
{
	for (int i = (int)text.len; !left && i < width; i++)
		said_char(ls->said, ' ');
	said_text(ls->said, text);
	for (int i = (int)text.len; left && i < width; i++)
		said_char(ls->said, ' ');
	said_char(ls->said, ' ');
}

/* A number stands to the right, a name to the left. */
static void put_owner(struct ls *ls, int width, struct text owner)
{
	put_padded(ls, width, !text_to_u64(owner, 0, UINT32_MAX, &(uint64_t){0}), owner);
}

static void put_date(struct ls *ls, int64_t at_s)
{
	char out[CLOCK_SIZE];
	int32_t ahead_s;
	struct text why;
	int64_t now_s = gather_now_us(ls->said->gather) / TIME_SECOND_US;
	if (!clock_offset(ls->said->gather, at_s, &ahead_s, &why)) {
		fail(ls, why);
		return;
	}
	clock_put_short(at_s, ahead_s, at_s <= now_s - HALF_YEAR_S || at_s > now_s, out);
	said_print(ls->said, "%s ", out);
}

static void put_long(struct ls *ls, const struct entry *entry, const struct widths *widths)
{
	const struct gather_details *details = &entry->details;
	char out[24], mode[11];
	mode_put(details->stat.kind, details->stat.mode, mode);
	said_print(ls->said, "%s ", mode);
	put_padded(ls, widths->links, false, print_count(out, details->stat.links));
	if (!is_on(ls, 'g'))
		put_owner(ls, widths->user, owner_shown(ls, details->stat.uid, false, out));
	if (!is_on(ls, 'o'))
		put_owner(ls, widths->group, owner_shown(ls, details->stat.gid, true, out));
	if (is_device(entry)) {
		int left = widths->size - 2 - widths->minor;
		said_print(ls->said, "%*u, %*u ", left, major(details->special), widths->minor,
			   minor(details->special));
	} else {
		put_padded(ls, widths->size, false, print_size(ls, out, details->stat.size));
	}
	put_date(ls, details->modified.at_s);
}

static void put_entry(struct ls *ls, const struct entry *entry, const struct widths *widths)
{
	char out[24];
	struct text target, why;
	if (is_on(ls, 'i'))
		put_padded(ls, widths->inode, false, print_count(out, entry->details.stat.inode));
	if (is_on(ls, 's'))
		put_padded(ls, widths->blocks, false, print_blocks(ls, out, entry->details.blocks));
	if (is_long(ls))
		put_long(ls, entry, widths);
	said_text(ls->said, entry->name);
	if (is_long(ls) && entry->details.stat.kind == GATHER_LINK) {
		if (gather_link_once(ls->said->gather, entry->path, &target, &why) != GATHER_OK) {
			fail(ls, why);
			return;
		}
		said_text(ls->said, TEXT(" -> "));
		said_text(ls->said, target);
	}
	said_char(ls->said, '\n');
}

static void put_entries(struct ls *ls, struct entries *entries)
{
	struct widths widths = measure(ls, entries);
	if (entries->count > 0)
		qsort_r(entries->at, entries->count, sizeof(*entries->at), compare_entries, ls);
	for (size_t i = 0; i < entries->count && !ls->failed; i++)
		put_entry(ls, &entries->at[i], &widths);
	ls->any |= entries->count > 0;
}

static bool add_entry(struct ls *ls, struct entries *entries, const struct entry *entry)
{
	if (++ls->entries > LS_ENTRIES_MAX || !has_room(ls->said->gather, entry->path.len)) {
		fail(ls, TEXT("ls: more than 100000 entries"));
		return false;
	}
	entries->at = mem_grow(entries->at, &entries->room, entries->count + 1,
			       sizeof(*entries->at));
	entries->at[entries->count++] = *entry;
	return true;
}

static void end_entries(struct entries *entries)
{
	mem_free(&entries->at);
}

/* -------- a folder -------- */

static bool add_name(struct ls *ls, struct entries *entries, struct text folder, struct text name)
{
	struct arena *arena = gather_arena(ls->said->gather);
	struct text why;
	bool slash = folder.at[folder.len - 1] == '/';
	struct entry entry = {.name = name};
	entry.path = text_of(arena_print(arena, "%.*s%s%.*s", TEXT_ARG(folder), slash ? "" : "/",
					 TEXT_ARG(name)));
	switch (gather_details(ls->said->gather, entry.path, is_on(ls, 'L'), &entry.details,
			       &why)) {
	case GATHER_OK:
		return add_entry(ls, entries, &entry);
	case GATHER_MISSING:
		if (!is_on(ls, 'L'))
			return true; /* it vanished since */
		break;
	case GATHER_FAILED:
		break;
	}
	fail(ls, why);
	return false;
}

static bool add_names(struct ls *ls, struct entries *entries, struct text folder)
{
	const struct gather_entry *names;
	size_t count;
	struct text why;
	bool all = is_on(ls, 'a');
	if (gather_list(ls->said->gather, folder, &names, &count, &why) != GATHER_OK) {
		fail(ls, why);
		return false;
	}
	if (all && (!add_name(ls, entries, folder, TEXT(".")) ||
		    !add_name(ls, entries, folder, TEXT(".."))))
		return false;
	for (size_t i = 0; i < count; i++)
		if ((names[i].name.at[0] != '.' || all || is_on(ls, 'A')) &&
		    !add_name(ls, entries, folder, names[i].name))
			return false;
	return true;
}

static void put_title(struct ls *ls, struct text folder)
{
	if (!ls->titles)
		return;
	said_text(ls->said, ls->any ? TEXT("\n") : TEXT(""));
	said_text(ls->said, folder);
	said_text(ls->said, TEXT(":\n"));
	ls->any = true;
}

static void put_total(struct ls *ls, const struct entries *entries)
{
	char out[24];
	uint64_t blocks = 0;
	if (!is_long(ls) && !is_on(ls, 's'))
		return;
	for (size_t i = 0; i < entries->count; i++)
		blocks += entries->at[i].details.blocks;
	said_text(ls->said, TEXT("total "));
	said_text(ls->said, print_blocks(ls, out, blocks));
	said_char(ls->said, '\n');
}

static bool is_folder_below(const struct entry *entry)
{
	return entry->details.stat.kind == GATHER_FOLDER && !text_is(entry->name, ".") &&
	       !text_is(entry->name, "..");
}

static void put_folder(struct ls *ls, struct text folder, unsigned depth)
{
	scoped(end_entries) struct entries entries = {0};
	if (depth == LS_DEPTH_MAX)
		fail(ls, TEXT("ls: folders are nested too deeply"));
	if (ls->failed || !add_names(ls, &entries, folder))
		return;
	put_title(ls, folder);
	put_total(ls, &entries);
	put_entries(ls, &entries);
	for (size_t i = 0; i < entries.count && is_on(ls, 'R') && !ls->failed; i++)
		if (is_folder_below(&entries.at[i]))
			put_folder(ls, entries.at[i].path, depth + 1);
}

/* -------- the row -------- */

/* An operand: a folder whose entries are wanted, or an entry itself. */
static bool add_operand(struct ls *ls, struct text path, struct entries *files,
			struct entries *folders)
{
	struct entry entry = {.name = path, .path = path};
	const char *fault;
	bool itself = is_long(ls) || is_on(ls, 'd'); /* then a link is shown, not followed */
	enum look look = look_at(ls->said, path, is_on(ls, 'L') || !itself, &entry.details, &fault);
	if (look == LOOK_NO && !itself) /* a link that leads nowhere */
		look = look_at(ls->said, path, false, &entry.details, &fault);
	if (look == LOOK_NO) {
		buf_cstr(&ls->said->err, "ls: cannot access ");
		quote_put(&ls->said->err, path, true);
		buf_print(&ls->said->err, ": %s\n", fault);
		ls->said->exit = 2;
	}
	if (look != LOOK_OK)
		return look == LOOK_NO;
	bool folder = entry.details.stat.kind == GATHER_FOLDER && !is_on(ls, 'd');
	if (!folder && !itself && !is_on(ls, 'L') &&
	    look_at(ls->said, path, false, &entry.details, &fault) != LOOK_OK)
		return false;
	return add_entry(ls, folder ? folders : files, &entry);
}

static bool read_ls(struct ls *ls, size_t *count)
{
	struct args args = {.call = ls->call, .options = options};
	struct text value;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter == ARGS_UNKNOWN || (letter == ARGS_OPERAND && !is_absolute(value)))
			return false;
		*count += letter == ARGS_OPERAND;
		ls->on[letter & 127] |= letter != ARGS_OPERAND;
	}
	return *count > 0 && !(is_on(ls, 'R') && is_on(ls, 'L'));
}

static bool add_operands(struct ls *ls, struct entries *files, struct entries *folders)
{
	struct args args = {.call = ls->call, .options = options};
	struct text value;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;)
		if (letter == ARGS_OPERAND && !add_operand(ls, value, files, folders))
			return false;
	if (folders->count > 0)
		qsort_r(folders->at, folders->count, sizeof(*folders->at), compare_entries, ls);
	return true;
}

static bool answer_ls(const struct native_call *call, struct native_answer *answer)
{
	scoped(said_end) struct said said = said_begin(call, answer);
	scoped(end_entries) struct entries files = {0}, folders = {0};
	struct ls ls = {.call = call, .said = &said};
	size_t count = 0;
	if (!read_ls(&ls, &count))
		return false;
	if (!call->gather || !add_operands(&ls, &files, &folders))
		return true;
	ls.titles = count > 1 || is_on(&ls, 'R');
	put_entries(&ls, &files);
	for (size_t i = 0; i < folders.count && !ls.failed; i++)
		put_folder(&ls, folders.at[i].path, 0);
	return ls.failed || said_give(&said);
}

const struct native native_ls = {
	.program = "ls",
	.forms = "[-laAdLR1nihtSrsgo] FILE…; no -Z, no colours",
	.reads = "the files' inodes, folders; passwd and group; /etc/localtime",
	.prints = "names, a line each; with -l modes, owners, sizes and times",
	.many = true,
	.answer = answer_ls,
};
