#include "assess/host/unitlist.h"

#include <stdlib.h>
#include <string.h>

#define RUNS "/run/systemd/units"
#define RUN_MARK "invocation:"

static const char *const types[] = {".service", ".socket", ".mount", ".automount", ".swap",
				    ".target",  ".path",   ".timer", ".slice",     ".scope"};

struct listing {
	struct gather *gather;
	const char *type;
	struct text *names;
	size_t room, count;
	struct err *err;
};

static bool is_meant(const struct listing *listing, struct text name)
{
	if (listing->type)
		return text_ends(name, listing->type) && name.len > strlen(listing->type);
	for (size_t i = 0; i < array_len(types); i++)
		if (text_ends(name, types[i]) && name.len > strlen(types[i]))
			return true;
	return false;
}

static bool add(struct listing *listing, struct text name)
{
	struct text known;
	if (!is_meant(listing, name) || !unit_name(listing->gather, name, &known))
		return true;
	if (listing->count == UNITLIST_MAX)
		return err_set(listing->err, ERR_LIMIT, "there are more than %d units",
			       UNITLIST_MAX);
	listing->names = arena_grow(gather_arena(listing->gather), listing->names, &listing->room,
				    listing->count + 1, sizeof(*listing->names));
	listing->names[listing->count++] = name;
	return true;
}

static bool add_folder(struct listing *listing, const char *folder, const char *mark)
{
	const struct gather_entry *entries;
	size_t count, len = strlen(mark);
	struct text why;
	enum gather_answer answer = gather_list(listing->gather, text_of(folder), &entries, &count,
						&why);
	if (answer == GATHER_FAILED)
		return err_set(listing->err, ERR_SYSTEM, "%.*s", TEXT_ARG(why));
	for (size_t i = 0; answer == GATHER_OK && i < count; i++) {
		struct text name = entries[i].name;
		if (entries[i].kind == GATHER_FOLDER || !text_starts(name, mark))
			continue;
		if (!add(listing, (struct text){name.at + len, name.len - len}))
			return false;
	}
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct text *one = a, *other = b;
	return text_compare(*one, *other);
}

bool unitlist_read(struct gather *gather, const char *type, struct unitlist *list, struct err *err)
{
	struct listing listing = {.gather = gather, .type = type, .err = err};
	for (size_t i = 0; unit_folders[i]; i++)
		if (!add_folder(&listing, unit_folders[i], ""))
			return false;
	if (gather_is_running(gather) && !add_folder(&listing, RUNS, RUN_MARK))
		return false;
	if (listing.count > 1)
		qsort(listing.names, listing.count, sizeof(*listing.names), compare);
	size_t kept = 0;
	for (size_t i = 0; i < listing.count; i++)
		if (kept == 0 || !text_is_equal(listing.names[i], listing.names[kept - 1]))
			listing.names[kept++] = listing.names[i];
	*list = (struct unitlist){listing.names, kept};
	return true;
}

enum gather_answer unitlist_is_active(struct gather *gather, struct text name, bool *active,
				      struct text *why)
{
	struct gather_stat stat;
	if (!gather_is_running(gather)) {
		*why = TEXT("whether a unit is active: that needs a running system");
		return GATHER_MISSING;
	}
	if (gather_stat(gather, TEXT("/run/systemd/system"), true, &stat, why) != GATHER_OK) {
		*why = TEXT("systemd does not run here: /run/systemd/system is missing");
		return GATHER_MISSING;
	}
	struct text path = text_of(
		arena_print(gather_arena(gather), RUNS "/" RUN_MARK "%.*s", TEXT_ARG(name)));
	enum gather_answer answer = gather_stat(gather, path, false, &stat, why);
	*active = answer == GATHER_OK;
	return answer == GATHER_FAILED ? GATHER_FAILED : GATHER_OK;
}
