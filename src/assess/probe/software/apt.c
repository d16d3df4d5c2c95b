#include "assess/probe/software/apt.h"

#include <string.h>

#include "base/map.h"
#include "model/value.h"

#define LISTS "/var/lib/apt/lists"
#define PREFERENCES "/etc/apt/preferences"
#define CONF "/etc/apt/apt.conf"

/* Of what is installed already, and of lists that say so. */
#define PRIORITY_USUAL 500
#define PRIORITY_INSTALLED 100
#define PRIORITY_RELUCTANT 1

/* An installed package; those of one name hang together. */
struct have {
	const struct dpkg_package *package;
	struct apt_offer *offer;
	int origin_priority, priority; /* of what was taken from lists so far; 0: nothing */
	struct have *next;
};

struct reading {
	struct gather *gather;
	struct apt *apt;
	struct map *names; /* to struct have */
	size_t offers;
};

static bool fail(struct reading *reading, struct text why)
{
	reading->apt->answer = GATHER_FAILED;
	reading->apt->why = why;
	return false;
}

/* -------- whose list it is -------- */

struct release {
	struct text origin;
	bool reluctant, upgrades;
};

static bool take_field(struct text line, const char *key, struct text *value)
{
	struct text rest = line, own;
	if (!text_next(&rest, ':', &own) || !text_is(own, key) || !rest.at)
		return false;
	*value = text_trim(rest);
	return true;
}

static void read_release(struct gather *gather, struct text content, struct release *release)
{
	struct text line, value;
	while (text_next(&content, '\n', &line)) {
		if (text_starts(line, "SHA256:") || text_starts(line, "MD5Sum:"))
			return;
		if (!release->origin.at && take_field(line, "Origin", &value))
			release->origin = arena_text(gather_arena(gather), value);
		if (take_field(line, "NotAutomatic", &value))
			release->reluctant = text_is(value, "yes");
		if (take_field(line, "ButAutomaticUpgrades", &value))
			release->upgrades = text_is(value, "yes");
	}
}

/* The name before _InRelease or _Release; len 0: it is none. */
static struct text release_name(struct text name)
{
	static const char *const ends[] = {"_InRelease", "_Release"};
	for (size_t i = 0; i < array_len(ends); i++)
		if (text_ends(name, ends[i]))
			return (struct text){name.at, name.len - strlen(ends[i])};
	return (struct text){name.at, 0};
}

/* The Release file with the longest name that the list's begins with. */
static bool find_release(struct reading *reading, const struct gather_entry *entries, size_t count,
			 struct text list, struct release *release)
{
	struct text best = {0}, name, content, why;
	size_t longest = 0;
	*release = (struct release){0};
	for (size_t i = 0; i < count; i++) {
		name = release_name(entries[i].name);
		if (name.len > longest && name.len < list.len && list.at[name.len] == '_' &&
		    memcmp(name.at, list.at, name.len) == 0) {
			best = entries[i].name;
			longest = name.len;
		}
	}
	if (!best.at)
		return true;
	struct text path = text_of(
		arena_print(gather_arena(reading->gather), LISTS "/%.*s", TEXT_ARG(best)));
	enum gather_answer answer = gather_read(reading->gather, path, &content, &why);
	if (answer == GATHER_FAILED)
		return fail(reading, why);
	if (answer == GATHER_OK)
		read_release(reading->gather, content, release);
	return true;
}

/* -------- a list -------- */

static int compare(struct text a, struct text b)
{
	struct value one = value_text(VALUE_VERSION, a), other = value_text(VALUE_VERSION, b);
	int order = 0;
	return a.at && b.at && value_compare(&one, &other, &order) ? order : 0;
}

/* Where the installed version is from, and which newer one comes first: the one with the higher
 * priority, then the newer. */
static void consider(struct have *have, const struct dpkg_package *offered,
		     const struct release *release, int priority)
{
	struct apt_offer *offer = have->offer;
	if (text_is_equal(offered->version, have->package->version) &&
	    priority > have->origin_priority) {
		have->origin_priority = priority;
		offer->origin = release->origin;
	}
	if (priority < PRIORITY_INSTALLED || priority < have->priority ||
	    compare(offered->version, have->package->version) <= 0)
		return;
	if (priority > have->priority || compare(offered->version, offer->candidate) > 0) {
		have->priority = priority;
		offer->candidate = offered->version;
	}
}

/* A newer version is chosen unless the installed one's priority is higher. */
static void choose(struct have *haves, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct have *have = &haves[i];
		if (!have->offer)
			continue;
		have->offer->upgradable = have->priority > 0 &&
					  have->priority >= have->origin_priority;
		if (!have->offer->upgradable)
			have->offer->candidate = have->package->version;
	}
}

static bool is_same_arch(struct text a, struct text b)
{
	return text_is_equal(a, b) || text_is(a, "all") || text_is(b, "all");
}

static void consider_all(struct reading *reading, const struct dpkg_packages *list,
			 const struct release *release)
{
	int priority = !release->reluctant ? PRIORITY_USUAL
		       : release->upgrades ? PRIORITY_INSTALLED
					   : PRIORITY_RELUCTANT;
	for (size_t i = 0; i < list->count; i++) {
		struct have *have = map_get(reading->names, list->at[i].name);
		for (; have; have = have->next)
			if (is_same_arch(have->package->architecture, list->at[i].architecture))
				consider(have, &list->at[i], release, priority);
	}
}

static bool add_piece(void *data, struct text piece)
{
	dpkg_reader_add(data, piece);
	return true;
}

static bool read_list(struct reading *reading, const struct gather_entry *entries, size_t count,
		      struct text name)
{
	struct arena *arena = gather_arena(reading->gather);
	struct text path = text_of(arena_print(arena, LISTS "/%.*s", TEXT_ARG(name))), why;
	struct release release;
	struct dpkg_packages list;
	if (!find_release(reading, entries, count, name, &release))
		return false;
	scoped(dpkg_reader_free) struct dpkg_reader *reader = dpkg_reader_new(arena, path);
	dpkg_reader_only(reader, reading->names);
	gather_depends_add(reading->gather, path);
	if (gather_stream(reading->gather, path, add_piece, reader, &why) == GATHER_FAILED)
		return fail(reading, why);
	if (!dpkg_reader_end(reader, &list) || list.count > APT_OFFERS_MAX - reading->offers)
		return fail(reading, TEXT("apt's lists hold more versions of what is installed "
					  "than the 1000000 that are read"));
	reading->offers += list.count;
	consider_all(reading, &list, &release);
	return true;
}

static bool is_compressed_list(struct text name)
{
	size_t at;
	return text_find(name, TEXT("_Packages."), &at) &&
	       at + strlen("_Packages.") + 4 >= name.len; /* lz4, gz, xz, bz2, zst */
}

static bool read_lists(struct reading *reading)
{
	struct gather *gather = reading->gather;
	const struct gather_entry *entries;
	size_t count, lists = 0;
	struct text why;
	enum gather_answer answer = gather_list(gather, TEXT(LISTS), &entries, &count, &why);
	if (answer == GATHER_FAILED)
		return fail(reading, why);
	for (size_t i = 0; answer == GATHER_OK && i < count; i++) {
		if (is_compressed_list(entries[i].name))
			return fail(reading,
				    text_of(arena_print(gather_arena(gather),
							"apt keeps its lists compressed, which are "
							"not read: " LISTS "/%.*s",
							(int)text_cut(entries[i].name, 200),
							entries[i].name.at)));
		if (!text_ends(entries[i].name, "_Packages"))
			continue;
		if (lists++ == APT_LISTS_MAX)
			return fail(reading, TEXT("apt has more than 1000 lists"));
		if (!read_list(reading, entries, count, entries[i].name))
			return false;
	}
	reading->apt->answer = lists > 0 ? GATHER_OK : GATHER_MISSING;
	reading->apt->why = TEXT("apt has no lists of packages in " LISTS
				 ": run \"apt-get update\" first");
	return true;
}

/* -------- what would be chosen otherwise -------- */

static bool has_pin(struct text content)
{
	struct text line, value;
	while (text_next(&content, '\n', &line))
		if (take_field(line, "Pin", &value))
			return true;
	return false;
}

static bool has_default_release(struct text content)
{
	struct text line;
	while (text_next(&content, '\n', &line)) {
		line = text_trim(line);
		if (!text_starts(line, "//") && !text_starts(line, "#") &&
		    text_find(line, TEXT("Default-Release"), &(size_t){0}))
			return true;
	}
	return false;
}

static bool look_in(struct reading *reading, struct text path, bool (*is_odd)(struct text content))
{
	struct text content, why;
	enum gather_answer answer = gather_read(reading->gather, path, &content, &why);
	if (answer == GATHER_FAILED)
		return fail(reading, why);
	if (answer == GATHER_OK && is_odd(content) && !reading->apt->pinned.at)
		reading->apt->pinned = text_of(
			arena_print(gather_arena(reading->gather),
				    "what apt would choose is decided by %.*s, which is not "
				    "followed",
				    TEXT_ARG(path)));
	return true;
}

static bool look_for_pins(struct reading *reading)
{
	static const struct {
		const char *path, *folder;
		bool (*is_odd)(struct text content);
	} places[] = {{PREFERENCES, PREFERENCES ".d", has_pin},
		      {CONF, CONF ".d", has_default_release}};
	struct gather *gather = reading->gather;
	for (size_t i = 0; i < array_len(places); i++) {
		const struct gather_entry *entries;
		size_t count;
		struct text why, folder = text_of(places[i].folder);
		if (!look_in(reading, text_of(places[i].path), places[i].is_odd))
			return false;
		enum gather_answer answer = gather_list(gather, folder, &entries, &count, &why);
		if (answer == GATHER_FAILED)
			return fail(reading, why);
		for (size_t j = 0; answer == GATHER_OK && j < count; j++) {
			struct text path = text_of(arena_print(gather_arena(gather), "%.*s/%.*s",
							       TEXT_ARG(folder),
							       TEXT_ARG(entries[j].name)));
			if (entries[j].kind != GATHER_FOLDER &&
			    !look_in(reading, path, places[i].is_odd))
				return false;
		}
	}
	return true;
}

static struct have *name_packages(struct reading *reading, const struct dpkg_packages *packages)
{
	struct arena *arena = gather_arena(reading->gather);
	struct have *haves = arena_get(arena, packages->count, sizeof(*haves));
	reading->apt->offers = arena_get(arena, packages->count, sizeof(*reading->apt->offers));
	for (size_t i = 0; i < packages->count; i++) {
		const struct dpkg_package *package = &packages->at[i];
		struct apt_offer *offer = &reading->apt->offers[i];
		if (!dpkg_is_installed(package))
			continue;
		offer->candidate = package->version;
		haves[i] = (struct have){.package = package, .offer = offer};
		haves[i].next = map_put(reading->names, package->name, &haves[i]);
	}
	return haves;
}

const struct apt *apt_read(struct gather *gather, const struct dpkg_packages *packages)
{
	static const char key[] = "apt";
	static const char *const paths[] = {LISTS, PREFERENCES, PREFERENCES ".d/**", CONF,
					    CONF ".d/**"};
	struct apt *apt = gather_fact(gather, key);
	for (size_t i = 0; i < array_len(paths); i++)
		gather_depends_add(gather, text_of(paths[i]));
	if (apt)
		return apt;
	apt = arena_get(gather_arena(gather), 1, sizeof(*apt));
	scoped(map_free) struct map *names = map_new();
	struct reading reading = {.gather = gather, .apt = apt, .names = names};
	struct have *haves = name_packages(&reading, packages);
	if (read_lists(&reading) && look_for_pins(&reading))
		choose(haves, packages->count);
	gather_keep_fact(gather, key, apt);
	return apt;
}
