#include "assess/probe/software/apt.h"

#include <string.h>

#include "assess/probe/software/pins.h"
#include "base/map.h"
#include "model/value.h"

#define LISTS "/var/lib/apt/lists"
#define PREFERENCES "/etc/apt/preferences"
#define CONF "/etc/apt/apt.conf"

/* Of what is installed already, and of lists that say so. */
#define PRIORITY_USUAL 500
#define PRIORITY_INSTALLED 100
#define PRIORITY_RELUCTANT 1
#define PRIORITY_DOWN 1000 /* from here on an older version is chosen, too */

/* An installed package; those of one name hang together. */
struct have {
	const struct dpkg_package *package;
	struct apt_offer *offer;
	int32_t from;         /* the priority of the list that it came from; 0: of none so far */
	int32_t own;          /* of the installed version */
	int32_t newer, older; /* of the best candidate, and of the best older version; 0: none */
	struct have *next;
};

struct reading {
	struct gather *gather;
	struct apt *apt;
	struct map *names; /* to struct have */
	struct pins pins;
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
	struct pins_source source;
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
	struct pins_source *source = &release->source;
	const struct {
		const char *key;
		struct text *to;
	} keys[] = {{"Origin", &source->origin},
		    {"Label", &source->label},
		    {"Suite", &source->suite},
		    {"Codename", &source->codename},
		    {"Version", &source->version}};
	struct text line, value;
	while (text_next(&content, '\n', &line)) {
		if (text_starts(line, "SHA256:") || text_starts(line, "MD5Sum:"))
			return;
		for (size_t i = 0; i < array_len(keys); i++)
			if (!keys[i].to->at && take_field(line, keys[i].key, &value))
				*keys[i].to = arena_text(gather_arena(gather), value);
		if (take_field(line, "NotAutomatic", &value))
			release->reluctant = text_is(value, "yes");
		if (take_field(line, "ButAutomaticUpgrades", &value))
			release->upgrades = text_is(value, "yes");
	}
}

/* "deb.debian.org_debian_dists_stable_main_binary-amd64_Packages": the site, and the component
 * behind what the Release file is called. */
static void read_list_name(struct text list, size_t prefix, struct pins_source *source)
{
	struct text rest = list, behind = {list.at + prefix, list.len - prefix};
	size_t end;
	if (!text_next(&rest, '_', &source->site))
		source->site = TEXT("");
	if (text_find(behind, TEXT("_binary-"), &end) && end > 0)
		source->component = (struct text){behind.at + 1, end - 1};
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
	read_list_name(list, longest, &release->source);
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

static int32_t max(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

/* Where the installed version is from, and which other one comes first: the one with the higher
 * priority, then the newer. */
static void consider(struct have *have, const struct dpkg_package *offered,
		     const struct release *release, int32_t priority)
{
	struct apt_offer *offer = have->offer;
	int order = compare(offered->version, have->package->version);
	if (order == 0) {
		have->own = max(have->own, priority);
		if (!have->from || priority > have->from)
			offer->origin = release->source.origin;
		have->from = max(have->from, priority);
	}
	if (order < 0)
		have->older = max(have->older, priority);
	if (order <= 0 || priority <= 0 || priority < have->newer)
		return;
	if (priority > have->newer || compare(offered->version, offer->candidate) > 0) {
		have->newer = priority;
		offer->candidate = offered->version;
	}
}

/* A newer version is chosen unless the installed one's priority is higher, or an older one's is so
 * high that it is chosen. */
static void choose(struct have *haves, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct have *have = &haves[i];
		if (!have->offer)
			continue;
		bool down = have->older >= PRIORITY_DOWN && have->older > have->newer;
		have->offer->upgradable = have->newer > 0 && have->newer >= have->own && !down;
		if (!have->offer->upgradable)
			have->offer->candidate = have->package->version;
	}
}

static bool is_same_arch(struct text a, struct text b)
{
	return text_is_equal(a, b) || text_is(a, "all") || text_is(b, "all");
}

static int32_t priority_of(const struct reading *reading, const struct dpkg_package *offered,
			   const struct release *release)
{
	int32_t priority;
	if (pins_find(&reading->pins, offered->name, offered->version, &release->source, &priority))
		return priority;
	return !release->reluctant ? PRIORITY_USUAL
	       : release->upgrades ? PRIORITY_INSTALLED
				   : PRIORITY_RELUCTANT;
}

static void consider_all(struct reading *reading, const struct dpkg_packages *list,
			 const struct release *release)
{
	for (size_t i = 0; i < list->count; i++) {
		struct have *have = map_get(reading->names, list->at[i].name);
		int32_t priority = priority_of(reading, &list->at[i], release);
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

static void refuse(struct reading *reading, struct text path)
{
	if (!reading->apt->pinned.at)
		reading->apt->pinned = text_of(
			arena_print(gather_arena(reading->gather),
				    "what apt would choose is decided by %.*s in a way that is not "
				    "followed",
				    TEXT_ARG(path)));
}

static bool read_pins(struct reading *reading, struct text path, struct text content)
{
	struct arena *arena = gather_arena(reading->gather);
	pins_parse(arena_text(arena, content), arena, &reading->pins);
	if (reading->pins.full)
		return fail(reading, TEXT("apt has more than 10000 pins"));
	if (reading->pins.odd)
		refuse(reading, path);
	return true;
}

static bool read_conf(struct reading *reading, struct text path, struct text content)
{
	if (has_default_release(content))
		refuse(reading, path);
	return true;
}

/* As apt does: names of letters, digits, - _ and ., with the ending or none. */
static bool is_part(struct text name, const char *end)
{
	bool ending = false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.')
			return false;
		ending |= c == '.';
	}
	return name.len > 0 && name.at[0] != '.' && (!ending || text_ends(name, end));
}

static bool look_in(struct reading *reading, struct text path,
		    bool (*read)(struct reading *reading, struct text path, struct text content))
{
	struct text content, why;
	enum gather_answer answer = gather_read(reading->gather, path, &content, &why);
	if (answer == GATHER_FAILED)
		return fail(reading, why);
	return answer == GATHER_MISSING || read(reading, path, content);
}

/* Before the lists: they are judged by it. */
static bool read_settings(struct reading *reading)
{
	static const struct {
		const char *path, *folder, *end;
		bool (*read)(struct reading *reading, struct text path, struct text content);
	} places[] = {{PREFERENCES, PREFERENCES ".d", ".pref", read_pins},
		      {CONF, CONF ".d", ".conf", read_conf}};
	struct gather *gather = reading->gather;
	for (size_t i = 0; i < array_len(places); i++) {
		const struct gather_entry *entries;
		size_t count;
		struct text why, folder = text_of(places[i].folder);
		if (!look_in(reading, text_of(places[i].path), places[i].read))
			return false;
		enum gather_answer answer = gather_list(gather, folder, &entries, &count, &why);
		if (answer == GATHER_FAILED)
			return fail(reading, why);
		for (size_t j = 0; answer == GATHER_OK && j < count; j++) {
			struct text path = text_of(arena_print(gather_arena(gather), "%.*s/%.*s",
							       TEXT_ARG(folder),
							       TEXT_ARG(entries[j].name)));
			if (entries[j].kind != GATHER_FOLDER &&
			    is_part(entries[j].name, places[i].end) &&
			    !look_in(reading, path, places[i].read))
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
		haves[i] = (struct have){
			.package = package, .offer = offer, .own = PRIORITY_INSTALLED};
		haves[i].next = map_put(reading->names, package->name, &haves[i]);
	}
	return haves;
}

/* What is installed has a priority of its own, whether a list has it or not. */
static void pin_installed(const struct reading *reading, struct have *haves, size_t count)
{
	static const struct pins_source here = {.suite = TEXT("now")};
	for (size_t i = 0; i < count && reading->pins.count > 0; i++) {
		const struct dpkg_package *package = haves[i].package;
		int32_t priority;
		if (package &&
		    pins_find(&reading->pins, package->name, package->version, &here, &priority))
			haves[i].own = priority;
	}
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
	if (read_settings(&reading)) {
		pin_installed(&reading, haves, packages->count);
		if (read_lists(&reading))
			choose(haves, packages->count);
	}
	gather_keep_fact(gather, key, apt);
	return apt;
}
